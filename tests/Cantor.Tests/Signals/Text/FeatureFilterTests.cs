using Cantor.Kernels;
using Cantor.Signals.Text;

namespace Cantor.Tests.Signals.Text;

public class FeatureFilterTests
{
    static int[] RowOf(SeededRandom chance, int length, int vocabulary) =>
        [.. Enumerable.Range(0, length).Select(_ => (int)(chance.NextDouble() * vocabulary)).Distinct().Order()];

    [Theory]
    [InlineData(0, 10), InlineData(1, 0), InlineData(1, 1), InlineData(3, 200), InlineData(64, 64), InlineData(65, 300), InlineData(1_000, 10), InlineData(2_000, 5_000)]
    public void No_common_feature_is_missed_and_few_others_are_told(int mine, int others)
    {
        var chance = new SeededRandom(3, (ulong)(mine * 10_000 + others));
        var filter = new FeatureFilter();
        var (told, wrong, asked) = (0, 0, 0);
        for (var round = 0; round < 50; round++)
        {
            var (row, other) = (RowOf(chance, mine, 20_000), RowOf(chance, others, 20_000));
            filter.Set(row);
            var common = filter.Common(other).ToArray();
            Assert.Equal(common.Distinct().Order(), common);
            var there = Enumerable.Range(0, other.Length).Where(at => Array.BinarySearch(row, other[at]) >= 0).ToArray();
            Assert.Subset(common.ToHashSet(), there.ToHashSet());
            (told, wrong, asked) = (told + there.Length, wrong + common.Length - there.Length, asked + other.Length);
        }
        // 64 bits for each feature of the row, of which one is set.
        Assert.True(wrong <= asked / 20, $"{wrong} of {asked} were told that the row lacks, beside {told} that it has");
    }

    [Fact]
    public void A_row_leaves_nothing_behind_for_the_next_whatever_their_lengths()
    {
        var filter = new FeatureFilter();
        int[] all = [.. Enumerable.Range(0, 5_000)];
        foreach (var length in (int[])[5_000, 1, 0, 700, 3, 5_000, 2])
        {
            filter.Set(all.AsSpan(0, length));
            var common = filter.Common(all).ToArray();
            Assert.Equal(Enumerable.Range(0, length), common.Take(length));
            Assert.InRange(common.Length, length, length + all.Length / 20);
        }
    }

    [Fact]
    public void An_array_is_kept_while_it_fits_and_made_anew_where_it_is_too_small_or_far_too_large()
    {
        var array = new int[64];
        Array.Fill(array, 7);
        Assert.False(FeatureFilter.Renew(ref array, 50, 64));
        Assert.Equal((64, 0), (array.Length, array.Max()));
        Assert.True(FeatureFilter.Renew(ref array, 65, 64));
        Assert.Equal(128, array.Length);
        Assert.True(FeatureFilter.Renew(ref array, 4_000, 64));
        Assert.Equal(4_096, array.Length);
        Assert.False(FeatureFilter.Renew(ref array, 256, 64));
        Assert.Equal(4_096, array.Length);
        Assert.True(FeatureFilter.Renew(ref array, 1, 64));
        Assert.Equal(64, array.Length);
    }
}
