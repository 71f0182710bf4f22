using Cantor.Corpus;
using Cantor.Evaluation;

namespace Cantor.Tests.Evaluation;

public class ChurnTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void Only_items_that_both_sides_have_are_compared()
    {
        var churn = Churn.Between(
            Lists.Of("abcx"), Table(("a", "bc"), ("b", "ac"), ("x", "a")),
            Lists.Of("yabcz"), Table(("a", "bc"), ("b", "ca"), ("y", "a")), Cancel);
        Assert.Equal((3, 2, 1, 1), (churn.Items, churn.Added, churn.Removed, churn.Changed));
        Assert.Equal(1, churn.OverlapAt10);
        Assert.Equal((1 + .9 + 1) / 3, churn.RankBiasedOverlap!.Value, 12); // a is the same, b turned around, c empty twice
        Assert.Equal((1 - 1) / 2.0, churn.KendallTauB);
    }

    [Fact]
    public void Changes_behind_the_tenth_place_are_not_shown() =>
        Assert.Equal(0, Churn.Between(
            Lists.Of("a"), Table(("a", "bcdefghijkl")), Lists.Of("a"), Table(("a", "bcdefghijkm")), Cancel).Changed);

    [Fact]
    public void Collections_without_a_common_item_have_no_agreement()
    {
        var churn = Churn.Between(Lists.Of("a"), Table(), Lists.Of("b"), Table(), Cancel);
        Assert.Equal((0, 1, 1), (churn.Items, churn.Added, churn.Removed));
        Assert.Null(churn.OverlapAt10);
        Assert.Null(churn.RankBiasedOverlap);
        Assert.Null(churn.KendallTauB);
    }

    static Func<ItemId, IReadOnlyList<ItemId>?> Table(params (string Item, string List)[] rows)
    {
        var lists = rows.ToDictionary(row => ItemId.Parse(row.Item), row => Lists.Of(row.List));
        return id => lists.GetValueOrDefault(id);
    }
}
