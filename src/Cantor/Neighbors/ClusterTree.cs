using Cantor.Kernels;

namespace Cantor.Neighbors;

/// <summary>
/// Puts rows in an order in which what is close stands together: all are split in two by 2-means, each half again, until few
/// are left. Only the order is kept.
/// </summary>
sealed class ClusterTree
{
    /// <summary>2-means looks at so many rows of a node ...</summary>
    const int Samples = 1500;

    /// <summary>... so many times.</summary>
    const int Iterations = 5;

    /// <summary>The first second center is the farthest of so many.</summary>
    const int Tries = 12;

    /// <summary>Neither side of a split gets less than this share, so that the tree is not deep.</summary>
    const double LeastShare = .1;

    readonly DenseVectors _vectors;
    readonly ulong _seed;
    readonly int[] _order, _other;
    readonly float[] _sides;

    ClusterTree(DenseVectors vectors, ulong seed)
    {
        (_vectors, _seed) = (vectors, seed);
        _order = [.. Enumerable.Range(0, vectors.Count)];
        (_other, _sides) = (new int[vectors.Count], new float[vectors.Count]);
    }

    /// <summary>All rows, neighbors near each other.</summary>
    /// <param name="vectors">The rows.</param>
    /// <param name="leaf">How many rows need no further split.</param>
    /// <param name="seed">What first centers come from.</param>
    /// <param name="threads">Never changes the order.</param>
    /// <param name="cancellationToken">Stops splitting.</param>
    internal static int[] Order(DenseVectors vectors, int leaf, ulong seed, int threads, CancellationToken cancellationToken)
    {
        var tree = new ClusterTree(vectors, seed);
        List<(int Start, int End)> nodes = [(0, vectors.Count)];
        for (var level = 0; ; level++)
        {
            nodes.RemoveAll(node => node.End - node.Start <= leaf);
            if (nodes.Count == 0) return tree._order;
            nodes = tree.Split(nodes, (ulong)level, threads, cancellationToken);
        }
    }

    List<(int Start, int End)> Split(List<(int Start, int End)> nodes, ulong level, int threads, CancellationToken cancellationToken)
    {
        var normals = new float[nodes.Count][];
        Threads.ForRanges(nodes.Count, threads, 1, (first, end) =>
        {
            for (var node = first; node < end; node++) normals[node] = Normal(nodes[node].Start, nodes[node].End, level);
        }, cancellationToken);

        // Nodes are of all sizes and the first is everything: their rows, not they, are shared out.
        const int Piece = 4096;
        var pieces = new List<(int Node, int Start, int End)>();
        for (var node = 0; node < nodes.Count; node++)
            for (var start = nodes[node].Start; start < nodes[node].End; start += Piece)
                pieces.Add((node, start, Math.Min(nodes[node].End, start + Piece)));
        Threads.ForRanges(pieces.Count, threads, 1, (first, end) =>
        {
            foreach (var (node, start, stop) in pieces[first..end])
                for (var at = start; at < stop; at++) _sides[at] = LaneDot.Of(_vectors[_order[at]], normals[node]);
        }, cancellationToken);

        var middles = new int[nodes.Count];
        Threads.ForRanges(nodes.Count, threads, 1, (first, end) =>
        {
            for (var node = first; node < end; node++) middles[node] = Part(nodes[node].Start, nodes[node].End);
        }, cancellationToken);
        return [.. nodes.SelectMany((node, i) => new[] { (node.Start, middles[i]), (middles[i], node.End) })];
    }

    /// <summary>What separates the rows of a node best: the difference of the centers of two means.</summary>
    float[] Normal(int start, int end, ulong level)
    {
        var chance = new SeededRandom(_seed ^ level << 40, (ulong)start);
        var count = Math.Min(Samples, end - start);
        var sample = new int[count];
        for (var i = 0; i < count; i++) sample[i] = _order[start + (int)((long)i * (end - start) / count)];

        var first = _vectors[sample[chance.NextInt(count)]].ToArray();
        var second = first;
        var least = float.PositiveInfinity;
        for (var i = 0; i < Tries; i++)
        {
            var row = _vectors[sample[chance.NextInt(count)]];
            if (LaneDot.Of(first, row) is var cosine && cosine >= least) continue;
            (least, second) = (cosine, row.ToArray());
        }
        var normal = new float[_vectors.Width];
        for (var iteration = 0; ; iteration++)
        {
            for (var t = 0; t < normal.Length; t++) normal[t] = first[t] - second[t];
            if (iteration == Iterations) return normal;
            float[] nextFirst = new float[normal.Length], nextSecond = new float[normal.Length];
            foreach (var row in sample)
            {
                var vector = _vectors[row];
                LaneDot.Add(LaneDot.Of(vector, normal) >= 0 ? nextFirst : nextSecond, vector);
            }
            (first, second) = (Unit(nextFirst), Unit(nextSecond));
        }
    }

    /// <summary>Puts the rows on the normal's side first, in the order they had, and says where the others start.</summary>
    int Part(int start, int end)
    {
        var sides = _sides.AsSpan(start, end - start);
        var cut = 0f;
        var least = Math.Max(1, (int)(sides.Length * LeastShare));
        var positive = 0;
        foreach (var side in sides) if (side >= 0) positive++;
        if (positive < least || positive > sides.Length - least)
        {
            var sorted = sides.ToArray();
            Array.Sort(sorted);
            cut = sorted[positive < least ? sorted.Length - least : least];
            positive = 0;
            foreach (var side in sides) if (side >= cut) positive++;
            if (positive == sides.Length) return start + sides.Length / 2; // all on one spot: no cut parts them
        }
        var (front, back) = (start, start + positive);
        for (var at = start; at < end; at++) _other[_sides[at] >= cut ? front++ : back++] = _order[at];
        Array.Copy(_other, start, _order, start, end - start);
        return start + positive;
    }

    static float[] Unit(float[] sum)
    {
        double squares = 0;
        foreach (var x in sum) squares += (double)x * x;
        if (squares > 0)
            foreach (ref var x in sum.AsSpan()) x = (float)(x / Math.Sqrt(squares));
        return sum;
    }
}
