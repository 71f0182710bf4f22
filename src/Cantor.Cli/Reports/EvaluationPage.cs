using Cantor.Cli.Pages;
using Cantor.Evaluation;
using Cantor.Releases;
using static Cantor.Cli.Reports.EvaluationText;

namespace Cantor.Cli.Reports;

/// <summary>An evaluation as a page to look at and to send around.</summary>
static class EvaluationPage
{
    const int MostSlices = 30, MostMissed = 5;

    static readonly double[] Reaches = [.001, .002, .005, .01, .02, .05, .1, .2, .5, 1];

    /// <param name="result">What was found out.</param>
    /// <param name="most">How many examples of each kind.</param>
    /// <param name="language">What reasons are told in.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    internal static string Of(EvaluationResult result, int most, ReasonLanguage language, CancellationToken cancellationToken)
    {
        var (report, summary) = (result.Report, result.Lists.Summary);
        var page = new Page("Evaluation", summary.Collection, Html.Of($"""
            Release {result.Lists.Name}, {result.Lists.Ids.Length:#,0} items, asked for the lists of {report.Queries.Count:#,0} judged queries ({Path.GetFileName(result.JudgmentsName)}).
            """));
        foreach (var (name, of) in Measured)
            if (name != "answered") page.AddTile(name, Three(of(report.Means).Value), $"95 %: {Three(of(report.Means).Low)} to {Three(of(report.Means).High)}");
        page.AddTile("coverage", Percent(report.Exposure.Coverage), FormattableString.Invariant($"{report.Exposure.Covered:N0} of {report.Exposure.Items:N0} items stand in a list"));
        foreach (var note in result.Notes()) page.AddNote(Html.Of($"{note}."));

        page.AddSection("measures", "How good the lists are",
            Html.Of($"Each measure is a mean over the judged queries, 0 to 1, greater is better. The line is the interval that holds it with 95 % confidence: had other queries been judged, it would likely lie there."),
            Html.Of($"{Ranges("Measures", "measure", Measured.Select(measure => (Html.Of($"{measure.Name}"), (int?)null, measure.Of(report.Means))), 0, 1)}{TenthsHtml.Of("Judged queries by their nDCG@10", "nDCG@10", "queries", "as good as can be", report.Queries.Select(query => query.NdcgAt10))}"));
        if (result.Against is { } against) page.AddSection("against", "Against the other release", ReadDifference(against), Compared(result, against, most, language));
        foreach (var (by, slices) in result.SlicesShown(cancellationToken))
            page.AddSection($"by-{by.Replace(':', '-')}", $"By {by}",
                Html.Of($"nDCG@10 of parts of the queries. Where intervals do not meet, the lists of one part are better than those of the other; where they do, nothing is shown."),
                Slices(slices));
        page.AddSection("exposure", "Who is shown",
            Html.Of($"How the lists of all items share their first ten places. On the dotted line every item is shown equally often; the further the curve hangs below it, the more a few items are everywhere. The Gini coefficient, {report.Exposure.Gini:0.00}, is twice the area between the two."),
            Exposures(result));
        if (result.Ages.Count > 1) page.AddSection("ages", "Old and new",
            Html.Of($"Items by their age, counted back from {FormattableString.Invariant($"{result.Lists.AsOf:yyyy-MM-dd}")}. Where the full column is higher than the hatched one, the lists prefer that age."), Ages(result.Ages));
        page.AddSection("scores", "What a score means",
            Html.Of($"The first ten places of the judged queries by the score they show. A greater score should be good more often. What nobody judged counts as not good, so the true shares lie higher."), Scores(result));
        if (most > 0) page.AddSection("examples", "Examples", Html.Of($"Read them: a number says that something is off, the lists say what."), Examples(result, most, language));
        return page.ToString();
    }

