using Cantor.Evaluation;

namespace Cantor.Tests.Evaluation;

public class RankedListsTests
{
    [Theory]
    [InlineData("abc", "cba", 3, 1), InlineData("abc", "abd", 3, 2 / 3.0), InlineData("abcd", "cdab", 2, 0)]
    [InlineData("ab", "a", 10, .5), InlineData("", "a", 10, 0), InlineData("", "", 10, 1)]
    public void Overlap_is_the_share_of_places_with_the_same_items(string a, string b, int depth, double expected) =>
        Assert.Equal(expected, RankedLists.OverlapAt(depth, Lists.Of(a), Lists.Of(b)), 12);

    // Worked out by hand from equation 32: (1−p)/p · Σ agreement_d p^d + agreement_end p^l.
    [Theory]
    [InlineData("ab", "ba", .9)]                       // 1/9 · .81 + .81
    [InlineData("abc", "adb", .9 / 9 + .81 / 18 + 2 / 3.0 * .729 / 9 + 2 / 3.0 * .729)]
    [InlineData("ab", "cd", 0)]
    [InlineData("a", "ab", 1)]                         // a list agrees with its own beginning
    [InlineData("ab", "cbad", (0 + .81 / 2 + .729 * (2 / 3.0 + 1 / 6.0) + .6561 * (.5 + .25)) / 9 + (.25 + .5) * .6561)]
    [InlineData("", "", 1), InlineData("", "a", 0)]
    public void Rank_biased_overlap_has_the_values_of_its_formula(string a, string b, double expected) =>
        Assert.Equal(expected, RankedLists.RankBiasedOverlap(Lists.Of(a), Lists.Of(b)), 12);

    [Fact]
    public void Rank_biased_overlap_of_lists_of_one_length_is_the_endless_sum_with_the_last_agreement_kept() =>
        Gen.Select(Lists.Any(20), Lists.Any(20), Gen.Double[.5, .95]).Sample((a, b, p) =>
        {
            var length = Math.Min(a.Length, b.Length);
            if (length == 0) return true;
            double sum = 0, agreement = 0;
            for (var d = 1; d <= 2_000; d++)
            {
                if (d <= length) agreement = (double)a.Take(d).Intersect(b.Take(d)).Count() / d;
                sum += (1 - p) * Math.Pow(p, d - 1) * agreement;
            }
            return Math.Abs(sum - RankedLists.RankBiasedOverlap(a[..length], b[..length], p)) < 1e-9;
        });

    [Fact]
    public void Rank_biased_overlap_is_symmetric_within_bounds_and_one_for_the_same_list() =>
        Gen.Select(Lists.Any(20), Lists.Any(20)).Sample((a, b) =>
        {
            var overlap = RankedLists.RankBiasedOverlap(a, b);
            return overlap is >= 0 and <= 1 && overlap == RankedLists.RankBiasedOverlap(b, a)
                && Math.Abs(RankedLists.RankBiasedOverlap(a, a) - 1) < 1e-12;
        });

    [Theory]
    [InlineData(0), InlineData(1), InlineData(double.NaN)]
    public void A_persistence_outside_the_open_unit_interval_is_refused(double persistence) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => RankedLists.RankBiasedOverlap(Lists.Of("a"), Lists.Of("a"), persistence));

    [Theory]
    [InlineData("abcd", "abcd", 1), InlineData("abcd", "dcba", -1), InlineData("abcd", "abdc", 2 / 3.0)]
    [InlineData("xaybz", "bva", -1)] // only a and b are in both
    public void Kendall_counts_the_pairs_in_order(string a, string b, double expected) =>
        Assert.Equal(expected, RankedLists.KendallTauB(Lists.Of(a), Lists.Of(b))!.Value, 12);

    [Theory]
    [InlineData("abc", "def"), InlineData("abc", "axy"), InlineData("", "")]
    public void Kendall_says_nothing_about_fewer_than_two_shared_items(string a, string b) =>
        Assert.Null(RankedLists.KendallTauB(Lists.Of(a), Lists.Of(b)));

    [Fact]
    public void Ties_shorten_what_can_agree()
    {
        // Pairs: 4 agree, 1 disagrees, 1 is tied in x: 3 / √(5 · 6)
        Assert.Equal(3 / Math.Sqrt(30), RankedLists.KendallTauB([1, 2, 2, 3], [1, 3, 2, 2.5])!.Value, 12);
        Assert.Null(RankedLists.KendallTauB([1, 1, 1], [1.0, 2, 3]));
    }
}
