using Cantor.Kernels;

namespace Cantor.Neighbors;

/// <summary>Scores kept rows again, in floats, with the bits that <see cref="FloatJoin"/> gives them.</summary>
static unsafe class Reranking
{
    /// <summary>Dot products that are summed side by side: one alone would wait for each of its own sums.</summary>
    const int Side = 8;

    /// <summary>Replaces the keys of a row by those of the exact scores, best first; scores not above 0 leave.</summary>
    /// <param name="vectors">The vectors.</param>
    /// <param name="row">The row.</param>
    /// <param name="keys">Its kept keys; overwritten.</param>
    /// <param name="k">How many stay at most.</param>
    internal static Span<ulong> Rerank(DenseVectors vectors, int row, Span<ulong> keys, int k)
    {
        var x = vectors.Start(row);
        var kept = 0;
        for (var start = 0; start < keys.Length; start += Side)
        {
            float* a = Start(vectors, keys, start), b = Start(vectors, keys, start + 1), c = Start(vectors, keys, start + 2), d = Start(vectors, keys, start + 3);
            float* e = Start(vectors, keys, start + 4), f = Start(vectors, keys, start + 5), g = Start(vectors, keys, start + 6), h = Start(vectors, keys, start + 7);
            float sa = 0, sb = 0, sc = 0, sd = 0, se = 0, sf = 0, sg = 0, sh = 0;
            for (var t = 0; t < vectors.Width; t++)
            {
                var value = x[t];
                sa = MathF.FusedMultiplyAdd(value, a[t], sa);
                sb = MathF.FusedMultiplyAdd(value, b[t], sb);
                sc = MathF.FusedMultiplyAdd(value, c[t], sc);
                sd = MathF.FusedMultiplyAdd(value, d[t], sd);
                se = MathF.FusedMultiplyAdd(value, e[t], se);
                sf = MathF.FusedMultiplyAdd(value, f[t], sf);
                sg = MathF.FusedMultiplyAdd(value, g[t], sg);
                sh = MathF.FusedMultiplyAdd(value, h[t], sh);
            }
            ReadOnlySpan<float> scores = [sa, sb, sc, sd, se, sf, sg, sh];
            for (var i = 0; i < Math.Min(Side, keys.Length - start); i++)
                if (scores[i] > 0) keys[kept++] = TopK.Key(scores[i], TopK.Item(keys[start + i]));
        }
        keys[..kept].Sort(static (a, b) => b.CompareTo(a));
        return keys[..Math.Min(k, kept)];
    }

    /// <summary>Where a kept row starts; past the last key the last one's, whose score is then not looked at.</summary>
    static float* Start(DenseVectors vectors, Span<ulong> keys, int place) => vectors.Start(TopK.Item(keys[Math.Min(place, keys.Length - 1)]));
}
