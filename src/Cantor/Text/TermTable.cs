using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Cantor.Text;

/// <summary>
/// Gives every distinct run of UTF-8 bytes a number, from 0 in order of first appearance. Open addressing over one byte
/// pool: on the texts of the bench this lookup is most of what reading costs, and a Dictionary of strings costs 2.7 times as much.
/// </summary>
sealed class TermTable
{
    (uint Hash, int Term)[] _slots; // the upper half of a term's hash, never 0, and the term; 0 where free
    int[] _offsets;      // term i is _pool[_offsets[i].._offsets[i + 1]]
    byte[] _pool;
    int _mask;

    internal TermTable(int expectedTerms = 1024)
    {
        var capacity = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(64, expectedTerms * 2));
        _slots = new (uint, int)[capacity];
        _mask = capacity - 1;
        _offsets = new int[capacity / 2 + 1];
        _pool = new byte[capacity * 4];
    }

    internal int Count { get; private set; }

    internal ReadOnlySpan<byte> this[int term] => _pool.AsSpan(_offsets[term], _offsets[term + 1] - _offsets[term]);

    /// <summary>The number of <paramref name="bytes"/>, given now if it is new.</summary>
    internal int Add(ReadOnlySpan<byte> bytes, out bool isNew)
    {
        var hash = Hash(bytes);
        var tag = (uint)(hash >> 32) | 1;
        for (var slot = (int)hash & _mask; ; slot = (slot + 1) & _mask)
        {
            var (met, term) = _slots[slot];
            if (met == 0)
            {
                isNew = true;
                return Insert(slot, tag, bytes);
            }
            if (met == tag && AreSame(this[term], bytes))
            {
                isNew = false;
                return term;
            }
        }
    }

    /// <summary>The number of <paramref name="bytes"/>, or -1 if it has none.</summary>
    internal int Find(ReadOnlySpan<byte> bytes)
    {
        var hash = Hash(bytes);
        var tag = (uint)(hash >> 32) | 1;
        for (var slot = (int)hash & _mask; _slots[slot].Hash != 0; slot = (slot + 1) & _mask)
            if (_slots[slot].Hash == tag && AreSame(this[_slots[slot].Term], bytes))
                return _slots[slot].Term;
        return -1;
    }

    /// <summary>Most terms are short: compared as two numbers that may overlap, without a call.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool AreSame(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        if (a.Length != b.Length) return false;
        return a.Length switch
        {
            < 8 => Tail(a) == Tail(b), // all of their bytes: two ends of four, or the first, the middle and the last
            <= 16 => BinaryPrimitives.ReadUInt64LittleEndian(a) == BinaryPrimitives.ReadUInt64LittleEndian(b)
                && BinaryPrimitives.ReadUInt64LittleEndian(a[^8..]) == BinaryPrimitives.ReadUInt64LittleEndian(b[^8..]),
            _ => a.SequenceEqual(b),
        };
    }

    int Insert(int slot, uint tag, ReadOnlySpan<byte> bytes)
    {
        if (Count + 1 == _offsets.Length)
        {
            Grow();
            for (slot = (int)Hash(bytes) & _mask; _slots[slot].Hash != 0; slot = (slot + 1) & _mask) { }
        }
        var start = _offsets[Count];
        if (start + bytes.Length > _pool.Length)
            Array.Resize(ref _pool, checked((int)Math.Min(Array.MaxLength, Math.Max((long)_pool.Length * 2, start + (long)bytes.Length))));
        bytes.CopyTo(_pool.AsSpan(start));
        _slots[slot] = (tag, Count);
        _offsets[Count + 1] = start + bytes.Length;
        return Count++;
    }

    void Grow()
    {
        var capacity = (_mask + 1) * 2;
        _slots = new (uint, int)[capacity];
        _mask = capacity - 1;
        Array.Resize(ref _offsets, capacity / 2 + 1);
        for (var term = 0; term < Count; term++)
        {
            var hash = Hash(this[term]);
            var slot = (int)hash & _mask;
            while (_slots[slot].Hash != 0) slot = (slot + 1) & _mask;
            _slots[slot] = ((uint)(hash >> 32) | 1, term);
        }
    }

    // Eight bytes at a time, multiply and fold. Seeded by nothing: the table's order never depends on it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = (ulong)bytes.Length * 0x9E3779B97F4A7C15;
        for (; bytes.Length >= 8; bytes = bytes[8..])
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        return Mix(hash ^ Tail(bytes) ^ ((ulong)bytes.Length << 56));
    }

    /// <summary>Fewer than eight bytes as a number, read without a loop; ends that overlap tell as much.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ulong Tail(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length >= 4) return BinaryPrimitives.ReadUInt32LittleEndian(bytes) | (ulong)BinaryPrimitives.ReadUInt32LittleEndian(bytes[^4..]) << 32;
        return bytes.IsEmpty ? 0 : bytes[0] | (ulong)bytes[bytes.Length >> 1] << 8 | (ulong)bytes[^1] << 16;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ulong Mix(ulong x)
    {
        x *= 0xFF51AFD7ED558CCD;
        x ^= x >> 32;
        x *= 0xC4CEB9FE1A85EC53;
        return x ^ x >> 29;
    }
}