    /// <summary>Intervals in numbers and drawn on one scale, with the number of queries where there is one.</summary>
    static Html Ranges(string caption, string name, IEnumerable<(Html Name, int? Queries, Interval Value)> rows, double from, double to)
    {
        var all = rows.ToList();
        var ends = from < 0 ? Html.Of($"""<span class="ends"><span>−{to}</span><span>0</span><span>+{to}</span></span>""") : Html.Of($"""<span class="ends"><span>{from}</span><span>{to}</span></span>""");
        Html Show(double value) => from < 0 ? Html.Of($"{value:+0.000;−0.000;0.000}") : Html.Of($"{value:0.000}");
        Html[] counted = all.Exists(row => row.Queries is not null) ? [Html.Of($"queries")] : [];
        return Page.Table(caption, [Html.Of($"{name}"), .. counted, from < 0 ? Html.Of($"difference") : Html.Of($"value"), Html.Of($"95 %"), ends],
            all.Select(row =>
            {
                Html[] queries = row.Queries is { } count ? [Html.Of($"{count:#,0}")] : [];
                return (IReadOnlyList<Html>)[row.Name, .. queries, Show(row.Value.Value), Html.Of($"{Show(row.Value.Low)} to {Show(row.Value.High)}"), Charts.Range(row.Value, from, to)];
            }), plot: true);
    }

    static Html Slices(IReadOnlyList<Slice> slices)
    {
        var table = Ranges("nDCG@10 of parts of the queries", "part", slices.Take(MostSlices).Select(slice => (Html.Of($"<bdi>{slice.Name}</bdi>"), (int?)slice.Queries, slice.Means.NdcgAt10)), 0, 1);
        return slices.Count > MostSlices ? Html.Of($"""{table}<p class="none">and {slices.Count - MostSlices:#,0} smaller ones; cantor evaluate --json lists all</p>""") : table;
    }

    static Html ReadDifference(Against against) => Html.Of($"""
        Release {against.Lists.Name} ({against.Lists.Summary.Collection}) was before; differences are from it, above 0 where this release is better. Query by query, so
        that what makes a query hard for both cancels out.
        """);

    static Html Compared(EvaluationResult result, Against against, int most, ReasonLanguage language)
    {
        var comparison = against.Comparison;
        var differences = Measured.Select(measure => measure.Of(comparison.Differences)).ToList();
        var reach = NiceReach(differences.Max(difference => Math.Max(Math.Abs(difference.Low), Math.Abs(difference.High))));
        var changed = MostChanged(comparison, most).ToList();
        Html Shown(IEnumerable<ComparedQuery> queries) => Html.Of(queries.Select(query =>
        {
            var pair = ListPair.Of(against.Lists, result.Lists, query.Query, result.Judgments.GradesOf(query.Query), language);
            return ListHtml.Query(pair.Item, Html.Of($"nDCG@10 {query.Before.NdcgAt10:0.000} → {query.After.NdcgAt10:0.000}"), ListHtml.Sides(pair, "Before", "After", judged: true));
        }));
        Html Part(string name, Html queries) => queries.ToString().Length > 0 ? Html.Of($"<h3>{name}</h3>{queries}") : default;
        return Html.Of($"""
            <p class="verdict">{Verdict(comparison)}</p>
            {Ranges("Differences", "measure", Measured.Zip(differences, (measure, difference) => (Html.Of($"{measure.Name}"), (int?)null, difference)), -reach, reach)}
            <h3>Query by query, by nDCG@10</h3>
            {Charts.Parts("Judged queries", ("better", comparison.Wins, "wins"), ("the same", comparison.Ties, "ties"), ("worse", comparison.Losses, "losses"))}
            {Part("Most improved", Shown(changed.Where(query => query.Gain > 0)))}{Part("Most worsened", Shown(changed.Where(query => query.Gain < 0)))}
            """);
    }

    static double NiceReach(double most) => Reaches.First(reach => reach >= most);

    static Html Exposures(EvaluationResult result) => result.Against is { } against
        ? ExposureHtml.Of(("before", against.Lists), ("this release", result.Lists))
        : ExposureHtml.Of(("this release", result.Lists));

    static Html Ages(IReadOnlyList<AgeBucket> ages) => Page.Beside(
        Charts.Columns("Items and places by age", "age, up to", [.. ages.Select(age => age.Name)], true, new("of all items", [.. ages.Select(age => age.ItemShare)]), new("of all places", [.. ages.Select(age => age.ExposureShare)])),
        Page.Table("Age", ["age, up to", "items", "of all items", "of all places"], ages.Select(age => (IReadOnlyList<Html>)
            [Html.Of($"{age.Name}"), Html.Of($"{age.Items:#,0}"), Html.Of($"{Percent(age.ItemShare)}"), Html.Of($"{Percent(age.ExposureShare)}")])));

