using System.Globalization;
using Cantor.Corpus;
using Cantor.Evaluation;

namespace Cantor.Tests.Evaluation;

public class ComparisonTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void A_report_compared_with_itself_only_ties()
    {
        var report = ReportOf(40, query => query % 3);
        var comparison = Comparison.Between(report, report, seed: 1, Cancel);
        Assert.Equal((0, 0, 40), (comparison.Wins, comparison.Losses, comparison.Ties));
        Assert.Equal(new Interval(0, 0, 0), comparison.Differences.NdcgAt10);
    }

    [Fact]
    public void A_steady_small_gain_shows_although_the_queries_differ_widely()
    {
        // Every fourth list moves its good item up by one place; which place differs from query to query.
        var before = ReportOf(200, query => 1 + query % 9);
        var after = ReportOf(200, query => 1 + query % 9 - (query % 4 == 0 ? 1 : 0));
        Assert.True(after.Means.ReciprocalRankAt10.Low < before.Means.ReciprocalRankAt10.High, "the two intervals overlap");
        var comparison = Comparison.Between(before, after, seed: 1, Cancel);
        Assert.Equal((50, 0, 150), (comparison.Wins, comparison.Losses, comparison.Ties));
        Assert.True(comparison.Differences.ReciprocalRankAt10.Low > 0, "the paired difference does not hold 0");
        Assert.Equal(after.Means.NdcgAt10.Value - before.Means.NdcgAt10.Value, comparison.Differences.NdcgAt10.Value, 12);
    }

    [Fact]
    public void The_most_improved_query_is_first_and_the_most_worsened_last()
    {
        int[] was = [4, 4, 4, 4], now = [4, 0, 9, 2];
        var comparison = Comparison.Between(ReportOf(4, query => was[query]), ReportOf(4, query => now[query]), seed: 1, Cancel);
        Assert.Equal([1, 3, 0, 2], comparison.Queries.Select(query => int.Parse(query.Query.Value["item-".Length..], CultureInfo.InvariantCulture)));
        Assert.Equal((2, 1, 1), (comparison.Wins, comparison.Losses, comparison.Ties));
        Assert.Equal(0, comparison.Queries[2].Gain);
        Assert.Equal(1 - 1 / Math.Log2(6), comparison.Queries[0].Gain, 12); // from the fifth place to the first
    }

    [Fact]
    public void Reports_on_different_queries_are_not_compared() =>
        Assert.Throws<ArgumentException>(() => Comparison.Between(ReportOf(3, _ => 0), ReportOf(4, _ => 0), seed: 1, Cancel));

    /// <summary>Queries whose one good item stands at a given place, from 0, among ten.</summary>
    static EvaluationReport ReportOf(int queries, Func<int, int> placeOfGood)
    {
        var (good, others) = (ItemId.Parse("good"), Lists.Of("abcdefghi"));
        var judgments = new Judgments();
        var lists = new Dictionary<ItemId, IReadOnlyList<ItemId>>();
        for (var query = 0; query < queries; query++)
        {
            judgments.Add(Lists.Numbered(query), good, 1);
            var list = others.ToList();
            list.Insert(placeOfGood(query), good);
            lists.Add(Lists.Numbered(query), list);
        }
        return Evaluator.Evaluate(judgments, [good, .. others, .. lists.Keys], id => lists.GetValueOrDefault(id), seed: 1, Cancel);
    }
}
