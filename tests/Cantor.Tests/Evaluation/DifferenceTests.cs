using Cantor.Corpus;
using Cantor.Evaluation;

namespace Cantor.Tests.Evaluation;

public class DifferenceTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void Lists_compared_with_themselves_have_no_difference()
    {
        var table = Table(("a", "bc"), ("b", "ac"));
        var difference = Difference.Between(Lists.Of("abc"), table, Lists.Of("cba"), table, Cancel);
        Assert.True(difference.IsEmpty);
        Assert.Equal((1, 1), (difference.Churn.OverlapAt10, difference.Churn.RankBiasedOverlap));
        Assert.Equal((0, 0, 4), (difference.ScoreShift!.P5, difference.ScoreShift.P95, difference.ScoreShift.Count));
    }

    [Fact]
    public void What_came_went_emptied_and_changed_is_told_the_most_changed_first()
    {
        var difference = Difference.Between(
            Lists.Of("abcdx"), Table(("a", "bc"), ("b", "acd"), ("c", "ab"), ("x", "a")),
            Lists.Of("yabcd"), Table(("a", "cb"), ("b", "acd"), ("d", "y")), Cancel);
        Assert.False(difference.IsEmpty);
        Assert.Equal("y x c d", string.Join(' ', new[] { difference.Added, difference.Removed, difference.Emptied, difference.Filled }.Select(items => string.Concat(items))));
        Assert.Equal(3, difference.Relisted);
        // c lost two places and d gained one; a was only turned around; b is the same.
        Assert.Equal("cdab", string.Concat(difference.Items.Select(item => item.Item.Value)));
        Assert.Equal((4, 3), (difference.Churn.Items, difference.Churn.Changed));
        Assert.Equal((4, 5), (difference.ExposureBefore.Covered, difference.ExposureAfter.Covered)); // y stands in a list of the later side only
    }

    [Fact]
    public void Its_means_are_those_of_the_churn()
    {
        var (before, after) = (Table(("a", "bc"), ("b", "acd")), Table(("a", "db"), ("b", "cad")));
        var difference = Difference.Between(Lists.Of("abcd"), before, Lists.Of("abcd"), after, Cancel);
        Assert.Equal(Churn.Between(Lists.Of("abcd"), Ids(before), Lists.Of("abcd"), Ids(after), Cancel), difference.Churn);

        static Func<ItemId, IReadOnlyList<ItemId>?> Ids(Func<ItemId, IReadOnlyList<(ItemId Item, float Score)>?> table) =>
            id => table(id)?.Select(neighbor => neighbor.Item).ToList();
    }

    [Theory]
    [InlineData("bcdefghijkl", "bcdefghijkm"), InlineData("bc", "cb")]
    public void A_change_in_any_place_is_a_difference(string before, string after) =>
        Assert.False(Difference.Between(Lists.Of("abcdefghijklm"), Table(("a", before)), Lists.Of("abcdefghijklm"), Table(("a", after)), Cancel).IsEmpty);

    [Fact]
    public void A_score_alone_is_a_difference_and_shows_in_the_shift()
    {
        var difference = Difference.Between(
            Lists.Of("ab"), _ => [(ItemId.Parse("b"), .5f)], Lists.Of("ab"), _ => [(ItemId.Parse("b"), .75f)], Cancel);
        Assert.Equal((false, 2, 0), (difference.IsEmpty, difference.Relisted, difference.Churn.Changed));
        Assert.Equal((2, .25), (difference.ScoreShift!.Count, difference.ScoreShift.Median));
        Assert.Equal((.5, .75), (difference.ScoresBefore!.Mean, difference.ScoresAfter!.Mean));
    }

    [Fact]
    public void Collections_that_share_nothing_have_no_shift()
    {
        var difference = Difference.Between(Lists.Of("ab"), Table(("a", "b")), Lists.Of("c"), Table(), Cancel);
        Assert.Null(difference.ScoreShift);
        Assert.Null(difference.ScoresAfter);
        Assert.Equal((0, 1, 2), (difference.Items.Count, difference.Added.Count, difference.Removed.Count));
    }

    [Fact]
    public void A_distribution_counts_every_number_and_its_quantiles_lie_straight_between_two()
    {
        var spread = Distribution.Of([.. Enumerable.Range(0, 101).Select(i => (100 - i) / 100.0), 7], 0, 1, 4)!;
        Assert.Equal(102, spread.Count);
        Assert.Equal([25, 25, 25, 27], spread.Bins); // 1 and 7 are past the end, and count in the last
        Assert.Equal(.505, spread.Median, 12);
        Assert.Null(Distribution.Of([], 0, 1, 4));
    }

    /// <summary>Lists of one-letter ids, the scores falling by tenths from .9.</summary>
    static Func<ItemId, IReadOnlyList<(ItemId Item, float Score)>?> Table(params (string Item, string List)[] rows)
    {
        var lists = rows.ToDictionary(row => ItemId.Parse(row.Item), row => Lists.Of(row.List).Select((id, place) => (id, Math.Max(0, .9f - place / 10f))).ToList());
        return id => lists.GetValueOrDefault(id);
    }
}
