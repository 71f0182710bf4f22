using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Cantor.Kernels;

/// <summary>
/// An inverted index over sparse rows: for each feature the items that have it and with what value. Rows of several signals
/// are laid side by side, so one search finds what is near by all of them together.
/// </summary>
sealed class SparseIndex
{
    const string Ends = "index.ends", Items = "index.items", Values = "index.values";

    readonly Column<long> _ends;
    readonly Column<int> _items;
    readonly Column<float> _values;
    readonly FeatureRows[] _rows; // none where the index comes from a release
    readonly int[] _firstFeature;

    /// <summary>Turns rows into lists. All rows have the same items.</summary>
    internal SparseIndex(params FeatureRows[] rows)
    {
        _rows = rows;
        _firstFeature = FirstOf([.. rows.Select(kind => kind.FeatureCount)], out var features);
        Count = rows.Length == 0 ? 0 : rows[0].Count;

        var ends = Column<long>.NewPinned(features);
        for (var r = 0; r < rows.Length; r++)
            for (long at = 0; at < rows[r].Features.Length; at++)
                ends[_firstFeature[r] + rows[r].Features[at]]++;
        for (var feature = 1; feature < features; feature++) ends[feature] += ends[feature - 1];
        var total = features == 0 ? 0 : ends[^1];
        var (items, values) = (Column<int>.NewPinned(total), Column<float>.NewPinned(total));
        var next = new long[features];
        for (var feature = 1; feature < features; feature++) next[feature] = ends[feature - 1];
        for (var item = 0; item < Count; item++)
            for (var r = 0; r < rows.Length; r++)
            {
                var (at, end) = rows[r].Row(item);
                for (; at < end; at++)
                {
                    var place = next[_firstFeature[r] + rows[r].Features[at]]++;
                    items[place] = item;
                    values[place] = rows[r].Values[at];
                }
            }
        (_ends, _items, _values) = (Column<long>.Over(ends), Column<int>.Over(items), Column<float>.Over(values));
    }

    SparseIndex(Sections sections, int[] featureCounts, int items)
    {
        (_rows, Count) = ([], items);
        _firstFeature = FirstOf(featureCounts, out var features);
        _ends = sections.Get<long>(Ends, features);
        _items = sections.Get<int>(Items, features == 0 ? 0 : _ends[features - 1]);
        _values = sections.Get<float>(Values, _items.Length);
        // Searches add to the items' sums without a look: what a file says is looked at once.
        for (long at = 0; at < _items.Length; at++)
            if ((uint)_items[at] >= (uint)items) throw new InvalidDataException($"section {Items} names the item {_items[at]} of {items}");
    }

    /// <summary>The index that a release holds, mapped; null where it holds none.</summary>
    /// <param name="sections">Of the release.</param>
    /// <param name="featureCounts">How many features each kind of rows has.</param>
    /// <param name="items">How many items there are.</param>
    /// <exception cref="InvalidDataException">The sections contradict each other.</exception>
    internal static SparseIndex? Of(Sections sections, int[] featureCounts, int items) => sections.Has(Ends) ? new(sections, featureCounts, items) : null;

    /// <summary>Adds the index to a release.</summary>
    internal void AddTo(Sections sections)
    {
        sections.Add(Ends, _ends);
        sections.Add(Items, _items);
        sections.Add(Values, _values);
    }

    static int[] FirstOf(int[] featureCounts, out int features)
    {
        var first = new int[featureCounts.Length];
        features = 0;
        for (var r = 0; r < first.Length; r++) (first[r], features) = (features, features + featureCounts[r]);
        return first;
    }

    (long Start, long End) ListOf(int feature) => (feature == 0 ? 0 : _ends[feature - 1], _ends[feature]);

    internal int Count { get; }

    /// <summary>Searches for one thread.</summary>
    internal sealed class Searcher
    {
        readonly SparseIndex _index;
        readonly float[] _sums; // zero between searches; padded to whole groups of Group
        readonly ulong[] _keys;
        readonly int _top, _maxFeatures;
        readonly List<ulong> _query = []; // complements of TopK.Key of a value and its feature: ascending is greatest first

        /// <summary>
        /// The least values, so much of the squares' sum together, find nothing new: they are of what many items have, whose lists are the
        /// longest. Cutting by share loses less for the work it saves than leaving out what a tenth of the items has, which may be half of a short text.
        /// </summary>
        const float LightShare = .1f;

        /// <summary>A shorter query is searched whole.</summary>
        const int EnoughFeatures = 8;

        /// <summary>How many sums are looked at together.</summary>
        const int Group = 64;

        /// <param name="index">What to search.</param>
        /// <param name="top">How many items a search finds at most.</param>
        /// <param name="maxFeatures">Of a longer row of a signal only the greatest values search: 100 lose a hundredth of a point.</param>
        internal Searcher(SparseIndex index, int top, int maxFeatures)
        {
            _index = index;
            _top = top;
            _maxFeatures = maxFeatures;
            _keys = new ulong[2 * top + Group];
            _sums = new float[(index.Count + Group - 1) / Group * Group];
        }

