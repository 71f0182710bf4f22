using Cantor.Cli.Pages;
using Cantor.Evaluation;
using Cantor.Releases;
using static Cantor.Cli.Reports.EvaluationText;

namespace Cantor.Cli.Reports;

/// <summary>The difference of two releases as a page to look at and to send around.</summary>
static class DifferencePage
{
    const int MostNamed = 20;

    internal static string Of(ReleaseDifference difference, int most, ReasonLanguage language)
    {
        var (before, after, lists) = (difference.Before, difference.After, difference.Lists);
        var page = new Page("Difference", after.Summary.Collection, Html.Of($"From release {DifferenceText.NameOf(before)} to release {DifferenceText.NameOf(after)}."));
        page.AddTile("items", FormattableString.Invariant($"{after.Ids.Length:N0}"), FormattableString.Invariant($"{lists.Added.Count:N0} new, {lists.Removed.Count:N0} gone"));
        page.AddTile("lists that changed", FormattableString.Invariant($"{lists.Churn.Changed:N0}"), FormattableString.Invariant($"of {lists.Churn.Items:N0}, in their first ten places"));
        if (lists.Churn is { OverlapAt10: { } overlap, RankBiasedOverlap: { } rankBiased })
        {
            page.AddTile("overlap@10", FormattableString.Invariant($"{overlap:F3}"), "1 is the same items");
            page.AddTile("RBO", FormattableString.Invariant($"{rankBiased:F3}"), "1 is the same order");
        }
        page.AddTile("coverage", Percent(lists.ExposureAfter.Coverage), $"before {Percent(lists.ExposureBefore.Coverage)}");
        page.AddTile("exposure Gini", FormattableString.Invariant($"{lists.ExposureAfter.Gini:F3}"), FormattableString.Invariant($"before {lists.ExposureBefore.Gini:F3}"));
        if (difference.IsEmpty) page.AddNote(Html.Of($"There is no difference: every item, list and score is the same."));
        if (lists.Emptied.Count > 0) page.AddNote(Html.Of($"{lists.Emptied.Count:#,0} items had a list and have none now."));

        if (lists.Churn.Items > 0) page.AddSection("churn", "How much the lists change",
            Html.Of($"{string.Join(' ', DifferenceText.Summary(difference).Take(2))}"), TenthsHtml.Of("Items by the overlap of their first ten places", "overlap@10", "items", "the same items", lists.Items.Select(item => item.OverlapAt10)));
        if (DifferenceText.Named(difference).Any(named => named.Items.Count > 0)) page.AddSection("items", "What came and went",
            Html.Of($"Emptied items had a list and have none; filled ones the other way round. Other fields are titles, tags, times and the like that answers show."), NamedItems(difference));
        page.AddSection("exposure", "Who is shown", Html.Of($"How the lists share their first ten places. The further a curve hangs below the dotted line, the more a few items are everywhere."),
            ExposureHtml.Of(("before", before), ("after", after)));
        if (lists is { ScoresBefore: { } was, ScoresAfter: { } now }) page.AddSection("scores", "How the scores shift",
            Html.Of($"Scores of the first ten places of all lists. A limit such as minScore cuts at a score: when the columns move, it cuts elsewhere."), Scores(was, now, lists.ScoreShift));
        if (most > 0 && lists.Churn.Changed > 0) page.AddSection("changed", "The most changed lists", Html.Of($"By rank-biased overlap. New and gone say what only one of the two shows in its first ten places."),
            Html.Of(difference.MostChanged(most, language).Select(changed => ListHtml.Query(changed.Pair.Item, Html.Of($"{DifferenceText.Told(changed.Churn)}"), ListHtml.Sides(changed.Pair, "Before", "After", judged: false)))));
        return page.ToString();
    }

    static Html NamedItems(ReleaseDifference difference) => Html.Of(DifferenceText.Named(difference).Where(named => named.Items.Count > 0).Select(named => Html.Of($"""
        <h3>{named.Name}: {named.Items.Count:#,0}</h3><ul class="items">{named.Items.Take(MostNamed).Select(item => Html.Of($"<li>{ListHtml.NameOf(named.Side.CardOf(item))}</li>"))}</ul>
        {(named.Items.Count > MostNamed ? Html.Of($"""<p class="none">and {named.Items.Count - MostNamed:#,0} more; cantor diff --json lists all</p>""") : default)}

        """)));

    static Html Scores(Distribution was, Distribution now, Distribution? shift)
    {
        Series Share(string name, Distribution scores) => new(name, [.. scores.Bins.Select(count => (double)count / scores.Count)]);
        var spread = Page.Table("Scores", ["of the scores", "before", "after"], new (string Name, Func<Distribution, double> Of)[]
        {
            ("mean", scores => scores.Mean), ("5 % are below", scores => scores.P5), ("25 %", scores => scores.P25), ("50 %, the median", scores => scores.Median), ("75 %", scores => scores.P75), ("95 %", scores => scores.P95),
        }.Select(row => (IReadOnlyList<Html>)[Html.Of($"{row.Name}"), Html.Of($"{row.Of(was):0.000}"), Html.Of($"{row.Of(now):0.000}")]));
        return Html.Of($"""
            {Page.Beside(Charts.Columns("Share of the places by score", "score, from", LabelsOf(was, 0), true, Share("before", was), Share("after", now)), spread)}
            {(shift is null ? default : Page.Beside(
                Charts.Columns("Neighbors in both first tens, by the change of their score", "after minus before, around; what lies further out is in the last column", LabelsOf(shift, .5), true, Share("neighbors", shift)),
                Page.Table("Change of the score", ["of the changes", "after minus before"], new (string Name, double Value)[]
                {
                    ("mean", shift.Mean), ("5 % are below", shift.P5), ("25 %", shift.P25), ("50 %, the median", shift.Median), ("75 %", shift.P75), ("95 %", shift.P95),
                }.Select(row => (IReadOnlyList<Html>)[Html.Of($"{row.Name}"), Html.Of($"{Signed(row.Value)}")]))))}
            """);
    }

    /// <summary>What stands below a bin: where it starts, or its middle.</summary>
    static string[] LabelsOf(Distribution spread, double at) => [.. spread.Bins.Select((_, bin) => FormattableString.Invariant($"{spread.From + (spread.To - spread.From) * (bin + at) / spread.Bins.Count:0.##;−0.##;0}"))];
}
