using System.Numerics;
using System.Runtime.CompilerServices;
using Cantor.Kernels;

namespace Cantor.Neighbors;

/// <summary>
/// The exact closest rows of every row: all dot products, none stored. A product serves both of its rows, so only tiles on or
/// above the diagonal are computed; one comparison with the lower of both rows' k-th best scores so far leaves few to look at.
/// Only scores greater than 0 count.
/// </summary>
sealed unsafe class FloatJoin : IDisposable
{
    /// <summary>Blocks are packed tiles, whole in both directions.</summary>
    const int BlockStep = 48;

    const int MaxBlockRows = 80 * BlockStep;

    /// <summary>So many bytes of columns stay in the second cache while the rows pass.</summary>
    const int PanelBytes = 512 << 10;

    /// <summary>Thresholds before k scores are known: every score above 0 reaches it.</summary>
    const float Any = float.Epsilon;

    readonly int _width, _blockRows, _panelColumns;
    readonly AlignedBuffer<float> _rows, _columns, _thresholds;
    readonly KeptKeys _kept;

    FloatJoin(DenseVectors vectors, int k, int threads, CancellationToken cancellationToken)
    {
        _width = vectors.Width;
        _panelColumns = Math.Max(FloatTile.Columns, PanelBytes / sizeof(float) / _width / FloatTile.Columns * FloatTile.Columns);
        _blockRows = BlockRows(vectors.Count, threads);
        var padded = (vectors.Count + BlockStep - 1) / BlockStep * BlockStep;
        _rows = new((long)padded * _width);
        _columns = new((long)padded * _width);
        _thresholds = new(padded);
        _kept = new(padded, k);
        _thresholds.Slice(0, padded).Fill(Any);
        Threads.ForRanges(vectors.Count, threads, BlockStep, (start, end) => Pack(vectors, start, end), cancellationToken);
    }

    /// <summary>Finds them; dispose of the result.</summary>
    internal static KeptKeys Run(DenseVectors vectors, int k, int threads, CancellationToken cancellationToken)
    {
        using var join = new FloatJoin(vectors, k, threads, cancellationToken);
        var blocks = (int)((join._thresholds.Length + join._blockRows - 1) / join._blockRows);
        var pairs = BlockPairs.All(blocks);
        try
        {
            BlockPairs.ForEach(pairs, blocks, threads, place => join.Join(pairs[place].A, pairs[place].B), cancellationToken);
            return join._kept;
        }
        catch
        {
            join._kept.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _rows.Dispose();
        _columns.Dispose();
        _thresholds.Dispose();
    }

    /// <summary>Large blocks cost the least to hand out, but every thread needs two for itself.</summary>
    internal static int BlockRows(int rows, int threads) =>
        Math.Clamp((rows / (4 * threads) + BlockStep - 1) / BlockStep * BlockStep, BlockStep, MaxBlockRows);

    void Pack(DenseVectors vectors, int start, int end)
    {
        for (var row = start; row < end; row++)
        {
            var values = vectors[row];
            var toRows = _rows.Start + (long)(row / FloatTile.Rows) * FloatTile.Rows * _width + row % FloatTile.Rows;
            var toColumns = _columns.Start + (long)(row / FloatTile.Columns) * FloatTile.Columns * _width + row % FloatTile.Columns;
            for (var t = 0; t < _width; t++) toRows[t * FloatTile.Rows] = toColumns[t * FloatTile.Columns] = values[t];
        }
    }

    void Join(int rowBlock, int columnBlock)
    {
        var padded = (int)_thresholds.Length;
        var (firstRow, endRow) = (rowBlock * _blockRows, Math.Min(padded, (rowBlock + 1) * _blockRows));
        var (firstColumn, endColumn) = (columnBlock * _blockRows, Math.Min(padded, (columnBlock + 1) * _blockRows));
        for (var panel = firstColumn; panel < endColumn; panel += _panelColumns)
            for (var row = firstRow; row < Math.Min(endRow, panel + _panelColumns); row += FloatTile.Rows)
                JoinRows(row, Math.Max(panel, row / FloatTile.Columns * FloatTile.Columns), Math.Min(endColumn, panel + _panelColumns));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void JoinRows(int row, int firstColumn, int endColumn)
    {
        var scores = stackalloc float[FloatTile.Scores];
        var rows = _rows.Start + (long)row * _width;
        var thresholds = _thresholds.Start;
        for (var column = firstColumn; column < endColumn; column += FloatTile.Columns)
        {
            FloatTile.Multiply(rows, _columns.Start + (long)column * _width, _width, scores);
            for (var r = 0; r < FloatTile.Rows; r++)
            {
                var reaching = FloatTile.Reaching(scores + r * FloatTile.Columns, thresholds[row + r], thresholds + column);
                if (reaching != 0) Keep(row + r, column, scores + r * FloatTile.Columns, reaching);
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    void Keep(int row, int firstColumn, float* scores, uint reaching)
    {
        for (; reaching != 0; reaching &= reaching - 1)
        {
            var place = BitOperations.TrailingZeroCount(reaching);
            var column = firstColumn + place;
            if (column <= row) continue; // below the diagonal: met from the other side
            Keep(row, column, scores[place]);
            Keep(column, row, scores[place]);
        }
    }

    void Keep(int row, int other, float score)
    {
        // An equal score may still be kept: of two equal ones the lower row comes first.
        if (score >= _thresholds.Start[row] && _kept.Add(row, TopK.Key(score, other)) is > 0 and var least)
            _thresholds.Start[row] = TopK.Score(least);
    }
}
