using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cantor.Kernels;

/// <summary>
/// Dense rows of unit length in a byte a number: x ≈ scale · q, q from -127 to 127. Dot products are sums of whole numbers, the
/// same bits everywhere, within about .005 of the exact ones.
/// </summary>
sealed class ByteRows(Column<sbyte> values, Column<float> scales)
{
    /// <summary>Rows are padded with zeros to a multiple of this.</summary>
    internal const int WidthStep = 16;

    internal int Count => (int)scales.Length;

    readonly int _width = scales.Length == 0 ? 0 : (int)(values.Length / scales.Length);

    internal static int PaddedWidth(int dimensions) => (dimensions + WidthStep - 1) / WidthStep * WidthStep;

    /// <summary>Writes <paramref name="row"/> as bytes and gives its scale; 0 for a row of zeros.</summary>
    /// <param name="row">Any floats that are numbers; they are brought to unit length.</param>
    /// <param name="bytes">As long as the row or longer; the rest becomes 0.</param>
    internal static float Write(ReadOnlySpan<float> row, Span<sbyte> bytes)
    {
        double squares = 0, greatest = 0;
        foreach (var x in row)
        {
            squares += (double)x * x;
            greatest = Math.Max(greatest, Math.Abs((double)x));
        }
        bytes.Clear();
        if (greatest == 0) return 0;
        for (var i = 0; i < row.Length; i++) bytes[i] = (sbyte)Math.Round(row[i] / greatest * 127);
        return (float)(greatest / Math.Sqrt(squares) / 127);
    }

    internal ReadOnlySpan<sbyte> this[int row] => values.Slice((long)row * _width, (long)(row + 1) * _width);

    /// <summary>Begins to fetch a row.</summary>
    internal unsafe void Expect(int row) => Cache.Prefetch(values.Start + (long)row * _width, (_width + Cache.LineBytes - 1) / Cache.LineBytes);

    /// <summary>The cosine of two rows, about -1..1.</summary>
    internal float Dot(int a, int b) => Dot(this[a], this[b]) * (scales[a] * scales[b]);

    /// <summary>The cosine of a row from elsewhere, made by <see cref="Write"/>, and a row from here.</summary>
    internal float Dot(ReadOnlySpan<sbyte> row, float scale, int b) => Dot(row, this[b]) * (scale * scales[b]);

    /// <summary>The sum of the products of two rows of numbers from -127 to 127, as many in both, a multiple of <see cref="WidthStep"/>.</summary>
    internal static int Dot(ReadOnlySpan<sbyte> a, ReadOnlySpan<sbyte> b)
    {
        ref var first = ref MemoryMarshal.GetReference(a);
        ref var second = ref MemoryMarshal.GetReference(b);
        var width = (nuint)Math.Min(a.Length, b.Length);
        return Avx2.IsSupported ? WithAvx2(ref first, ref second, width) : Portable(ref first, ref second, width);
    }

    internal static int Portable(ref sbyte first, ref sbyte second, nuint width)
    {
        var sums = Vector256<int>.Zero;
        for (nuint at = 0; at < width; at += WidthStep)
        {
            var products = Wide(ref first, at) * Wide(ref second, at); // at most 127², which a short holds
            sums += Vector256.WidenLower(products) + Vector256.WidenUpper(products);
        }
        return Vector256.Sum(sums);
    }

    /// <summary>The same number: |a| times b with the sign of a; two products are at most 2·127², which a short holds.</summary>
    static int WithAvx2(ref sbyte first, ref sbyte second, nuint width)
    {
        var sums = Vector256<int>.Zero;
        nuint at = 0;
        for (; at + 2 * WidthStep <= width; at += 2 * WidthStep)
        {
            var (x, y) = (Vector256.LoadUnsafe(ref first, at), Vector256.LoadUnsafe(ref second, at));
            var pairs = Avx2.MultiplyAddAdjacent(Avx2.Abs(x), Avx2.Sign(y, x));
            sums += Avx2.MultiplyAddAdjacent(pairs, Vector256<short>.One);
        }
        return at == width ? Vector256.Sum(sums) : Vector256.Sum(sums) + Portable(ref Unsafe.Add(ref first, at), ref Unsafe.Add(ref second, at), width - at);
    }

    static Vector256<short> Wide(ref sbyte start, nuint at)
    {
        var bytes = Vector128.LoadUnsafe(ref start, at);
        return Vector256.Create(Vector128.WidenLower(bytes), Vector128.WidenUpper(bytes));
    }
}
