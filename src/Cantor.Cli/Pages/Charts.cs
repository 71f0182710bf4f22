using Cantor.Evaluation;

namespace Cantor.Cli.Pages;

/// <summary>Numbers of one kind, for every label of a chart one.</summary>
/// <param name="Name">What the legend calls them.</param>
/// <param name="Values">0 and more.</param>
sealed record Series(string Name, IReadOnlyList<double> Values);

/// <summary>
/// Charts as SVG in the page. Across they are measured in shares of the box, down in pixels: so text keeps its size on a phone.
/// Where there are two series the first is hatched and dashed, the second full: nobody has to tell colors apart.
/// </summary>
static class Charts
{
    const double Left = 12, Across = 86, Top = 10, Height = 190, Labels = 44; // percent, percent, pixels
    const int Ticks = 4, MostLabels = 7;

    /// <summary>What charts of the page refer to; once on a page.</summary>
    internal static Html Patterns => Html.Of($"""<svg width="0" height="0" aria-hidden="true" class="patterns"><defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" class="hatch-ground"/><rect width="2.5" height="6" class="hatch-line"/></pattern></defs></svg>""");

    /// <summary>An interval on a line, for a table's cell whose neighbors say the numbers.</summary>
    internal static Html Range(Interval value, double from, double to)
    {
        double At(double number) => 2 + 96 * Math.Clamp((number - from) / (to - from), 0, 1);
        var zero = from < 0 ? Html.Of($"""<line class="zero" x1="{At(0)}%" x2="{At(0)}%" y1="0" y2="20"/>""") : default;
        return Html.Of($"""<svg class="range" width="100%" height="20" aria-hidden="true"><line class="track" x1="2%" x2="98%" y1="10" y2="10"/>{zero}<line class="spread" x1="{At(value.Low)}%" x2="{At(value.High)}%" y1="10" y2="10"/><line class="spread" x1="{At(value.Low)}%" x2="{At(value.Low)}%" y1="6" y2="14"/><line class="spread" x1="{At(value.High)}%" x2="{At(value.High)}%" y1="6" y2="14"/><circle class="dot" cx="{At(value.Value)}%" cy="10" r="4.5"/></svg>""");
    }

    /// <summary>Columns beside each other, one or two for a label.</summary>
    /// <param name="title">What the chart shows.</param>
    /// <param name="across">What the labels are.</param>
    /// <param name="labels">What stands below the columns.</param>
    /// <param name="shares">True when the values are shares, which are shown in percent.</param>
    /// <param name="series">One or two.</param>
    internal static Html Columns(string title, string across, IReadOnlyList<string> labels, bool shares, params Series[] series)
    {
        var most = NiceMost(series.SelectMany(one => one.Values).DefaultIfEmpty().Max(), shares);
        var group = Across / Math.Max(1, labels.Count);
        var width = group * .76 / series.Length;
        var bars = series.SelectMany((one, place) => one.Values.Select((value, label) =>
        {
            var height = most == 0 ? 0 : value / most * Height;
            return Html.Of($"""<rect class="{ClassOf(place, series.Length)}" x="{Left + group * label + group * .12 + width * place}%" width="{width}%" y="{Top + Height - height}" height="{height}"><title>{labels[label]}, {one.Name}: {Shown(value, shares)}</title></rect>""");
        }));
        var every = (labels.Count + MostLabels - 1) / MostLabels;
        var names = labels.Select((label, i) => i % Math.Max(1, every) == 0
            ? Html.Of($"""<text x="{Left + group * (i + .5)}%" y="{Top + Height + 17}" text-anchor="middle">{label}</text>""") : default);
        return Figure(title, Html.Of($"{Grid(most, shares)}{bars}{names}{Axis(across)}"), series.Length < 2 ? [] :
            series.Select((one, place) => Html.Of($"""<svg width="14" height="14" aria-hidden="true"><rect class="{ClassOf(place, series.Length)}" x="0" y="0" width="14" height="14"/></svg> {one.Name}""")));
    }

