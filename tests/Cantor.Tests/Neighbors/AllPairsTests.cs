using System.IO.Hashing;
using System.Runtime.InteropServices;
using Cantor.Kernels;
using Cantor.Neighbors;

namespace Cantor.Tests.Neighbors;

public class AllPairsTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 8, 5), InlineData(2, 2, 5), InlineData(5, 3, 1), InlineData(16, 17, 20), InlineData(47, 33, 4), InlineData(49, 256, 10)]
    [InlineData(97, 4, 96), InlineData(500, 31, 7), InlineData(700, 100, 20), InlineData(130, 4096, 3)]
    public void Exact_lists_are_what_the_plainest_way_finds_to_the_bit(int count, int width, int k)
    {
        using var vectors = ClusteredVectors.Make(count, width);
        var found = AllPairs.Find(vectors, k, PairMethod.Exact, 2, Cancel);
        Assert.All(Enumerable.Range(0, count), row => Assert.Equal(ClusteredVectors.Closest(vectors, row, k), ClusteredVectors.Row(found, row)));
    }

    [Fact]
    public void Of_equal_scores_the_lower_rows_stay()
    {
        using var vectors = new DenseVectors(300, 8);
        for (var row = 0; row < vectors.Count; row++) vectors.Set(row, [1, 2, 3, 4, 5, 6, 7, 8]);
        var found = AllPairs.Find(vectors, 3, PairMethod.Exact, 2, Cancel);
        Assert.Equal([1, 2, 3], ClusteredVectors.Row(found, 0).Select(pair => pair.Item));
        Assert.Equal([0, 1, 2], ClusteredVectors.Row(found, 299).Select(pair => pair.Item));
    }

    [Fact]
    public void A_row_of_zeros_is_near_nobody_and_opposite_rows_are_not_near()
    {
        using var vectors = new DenseVectors(4, 2);
        vectors.Set(0, [1, 0]);
        vectors.Set(1, [-1, 0]);
        vectors.Set(3, [1e-30f, 1e-30f]); // of length 1 afterwards
        var found = AllPairs.Find(vectors, 3, PairMethod.Exact, 1, Cancel);
        Assert.Equal([3], ClusteredVectors.Row(found, 0).Select(pair => pair.Item));
        Assert.Empty(ClusteredVectors.Row(found, 1));
        Assert.Empty(ClusteredVectors.Row(found, 2));
        Assert.Equal([0], ClusteredVectors.Row(found, 3).Select(pair => pair.Item));
    }

    [Theory, InlineData(PairMethod.Exact), InlineData(PairMethod.Bytes), InlineData(PairMethod.Pruned)]
    internal void One_two_and_seven_threads_give_the_same_bits(PairMethod method)
    {
        using var vectors = ClusteredVectors.Make(2000, 34);
        FeatureRows Find(int threads) => AllPairs.Find(vectors, 10, method, threads, Cancel);
        var one = Find(1);
        foreach (var other in new[] { Find(2), Find(7) })
        {
            Assert.Equal(one.Features.Span, other.Features.Span);
            Assert.Equal(one.Values.Span, other.Values.Span);
        }
    }

    // The suite runs again without AVX-512, AVX2 and all intrinsics: there too the bits must be these.
    [Theory, InlineData(PairMethod.Exact, 2000, "559D4CD3F8EDDCA5"), InlineData(PairMethod.Bytes, 2000, "EE90EC52CB9B5FFB"), InlineData(PairMethod.Pruned, 4000, "6C896BD93F395F69")]
    internal void Each_method_gives_these_bits_on_any_instruction_set(PairMethod method, int count, string hash)
    {
        using var vectors = ClusteredVectors.Make(count, 34);
        var found = AllPairs.Find(vectors, 10, method, 2, Cancel);
        var bytes = new XxHash3();
        bytes.Append(MemoryMarshal.AsBytes(found.Features.Span));
        bytes.Append(MemoryMarshal.AsBytes(found.Values.Span));
        Assert.Equal(hash, Convert.ToHexString(bytes.GetCurrentHash()));
    }

    [Theory, InlineData(700, 33), InlineData(1100, 100), InlineData(2000, 256)]
    public void Bytes_find_nearly_all_and_score_to_the_bit(int count, int width)
    {
        using var vectors = ClusteredVectors.Make(count, width);
        var found = AllPairs.Find(vectors, 20, PairMethod.Bytes, 2, Cancel);
        Assert.True(ClusteredVectors.Recall(vectors, found, 20) > .995, $"{ClusteredVectors.Recall(vectors, found, 20)}");
    }

    [Theory, InlineData(4000, 32), InlineData(2500, 101)]
    public void Pruned_lists_hold_most_and_score_to_the_bit(int count, int width)
    {
        using var vectors = ClusteredVectors.Make(count, width);
        var found = AllPairs.Find(vectors, 10, PairMethod.Pruned, 2, Cancel);
        var recall = ClusteredVectors.Recall(vectors, found, 10);
        Assert.True(recall > .95, $"{recall}");
        Assert.Equal(recall, SampledRecall.Measure(vectors, found, 10, 1, 2, Cancel), .03);
    }

    [Theory, InlineData(PairMethod.Exact), InlineData(PairMethod.Bytes), InlineData(PairMethod.Pruned)]
    internal void Equal_rows_and_rows_of_zeros_stop_no_method(PairMethod method)
    {
        using var vectors = new DenseVectors(1000, 40);
        var same = Enumerable.Range(1, 40).Select(t => (float)t).ToArray();
        for (var row = 0; row < 900; row++) vectors.Set(row, same);
        var found = AllPairs.Find(vectors, 5, method, 2, Cancel);
        Assert.All(Enumerable.Range(0, 900), row => Assert.Equal(5, ClusteredVectors.Row(found, row).Length));
        Assert.All(Enumerable.Range(900, 100), row => Assert.Empty(ClusteredVectors.Row(found, row)));
    }

    [Fact]
    public void The_measured_recall_is_that_of_what_is_missing()
    {
        using var vectors = ClusteredVectors.Make(250, 16);
        Assert.Equal(1, SampledRecall.Measure(vectors, AllPairs.Find(vectors, 10, PairMethod.Exact, 2, Cancel), 10, 1, 2, Cancel));
        Assert.Equal(.5, SampledRecall.Measure(vectors, AllPairs.Find(vectors, 5, PairMethod.Exact, 2, Cancel), 10, 1, 2, Cancel), .001);
    }

    [Fact]
    public void Fewer_rows_than_k_are_all_found_by_bytes_if_they_are_near()
    {
        using var vectors = ClusteredVectors.Make(30, 64);
        var found = AllPairs.Find(vectors, 50, PairMethod.Bytes, 2, Cancel);
        Assert.All(Enumerable.Range(0, 30), row => Assert.Subset(
            ClusteredVectors.Row(found, row).ToHashSet(), ClusteredVectors.Closest(vectors, row, 50).Where(pair => BitConverter.UInt32BitsToSingle(pair.ScoreBits) > .05).ToHashSet()));
    }

    [Theory]
    [InlineData(1000, 256, PairMethod.Exact), InlineData(63_436, 256, PairMethod.Exact), InlineData(200_000, 16, PairMethod.Exact)]
    [InlineData(200_000, 1024, PairMethod.Bytes), InlineData(300_000, 256, PairMethod.Pruned), InlineData(900_000, 8, PairMethod.Exact)]
    internal void The_method_is_chosen_by_what_it_costs(int count, int width, PairMethod method) =>
        Assert.Equal(method, AllPairs.Choose(count, width));

    [Fact]
    public void A_canceled_search_stops()
    {
        using var vectors = ClusteredVectors.Make(100, 8);
        Assert.Throws<OperationCanceledException>(() => AllPairs.Find(vectors, 3, PairMethod.Exact, 2, new CancellationToken(true)));
    }
}
