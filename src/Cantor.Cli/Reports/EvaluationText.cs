using Cantor.Evaluation;
using Cantor.Releases;
using Spectre.Console;

namespace Cantor.Cli.Reports;

/// <summary>An evaluation as people read it in a terminal, and as programs do.</summary>
static class EvaluationText
{
    /// <summary>A tag may have thousands of values: the terminal shows the largest slices, JSON all.</summary>
    const int MostSlices = 20;

    internal static readonly (string Name, Func<Measures, Interval> Of)[] Measured =
    [
        ("nDCG@10", means => means.NdcgAt10), ("P@5", means => means.PrecisionAt5), ("recall@20", means => means.RecallAt20),
        ("MRR@10", means => means.ReciprocalRankAt10), ("answered", means => means.Answered), ("judged@10", means => means.JudgedAt10),
    ];

    internal static void Print(EvaluationResult result, int most, ReasonLanguage language)
    {
        var exposure = result.Report.Exposure;
        var table = Simple("measure", "value", "95 %");
        foreach (var (name, of) in Measured) table.AddRow([name, .. Cells(of(result.Report.Means))]);
        table.AddRow("coverage", Four(exposure.Coverage), FormattableString.Invariant($"{exposure.Covered:N0} of {exposure.Items:N0} items"));
        table.AddRow("exposure Gini", Four(exposure.Gini), "");
        AnsiConsole.Write(table);
        if (result.Ages.Count > 1 || result.Ages is [{ Name: not "undated" }]) Print(result.Ages);
        foreach (var (by, slices) in result.Slices) Print(by, slices);
        if (result.Against is { } against) Print(result, against, most, language);
        foreach (var note in result.Notes()) Console.Out.WriteLine($"Note: {note}.");
        Console.Out.WriteLine(FormattableString.Invariant($"{result.Report.Queries.Count:N0} judged queries"));
    }

    static void Print(IReadOnlyList<AgeBucket> ages)
    {
        var table = Simple("age", "items", "of all items", "of all places");
        foreach (var age in ages) table.AddRow(age.Name, FormattableString.Invariant($"{age.Items:N0}"), Percent(age.ItemShare), Percent(age.ExposureShare));
        AnsiConsole.Write(table);
    }

    static void Print(string by, IReadOnlyList<Slice> slices)
    {
        var table = Simple(by, "queries", "nDCG@10", "95 %", "P@5", "recall@20", "MRR@10", "judged@10");
        foreach (var slice in slices.Take(MostSlices))
            table.AddRow([Markup.Escape(slice.Name), FormattableString.Invariant($"{slice.Queries:N0}"), .. Cells(slice.Means.NdcgAt10), Four(slice.Means.PrecisionAt5.Value),
                Four(slice.Means.RecallAt20.Value), Four(slice.Means.ReciprocalRankAt10.Value), Four(slice.Means.JudgedAt10.Value)]);
        AnsiConsole.Write(table);
        if (slices.Count > MostSlices) Console.Out.WriteLine(FormattableString.Invariant($"and {slices.Count - MostSlices:N0} smaller ones; --json lists all"));
    }