    /// <summary>Shares against shares, from (0, 0) to (1, 1), with the diagonal.</summary>
    /// <param name="title">What the chart shows.</param>
    /// <param name="across">What lies across.</param>
    /// <param name="series">One or two curves, their points at equal distances from 0 to 1.</param>
    internal static Html Curves(string title, string across, params Series[] series)
    {
        // Points have no percent: a drawing of its own is stretched over the plot, its lines keep their width.
        var lines = series.Select((one, place) => Html.Of($"""<polyline class="{ClassOf(place, series.Length)}-line" vector-effect="non-scaling-stroke" points="{one.Values.Select((value, i) => Html.Of($"{100.0 * i / (one.Values.Count - 1)},{100 - 100 * value} "))}"/>"""));
        var plot = Html.Of($"""<svg x="{Left}%" y="{Top}" width="{Across}%" height="{Height}" viewBox="0 0 100 100" preserveAspectRatio="none"><line class="even" vector-effect="non-scaling-stroke" x1="0" y1="100" x2="100" y2="0"/>{lines}</svg>""");
        var names = Enumerable.Range(0, Ticks + 1).Select(tick => Html.Of($"""<text x="{Left + Across * tick / Ticks}%" y="{Top + Height + 17}" text-anchor="{(tick == Ticks ? "end" : "middle")}">{Shown((double)tick / Ticks, true)}</text>"""));
        return Figure(title, Html.Of($"{Grid(1, true)}{plot}{names}{Axis(across)}"),
            [.. series.Select((one, place) => Swatch(ClassOf(place, series.Length) + "-line", one.Name)), Swatch("even", "all alike")]);

        static Html Swatch(string drawn, string name) => Html.Of($"""<svg width="26" height="12" aria-hidden="true"><line class="{drawn}" x1="1" x2="25" y1="6" y2="6"/></svg> {name}""");
    }

    /// <summary>A whole and its parts on one line.</summary>
    internal static Html Parts(string title, params (string Name, int Count, string Class)[] parts)
    {
        var (all, at) = (Math.Max(1, parts.Sum(part => part.Count)), 0.0);
        var bars = new List<Html>();
        foreach (var part in parts.Where(part => part.Count > 0))
        {
            var width = 100.0 * part.Count / all;
            bars.Add(Html.Of($"""<rect class="{part.Class}" x="{at}%" width="{width}%" y="0" height="30"><title>{part.Name}: {part.Count:#,0}</title></rect>"""));
            at += width;
        }
        return Html.Of($"""<figure><figcaption>{title}</figcaption><svg class="chart parts" width="100%" height="30" role="img" aria-label="{title}: {string.Join(", ", parts.Select(part => FormattableString.Invariant($"{part.Name} {part.Count:#,0}")))}">{bars}</svg><ul class="legend">{parts.Select(part => Html.Of($"""<li><svg width="14" height="14" aria-hidden="true"><rect class="{part.Class}" x="0" y="0" width="14" height="14"/></svg> {part.Name} <strong>{part.Count:#,0}</strong></li>"""))}</ul></figure>""");
    }

    static string ClassOf(int place, int of) => of > 1 && place == 0 ? "before" : "after";

    static Html Figure(string title, Html drawn, IEnumerable<Html> legend)
    {
        var lines = legend.Select(line => Html.Of($"<li>{line}</li>")).ToList();
        return Html.Of($"""
            <figure><figcaption>{title}</figcaption><svg class="chart" width="100%" height="{Top + Height + Labels}" role="img" aria-label="{title}; the table beside has the numbers">{drawn}</svg>{(lines.Count > 0 ? Html.Of($"""<ul class="legend">{lines}</ul>""") : default)}</figure>
            """);
    }

    static Html Axis(string across) => Html.Of($"""<text class="axis" x="{Left + Across / 2}%" y="{Top + Height + 37}" text-anchor="middle">{across}</text>""");

    static IEnumerable<Html> Grid(double most, bool shares) => Enumerable.Range(0, Ticks + 1).Select(tick =>
    {
        var y = Top + Height - Height * tick / Ticks;
        return Html.Of($"""<line class="{(tick == 0 ? "base" : "grid")}" x1="{Left}%" x2="{Left + Across}%" y1="{y}" y2="{y}"/><text x="{Left - 1.5}%" y="{y + 4}" text-anchor="end">{Shown(most * tick / Ticks, shares)}</text>""");
    });

    static Html Shown(double value, bool share) => share ? Html.Of($"{100 * value:0.#} %") : Html.Of($"{value:#,0.##}");

    /// <summary>The least round number from <paramref name="most"/> up that four lines divide well; a share is at most 1.</summary>
    static double NiceMost(double most, bool share)
    {
        if (most <= 0) return share ? 1 : Ticks;
        var scale = Math.Pow(10, Math.Floor(Math.Log10(most)));
        double[] steps = [1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10];
        var nice = scale * steps.First(step => step * scale >= most * .999999);
        return share ? Math.Min(1, nice) : Math.Max(Ticks, nice);
    }
}
