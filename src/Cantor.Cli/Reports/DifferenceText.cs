using Cantor.Corpus;
using Cantor.Evaluation;
using Cantor.Releases;
using Spectre.Console;
using static Cantor.Cli.Reports.EvaluationText;

namespace Cantor.Cli.Reports;

/// <summary>The difference of two releases as people read it in a terminal, and as programs do.</summary>
static class DifferenceText
{
    const int MostNamed = 5;

    internal static void Print(ReleaseDifference difference, int most, ReasonLanguage language)
    {
        var (before, after, lists) = (difference.Before, difference.After, difference.Lists);
        Console.Out.WriteLine($"{NameOf(before)} → {NameOf(after)}");
        if (difference.IsEmpty)
        {
            Console.Out.WriteLine(FormattableString.Invariant($"no difference in {after.Ids.Length:N0} items and their lists"));
            return;
        }
        var table = Simple("", "before", "after", "change");
        void Row(string name, string was, string now, string change = "") => table.AddRow(name, was, now, change);
        Row("items", Count(before.Ids.Length), Count(after.Ids.Length), FormattableString.Invariant($"{lists.Added.Count:N0} new, {lists.Removed.Count:N0} gone"));
        Row("items with a list", Count(WithList(before)), Count(WithList(after)), FormattableString.Invariant($"{lists.Emptied.Count:N0} emptied, {lists.Filled.Count:N0} filled"));
        Row("coverage", Four(lists.ExposureBefore.Coverage), Four(lists.ExposureAfter.Coverage), Signed(lists.ExposureAfter.Coverage - lists.ExposureBefore.Coverage));
        Row("exposure Gini", Four(lists.ExposureBefore.Gini), Four(lists.ExposureAfter.Gini), Signed(lists.ExposureAfter.Gini - lists.ExposureBefore.Gini));
        if (lists is { ScoresBefore: { } was, ScoresAfter: { } now })
        {
            Row("score, median", Four(was.Median), Four(now.Median), Signed(now.Median - was.Median));
            Row("score, 5 % to 95 %", $"{Four(was.P5)} to {Four(was.P95)}", $"{Four(now.P5)} to {Four(now.P95)}");
        }
        AnsiConsole.Write(table);
        foreach (var line in Summary(difference)) Console.Out.WriteLine(line);
        foreach (var (name, items, side) in Named(difference))
            if (items.Count > 0) Console.Out.WriteLine($"{name}: {string.Join(", ", items.Take(MostNamed).Select(item => side.CardOf(item).FullName))}{(items.Count > MostNamed ? FormattableString.Invariant($" and {items.Count - MostNamed:N0} more") : "")}");
        Console.Out.WriteLine();
        foreach (var (churn, pair) in difference.MostChanged(most, language)) pair.Print(Told(churn));
    }

    /// <summary>The churn in words, a line each.</summary>
    internal static IEnumerable<string> Summary(ReleaseDifference difference)
    {
        var churn = difference.Lists.Churn;
        if (churn is { OverlapAt10: { } overlap, RankBiasedOverlap: { } rankBiased })
        {
            yield return FormattableString.Invariant($"Of {churn.Items:N0} items that both have, {churn.Changed:N0} have other first ten places, {difference.Lists.Relisted:N0} another list in any place or score, {difference.Retold.Count:N0} other fields.");
            yield return FormattableString.Invariant($"Their lists agree by overlap@10 {overlap:F4}, RBO {rankBiased:F4}{(churn.KendallTauB is { } tau ? FormattableString.Invariant($", Kendall tau-b {tau:F4}") : "")}; 1 is the same.");
        }
        else yield return "The two have no item in common.";
        if (difference.Lists.ScoreShift is { } shift)
            yield return FormattableString.Invariant($"Neighbors in the first ten places of both moved by {shift.Median:+0.0000;-0.0000;0.0000} in the median, 5 % to 95 %: {shift.P5:+0.0000;-0.0000;0.0000} to {shift.P95:+0.0000;-0.0000;0.0000}.");
    }

    /// <summary>The items that are named one by one, and the release that knows their titles.</summary>
    internal static IReadOnlyList<(string Name, IReadOnlyList<ItemId> Items, ReleaseLists Side)> Named(ReleaseDifference difference) =>
    [
        ("New", difference.Lists.Added, difference.After), ("Gone", difference.Lists.Removed, difference.Before), ("Emptied", difference.Lists.Emptied, difference.After),
        ("Filled", difference.Lists.Filled, difference.After), ("Other fields", difference.Retold, difference.After),
    ];

    internal static string Told(ItemChurn churn) => FormattableString.Invariant($"overlap@10 {churn.OverlapAt10:F2}, RBO {churn.RankBiasedOverlap:F2}");

    internal static string NameOf(ReleaseLists lists) => $"{lists.Summary.Collection} {lists.Name}";

    internal static int WithList(ReleaseLists lists) => lists.Ids.Count(item => lists.HitsOf(item)!.Any());

    internal static void PrintJson(ReleaseDifference difference, int most, ReasonLanguage language)
    {
        var lists = difference.Lists;
        Shared.PrintJson(new
        {
            Different = !difference.IsEmpty,
            Before = Side(difference.Before, lists.ExposureBefore, lists.ScoresBefore),
            After = Side(difference.After, lists.ExposureAfter, lists.ScoresAfter),
            lists.Churn,
            lists.Relisted,
            lists.ScoreShift,
            New = Ids(lists.Added),
            Gone = Ids(lists.Removed),
            Emptied = Ids(lists.Emptied),
            Filled = Ids(lists.Filled),
            OtherFields = Ids(difference.Retold),
            MostChanged = difference.MostChanged(most, language).Select(changed => new { changed.Churn.OverlapAt10, changed.Churn.RankBiasedOverlap, Lists = changed.Pair }),
        });

        static IEnumerable<string> Ids(IReadOnlyList<ItemId> items) => items.Select(item => item.Value);

        static object Side(ReleaseLists side, Exposure exposure, Distribution? scores) => new
        {
            side.Summary.Collection,
            Release = side.Name,
            Items = side.Ids.Length,
            ItemsWithList = WithList(side),
            exposure.Covered,
            exposure.Coverage,
            exposure.Gini,
            Scores = scores,
        };
    }

    static string Count(int number) => FormattableString.Invariant($"{number:N0}");
}
