using Cantor.Kernels;

namespace Cantor.Neighbors;

/// <summary>
/// The closest rows of every row without meeting all: rows in the order of <see cref="ClusterTree"/>, in blocks; pairs of blocks
/// with enough votes meet in bytes; two rounds of <see cref="Descent"/> find most of what stood elsewhere.
/// </summary>
static class PrunedJoin
{
    const int LeastBlockRows = 2 * PackedBytes.RowStep;

    /// <summary>The table of votes grows with the square of this.</summary>
    const int MaxBlocks = 16_384;

    /// <summary>Blocks that are handed to a thread together.</summary>
    const int BlocksATask = 16;

    /// <summary>Measured on 200,000 clustered vectors: .983 of what is closest in a fifth of what all pairs cost.</summary>
    const int LeastVotes = 48, EnoughVotes = 16;

    /// <summary>Of so many times more blocks more hold what is close: at a million vectors 48 votes find .69 of it, 3 in 100 .93.</summary>
    const double VotesShare = .03;

    /// <summary>More blocks than this leave so much to find that another round pays.</summary>
    const int ManyBlocks = 2500;

    const int Rounds = 2, RoundsOfMany = 3;

    const ulong Seed = 0x70616972;

    /// <summary>Finds them: for each row its <paramref name="k"/> closest, best first.</summary>
    internal static ulong[][] Run(DenseVectors vectors, int k, int widened, int threads, CancellationToken cancellationToken)
    {
        var blockRows = Math.Max(1, (vectors.Count / MaxBlocks + LeastBlockRows - 1) / LeastBlockRows) * LeastBlockRows;
        var blocks = (vectors.Count + blockRows - 1) / blockRows;
        var order = ClusterTree.Order(vectors, blockRows, Seed, threads, cancellationToken);
        var lists = new ulong[vectors.Count][];
        using (var packed = new PackedBytes(vectors, order, threads, cancellationToken))
        using (var join = new ByteJoin(packed, widened))
        {
            var votes = Math.Max(LeastVotes, (int)(VotesShare * blocks));
            var pairs = BlockVotes.Choose(vectors, order, packed, blockRows, votes, EnoughVotes, threads, cancellationToken);
            Join(join, packed, pairs, blockRows, threads, cancellationToken);
            Threads.ForRanges(vectors.Count, threads, 256, (start, end) =>
            {
                for (var place = start; place < end; place++)
                {
                    var keys = join.Kept.Best(place);
                    foreach (ref var key in keys) key = TopK.Key(0, order[TopK.Item(key)]);
                    lists[order[place]] = Reranking.Rerank(vectors, order[place], keys, k).ToArray();
                }
            }, cancellationToken);
        }
        for (var round = 0; round < (blocks > ManyBlocks ? RoundsOfMany : Rounds); round++) lists = Descent.Round(vectors, lists, k, threads, cancellationToken);
        return lists;
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
