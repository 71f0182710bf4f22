using Cantor.Kernels;

namespace Cantor.Neighbors;

/// <summary>
/// The closest rows of every row without meeting all: rows in the order of <see cref="ClusterTree"/>, in blocks; pairs of blocks
/// with enough votes meet in bytes; rounds of <see cref="Descent"/> find most of what stood elsewhere.
/// </summary>
static class PrunedJoin
{
    const int LeastBlockRows = 2 * PackedBytes.RowStep;

    /// <summary>The table of votes grows with the square of this.</summary>
    const int MaxBlocks = 16_384;

    /// <summary>Blocks that are handed to a thread together.</summary>
    const int BlocksATask = 16;

    /// <summary>With this, three rounds and 20 leads of <see cref="Descent"/>: .99 of what is closest of 200,000 clustered vectors, .96 of a million.</summary>
    const int LeastVotes = 48, EnoughVotes = 8;

    /// <summary>Of so many times more blocks more hold what is close.</summary>
    const double VotesShare = .0125;

    const int Rounds = 3;

    const ulong Seed = 0x70616972;

    /// <summary>Finds them: for each row its <paramref name="k"/> closest, best first.</summary>
    internal static ulong[][] Run(DenseVectors vectors, int k, int widened, int threads, CancellationToken cancellationToken)
    {
        var blockRows = Math.Max(1, (vectors.Count / MaxBlocks + LeastBlockRows - 1) / LeastBlockRows) * LeastBlockRows;
        var blocks = (vectors.Count + blockRows - 1) / blockRows;
        var order = ClusterTree.Order(vectors, blockRows, Seed, threads, cancellationToken);
        using var bytes = new AlignedBuffer<sbyte>((long)vectors.Count * ByteRows.PaddedWidth(vectors.Width), clear: false);
        using var scales = new AlignedBuffer<float>(vectors.Count, clear: false);
        var rows = RowsInOrder(vectors, order, bytes, scales, threads, cancellationToken);
        var near = new NearLists(vectors.Count, widened);
        using (var packed = new PackedBytes(vectors, order, threads, cancellationToken))
        using (var join = new ByteJoin(packed, widened))
        {
            var votes = Math.Max(LeastVotes, (int)(VotesShare * blocks));
            var pairs = BlockVotes.Choose(vectors, order, packed, blockRows, votes, EnoughVotes, threads, cancellationToken);
            Join(join, packed, pairs, blockRows, threads, cancellationToken);
            Threads.ForRanges(vectors.Count, threads, 256, (start, end) =>
            {
                for (var row = start; row < end; row++) near.Set(row, [], Scored(rows, row, join.Kept.Best(row)));
            }, cancellationToken);
        }
        for (var round = 0; round < Rounds; round++)
        {
            var better = Descent.Round(rows, near, threads, cancellationToken);
            near.Dispose();
            near = better;
        }
        var lists = new ulong[vectors.Count][];
        Threads.ForRanges(vectors.Count, threads, 256, () => new ulong[widened], (keys, start, end) =>
        {
            for (var place = start; place < end; place++)
            {
                var found = near.Row(place);
                for (var i = 0; i < found.Length; i++) keys[i] = TopK.Key(0, order[TopK.Item(found[i])]);
                lists[order[place]] = Reranking.Rerank(vectors, order[place], keys.AsSpan(0, found.Length), k).ToArray();
            }
        }, cancellationToken);
        near.Dispose();
        return lists;
    }

    /// <summary>The vectors in bytes, what is close near each other in memory.</summary>
    static ByteRows RowsInOrder(
        DenseVectors vectors, int[] order, AlignedBuffer<sbyte> bytes, AlignedBuffer<float> scales, int threads, CancellationToken cancellationToken)
    {
        var width = ByteRows.PaddedWidth(vectors.Width);
        Threads.ForRanges(vectors.Count, threads, 256, (start, end) =>
        {
            for (var row = start; row < end; row++)
                scales.Slice(row, 1)[0] = ByteRows.Write(vectors[order[row]], bytes.Slice((long)row * width, width));
        }, cancellationToken);
        return new(bytes.ToColumn(), scales.ToColumn());
    }

    /// <summary>The keys with the scores that <see cref="Descent"/> gives, greatest first.</summary>
    static ReadOnlySpan<ulong> Scored(ByteRows rows, int row, Span<ulong> keys)
    {
        var kept = 0;
        foreach (var key in keys)
            if (rows.Dot(row, TopK.Item(key)) is > 0 and var score) keys[kept++] = TopK.Key(score, TopK.Item(key));
        keys[..kept].Sort(static (a, b) => b.CompareTo(a));
        return keys[..kept];
    }

    static void Join(ByteJoin join, PackedBytes packed, List<(int A, int B)> pairs, int blockRows, int threads, CancellationToken cancellationToken)
    {
        var tasks = pairs.GroupBy(pair => (A: pair.A / BlocksATask, B: pair.B / BlocksATask))
            .OrderBy(task => task.Key.B - task.Key.A).ThenBy(task => task.Key.A).Select(task => (task.Key, Pairs: task.ToArray())).ToArray();
        var blocks = (packed.Padded + blockRows - 1) / blockRows;
        int End(int block) => Math.Min(packed.Padded, (block + 1) * blockRows);
        BlockPairs.ForEach([.. tasks.Select(task => task.Key)], (blocks + BlocksATask - 1) / BlocksATask, threads, place =>
        {
            foreach (var (a, b) in tasks[place].Pairs) join.Join(a * blockRows, End(a), b * blockRows, End(b));
        }, cancellationToken);
    }
}
