using System.Numerics;
using Cantor.Kernels;

namespace Cantor.Neighbors;

/// <summary>
/// Which blocks of rows are worth meeting each other: a quarter of the rows votes for the blocks whose centers are nearest to them.
/// </summary>
static unsafe class BlockVotes
{
    /// <summary>One tile of rows in so many votes.</summary>
    const int VotersStep = 4;

    /// <summary>Pairs of blocks, the lower first, that got enough votes from each other's rows, and each block with itself.</summary>
    /// <param name="vectors">The rows.</param>
    /// <param name="order">Blocks are runs of this order.</param>
    /// <param name="packed">The rows in that order.</param>
    /// <param name="blockRows">How many rows a block has; a multiple of <see cref="PackedBytes.RowStep"/>.</param>
    /// <param name="votes">How many blocks a row votes for.</param>
    /// <param name="enough">How many votes, of both sides together, a pair needs.</param>
    /// <param name="threads">Never changes the result.</param>
    /// <param name="cancellationToken">Stops voting.</param>
    internal static List<(int A, int B)> Choose(
        DenseVectors vectors, int[] order, PackedBytes packed, int blockRows, int votes, int enough, int threads, CancellationToken cancellationToken)
    {
        var blocks = (packed.Count + blockRows - 1) / blockRows;
        using var centers = Centers(vectors, order, blocks, blockRows, threads, cancellationToken);
        using var packedCenters = new PackedBytes(centers, null, threads, cancellationToken);
        using var counts = new AlignedBuffer<ushort>((long)blocks * blocks);
        Threads.ForRanges(blocks, threads, 1, () => new Voter(packed, packedCenters, votes), (voter, first, end) =>
        {
            for (var block = first; block < end; block++)
            {
                var mine = counts.Slice((long)block * blocks, blocks);
                for (var row = block * blockRows; row < Math.Min(packed.Count, (block + 1) * blockRows); row += VotersStep * ByteTile.Rows)
                    voter.Vote(row, mine);
            }
        }, cancellationToken);

        var chosen = new List<(int, int)>();
        for (var a = 0; a < blocks; a++)
        {
            chosen.Add((a, a));
            for (var b = a + 1; b < blocks; b++)
                if (counts.Start[(long)a * blocks + b] + counts.Start[(long)b * blocks + a] >= enough) chosen.Add((a, b));
        }
        return chosen;
    }

    static DenseVectors Centers(DenseVectors vectors, int[] order, int blocks, int blockRows, int threads, CancellationToken cancellationToken)
    {
        var centers = new DenseVectors(blocks, vectors.Width);
        Threads.ForRanges(blocks, threads, 16, () => new float[vectors.Width], (sum, first, end) =>
        {
            for (var block = first; block < end; block++)
            {
                Array.Clear(sum);
                for (var at = block * blockRows; at < Math.Min(order.Length, (block + 1) * blockRows); at++) LaneDot.Add(sum, vectors[order[at]]);
                centers.Set(block, sum);
            }
        }, cancellationToken);
        return centers;
    }

    /// <summary>Lets a tile of rows vote at a time, for one thread.</summary>
    sealed class Voter(PackedBytes rows, PackedBytes centers, int votes) : IDisposable
    {
        readonly KeptKeys _kept = new(ByteTile.Rows, votes);
        readonly short[] _never = [.. Enumerable.Repeat(short.MaxValue, ByteTile.Columns)];

        internal void Vote(int row, Span<ushort> counts)
        {
            var scores = stackalloc short[ByteTile.Scores];
            var thresholds = stackalloc short[ByteTile.Rows];
            new Span<short>(thresholds, ByteTile.Rows).Clear();
            fixed (short* never = _never)
                for (var column = 0; column < centers.Padded; column += ByteTile.Columns)
                {
                    ByteTile.Multiply(rows.Rows(row), centers.Columns(column), centers.Starts(column), centers.Pairs, scores);
                    for (var r = 0; r < ByteTile.Rows; r++)
                        for (var above = ByteTile.Above(scores + r * ByteTile.Columns, thresholds[r], never); above != 0; above &= above - 1)
                        {
                            var place = BitOperations.TrailingZeroCount(above);
                            var score = scores[r * ByteTile.Columns + place];
                            if (score > thresholds[r] && _kept.Add(r, TopK.Key(score, column + place)) is > 0 and var least)
                                thresholds[r] = (short)(TopK.Score(least) - 1);
                        }
                }
            for (var r = 0; r < ByteTile.Rows; r++)
            {
                foreach (var key in _kept.Best(r)) counts[TopK.Item(key)]++;
                _kept.Clear(r);
            }
        }

        public void Dispose() => _kept.Dispose();
    }
}
