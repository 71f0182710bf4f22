using Cantor.Kernels;

namespace Cantor.Neighbors;

/// <summary>
/// Dense vectors in a byte a dimension, as rows and as columns of <see cref="ByteTile"/>. A score is about 31,000 times the
/// cosine; between a lower row and a higher column it is the same number everywhere.
/// </summary>
sealed unsafe class PackedBytes : IDisposable
{
    /// <summary>Whole tiles in both directions.</summary>
    internal const int RowStep = 96;

    // Rounding lengthens a vector, hardly ever to more than 127 or 258, whose product 16 bits hold.
    const float RowScale = 124, ColumnScale = 250;
    const int MostRowSquares = 127 * 127, MostColumnSquares = 258 * 258;

    const ulong Seed = 0x726F74617465;

    readonly AlignedBuffer<uint> _rows;
    readonly AlignedBuffer<ushort> _columns;
    readonly AlignedBuffer<short> _starts;

    /// <summary>Packs the vectors <paramref name="order"/> names, in its order; all in theirs when it is null.</summary>
    internal PackedBytes(DenseVectors vectors, int[]? order, int threads, CancellationToken cancellationToken)
    {
        Count = order?.Length ?? vectors.Count;
        Padded = (Count + RowStep - 1) / RowStep * RowStep;
        var width = (vectors.Width + 1) / 2 * 2;
        Pairs = width / 2;
        _rows = new((long)Padded * Pairs, clear: false);
        _columns = new((long)Padded * Pairs, clear: false);
        _starts = new(Padded);
        var rotation = new Rotation(width, Seed);
        Threads.ForRanges(Padded, threads, RowStep, () => (Values: new float[width], Numbers: new int[width]), (scratch, start, end) =>
        {
            for (var row = start; row < end; row++)
            {
                Array.Clear(scratch.Values);
                if (row < Count)
                {
                    vectors[order?[row] ?? row].CopyTo(scratch.Values);
                    rotation.Apply(scratch.Values);
                }
                Pack(row, scratch.Values, scratch.Numbers);
            }
        }, cancellationToken);
    }

    internal int Count { get; }

    /// <summary><see cref="Count"/>, with rows of zeros up to whole tiles.</summary>
    internal int Padded { get; }

    /// <summary>Pairs of dimensions.</summary>
    internal int Pairs { get; }

    /// <summary>The tile's rows that begin at <paramref name="row"/>, a multiple of its height.</summary>
    internal uint* Rows(int row) => _rows.Start + (long)row * Pairs;

    internal ushort* Columns(int column) => _columns.Start + (long)column * Pairs;

    internal short* Starts(int column) => _starts.Start + column;

    public void Dispose()
    {
        _rows.Dispose();
        _columns.Dispose();
        _starts.Dispose();
    }

    void Pack(int row, ReadOnlySpan<float> vector, Span<int> numbers)
    {
        var rows = _rows.Start + (long)(row / ByteTile.Rows) * ByteTile.Rows * Pairs + row % ByteTile.Rows;
        Round(vector, RowScale, -ByteTile.Offset, ByteTile.Offset - 1, MostRowSquares, numbers);
        for (var t = 0; t < Pairs; t++)
        {
            var pair = (uint)(numbers[2 * t] + ByteTile.Offset | numbers[2 * t + 1] + ByteTile.Offset << 8);
            rows[t * ByteTile.Rows] = pair | pair << 16;
        }
        var columns = _columns.Start + (long)(row / ByteTile.Columns) * ByteTile.Columns * Pairs + row % ByteTile.Columns;
        Round(vector, ColumnScale, -127, 127, MostColumnSquares, numbers);
        var sum = 0;
        for (var t = 0; t < Pairs; t++)
        {
            columns[t * ByteTile.Columns] = (ushort)((byte)numbers[2 * t] | (byte)numbers[2 * t + 1] << 8);
            sum += numbers[2 * t] + numbers[2 * t + 1];
        }
        _starts.Start[row] = unchecked((short)(-ByteTile.Offset * sum));
    }

    /// <summary>
    /// Whole numbers near <paramref name="scale"/> times the vector whose squares sum to no more than <paramref name="most"/>, so that,
    /// by Cauchy and Schwarz, no score leaves 16 bits. What was rounded up and is too much is rounded down instead.
    /// </summary>
    static void Round(ReadOnlySpan<float> vector, float scale, int least, int greatest, int most, Span<int> numbers)
    {
        var squares = 0;
        for (var t = 0; t < vector.Length; t++)
        {
            var number = Math.Clamp((int)MathF.Round(vector[t] * scale), least, greatest);
            numbers[t] = number;
            squares += number * number;
        }
        for (var t = 0; squares > most; t++)
        {
            if (Math.Abs(numbers[t]) <= Math.Abs(vector[t] * scale)) continue;
            squares -= 2 * Math.Abs(numbers[t]) - 1;
            numbers[t] -= Math.Sign(numbers[t]);
        }
    }
}
