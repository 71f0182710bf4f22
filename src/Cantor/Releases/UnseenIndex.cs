using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Cantor.Kernels;
using Cantor.Signals;

namespace Cantor.Releases;

/// <summary>
/// Finds, among items that a release has not seen, those that are nearest to another one: by the most telling words and tags, and by each
/// kind of vector. What it finds depends on which items are in it, not on the order in which they came. Many threads may search while
/// none adds or takes out.
/// </summary>
public sealed class UnseenIndex
{
    /// <summary>Up to so many items all are found: comparing them costs nothing to speak of.</summary>
    public const int AllUpTo = 1_000;

    const double CommonShare = .1;
    const int EnoughFeatures = 8;

    readonly Dictionary<(int Signal, int Feature), List<(int Slot, float Value)>> _lists = [];
    readonly Dictionary<UnseenItem, int> _slots = new(ReferenceEqualityComparer.Instance);
    readonly List<UnseenItem?> _items = [];
    readonly Stack<int> _free = [];
    readonly Dictionary<int, DenseSlots> _dense = []; // by signal
    readonly ConcurrentBag<float[]> _sums = []; // zero between searches

    /// <summary>The dense rows of one signal, one after another by their slots: all are read for every search.</summary>
    sealed class DenseSlots(int width)
    {
        sbyte[] _bytes = [];
        float[] _scales = [];

        internal void Set(int slot, DenseRow row)
        {
            if (slot >= _scales.Length)
            {
                Array.Resize(ref _scales, Math.Max(256, 2 * slot));
                Array.Resize(ref _bytes, _scales.Length * width);
            }
            row.Bytes.CopyTo(_bytes, slot * width);
            _scales[slot] = row.Scale;
        }

        internal void Clear(int slot) => _scales[slot] = 0;

        internal void Score(DenseRow row, Span<float> cosines)
        {
            for (var slot = 0; slot < Math.Min(cosines.Length, _scales.Length); slot++)
                if (_scales[slot] > 0) cosines[slot] = ByteRows.Dot(row.Bytes, _bytes.AsSpan(slot * width, width)) * (row.Scale * _scales[slot]);
        }
    }

    /// <summary>How many items are in it.</summary>
    public int Count => _slots.Count;

    /// <summary>Adds an item.</summary>
    public void Add(UnseenItem item)
    {
        var slot = _free.TryPop(out var free) ? free : _items.Count;
        if (slot == _items.Count) _items.Add(item);
        else _items[slot] = item;
        _slots.Add(item, slot);
        for (var signal = 0; signal < item.Rows.Length; signal++)
        {
            foreach (var (feature, value) in item.Rows[signal].Features)
                (CollectionsMarshal.GetValueRefOrAddDefault(_lists, (signal, feature), out _) ??= []).Add((slot, value));
            if (item.Rows[signal] is DenseRow { Scale: > 0 } row) (CollectionsMarshal.GetValueRefOrAddDefault(_dense, signal, out _) ??= new(row.Bytes.Length)).Set(slot, row);
        }
    }

    /// <summary>Takes an item out.</summary>
    /// <returns>False when it is not there.</returns>
    public bool Remove(UnseenItem item)
    {
        if (!_slots.Remove(item, out var slot)) return false;
        for (var signal = 0; signal < item.Rows.Length; signal++)
        {
            foreach (var (feature, _) in item.Rows[signal].Features)
                if (_lists[(signal, feature)] is var list && list.RemoveAll(one => one.Slot == slot) > 0 && list.Count == 0) _lists.Remove((signal, feature));
            if (item.Rows[signal] is DenseRow { Scale: > 0 }) _dense[signal].Clear(slot);
        }
        _items[slot] = null;
        _free.Push(slot);
        return true;
    }

    /// <summary>The items of the index that are nearest to one, in no order; all of them where there are few.</summary>
    /// <param name="item">In the index or not; never among what is found.</param>
    /// <param name="most">So many by words and tags, a quarter as many by each kind of vector, and those that are as near as the last one.</param>
    public IReadOnlyCollection<UnseenItem> Closest(UnseenItem item, int most)
    {
        if (Count <= AllUpTo) return [.. _slots.Keys.Where(other => other != item)];
        if (!_sums.TryTake(out var sums) || sums.Length < _items.Count) sums = new float[2 * _items.Count];
        var found = new HashSet<UnseenItem>(ReferenceEqualityComparer.Instance);
        AddFeatures(item, sums);
        Take(sums, most, found);
        for (var signal = 0; signal < item.Rows.Length; signal++)
        {
            if (item.Rows[signal] is not DenseRow { Scale: > 0 } row || !_dense.TryGetValue(signal, out var dense)) continue;
            dense.Score(row, sums.AsSpan(0, _items.Count));
            Take(sums, most / 4, found);
        }
        _sums.Add(sums);
        found.Remove(item);
        return found;
    }

    void AddFeatures(UnseenItem item, float[] sums)
    {
        for (var signal = 0; signal < item.Rows.Length; signal++)
        {
            var lists = new List<(float Value, List<(int Slot, float Value)> Others)>();
            foreach (var (feature, value) in item.Rows[signal].Features)
                if (_lists.TryGetValue((signal, feature), out var others)) lists.Add((value, others));
            // What a large share has finds nothing and has the longest lists.
            var telling = lists.Count(one => one.Others.Count <= CommonShare * Count);
            foreach (var (value, others) in lists)
                if (telling < EnoughFeatures || others.Count <= CommonShare * Count)
                    foreach (var (slot, its) in others) sums[slot] += value * its;
        }
    }

    // The greatest, and the sums are zero again.
    void Take(float[] sums, int most, HashSet<UnseenItem> found)
    {
        var (keys, above) = (ArrayPool<ulong>.Shared.Rent(_items.Count), 0);
        for (var slot = 0; slot < _items.Count; slot++)
            if (sums[slot] > 0) keys[above++] = TopK.Key(sums[slot], slot);
        var least = above <= most ? 0 : TopK.Score(TopK.Select(keys.AsSpan(0, above), most));
        ArrayPool<ulong>.Shared.Return(keys);
        for (var slot = 0; slot < _items.Count; slot++)
        {
            if (sums[slot] > 0 && sums[slot] >= least && _items[slot] is { } other) found.Add(other);
            sums[slot] = 0;
        }
    }
}