        /// <summary>The items with the greatest dot products with <paramref name="item"/>, itself left out, in any order; of equal ones the lower ordinals.</summary>
        /// <returns>Valid until the next search.</returns>
        internal ReadOnlySpan<ulong> Search(int item)
        {
            for (var r = 0; r < _index._rows.Length; r++)
            {
                _query.Clear();
                var rows = _index._rows[r];
                var (at, end) = rows.Row(item);
                for (; at < end; at++)
                    if (rows.Values[at] > 0 && ItemCount(r, rows.Features[at]) > 1) _query.Add(~TopK.Key(rows.Values[at], rows.Features[at])); // one that no other item has finds nobody
                AddQuery(r);
            }
            if (_sums.Length > 0) _sums[item] = 0;
            return Extract();
        }

        /// <summary>The items with the greatest dot products with a row that is not of the index, in any order.</summary>
        /// <param name="rows">The row's features and values in each of the index's kinds of rows.</param>
        /// <returns>Valid until the next search.</returns>
        internal ReadOnlySpan<ulong> Search((int Feature, float Value)[][] rows)
        {
            for (var r = 0; r < rows.Length; r++)
            {
                _query.Clear();
                foreach (var (feature, value) in rows[r])
                    if (value > 0) _query.Add(~TopK.Key(value, feature));
                AddQuery(r);
            }
            return Extract();
        }

        /// <summary>Adds up, for every item, its products with the greatest of the query's values.</summary>
        void AddQuery(int rows)
        {
            var query = CollectionsMarshal.AsSpan(_query);
            query.Sort();
            foreach (var key in query[..Telling(query)]) Add(_index._firstFeature[rows] + TopK.Item(~key), TopK.Score(~key));
        }

        /// <summary>How many of the query's values, greatest first, are worth looking for.</summary>
        int Telling(ReadOnlySpan<ulong> query)
        {
            var all = 0f;
            foreach (var key in query) all += TopK.Score(~key) * TopK.Score(~key);
            var rest = all;
            for (var count = 0; count < query.Length; count++)
            {
                if (count == _maxFeatures || count >= EnoughFeatures && rest <= all * LightShare) return count;
                rest -= TopK.Score(~query[count]) * TopK.Score(~query[count]);
            }
            return query.Length;
        }

        long ItemCount(int rows, int feature)
        {
            var (start, end) = _index.ListOf(_index._firstFeature[rows] + feature);
            return end - start;
        }

        unsafe void Add(int feature, float value)
        {
            var (start, listEnd) = _index.ListOf(feature);
            fixed (int* items = _index._items.Slice(start, listEnd))
            fixed (float* values = _index._values.Slice(start, listEnd))
            fixed (float* sums = _sums)
            {
                // Four at a time: an item stands once in a list, so the four sums differ and need not wait for each other.
                var (at, end) = (0L, listEnd - start);
                for (; at + 4 <= end; at += 4)
                {
                    var (a, b, c, d) = (items[at], items[at + 1], items[at + 2], items[at + 3]);
                    sums[a] += value * values[at];
                    sums[b] += value * values[at + 1];
                    sums[c] += value * values[at + 2];
                    sums[d] += value * values[at + 3];
                }
                for (; at < end; at++) sums[items[at]] += value * values[at];
            }
        }

        /// <summary>Takes the greatest sums and zeroes all in the same pass.</summary>
        ReadOnlySpan<ulong> Extract()
        {
            var kept = 0;
            var threshold = 0f;
            ref var sums = ref MemoryMarshal.GetArrayDataReference(_sums);
            for (var start = 0; start < _sums.Length; start += Group)
            {
                var above = Above(ref sums, start, threshold);
                for (; above != 0; above &= above - 1)
                {
                    var item = start + BitOperations.TrailingZeroCount(above);
                    var sum = _sums[item];
                    if (sum <= threshold) continue;
                    _keys[kept++] = TopK.Key(sum, item);
                    if (kept < _keys.Length) continue;
                    threshold = TopK.Score(TopK.Select(_keys, _top));
                    kept = _top;
                }
                _sums.AsSpan(start, Group).Clear();
            }
            if (kept > _top) TopK.Select(_keys.AsSpan(0, kept), _top);
            return _keys.AsSpan(0, Math.Min(_top, kept));
        }

        static ulong Above(ref float sums, int start, float threshold)
        {
            var limit = Vector256.Create(threshold);
            var above = 0ul;
            for (var i = 0; i < Group; i += Vector256<float>.Count)
            {
                var eight = Vector256.LoadUnsafe(ref sums, (nuint)(start + i));
                above |= (ulong)Vector256.GreaterThan(eight, limit).ExtractMostSignificantBits() << i;
            }
            return above;
        }
    }
}
