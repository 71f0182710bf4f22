using Cantor.Kernels;

namespace Cantor.Neighbors;

/// <summary>How much of what is truly closest lists hold, measured on a few rows that are compared with all.</summary>
static class SampledRecall
{
    /// <summary>So many rows, or all of fewer; their recall is within about .01 of that of all.</summary>
    const int Samples = 300;

    /// <summary>How many rows are scored before the best of them are kept.</summary>
    const int Piece = 4096;

    /// <summary>The share of the <paramref name="k"/> closest rows above 0 that stand in <paramref name="lists"/>, 0..1; 1 where nobody has any.</summary>
    internal static double Measure(DenseVectors vectors, FeatureRows lists, int k, ulong seed, int threads, CancellationToken cancellationToken)
    {
        var chance = new SeededRandom(seed, 0x726563616C6C); // a stream of its own
        var rows = vectors.Count <= Samples
            ? [.. Enumerable.Range(0, vectors.Count)]
            : Enumerable.Range(0, Samples).Select(_ => chance.NextInt(vectors.Count)).ToArray();
        var (found, all) = (new int[rows.Length], new int[rows.Length]);
        Threads.ForRanges(rows.Length, threads, 1, () => new ulong[k + Piece], (keys, first, end) =>
        {
            for (var i = first; i < end; i++)
            {
                var closest = Closest(vectors, rows[i], k, keys, cancellationToken);
                var (from, to) = lists.Row(rows[i]);
                var listed = lists.Features.Slice(from, to);
                all[i] = closest.Length;
                foreach (var key in closest) if (listed.BinarySearch(TopK.Item(key)) >= 0) found[i]++;
            }
        }, cancellationToken);
        return all.Sum() == 0 ? 1 : (double)found.Sum() / all.Sum();
    }

    static Span<ulong> Closest(DenseVectors vectors, int row, int k, Span<ulong> keys, CancellationToken cancellationToken)
    {
        var kept = 0;
        for (var start = 0; start < vectors.Count; start += Piece)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var piece = keys[kept..];
            var count = 0;
            for (var other = start; other < Math.Min(vectors.Count, start + Piece); other++)
                if (other != row) piece[count++] = TopK.Key(0, other);
            kept += Reranking.Rerank(vectors, row, piece[..count], k).Length;
            keys[..kept].Sort(static (a, b) => b.CompareTo(a));
            kept = Math.Min(kept, k);
        }
        return keys[..kept];
    }
}
