using Cantor.Kernels;

namespace Cantor.Neighbors;

/// <summary>How the closest rows are looked for.</summary>
enum PairMethod
{
    /// <summary>Exactly while that is a matter of seconds.</summary>
    Auto,

    /// <summary>All dot products, in floats.</summary>
    Exact,
}

/// <summary>For every row of dense vectors the rows closest to it.</summary>
static class AllPairs
{
    /// <summary>Finds the <paramref name="k"/> rows with the greatest cosines above 0 of every row; of equal ones the lower rows.</summary>
    /// <returns>A row an item, with its closest others as features, ascending, and the cosines as values. The same bits on any number of threads.</returns>
    internal static FeatureRows Find(DenseVectors vectors, int k, PairMethod method, int threads, CancellationToken cancellationToken)
    {
        using var kept = FloatJoin.Run(vectors, k, threads, cancellationToken);
        return ToRows(kept, vectors.Count, threads, cancellationToken);
    }

    static FeatureRows ToRows(KeptKeys kept, int count, int threads, CancellationToken cancellationToken)
    {
        var ends = Column<long>.NewPinned(count);
        Threads.ForRanges(count, threads, 1024, (start, end) =>
        {
            for (var row = start; row < end; row++) ends[row] = kept.Best(row).Length;
        }, cancellationToken);
        for (var row = 1; row < count; row++) ends[row] += ends[row - 1];
        var total = count == 0 ? 0 : ends[count - 1];
        var (items, scores) = (Column<int>.NewPinned(total), Column<float>.NewPinned(total));
        Threads.ForRanges(count, threads, 1024, (start, end) =>
        {
            for (var row = start; row < end; row++)
            {
                var best = kept.Best(row);
                best.Sort(static (a, b) => TopK.Item(a).CompareTo(TopK.Item(b)));
                var at = ends[row] - best.Length;
                foreach (var key in best) (items[at], scores[at++]) = (TopK.Item(key), TopK.Score(key));
            }
        }, cancellationToken);
        return new(count, Column<long>.Over(ends), Column<int>.Over(items), Column<float>.Over(scores));
    }
}