    static Html Scores(EvaluationResult result)
    {
        var curve = ScoreCurve.Of(result.Judgments, result.Lists.ScoredListOf);
        return Page.Beside(
            Charts.Columns("Share of the places that were judged good, by score", "score, from", [.. curve.Select(bin => Html.Of($"{bin.From:0.0}").ToString())], true, new Series("judged good", [.. curve.Select(bin => bin.GoodShare ?? 0)])),
            Page.Table("Scores", ["score", "places", "judged", "good", "of the places"], curve.Select(bin => (IReadOnlyList<Html>)
                [Html.Of($"{bin.From:0.0} to {bin.To:0.0}"), Html.Of($"{bin.Places:#,0}"), Html.Of($"{bin.Judged:#,0}"), Html.Of($"{bin.Good:#,0}"), bin.GoodShare is { } share ? Html.Of($"{Percent(share)}") : Html.Of($"–")])));
    }

    static Html Examples(EvaluationResult result, int most, ReasonLanguage language)
    {
        var known = result.Report.Queries.Where(query => result.Lists.Has(query.Query)).ToList();
        var median = known.Select(query => query.NdcgAt10).Order().ElementAt(known.Count / 2);
        // Of equally good ones those with more to find tell more.
        var hard = known.OrderByDescending(query => result.Judgments.GradesOf(query.Query).Values.Count(grade => grade >= Judgments.GoodGrade)).ToList();
        Html Shown(IEnumerable<QueryScore> queries) => Html.Of(queries.Take(most).Select(query => Example(result, query, language)));
        return Html.Of($"""
            <h3>Best</h3>{Shown(hard.OrderByDescending(query => query.NdcgAt10))}
            <h3>Typical: around the median, {median:0.000}</h3>{Shown(known.OrderBy(query => Math.Abs(query.NdcgAt10 - median)))}
            <h3>Worst</h3>{Shown(hard.OrderBy(query => query.NdcgAt10))}
            """);
    }

    static Html Example(EvaluationResult result, QueryScore query, ReasonLanguage language)
    {
        var grades = result.Judgments.GradesOf(query.Query);
        var places = ListPair.PlacesOf(result.Lists, query.Query, grades, language)!; // the query is known
        var shown = places.Select(place => place.Item.Id).ToHashSet(StringComparer.Ordinal);
        var good = grades.Where(grade => grade.Value >= Judgments.GoodGrade).OrderByDescending(grade => grade.Value).ThenBy(grade => grade.Key).Select(grade => grade.Key).ToList();
        var missed = good.Where(item => !shown.Contains(item.Value)).ToList();
        // What the collection lacks is counted and not named: it may have been taken down.
        var named = missed.Where(result.Lists.Has).Take(MostMissed).Select(item => ListHtml.NameOf(result.Lists.CardOf(item))).ToList();
        var (unknown, more) = (missed.Count(item => !result.Lists.Has(item)), missed.Count(result.Lists.Has) - MostMissed);
        if (more > 0) named.Add(Html.Of($"{more:#,0} more"));
        if (unknown > 0) named.Add(Html.Of($"{unknown:#,0} that {(unknown == 1 ? "is" : "are")} not in the collection"));
        var told = missed.Count == 0 ? default : Html.Of($"""
            <p>Missed: {named.Select((name, i) => Html.Of($"{(i == 0 ? "" : i == named.Count - 1 ? " and " : ", ")}{name}"))}</p>
            """);
        return ListHtml.Query(result.Lists.CardOf(query.Query), Html.Of($"nDCG@10 {query.NdcgAt10:0.000}; {good.Count - missed.Count:#,0} of {good.Count:#,0} good items in the first ten places"), Html.Of($"{told}{ListHtml.ListOf(places, judged: true)}"));
    }

    static string Three(double value) => FormattableString.Invariant($"{value:F3}");
}
