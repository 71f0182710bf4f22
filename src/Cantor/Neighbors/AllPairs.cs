using Cantor.Kernels;

namespace Cantor.Neighbors;

/// <summary>How the closest vectors of every vector are looked for.</summary>
public enum PairMethod
{
    /// <summary>By what it would cost: <see cref="Exact"/> while that is a matter of seconds.</summary>
    Auto,

    /// <summary>All dot products, in floats.</summary>
    Exact,

    /// <summary>All dot products in bytes, the best of them again in floats; finds about .998 of what is closest.</summary>
    Bytes,

    /// <summary>Only what is likely to be near meets, for collections of more than about 200,000; .95 or more of what is closest.</summary>
    Pruned,
}

/// <summary>For every row of dense vectors the rows closest to it.</summary>
static class AllPairs
{
    /// <summary>Multiplications that <see cref="PairMethod.Exact"/> may cost: half a minute on two cores.</summary>
    const double MostExact = 6e12;

    /// <summary>More rows than this are not all met.</summary>
    const int MostMet = 200_000;

    /// <summary>Fewer dimensions are too few to round each to a byte.</summary>
    const int LeastByteWidth = 32;

    /// <summary>Finds the <paramref name="k"/> rows with the greatest cosines above 0 of every row; of equal ones the lower rows.</summary>
    /// <returns>A row an item, with its closest others as features, ascending, and the cosines as values. The same bits on any number of threads.</returns>
    internal static FeatureRows Find(DenseVectors vectors, int k, PairMethod method, int threads, CancellationToken cancellationToken)
    {
        if (method == PairMethod.Auto) method = Choose(vectors.Count, vectors.Width);
        if (method == PairMethod.Exact)
        {
            using var kept = FloatJoin.Run(vectors, k, threads, cancellationToken);
            return ToRows(vectors.Count, row => kept.Best(row), threads, cancellationToken);
        }
        if (method == PairMethod.Pruned)
        {
            var lists = PrunedJoin.Run(vectors, k, Widened(k), threads, cancellationToken);
            return ToRows(vectors.Count, row => lists[row], threads, cancellationToken);
        }
        using var packed = new PackedBytes(vectors, null, threads, cancellationToken);
        using var join = new ByteJoin(packed, Widened(k));
        join.JoinAll(threads, cancellationToken);
        return ToRows(vectors.Count, row => Reranking.Rerank(vectors, row, join.Kept.Best(row), k), threads, cancellationToken);
    }

    /// <summary>What <see cref="PairMethod.Auto"/> stands for.</summary>
    internal static PairMethod Choose(int count, int width) =>
        (double)count * count / 2 * width <= MostExact ? PairMethod.Exact
        : count > MostMet ? PairMethod.Pruned
        : width < LeastByteWidth ? PairMethod.Exact : PairMethod.Bytes;

    /// <summary>Near the k-th, bytes and floats disagree: a longer list by bytes makes up for it.</summary>
    static int Widened(int k) => k + Math.Max(16, k / 2);

    static FeatureRows ToRows(int count, Func<int, Span<ulong>> bestOf, int threads, CancellationToken cancellationToken)
    {
        var lists = new ulong[count][];
        Threads.ForRanges(count, threads, 256, (start, end) =>
        {
            for (var row = start; row < end; row++)
            {
                lists[row] = bestOf(row).ToArray();
                Array.Sort(lists[row], static (a, b) => TopK.Item(a).CompareTo(TopK.Item(b)));
            }
        }, cancellationToken);
        var ends = Column<long>.NewPinned(count);
        for (var row = 0; row < count; row++) ends[row] = (row == 0 ? 0 : ends[row - 1]) + lists[row].Length;
        var total = count == 0 ? 0 : ends[count - 1];
        var (items, scores) = (Column<int>.NewPinned(total), Column<float>.NewPinned(total));
        Threads.ForRanges(count, threads, 1024, (start, end) =>
        {
            for (var row = start; row < end; row++)
            {
                var at = ends[row] - lists[row].Length;
                foreach (var key in lists[row]) (items[at], scores[at++]) = (TopK.Item(key), TopK.Score(key));
            }
        }, cancellationToken);
        return new(count, Column<long>.Over(ends), Column<int>.Over(items), Column<float>.Over(scores));
    }
}
