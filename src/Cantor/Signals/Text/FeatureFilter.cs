using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cantor.Signals.Text;

/// <summary>
/// Which of another row's features a row may have. Most features of two items differ: a few bits for each feature tell so without a
/// branch, in memory of the row's size, not the vocabulary's, so that it stays in the nearest cache.
/// </summary>
sealed class FeatureFilter
{
    const int BitsPerFeature = 64;

    /// <summary>A table of 512 bits is this long; a mark is looked up in two.</summary>
    const int TableBytes = 64;

    /// <summary>More features fill the tables so far that most marks seem to be there.</summary>
    const int MostMarked = 256;

    uint[] _bits = new uint[64];
    int[] _common = new int[256];
    readonly byte[] _tables = new byte[2 * TableBytes];
    bool _isMarked;

    /// <summary>Sets the row; its features are 0 or more.</summary>
    internal void Set(ReadOnlySpan<int> features)
    {
        Renew(ref _bits, features.Length * (BitsPerFeature / 32), 64);
        foreach (var feature in features)
        {
            var bit = feature & _bits.Length * 32 - 1;
            _bits[bit >> 5] |= 1u << bit;
        }
        _isMarked = Avx2.IsSupported && features.Length <= MostMarked;
        if (!_isMarked) return;
        Array.Clear(_tables);
        foreach (var feature in features)
        {
            var (first, second) = MarkOf(feature);
            _tables[first & TableBytes - 1] |= (byte)(1 << (second & 7));
            _tables[TableBytes + (second >> 2)] |= (byte)(1 << (first >> 5));
        }
    }

    /// <summary>Where in <paramref name="row"/> stand the features that both have, ascending, and now and then one that this row lacks.</summary>
    /// <returns>Valid until the next call.</returns>
    internal ReadOnlySpan<int> Common(in CountRow row) => _isMarked && !row.Marks.IsEmpty ? ByMarks(row.Marks) : Common(row.Features);

    /// <inheritdoc cref="Common(in CountRow)"/>
    internal ReadOnlySpan<int> Common(ReadOnlySpan<int> features)
    {
        if (_common.Length < features.Length) _common = new int[BitOperations.RoundUpToPowerOf2((uint)features.Length)];
        ref var bits = ref MemoryMarshal.GetArrayDataReference(_bits);
        ref var common = ref MemoryMarshal.GetArrayDataReference(_common);
        var mask = _bits.Length * 32 - 1;
        var found = 0;
        for (var at = 0; at < features.Length; at++)
        {
            var bit = features[at] & mask; // inside the filter, whatever the feature
            Unsafe.Add(ref common, found) = at; // found <= at < the array's length
            found += (int)(Unsafe.Add(ref bits, bit >> 5) >> bit) & 1;
        }
        return _common.AsSpan(0, found);
    }

    /// <summary>Two bytes of a feature's hash.</summary>
    static (byte First, byte Second) MarkOf(int feature)
    {
        var hash = (uint)feature * 2654435769u;
        return ((byte)(hash >> 24), (byte)(hash >> 16));
    }

    /// <summary>
    /// Two bytes a feature that rows may keep beside their features: a filter looks at those of 32 features at once. The first of
    /// all, then the second of all; <see cref="MarksBehind"/> more bytes behind them must be there to be read.
    /// </summary>
    internal static void Mark(ReadOnlySpan<int> features, Span<byte> marks)
    {
        for (var at = 0; at < features.Length; at++) (marks[at], marks[features.Length + at]) = MarkOf(features[at]);
    }

    internal const int MarksBehind = 32;

    unsafe ReadOnlySpan<int> ByMarks(ReadOnlySpan<byte> marks)
    {
        var count = marks.Length / 2;
        if (_common.Length < count) _common = new int[BitOperations.RoundUpToPowerOf2((uint)count)];
        var found = 0;
        fixed (byte* first = marks, tables = _tables)
        fixed (int* common = _common)
        {
            var bits = Vector256.Create(Vector128.Create((byte)1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128));
            for (var start = 0; start < count; start += Vector256<byte>.Count)
            {
                var (a, b) = (Vector256.Load(first + start), Vector256.Load(first + count + start));
                var one = Look(tables, a & Vector256.Create((byte)(TableBytes - 1))) & Avx2.Shuffle(bits, b & Vector256.Create((byte)7));
                var two = Look(tables + TableBytes, Vector256.ShiftRightLogical(b.AsUInt16(), 2).AsByte() & Vector256.Create((byte)(TableBytes - 1)))
                    & Avx2.Shuffle(bits, Vector256.ShiftRightLogical(a.AsUInt16(), 5).AsByte() & Vector256.Create((byte)7));
                var absent = Vector256.Equals(one, Vector256<byte>.Zero) | Vector256.Equals(two, Vector256<byte>.Zero);
                var present = ~absent.ExtractMostSignificantBits();
                if (count - start < Vector256<byte>.Count) present &= (1u << count - start) - 1;
                for (; present != 0; present &= present - 1) common[found++] = start + BitOperations.TrailingZeroCount(present);
            }
        }
        return _common.AsSpan(0, found);
    }

    /// <summary>The bytes of a table of 64 at 32 indexes: a quarter each, 0 where the index is of another quarter.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static unsafe Vector256<byte> Look(byte* table, Vector256<byte> index)
    {
        var over = Vector256.Create((byte)0x70); // lifts an index past 15 to where a shuffle gives 0
        var quarter = Vector256.Create((byte)16);
        var bytes = Avx2.Shuffle(Avx2.BroadcastVector128ToVector256(table), Avx2.AddSaturate(index, over));
        bytes |= Avx2.Shuffle(Avx2.BroadcastVector128ToVector256(table + 16), Avx2.AddSaturate(index -= quarter, over));
        bytes |= Avx2.Shuffle(Avx2.BroadcastVector128ToVector256(table + 32), Avx2.AddSaturate(index -= quarter, over));
        return bytes | Avx2.Shuffle(Avx2.BroadcastVector128ToVector256(table + 48), Avx2.AddSaturate(index - quarter, over));
    }

    /// <summary>Empties the array, made anew when it is too small or far too large; true when it was.</summary>
    internal static bool Renew<T>(ref T[] array, int atLeast, int least)
    {
        var length = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(atLeast, least));
        if (length > array.Length || length * 16 < array.Length)
        {
            array = new T[length];
            return true;
        }
        Array.Clear(array);
        return false;
    }
}
