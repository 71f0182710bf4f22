using System.Runtime.InteropServices;

namespace Cantor.Releases;

/// <summary>
/// Finds, among items that a release has not seen, those that share the most telling words and tags with another one. For one
/// thread. What it finds depends on which items are in it, not on the order in which they came.
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
    float[] _sums = []; // zero between searches

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
            foreach (var (feature, value) in item.Rows[signal].Features)
                (CollectionsMarshal.GetValueRefOrAddDefault(_lists, (signal, feature), out _) ??= []).Add((slot, value));
    }

    /// <summary>Takes an item out.</summary>
    /// <returns>False when it is not there.</returns>
    public bool Remove(UnseenItem item)
    {
        if (!_slots.Remove(item, out var slot)) return false;
        for (var signal = 0; signal < item.Rows.Length; signal++)
            foreach (var (feature, _) in item.Rows[signal].Features)
                if (_lists[(signal, feature)] is var list && list.RemoveAll(one => one.Slot == slot) > 0 && list.Count == 0) _lists.Remove((signal, feature));
        _items[slot] = null;
        _free.Push(slot);
        return true;
    }

    /// <summary>The items of the index that are nearest to one, in no order; all of them where there are few.</summary>
    /// <param name="item">In the index or not; never among what is found.</param>
    /// <param name="most">So many, and those that are as near as the last one.</param>
    public IReadOnlyList<UnseenItem> Closest(UnseenItem item, int most)
    {
        if (Count <= AllUpTo) return [.. _slots.Keys.Where(other => other != item)];
        if (_sums.Length < _items.Count) _sums = new float[2 * _items.Count];
        for (var signal = 0; signal < item.Rows.Length; signal++)
        {
            var lists = new List<(float Value, List<(int Slot, float Value)> Others)>();
            foreach (var (feature, value) in item.Rows[signal].Features)
                if (_lists.TryGetValue((signal, feature), out var others)) lists.Add((value, others));
            // What a large share has finds nothing and has the longest lists.
            var telling = lists.Count(one => one.Others.Count <= CommonShare * Count);
            foreach (var (value, others) in lists)
                if (telling < EnoughFeatures || others.Count <= CommonShare * Count)
                    foreach (var (slot, its) in others) _sums[slot] += value * its;
        }
        var least = Threshold(most);
        var found = new List<UnseenItem>();
        for (var slot = 0; slot < _items.Count; slot++)
        {
            if (_sums[slot] > 0 && _sums[slot] >= least && _items[slot] is { } other && other != item) found.Add(other);
            _sums[slot] = 0;
        }
        return found;
    }

    float Threshold(int most)
    {
        float[] sums = [.. _sums.AsSpan(0, _items.Count).ToArray().Where(sum => sum > 0)];
        if (sums.Length <= most) return 0;
        Array.Sort(sums);
        return sums[^most];
    }
}
