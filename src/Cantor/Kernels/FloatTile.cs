using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cantor.Kernels;

/// <summary>
/// Scores of 6 rows against 16 columns at a time. Every score is summed by itself, one fused multiply-add a dimension in the
/// order of dimensions, so that tiles, threads and instruction sets cannot change a bit; and a·b is b·a.
/// </summary>
/// <remarks>Rows are packed [dimension][row of 6], columns [dimension][column of 16]; scores come as [row][column].</remarks>
static unsafe class FloatTile
{
    internal const int Rows = 6, Columns = 16, Scores = Rows * Columns;

    /// <summary>Writes the scores of one tile by the fastest way that the machine has.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Multiply(float* rows, float* columns, int width, float* scores)
    {
        if (Fma.IsSupported) Vectors(rows, columns, width, scores);
        else Scalar(rows, columns, width, scores);
    }

    /// <summary>What a tile is; the other ways must give the same bits.</summary>
    internal static void Scalar(float* rows, float* columns, int width, float* scores)
    {
        for (var row = 0; row < Rows; row++)
            for (var column = 0; column < Columns; column++)
            {
                var sum = 0f;
                for (var t = 0; t < width; t++)
                    sum = MathF.FusedMultiplyAdd(rows[t * Rows + row], columns[t * Columns + column], sum);
                scores[row * Columns + column] = sum;
            }
    }

    /// <summary>Twelve sums of eight lanes, each a local of its own: an array of them would live in memory instead of registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Vectors(float* rows, float* columns, int width, float* scores)
    {
        Vector256<float> a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default;
        Vector256<float> d0 = default, d1 = default, e0 = default, e1 = default, f0 = default, f1 = default;
        for (var t = 0; t < width; t++)
        {
            var left = Vector256.LoadAligned(columns);
            var right = Vector256.LoadAligned(columns + 8);
            var value = Vector256.Create(rows[0]);
            a0 = Fma.MultiplyAdd(value, left, a0);
            a1 = Fma.MultiplyAdd(value, right, a1);
            value = Vector256.Create(rows[1]);
            b0 = Fma.MultiplyAdd(value, left, b0);
            b1 = Fma.MultiplyAdd(value, right, b1);
            value = Vector256.Create(rows[2]);
            c0 = Fma.MultiplyAdd(value, left, c0);
            c1 = Fma.MultiplyAdd(value, right, c1);
            value = Vector256.Create(rows[3]);
            d0 = Fma.MultiplyAdd(value, left, d0);
            d1 = Fma.MultiplyAdd(value, right, d1);
            value = Vector256.Create(rows[4]);
            e0 = Fma.MultiplyAdd(value, left, e0);
            e1 = Fma.MultiplyAdd(value, right, e1);
            value = Vector256.Create(rows[5]);
            f0 = Fma.MultiplyAdd(value, left, f0);
            f1 = Fma.MultiplyAdd(value, right, f1);
            columns += Columns;
            rows += Rows;
        }
        a0.Store(scores);
        a1.Store(scores + 8);
        b0.Store(scores + 16);
        b1.Store(scores + 24);
        c0.Store(scores + 32);
        c1.Store(scores + 40);
        d0.Store(scores + 48);
        d1.Store(scores + 56);
        e0.Store(scores + 64);
        e1.Store(scores + 72);
        f0.Store(scores + 80);
        f1.Store(scores + 88);
    }

    /// <summary>Which scores of a row are at least the lower of two thresholds, the row's and the column's: a bit a column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint Reaching(float* scores, float rowThreshold, float* columnThresholds)
    {
        if (!Vector256.IsHardwareAccelerated)
        {
            var reaching = 0u;
            for (var column = 0; column < Columns; column++)
                if (scores[column] >= Math.Min(rowThreshold, columnThresholds[column])) reaching |= 1u << column;
            return reaching;
        }
        var row = Vector256.Create(rowThreshold);
        var left = Vector256.GreaterThanOrEqual(Vector256.Load(scores), Vector256.MinNative(row, Vector256.Load(columnThresholds)));
        var right = Vector256.GreaterThanOrEqual(Vector256.Load(scores + 8), Vector256.MinNative(row, Vector256.Load(columnThresholds + 8)));
        return left.ExtractMostSignificantBits() | right.ExtractMostSignificantBits() << 8;
    }

    /// <summary>The score of two rows as they are, unpacked: the same bits as a tile's.</summary>
    internal static float Dot(float* a, float* b, int width)
    {
        var sum = 0f;
        for (var t = 0; t < width; t++) sum = MathF.FusedMultiplyAdd(a[t], b[t], sum);
        return sum;
    }
}
