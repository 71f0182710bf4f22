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
    uint[] _hashes;      // 0 = free; the upper hash half otherwise, never 0
    int[] _slots;        // the term in the slot
    int[] _offsets;      // term i is _pool[_offsets[i].._offsets[i + 1]]
    byte[] _pool;
    int _mask;

    internal TermTable(int expectedTerms = 1024)
    {
        var capacity = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(64, expectedTerms * 2));
        _hashes = new uint[capacity];
        _slots = new int[capacity];
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
            if (_hashes[slot] == 0)
            {
                isNew = true;
                return Insert(slot, tag, bytes);
            }
            if (_hashes[slot] == tag && this[_slots[slot]].SequenceEqual(bytes))
            {
                isNew = false;
                return _slots[slot];
            }
        }
    }

    /// <summary>The number of <paramref name="bytes"/>, or -1 if it has none.</summary>
    internal int Find(ReadOnlySpan<byte> bytes)
    {
        var hash = Hash(bytes);
        var tag = (uint)(hash >> 32) | 1;
        for (var slot = (int)hash & _mask; _hashes[slot] != 0; slot = (slot + 1) & _mask)
            if (_hashes[slot] == tag && this[_slots[slot]].SequenceEqual(bytes))
                return _slots[slot];
        return -1;
    }

    int Insert(int slot, uint tag, ReadOnlySpan<byte> bytes)
    {
        if (Count + 1 == _offsets.Length)
        {
            Grow();
            for (slot = (int)Hash(bytes) & _mask; _hashes[slot] != 0; slot = (slot + 1) & _mask) { }
        }
        var start = _offsets[Count];
        if (start + bytes.Length > _pool.Length)
            Array.Resize(ref _pool, checked((int)Math.Min(Array.MaxLength, Math.Max((long)_pool.Length * 2, start + (long)bytes.Length))));
        bytes.CopyTo(_pool.AsSpan(start));
        _hashes[slot] = tag;
        _slots[slot] = Count;
        _offsets[Count + 1] = start + bytes.Length;
        return Count++;
    }

    void Grow()
    {
        var capacity = (_mask + 1) * 2;
        _hashes = new uint[capacity];
        _slots = new int[capacity];
        _mask = capacity - 1;
        Array.Resize(ref _offsets, capacity / 2 + 1);
        for (var term = 0; term < Count; term++)
        {
            var hash = Hash(this[term]);
            var slot = (int)hash & _mask;
            while (_hashes[slot] != 0) slot = (slot + 1) & _mask;
            _hashes[slot] = (uint)(hash >> 32) | 1;
            _slots[slot] = term;
        }
    }

    // Eight bytes at a time, multiply and fold. Seeded by nothing: the table's order never depends on it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = (ulong)bytes.Length * 0x9E3779B97F4A7C15;
        for (; bytes.Length >= 8; bytes = bytes[8..])
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        var tail = 0ul;
        foreach (var b in bytes) tail = tail << 8 | b;
        return Mix(hash ^ tail ^ ((ulong)bytes.Length << 56));
    }

    static ulong Mix(ulong x)
    {
        x *= 0xFF51AFD7ED558CCD;
        x ^= x >> 32;
        x *= 0xC4CEB9FE1A85EC53;
        return x ^ x >> 29;
    }
}
