namespace Cantor.Cli.Pages;

/// <summary>
/// A page that is one file: nothing is loaded, nothing runs. Its policy says so to the browser, which then refuses whatever might
/// have slipped in.
/// </summary>
sealed class Page(string eyebrow, string title, Html lead)
{
    static readonly string Style = ReadStyle();

    readonly List<(string Id, string Name, Html Content)> _sections = [];
    readonly List<Html> _tiles = [];
    readonly List<Html> _notes = [];

    /// <summary>A number at the head of the page.</summary>
    internal void AddTile(string name, string value, string below) =>
        _tiles.Add(Html.Of($"""<div class="tile"><dt>{name}</dt><dd><strong>{value}</strong><span>{below}</span></dd></div>"""));

    /// <summary>Something that a reader of the numbers must know first.</summary>
    internal void AddNote(Html note) => _notes.Add(Html.Of($"<li>{note}</li>"));

    /// <summary>A section that the page's contents name.</summary>
    /// <param name="id">What links point to.</param>
    /// <param name="name">Its heading.</param>
    /// <param name="how">How to read it.</param>
    /// <param name="content">What it shows.</param>
    internal void AddSection(string id, string name, Html how, Html content) =>
        _sections.Add((id, name, Html.Of($"""<section id="{id}" aria-labelledby="{id}-name"><h2 id="{id}-name">{name}</h2><p class="how">{how}</p>{content}</section>""")));

    /// <inheritdoc cref="Table(string, IReadOnlyList{Html}, IEnumerable{IReadOnlyList{Html}}, bool)"/>
    internal static Html Table(string caption, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<Html>> rows) =>
        Table(caption, [.. columns.Select(column => Html.Of($"{column}"))], rows);

    /// <summary>A chart beside the table of what it shows.</summary>
    internal static Html Beside(Html chart, Html table) => Html.Of($"""<div class="beside">{chart}{table}</div>""");

    /// <summary>A table; the first column names the row, the others are numbers.</summary>
    /// <param name="caption">What it shows.</param>
    /// <param name="columns">Their names.</param>
    /// <param name="rows">A cell for each column.</param>
    /// <param name="plot">True when the last column is drawn.</param>
    internal static Html Table(string caption, IReadOnlyList<Html> columns, IEnumerable<IReadOnlyList<Html>> rows, bool plot = false)
    {
        Html ClassOf(int column) => plot && column == columns.Count - 1 ? Html.Of($""" class="plot" """) : default;
        return Html.Of($"""
            <div class="wide" role="region" tabindex="0" aria-label="{caption}"><table><caption>{caption}</caption>
            <thead><tr>{columns.Select((column, i) => Html.Of($"""<th scope="col"{ClassOf(i)}>{column}</th>"""))}</tr></thead>
            <tbody>{rows.Select(row => Html.Of($"""
            <tr><th scope="row">{row[0]}</th>{row.Skip(1).Select((cell, i) => Html.Of($"<td{ClassOf(i + 1)}>{cell}</td>"))}</tr>

            """))}</tbody></table></div>

            """);
    }

    public override string ToString() => Html.Of($"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <meta name="color-scheme" content="light dark">
        <meta name="referrer" content="no-referrer">
        <title>{title} · {eyebrow}</title>
        <style>
        {Html.Own(Style)}</style>
        </head>
        <body>
        {Charts.Patterns}
        <header><p class="eyebrow">{eyebrow}</p><h1>{title}</h1><p class="lead">{lead}</p></header>
        <main>
        {(_tiles.Count > 0 ? Html.Of($"""<dl class="tiles">{_tiles}</dl>""") : default)}
        {(_notes.Count > 0 ? Html.Of($"""<ul class="notes">{_notes}</ul>""") : default)}
        <nav aria-label="Contents"><ul>{_sections.Select(section => Html.Of($"""<li><a href="#{section.Id}">{section.Name}</a></li>"""))}</ul></nav>
        {_sections.Select(section => section.Content)}
        </main>
        <footer><p>Written by Cantor. This page is one file: it loads nothing and runs nothing.</p></footer>
        </body>
        </html>

        """).ToString();

    static string ReadStyle()
    {
        using var reader = new StreamReader(typeof(Page).Assembly.GetManifestResourceStream("page.css")!);
        return reader.ReadToEnd();
    }
}
