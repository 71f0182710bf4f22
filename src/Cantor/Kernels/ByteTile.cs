using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cantor.Kernels;

/// <summary>
/// Scores of 6 rows against 32 columns at a time in whole numbers. A row holds q + 64, 0..127, a column -127..127: two such
/// products fit into 16 bits. The sum of all may leave them on the way and comes back, as long as the score itself fits.
/// </summary>
/// <remarks>
/// Rows are packed [pair of dimensions][row of 6] as a pair of bytes twice, so that one broadcast spreads it; columns
/// [pair of dimensions][column of 32] as a pair of bytes. Every sum starts at -64·Σcolumn, which takes the 64s out again.
/// </remarks>
static unsafe class ByteTile
{
    internal const int Rows = 6, Columns = 32, Scores = Rows * Columns;

    /// <summary>What a row's bytes are greater by than its numbers.</summary>
    internal const int Offset = 64;

    /// <summary>Writes the scores of one tile by the fastest way that the machine has.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Multiply(uint* rows, ushort* columns, short* starts, int pairs, short* scores)
    {
        if (Avx2.IsSupported) Vectors(rows, columns, starts, pairs, scores);
        else Scalar(rows, columns, starts, pairs, scores);
    }

    /// <summary>What a tile is; the other ways must give the same numbers.</summary>
    internal static void Scalar(uint* rows, ushort* columns, short* starts, int pairs, short* scores)
    {
        for (var row = 0; row < Rows; row++)
            for (var column = 0; column < Columns; column++)
            {
                int sum = starts[column];
                for (var t = 0; t < pairs; t++)
                {
                    var (a, b) = (rows[t * Rows + row], columns[t * Columns + column]);
                    sum += (byte)a * (sbyte)b + (byte)(a >> 8) * (sbyte)(b >> 8);
                }
                scores[row * Columns + column] = unchecked((short)sum);
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Vectors(uint* rows, ushort* columns, short* starts, int pairs, short* scores)
    {
        Vector256<short> a0 = Vector256.Load(starts), a1 = Vector256.Load(starts + 16);
        Vector256<short> b0 = a0, b1 = a1, c0 = a0, c1 = a1, d0 = a0, d1 = a1, e0 = a0, e1 = a1, f0 = a0, f1 = a1;
        for (var t = 0; t < pairs; t++)
        {
            var left = Vector256.LoadAligned(columns).AsSByte();
            var right = Vector256.LoadAligned(columns + 16).AsSByte();
            var value = Vector256.Create(rows[0]).AsByte();
            a0 += Avx2.MultiplyAddAdjacent(value, left);
            a1 += Avx2.MultiplyAddAdjacent(value, right);
            value = Vector256.Create(rows[1]).AsByte();
            b0 += Avx2.MultiplyAddAdjacent(value, left);
            b1 += Avx2.MultiplyAddAdjacent(value, right);
            value = Vector256.Create(rows[2]).AsByte();
            c0 += Avx2.MultiplyAddAdjacent(value, left);
            c1 += Avx2.MultiplyAddAdjacent(value, right);
            value = Vector256.Create(rows[3]).AsByte();
            d0 += Avx2.MultiplyAddAdjacent(value, left);
            d1 += Avx2.MultiplyAddAdjacent(value, right);
            value = Vector256.Create(rows[4]).AsByte();
            e0 += Avx2.MultiplyAddAdjacent(value, left);
            e1 += Avx2.MultiplyAddAdjacent(value, right);
            value = Vector256.Create(rows[5]).AsByte();
            f0 += Avx2.MultiplyAddAdjacent(value, left);
            f1 += Avx2.MultiplyAddAdjacent(value, right);
            columns += Columns;
            rows += Rows;
        }
        a0.Store(scores);
        a1.Store(scores + 16);
        b0.Store(scores + 32);
        b1.Store(scores + 48);
        c0.Store(scores + 64);
        c1.Store(scores + 80);
        d0.Store(scores + 96);
        d1.Store(scores + 112);
        e0.Store(scores + 128);
        e1.Store(scores + 144);
        f0.Store(scores + 160);
        f1.Store(scores + 176);
    }

    /// <summary>Which scores of a row are above the lower of two thresholds, the row's and the column's: a bit a column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint Above(short* scores, short rowThreshold, short* columnThresholds)
    {
        if (!Avx2.IsSupported)
        {
            var above = 0u;
            for (var column = 0; column < Columns; column++)
                if (scores[column] > Math.Min(rowThreshold, columnThresholds[column])) above |= 1u << column;
            return above;
        }
        var row = Vector256.Create(rowThreshold);
        var left = Vector256.GreaterThan(Vector256.Load(scores), Vector256.Min(row, Vector256.Load(columnThresholds)));
        var right = Vector256.GreaterThan(Vector256.Load(scores + 16), Vector256.Min(row, Vector256.Load(columnThresholds + 16)));
        // One bit a lane: two shorts pack into two bytes, lane by lane, and the quarters are put in order.
        return Avx2.Permute4x64(Avx2.PackSignedSaturate(left, right).AsInt64(), 0b11_01_10_00).AsByte().ExtractMostSignificantBits();
    }
}