    static void Print(EvaluationResult result, Against against, int most, ReasonLanguage language)
    {
        var (comparison, before) = (against.Comparison, against.Report.Means);
        Console.Out.WriteLine($"{result.Lists.Name} against {against.Lists.Name}:");
        var table = Simple("measure", "before", "after", "difference", "95 %");
        foreach (var (name, of) in Measured)
            table.AddRow([name, Four(of(before).Value), Four(of(result.Report.Means).Value), .. Cells(of(comparison.Differences), signed: true)]);
        table.AddRow("coverage", Four(against.Report.Exposure.Coverage), Four(result.Report.Exposure.Coverage), Signed(result.Report.Exposure.Coverage - against.Report.Exposure.Coverage), "");
        table.AddRow("exposure Gini", Four(against.Report.Exposure.Gini), Four(result.Report.Exposure.Gini), Signed(result.Report.Exposure.Gini - against.Report.Exposure.Gini), "");
        AnsiConsole.Write(table);
        Console.Out.WriteLine(FormattableString.Invariant($"By nDCG@10 {comparison.Wins:N0} queries are better, {comparison.Losses:N0} worse, {comparison.Ties:N0} the same. {Verdict(comparison)}"));
        Console.Out.WriteLine();
        foreach (var query in MostChanged(comparison, most))
            ListPair.Of(against.Lists, result.Lists, query.Query, result.Judgments.GradesOf(query.Query), language)
                .Print($"nDCG@10 {Four(query.Before.NdcgAt10)} → {Four(query.After.NdcgAt10)}");
    }

    /// <summary>What the interval of nDCG@10 says, in plain words.</summary>
    internal static string Verdict(Comparison comparison) => comparison.Differences.NdcgAt10 switch
    {
        { Low: > 0 } => "It is better: the interval of nDCG@10 lies above 0.",
        { High: < 0 } => "It is worse: the interval of nDCG@10 lies below 0.",
        _ => "No difference is shown: the interval of nDCG@10 holds 0.",
    };

    /// <summary>The most improved queries, the best first, then the most worsened, the worst first.</summary>
    internal static IEnumerable<ComparedQuery> MostChanged(Comparison comparison, int most) =>
        [.. comparison.Queries.Where(query => query.Gain > 0).Take(most), .. comparison.Queries.Where(query => query.Gain < 0).TakeLast(most).Reverse()];

    /// <summary>For programs.</summary>
    internal static object Json(EvaluationResult result, int most, ReasonLanguage language)
    {
        var (report, summary) = (result.Report, result.Lists.Summary);
        var means = report.Means;
        return new
        {
            summary.Collection,
            Release = result.Lists.Name,
            Queries = report.Queries.Count,
            means.NdcgAt10,
            means.PrecisionAt5,
            means.RecallAt20,
            means.ReciprocalRankAt10,
            means.Answered,
            means.JudgedAt10,
            report.Exposure.Covered,
            report.Exposure.Coverage,
            report.Exposure.Gini,
            Judgments = report.Judged,
            result.Ages,
            Slices = result.Slices.Count == 0 ? null : result.Slices.Select(slicing => new { slicing.By, slicing.Slices }),
            Against = result.Against is not { } against ? null : new
            {
                against.Lists.Summary.Collection,
                Release = against.Lists.Name,
                Before = against.Report.Means,
                against.Report.Exposure,
                against.Comparison.Differences,
                against.Comparison.Wins,
                against.Comparison.Losses,
                against.Comparison.Ties,
                Verdict = Verdict(against.Comparison),
                MostChanged = MostChanged(against.Comparison, most).Select(query => new
                {
                    NdcgAt10Before = query.Before.NdcgAt10,
                    NdcgAt10After = query.After.NdcgAt10,
                    Lists = ListPair.Of(against.Lists, result.Lists, query.Query, result.Judgments.GradesOf(query.Query), language),
                }),
            },
            Notes = result.Notes(),
        };
    }

    internal static Table Simple(params string[] columns) => new Table().Border(TableBorder.Simple).AddColumns([.. columns.Select(Markup.Escape)]);

    internal static string Four(double value) => FormattableString.Invariant($"{value:F4}");

    internal static string Signed(double value) => FormattableString.Invariant($"{value:+0.0000;-0.0000;0.0000}");

    internal static string Percent(double share) => FormattableString.Invariant($"{100 * share:F1} %");

    static string[] Cells(Interval value, bool signed = false) => signed
        ? [Signed(value.Value), $"{Signed(value.Low)} to {Signed(value.High)}"]
        : [Four(value.Value), $"{Four(value.Low)} to {Four(value.High)}"];
}
