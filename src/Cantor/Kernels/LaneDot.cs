using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Cantor.Kernels;

/// <summary>
/// Products of single rows, summed in 32 lanes whatever the machine's vectors are, so that the bits are the same everywhere;
/// they are not those of <see cref="FloatTile"/>.
/// </summary>
static class LaneDot
{
    const int Lanes = 32;

    internal static float Of(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        if (a.Length != b.Length) throw new ArgumentException($"the rows have {a.Length} and {b.Length} numbers; expected as many");
        ref var x = ref MemoryMarshal.GetReference(a);
        ref var y = ref MemoryMarshal.GetReference(b);
        Vector256<float> p = default, q = default, r = default, s = default;
        nuint at = 0;
        for (; at + Lanes <= (nuint)a.Length; at += Lanes)
        {
            p += Vector256.LoadUnsafe(ref x, at) * Vector256.LoadUnsafe(ref y, at);
            q += Vector256.LoadUnsafe(ref x, at + 8) * Vector256.LoadUnsafe(ref y, at + 8);
            r += Vector256.LoadUnsafe(ref x, at + 16) * Vector256.LoadUnsafe(ref y, at + 16);
            s += Vector256.LoadUnsafe(ref x, at + 24) * Vector256.LoadUnsafe(ref y, at + 24);
        }
        var eight = (p + q) + (r + s);
        var four = eight.GetLower() + eight.GetUpper();
        var sum = (four[0] + four[1]) + (four[2] + four[3]);
        for (; at < (nuint)a.Length; at++) sum += a[(int)at] * b[(int)at];
        return sum;
    }

    /// <summary>Adds <paramref name="row"/> to <paramref name="sums"/>.</summary>
    internal static void Add(Span<float> sums, ReadOnlySpan<float> row)
    {
        var at = 0;
        for (; at + 8 <= row.Length; at += 8) (Vector256.Create(sums[at..]) + Vector256.Create(row[at..])).CopyTo(sums[at..]);
        for (; at < row.Length; at++) sums[at] += row[at];
    }
}
