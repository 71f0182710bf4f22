using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Cantor.Corpus;
using Cantor.Evaluation;
using Cantor.Kernels;

namespace Cantor.Tests.Evaluation;

public class EvaluatorTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void A_list_in_the_best_order_scores_one()
    {
        var score = Score("abcde", ("a", 3), ("b", 2), ("c", 1), ("d", 1), ("e", 1));
        Assert.Equal((1, 1, 1, 1, false), (score.NdcgAt10, score.PrecisionAt5, score.RecallAt20, score.ReciprocalRankAt10, score.Answered));
    }

    [Fact]
    public void A_list_in_another_order_scores_what_the_formulas_say()
    {
        var score = Score("xaybzvwuts", ("a", 1), ("b", 3), ("c", 2));
        // (1 / log2 3 + 7 / log2 5) / (7 / log2 2 + 3 / log2 3 + 1 / log2 4)
        Assert.Equal((1 / Math.Log2(3) + 7 / Math.Log2(5)) / (7 + 3 / Math.Log2(3) + .5), score.NdcgAt10, 12);
        Assert.Equal((2 / 5.0, 2 / 3.0, 1 / 2.0, true), (score.PrecisionAt5, score.RecallAt20, score.ReciprocalRankAt10, score.Answered));
    }

    [Fact]
    public void Places_behind_a_measures_depth_do_not_count()
    {
        var score = Score("bcdefghijkalmnopqrstu", ("a", 1), ("u", 1));
        Assert.Equal((0, 0, .5, 0), (score.NdcgAt10, score.PrecisionAt5, score.RecallAt20, score.ReciprocalRankAt10));
    }

    [Fact]
    public void A_grade_below_one_gains_but_is_not_good()
    {
        var score = Score("ab", ("a", .5), ("b", 1));
        Assert.InRange(score.NdcgAt10, .8, .999);
        Assert.Equal((1 / 5.0, 1, .5), (score.PrecisionAt5, score.RecallAt20, score.ReciprocalRankAt10));
    }

    [Fact]
    public void A_query_without_neighbors_scores_zero_and_counts()
    {
        var report = Evaluator.Evaluate(Judged(("a", "b", 1), ("z", "b", 1)), Lists.Of("ab"),
            query => query == Lists.Of("a")[0] ? Lists.Of("b") : null, seed: 0, Cancel);
        Assert.Equal(.5, report.Means.NdcgAt10.Value);
        Assert.Equal([1.0, 0.0], report.Queries.Select(query => query.NdcgAt10));
    }

    [Fact]
    public void What_the_judgments_ask_and_the_collection_lacks_is_counted()
    {
        var judged = Judged(("a", "b", 1), ("a", "x", 2), ("a", "y", 0), ("z", "b", 1), ("b", "b", 1), ("b", "a", 1), ("c", "a", .5));
        var report = Evaluator.Evaluate(judged, Lists.Of("abc"), _ => null, seed: 0, Cancel);
        Assert.Equal(new JudgmentCounts(Queries: 3, UnknownQueries: 1, WithoutGood: 1, Pairs: 6, UnknownItems: 2, OfThemselves: 1), report.Judged);
    }

    [Theory]
    [InlineData("ax", .5), InlineData("xyzwvutsrqa", 0), InlineData("bxyzwvutsr", .1), InlineData("", 0)]
    public void The_judged_share_of_a_list_is_of_its_first_ten_places(string list, double share) =>
        Assert.Equal(share, Score(list, ("a", 1), ("b", 0)).JudgedAt10);

    [Fact]
    public void Without_a_judged_query_there_is_nothing_to_evaluate() =>
        Assert.Throws<ArgumentException>(() => Evaluator.Evaluate(Judged(("a", "b", .5)), Lists.Of("ab"), _ => null, seed: 0, Cancel));

    [Fact]
    public void Intervals_hold_the_mean_repeat_with_the_seed_and_narrow_with_more_queries()
    {
        var few = Evaluate(Sample.Draw(seed: 1, items: 60));
        var many = Evaluate(Sample.Draw(seed: 1, items: 2_000));
        foreach (var report in new[] { few, many })
            foreach (var mean in new[] { report.Means.NdcgAt10, report.Means.PrecisionAt5, report.Means.RecallAt20, report.Means.ReciprocalRankAt10 })
                Assert.True(mean.Low < mean.Value && mean.Value < mean.High);
        Assert.Equal(few.Means.NdcgAt10, Evaluate(Sample.Draw(seed: 1, items: 60)).Means.NdcgAt10);
        Assert.True(many.Means.NdcgAt10.High - many.Means.NdcgAt10.Low < (few.Means.NdcgAt10.High - few.Means.NdcgAt10.Low) / 2);
    }

    [Fact]
    public void An_interval_is_as_wide_as_theory_says()
    {
        // The mean of 400 coins has a standard deviation of .025, and 95 % lie within 1.96 of them.
        var coins = Enumerable.Range(0, 400).Select(i => (double)(i % 2)).ToArray();
        var mean = Bootstrap.MeansOf([coins], seed: 3, Cancel)[0];
        Assert.Equal(.5, mean.Value);
        Assert.InRange(mean.High - mean.Low, .088, .108);
    }

    [Fact]
    public void A_report_does_not_depend_on_the_order_of_the_judgments()
    {
        var sample = Sample.Draw(seed: 2, items: 100);
        var reversed = sample with { Judgments = [.. sample.Judgments.Reverse()] };
        Assert.Equal(Evaluate(sample).Means.NdcgAt10, Evaluate(reversed).Means.NdcgAt10);
    }

    [Fact]
    public void A_slice_is_measured_as_if_only_its_queries_were_judged()
    {
        var sample = Sample.Draw(seed: 4, items: 200);
        static bool IsEven(string id) => id[^1] % 2 == 0;
        var slices = Evaluate(sample).SliceBy(id => ["all", IsEven(id.Value) ? "even" : "odd"], seed: 9, Cancel);
        Assert.Equal(["all", "even", "odd"], slices.Select(slice => slice.Name));
        foreach (var (name, queries, means) in slices)
        {
            var alone = Evaluate(sample with { Judgments = [.. sample.Judgments.Where(row => name == "all" || IsEven(row.Query) == (name == "even"))] });
            Assert.Equal((alone.Queries.Count, alone.Means), (queries, means));
        }
    }

    [Fact]
    public async Task It_agrees_with_the_script_to_the_fourth_decimal()
    {
        var folder = Directory.CreateTempSubdirectory("cantor-score-");
        try
        {
            for (var seed = 1UL; seed <= 3; seed++)
            {
                var sample = Sample.Draw(seed, items: 300);
                var (neighbors, judgments) = (Path.Combine(folder.FullName, "neighbors.tsv"), Path.Combine(folder.FullName, "judgments.tsv"));
                await File.WriteAllLinesAsync(neighbors, sample.NeighborLines, Cancel);
                await File.WriteAllLinesAsync(judgments, sample.JudgmentLines, Cancel);
                var report = Evaluate(sample);
                var all = report.Means;
                string[] means = [.. new[] { all.NdcgAt10, all.PrecisionAt5, all.RecallAt20, all.ReciprocalRankAt10, all.Answered }
                    .Select(mean => mean.Value.ToString("F4", CultureInfo.InvariantCulture))];
                Assert.Equal(
                    $"queries {report.Queries.Count}  nDCG@10 {means[0]}  P@5 {means[1]}  R@20 {means[2]}  MRR@10 {means[3]}  answered {means[4]}  coverage {report.Exposure.Covered}",
                    await RunScript(neighbors, judgments));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    static async Task<string> RunScript(string neighbors, string judgments, [CallerFilePath] string thisFile = "")
    {
        var script = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "../../../tools/score.py"));
        try
        {
            using var python = Process.Start(new ProcessStartInfo("python3", [script, neighbors, judgments]) { RedirectStandardOutput = true })!;
            var output = await python.StandardOutput.ReadToEndAsync(Cancel);
            await python.WaitForExitAsync(Cancel);
            Assert.Equal(0, python.ExitCode);
            return output.Trim();
        }
        catch (System.ComponentModel.Win32Exception) when (Environment.GetEnvironmentVariable("CI") is null or "" or "false")
        {
            Assert.Skip("python3 is not installed; tools/score.py cannot be asked");
            throw;
        }
    }

    static QueryScore Score(string list, params (string Item, double Grade)[] grades) =>
        Evaluator.ScoreOf(ItemId.Parse("q"), grades.ToDictionary(grade => ItemId.Parse(grade.Item), grade => grade.Grade), Lists.Of(list));

    static Judgments Judged(params (string Query, string Item, double Grade)[] rows)
    {
        var judgments = new Judgments();
        foreach (var (query, item, grade) in rows) Assert.Null(judgments.Add(ItemId.Parse(query), ItemId.Parse(item), grade));
        return judgments;
    }

    static EvaluationReport Evaluate(Sample sample) =>
        Evaluator.Evaluate(Judged([.. sample.Judgments]), [.. sample.Lists.Keys], id => sample.Lists[id], seed: 9, Cancel);

    /// <summary>A made-up collection: item i is judged near to i ± 1, 2, 3, and the lists find some of them.</summary>
    sealed record Sample(Dictionary<ItemId, ItemId[]> Lists, (string Query, string Item, double Grade)[] Judgments)
    {
        internal static Sample Draw(ulong seed, int items)
        {
            var random = new SeededRandom(seed);
            var lists = new Dictionary<ItemId, ItemId[]>();
            var judgments = new List<(string, string, double)>();
            for (var query = 0; query < items; query++)
            {
                var near = Enumerable.Range(1, 30).SelectMany(step => new[] { query + step, query - step })
                    .Where(item => item >= 0 && item < items && random.NextInt(3) == 0);
                // Lists of 0 to 24 items, so that every depth and the missing list occur.
                lists[Evaluation.Lists.Numbered(query)] = [.. near.Take(random.NextInt(25)).Select(Evaluation.Lists.Numbered)];
                for (var step = 1; step <= 3; step++)
                    if (query + step < items && random.NextInt(2) == 0)
                        judgments.Add(($"item-{query}", $"item-{query + step}", random.NextInt(9) / 2.0));
            }
            return new(lists, [.. judgments]);
        }

        internal IEnumerable<string> NeighborLines =>
            Lists.SelectMany(list => list.Value.Select((item, place) => $"{list.Key}\t{item}\t{place + 1}\t{1.0 / (place + 2):R}"));

        internal IEnumerable<string> JudgmentLines =>
            Judgments.Select(row => string.Create(CultureInfo.InvariantCulture, $"{row.Query}\t{row.Item}\t{row.Grade}"));
    }
}
