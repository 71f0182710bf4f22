using Cantor.Corpus;
using Cantor.Evaluation;

namespace Cantor.Tests.Evaluation;

public class ExposureTests
{
    [Fact]
    public void Items_shown_equally_often_have_a_gini_of_zero()
    {
        var items = Lists.Of("abcd");
        var exposure = Exposure.Of(items, id => [items[(Array.IndexOf(items, id) + 1) % 4]]);
        Assert.Equal(new Exposure(4, 4, 0), exposure);
        Assert.Equal(1, exposure.Coverage);
    }

    [Fact]
    public void One_item_with_every_place_has_the_greatest_gini()
    {
        var exposure = Exposure.Of(Lists.Of("abcd"), _ => Lists.Of("a"));
        Assert.Equal(new Exposure(4, 1, 3 / 4.0), exposure); // 1 − 1/n
        Assert.Equal(.25, exposure.Coverage);
    }

    [Fact]
    public void Items_that_no_list_shows_count_as_zeros() =>
        // Shown 0, 1, 3 times: (−2·0 + 0·1 + 2·3) / (3·4)
        Assert.Equal(.5, Exposure.Of(Lists.Of("abc"), id => Lists.Of(id.Value == "a" ? "bc" : "c")).Gini, 12);

    [Fact]
    public void The_lorenz_curve_is_what_the_least_shown_have()
    {
        // Shown 0, 1, 3 times: a third of the items has nothing, two thirds have a quarter.
        var curve = Exposure.LorenzOf(Lists.Of("abc"), id => Lists.Of(id.Value == "a" ? "bc" : "c"));
        Assert.Equal(101, curve.Count);
        Assert.Equal((0, 0, .25 / 2, 1), (curve[0], curve[33], Math.Round(curve[50], 12), curve[100]));
        Assert.All(Exposure.LorenzOf(Lists.Of("ab"), _ => null), share => Assert.Equal(0, share));
    }

    [Fact]
    public void The_gini_is_twice_the_area_between_the_lorenz_curve_and_the_diagonal() =>
        Gen.Int[0, 30].Array[100].Where(lists => lists.Sum() > 0).Sample(lists =>
        {
            // A hundred items: the curve's corners are all among its entries, so that the trapezoids are exact.
            var items = Enumerable.Range(0, 100).Select(Lists.Numbered).ToArray();
            IReadOnlyList<ItemId>? ListOf(ItemId id) => items[..lists[Array.IndexOf(items, id)]];
            var curve = Exposure.LorenzOf(items, ListOf);
            var area = Enumerable.Range(0, 100).Sum(i => ((2 * i + 1) / 100.0 - curve[i] - curve[i + 1]) / 200);
            return Math.Abs(2 * area - Exposure.Of(items, ListOf).Gini) < 1e-9;
        });

    [Fact]
    public void Only_the_first_ten_places_are_shown() =>
        Assert.Equal(10, Exposure.Of(Lists.Of("abcdefghijklm"), _ => Lists.Of("abcdefghijklm")).Covered);

    [Fact]
    public void Without_lists_nothing_is_covered() =>
        Assert.Equal(new Exposure(2, 0, 0), Exposure.Of(Lists.Of("ab"), _ => null));

    [Fact]
    public void An_empty_collection_has_no_coverage() =>
        Assert.Equal(0, Exposure.Of([], _ => null).Coverage);

    [Fact]
    public void A_list_that_leaves_the_collection_is_a_fault_of_the_caller() =>
        Assert.Contains("\"z\"", Assert.Throws<ArgumentException>(() => Exposure.Of(Lists.Of("ab"), _ => Lists.Of("z"))).Message, StringComparison.Ordinal);

    [Fact]
    public void The_gini_is_half_the_mean_difference_over_the_mean() =>
        Gen.Int[0, 20].Array[2, 12].Where(counts => counts.Sum() > 0).Sample(counts =>
        {
            // As many one-place lists as places are needed, held by items that nothing shows.
            var shown = counts.SelectMany((count, i) => Enumerable.Repeat(Lists.Numbered(i), count)).ToArray();
            var items = Enumerable.Range(0, Math.Max(counts.Length, shown.Length)).Select(Lists.Numbered).ToArray();
            var place = 0;
            var gini = Exposure.Of(items, _ => place < shown.Length ? [shown[place++]] : null).Gini;
            var all = items.Select((_, i) => i < counts.Length ? counts[i] : 0).ToArray();
            var differences = all.Sum(x => all.Sum(y => (double)Math.Abs(x - y)));
            return Math.Abs(gini - differences / (2.0 * all.Length * all.Sum())) < 1e-12;
        });
}
