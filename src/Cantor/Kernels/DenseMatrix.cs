using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Cantor.Kernels;

/// <summary>
/// Rows of floats, all of one width, for products with sparse rows and with small square matrices. Every number of a result
/// is summed by itself in a fixed order, with * and + only: neither threads nor the width of the machine's vectors change a bit.
/// </summary>
sealed class DenseMatrix
{
    /// <summary>Widths are multiples of this; seven vectors of eight floats are summed in registers.</summary>
    internal const int WidthStep = 56;

    /// <summary>How many rows a partial sum over rows takes: fixed, so that the sum of the sums does not depend on threads.</summary>
    const int GramRows = 1024;

    readonly float[] _values;

    internal DenseMatrix(int rows, int width)
    {
        if (width % WidthStep != 0) throw new ArgumentOutOfRangeException(nameof(width), width, $"expected a multiple of {WidthStep}");
        (Count, Width, _values) = (rows, width, new float[checked((long)rows * width)]);
    }

    internal int Count { get; }

    internal int Width { get; }

    internal Span<float> this[int row] => MemoryMarshal.CreateSpan(ref _values[(long)row * Width], Width);

    /// <summary>This matrix = <paramref name="sparse"/> · <paramref name="dense"/>.</summary>
    internal void SetProduct(FeatureRows sparse, DenseMatrix dense, int threads, CancellationToken cancellationToken) =>
        Threads.ForRanges(Count, threads, 256, (start, end) =>
        {
            for (var row = start; row < end; row++)
            {
                var (from, to) = sparse.Row(row);
                Product(sparse.Features.Slice(from, to), sparse.Values.Slice(from, to), dense, this[row]);
            }
        }, cancellationToken);

    /// <summary>One row of a product: Σ values[i] · dense[features[i]].</summary>
    internal static void Product(ReadOnlySpan<int> features, ReadOnlySpan<float> values, DenseMatrix dense, Span<float> result)
    {
        for (var column = 0; column < result.Length; column += WidthStep)
        {
            Vector256<float> a = default, b = default, c = default, d = default, e = default, f = default, g = default;
            for (var i = 0; i < features.Length; i++)
            {
                ref var row = ref MemoryMarshal.GetReference(dense[features[i]]);
                var value = Vector256.Create(values[i]);
                var at = (nuint)column;
                a += value * Vector256.LoadUnsafe(ref row, at);
                b += value * Vector256.LoadUnsafe(ref row, at + 8);
                c += value * Vector256.LoadUnsafe(ref row, at + 16);
                d += value * Vector256.LoadUnsafe(ref row, at + 24);
                e += value * Vector256.LoadUnsafe(ref row, at + 32);
                f += value * Vector256.LoadUnsafe(ref row, at + 40);
                g += value * Vector256.LoadUnsafe(ref row, at + 48);
            }
            var to = result.Slice(column, WidthStep);
            a.CopyTo(to);
            b.CopyTo(to[8..]);
            c.CopyTo(to[16..]);
            d.CopyTo(to[24..]);
            e.CopyTo(to[32..]);
            f.CopyTo(to[40..]);
            g.CopyTo(to[48..]);
        }
    }

    /// <summary>Replaces each row y by y · <paramref name="square"/>, a matrix of Width rows and columns, row after row.</summary>
    internal void Multiply(double[] square, int threads, CancellationToken cancellationToken)
    {
        var columns = new DenseMatrix(Width, Width);
        for (var p = 0; p < Width; p++)
            for (var q = 0; q < Width; q++) columns[p][q] = (float)square[p * Width + q];
        var all = new int[Width];
        for (var p = 0; p < Width; p++) all[p] = p;
        Threads.ForRanges(Count, threads, 256, () => new float[Width], (result, start, end) =>
        {
            for (var row = start; row < end; row++)
            {
                Product(all, this[row], columns, result);
                result.CopyTo(this[row]);
            }
        }, cancellationToken);
    }

    /// <summary>Yᵀ·Y, Width rows and columns, in doubles.</summary>
    internal double[] Gram(int threads, CancellationToken cancellationToken)
    {
        var partial = new double[(Count + GramRows - 1) / GramRows][];
        Threads.ForRanges(partial.Length, threads, 1, () => new double[Width], (y, start, end) =>
        {
            for (var part = start; part < end; part++)
            {
                var gram = partial[part] = new double[Width * Width];
                for (var row = part * GramRows; row < Math.Min(Count, (part + 1) * GramRows); row++)
                {
                    for (var p = 0; p < Width; p++) y[p] = this[row][p];
                    for (var p = 0; p < Width; p++)
                        if (y[p] != 0) AddMultiple(gram.AsSpan(p * Width, Width), y, y[p]);
                }
            }
        }, cancellationToken);
        var sum = new double[Width * Width];
        foreach (var gram in partial) AddMultiple(sum, gram, 1);
        return sum;
    }

    static void AddMultiple(Span<double> sums, ReadOnlySpan<double> values, double factor)
    {
        ref var to = ref MemoryMarshal.GetReference(sums);
        ref var from = ref MemoryMarshal.GetReference(values);
        var four = Vector256.Create(factor);
        for (nuint at = 0; at < (nuint)sums.Length; at += 4) // widths are multiples of 4
            (Vector256.LoadUnsafe(ref to, at) + four * Vector256.LoadUnsafe(ref from, at)).StoreUnsafe(ref to, at);
    }
}
