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
/// <typeparam name="T">What the caller knows an item by.</typeparam>
public sealed class UnseenIndex<T> where T : class
{
    /// <summary>Up to so many items all are found: comparing them costs nothing to speak of.</summary>
    public const int AllUpTo = 1_000;

    const double CommonShare = .1;
    const int EnoughFeatures = 8;

    readonly Dictionary<(int Signal, int Feature), List<(int Slot, float Value)>> _lists = [];
    readonly Dictionary<UnseenItem, int> _slots = new(ReferenceEqualityComparer.Instance);
    readonly List<T?> _items = [];
    readonly Stack<int> _free = [];
    readonly Dictionary<int, DenseSlots> _dense = []; // by signal
    readonly ConcurrentBag<Search> _searches = [];

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
    public void Add(UnseenItem item, T known)
    {
        var slot = _free.TryPop(out var free) ? free : _items.Count;
        if (slot == _items.Count) _items.Add(known);
        else _items[slot] = known;
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
    public IReadOnlyList<T> Closest(UnseenItem item, int most)
    {
        var own = _slots.GetValueOrDefault(item, -1);
        var found = new List<T>(Math.Min(Count, 2 * most));
        if (Count <= AllUpTo)
        {
            for (var slot = 0; slot < _items.Count; slot++)
                if (slot != own && _items[slot] is { } other) found.Add(other);
            return found;
        }
        if (!_searches.TryTake(out var search)) search = new();
        search.Begin(_items.Count, own);
        AddFeatures(item, search.Sums);
        Take(search, most, found);
        for (var signal = 0; signal < item.Rows.Length; signal++)
        {
            if (item.Rows[signal] is not DenseRow { Scale: > 0 } row || !_dense.TryGetValue(signal, out var dense)) continue;
            dense.Score(row, search.Sums.AsSpan(0, _items.Count));
            Take(search, most / 4, found);
        }
        _searches.Add(search);
        return found;
    }

    /// <summary>What one thread searches with.</summary>
    sealed class Search
    {
        bool[] _met = [];

        /// <summary>By slot; zero between searches.</summary>
        internal float[] Sums { get; private set; } = [];

        internal void Begin(int slots, int own)
        {
            if (_met.Length < slots) (Sums, _met) = (new float[2 * slots], new bool[2 * slots]);
            else Array.Clear(_met);
            if (own >= 0) _met[own] = true;
        }

        /// <summary>True the first time.</summary>
        internal bool Meets(int slot) => !_met[slot] && (_met[slot] = true);
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
    void Take(Search search, int most, List<T> found)
    {
        var sums = search.Sums;
        var (keys, above) = (ArrayPool<ulong>.Shared.Rent(_items.Count), 0);
        for (var slot = 0; slot < _items.Count; slot++)
            if (sums[slot] > 0) keys[above++] = TopK.Key(sums[slot], slot);
        var least = above <= most ? 0 : TopK.Score(TopK.Select(keys.AsSpan(0, above), most));
        ArrayPool<ulong>.Shared.Return(keys);
        for (var slot = 0; slot < _items.Count; slot++)
        {
            if (sums[slot] > 0 && sums[slot] >= least && _items[slot] is { } other && search.Meets(slot)) found.Add(other);
            sums[slot] = 0;
        }
    }
}
