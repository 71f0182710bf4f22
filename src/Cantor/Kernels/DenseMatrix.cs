using System.Runtime.CompilerServices;
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

    internal Span<float> this[int row] => _values.AsSpan(row * Width, Width);

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
        ref var first = ref MemoryMarshal.GetArrayDataReference(dense._values);
        var width = dense.Width;
        ref var to = ref MemoryMarshal.GetReference(result);
        for (var column = 0; column + WidthStep <= result.Length; column += WidthStep)
        {
            Vector256<float> a = default, b = default, c = default, d = default, e = default, f = default, g = default;
            for (var i = 0; i < features.Length; i++)
            {
                ref var row = ref Unsafe.Add(ref first, (nint)features[i] * width); // a feature is a row of the matrix
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
            var place = (nuint)column;
            a.StoreUnsafe(ref to, place);
            b.StoreUnsafe(ref to, place + 8);
            c.StoreUnsafe(ref to, place + 16);
            d.StoreUnsafe(ref to, place + 24);
            e.StoreUnsafe(ref to, place + 32);
            f.StoreUnsafe(ref to, place + 40);
            g.StoreUnsafe(ref to, place + 48);
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
        Threads.ForRanges(partial.Length, threads, 1, () => new double[GramStep * Width], (rows, start, end) =>
        {
            for (var part = start; part < end; part++)
            {
                var gram = partial[part] = new double[Width * Width];
                var last = Math.Min(Count, (part + 1) * GramRows);
                for (var row = part * GramRows; row < last; row += GramStep)
                {
                    var count = Math.Min(GramStep, last - row);
                    for (var i = 0; i < count * Width; i++) rows[i] = _values[row * Width + i];
                    AddGram(gram, rows, count);
                }
            }
        }, cancellationToken);
        var sum = new double[Width * Width];
        foreach (var gram in partial)
            for (var i = 0; i < sum.Length; i++) sum[i] += gram[i];
        for (var p = 0; p < Width; p++)
            for (var q = 0; q < p; q++) sum[p * Width + q] = sum[q * Width + p];
        return sum;
    }

    /// <summary>So many rows are added at a time: they stay in the nearest cache.</summary>
    const int GramStep = 16;

    /// <summary>Adds what some rows bring, on and above the diagonal, each number row after row: four by four, whose sums stay in registers.</summary>
    void AddGram(double[] gram, double[] rows, int count)
    {
        ref var sums = ref MemoryMarshal.GetArrayDataReference(gram);
        ref var y = ref MemoryMarshal.GetArrayDataReference(rows);
        var width = (nuint)Width; // a multiple of 4
        for (nuint p = 0; p < width; p += 4)
            for (var q = p; q < width; q += 4)
            {
                var a = Vector256.LoadUnsafe(ref sums, p * width + q);
                var b = Vector256.LoadUnsafe(ref sums, (p + 1) * width + q);
                var c = Vector256.LoadUnsafe(ref sums, (p + 2) * width + q);
                var d = Vector256.LoadUnsafe(ref sums, (p + 3) * width + q);
                for (nuint row = 0; row < (nuint)count; row++)
                {
                    ref var values = ref Unsafe.Add(ref y, row * width);
                    var four = Vector256.LoadUnsafe(ref values, q);
                    a += Vector256.Create(Unsafe.Add(ref values, p)) * four;
                    b += Vector256.Create(Unsafe.Add(ref values, p + 1)) * four;
                    c += Vector256.Create(Unsafe.Add(ref values, p + 2)) * four;
                    d += Vector256.Create(Unsafe.Add(ref values, p + 3)) * four;
                }
                a.StoreUnsafe(ref sums, p * width + q);
                b.StoreUnsafe(ref sums, (p + 1) * width + q);
                c.StoreUnsafe(ref sums, (p + 2) * width + q);
                d.StoreUnsafe(ref sums, (p + 3) * width + q);
            }
    }
}
