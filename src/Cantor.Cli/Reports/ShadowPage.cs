using Cantor.Cli.Pages;
using Cantor.Evaluation;
using Cantor.Gateway.Shadowing;

namespace Cantor.Cli.Reports;

/// <summary>The comparison of both sides of a gateway's routes as a page to look at and to send around.</summary>
static class ShadowPage
{
    const int Depth = 10;

    internal static string Of(string gateway, IReadOnlyList<ShadowReport> reports)
    {
        var page = new Page("Old and new side", gateway, Html.Of($"What a gateway's new side answers beside its old one, to the same requests. The old side was asked a second time for a part of them: what differs there is noise."));
        foreach (var report in reports)
        {
            page.AddTile(report.Route, ShadowText.Told(report.Verdict), FormattableString.Invariant($"{report.Pairs:N0} pairs since {report.Since:yyyy-MM-dd HH:mm}Z"));
            foreach (var reason in report.Reasons) page.AddNote(Html.Of($"<strong>{report.Route}</strong>: {reason}."));
        }
        foreach (var report in reports.Where(report => report.Pairs > 0)) Add(page, report);
        return page.ToString();
    }

    static void Add(Page page, ShadowReport report)
    {
        page.AddSection($"{report.Route}-lists", $"{report.Route}: lists",
            Html.Of($"Distance is 1 − rank-biased overlap (p = 0.9): 0 is the same list, 1 shares nothing, or has another status. Only what the columns of the new side have more than those of the old side beside itself is a change. The interval holds the mean difference but for one chance in five hundred."),
            Lists(report));
        page.AddSection($"{report.Route}-troubles", $"{report.Route}: troubles",
            Html.Of($"What the new side's answer has and the old side's to the same request has not. A trouble counts when it is more frequent than when the old side is asked again."), Troubles(report));
        page.AddSection($"{report.Route}-times", $"{report.Route}: time", Html.Of($"From asking a side until its whole answer is there, as the gateway sees it. The new side is asked beside the answer, with nobody waiting."), Times(report));
        if (report.Worst.Count > 0) page.AddSection($"{report.Route}-worst", $"{report.Route}: the worst examples",
            Html.Of($"The pairs that lie furthest apart, noise taken off. New and gone say what only one of the two shows in its first ten places."), Html.Of(report.Worst.Select(Example)));
    }

    static Html Lists(ShadowReport report)
    {
        var young = report.Distances!;
        Series Share(string name, Distribution spread) => new(name, [.. spread.Bins.Select(count => (double)count / spread.Count)]);
        string[] labels = [.. young.Bins.Select((_, bin) => FormattableString.Invariant($"{(double)bin / young.Bins.Count:0.##}"))];
        var chart = report.Noise is { } noise ? Charts.Columns("Share of the pairs by distance", "distance, from", labels, true, Share("old beside itself", noise), Share("new beside old", young))
            : Charts.Columns("Share of the pairs by distance", "distance, from", labels, true, Share("new beside old", young));
        var (mean, reach) = (report.Equivalence, Math.Max(2 * report.Equivalence.Margin, Math.Max(Math.Abs(report.Equivalence.Low), Math.Abs(report.Equivalence.High))));
        var unit = report.Lists is Gateway.Config.Lists.Same ? "distance" : "troubles a pair";
        var rows = new List<IReadOnlyList<Html>>
        {
            new[] { Html.Of($"mean distance, new beside old"), Html.Of($"{young.Mean:0.0000}"), default },
            new[] { Html.Of($"mean distance, old beside itself"), report.Noise is { } own ? Html.Of($"{own.Mean:0.0000}") : default, default },
            new[] { Html.Of($"more {unit} than noise; may be {mean.Margin:0.00}"), Html.Of($"{mean.Mean:0.0000} ({mean.Low:0.0000} to {mean.High:0.0000})"), Charts.Range(new(mean.Mean, mean.Low, mean.High), -reach, reach) },
        };
        if (report.OverlapAt10 is { } overlap) rows.Add(new[] { Html.Of($"overlap@10, mean"), Html.Of($"{overlap:0.0000}"), default });
        if (report.KendallTauB is { } tau) rows.Add(new[] { Html.Of($"Kendall's tau-b, mean"), Html.Of($"{tau:0.0000}"), default });
        return Page.Beside(chart, Page.Table("Lists", [Html.Of($"measure"), Html.Of($"value"), Html.Of($"interval")], rows, plot: true));
    }

    static Html Troubles(ShadowReport report) => Page.Table("Troubles", ["trouble", "new side", "old side again", "counts"], report.Findings.Select(finding => (IReadOnlyList<Html>)
    [
        Html.Of($"{ShadowText.NameOf(finding.Trouble)}"), Html.Of($"{finding.New:#,0} of {finding.Pairs:#,0}"), Html.Of($"{finding.Again:#,0} of {finding.Noises:#,0}"), finding.Counts ? Html.Of($"""<span class="badge bad">counts</span>""") : Html.Of($"no"),
    ]));

    static Html Times(ShadowReport report)
    {
        var (old, young) = (report.OldMs!, report.NewMs!);
        string[] labels = [.. old.Bins.Select((_, bin) => FormattableString.Invariant($"{old.To * bin / old.Bins.Count:0.#}"))];
        return Page.Beside(
            Charts.Columns("Share of the answers by time", "ms, from; the last column holds what took longer", labels, true, new Series("old", [.. old.Bins.Select(count => (double)count / old.Count)]), new Series("new", [.. young.Bins.Select(count => (double)count / young.Count)])),
            Page.Table("Time", ["ms", "old side", "new side"], ShadowText.Quantiles.Select(row => (IReadOnlyList<Html>)[Html.Of($"{row.Name}"), Html.Of($"{row.Of(old):#,0.0}"), Html.Of($"{row.Of(young):#,0.0}")])));
    }

    static Html Example(Pair pair) => Html.Of($"""
        <article class="query"><h4><bdi>{pair.Target}</bdi></h4><p>distance {pair.Distance:0.00}{(pair.Noise is { } noise ? Html.Of($", old side beside itself {noise:0.00}") : default)}; {FormattableString.Invariant($"{pair.At:yyyy-MM-dd HH:mm:ss}Z")}</p>
        <div class="sides"><div class="side"><p>Old: {pair.Old.Status}, {pair.Old.Ms:#,0.0} ms</p>{ListOf(pair.Old, pair.New, "gone")}</div><div class="side"><p>New: {(pair.New.Status == 0 ? Html.Of($"no answer") : Html.Of($"{pair.New.Status}"))}, {pair.New.Ms:#,0.0} ms</p>{ListOf(pair.New, pair.Old, "new")}</div></div></article>

        """);

    static Html ListOf(SideAnswer mine, SideAnswer other, string only)
    {
        if (mine.List is not { Count: > 0 } list) return Html.Of($"""<p class="none">{(mine.List is null ? "There is no list." : "The list is empty.")}</p>""");
        var there = (other.List ?? []).Take(Depth).ToList();
        return Html.Of($"""
            <ol class="list">{list.Take(Depth).Select((id, i) => Html.Of($"<li><bdi>{id}</bdi> {Badge(there.IndexOf(id), i)}</li>"))}</ol>
            """);

        Html Badge(int was, int rank) => was < 0 ? Html.Of($"""<span class="badge {only}">{only}</span>""")
            : only is "gone" || was == rank ? default
            : Html.Of($"""<span class="badge moved">{(was > rank ? $"↑ {was - rank}" : $"↓ {rank - was}")}</span>""");
    }
}
