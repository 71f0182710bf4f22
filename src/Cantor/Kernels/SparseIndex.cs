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
    readonly long[] _starts;
    readonly int[] _items;
    readonly float[] _values;
    readonly FeatureRows[] _rows;
    readonly int[] _firstFeature;

    /// <summary>Turns rows into lists. All rows have the same items.</summary>
    internal SparseIndex(params FeatureRows[] rows)
    {
        _rows = rows;
        _firstFeature = new int[rows.Length];
        for (var r = 1; r < rows.Length; r++) _firstFeature[r] = _firstFeature[r - 1] + rows[r - 1].FeatureCount;
        Count = rows.Length == 0 ? 0 : rows[0].Count;
        var features = rows.Length == 0 ? 0 : _firstFeature[^1] + rows[^1].FeatureCount;

        _starts = new long[features + 1];
        for (var r = 0; r < rows.Length; r++)
            for (long at = 0; at < rows[r].Features.Length; at++)
                _starts[_firstFeature[r] + rows[r].Features[at] + 1]++;
        for (var feature = 0; feature < features; feature++) _starts[feature + 1] += _starts[feature];
        _items = new int[_starts[features]];
        _values = new float[_starts[features]];
        var next = _starts[..features];
        for (var item = 0; item < Count; item++)
            for (var r = 0; r < rows.Length; r++)
            {
                var (at, end) = rows[r].Row(item);
                for (; at < end; at++)
                {
                    var place = next[_firstFeature[r] + rows[r].Features[at]]++;
                    _items[place] = item;
                    _values[place] = rows[r].Values[at];
                }
            }
    }

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
                    if (ItemCount(r, rows.Features[at]) > 1) _query.Add(~TopK.Key(rows.Values[at], rows.Features[at])); // one that no other item has finds nobody
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
            for (var r = 0; r < _index._rows.Length; r++)
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
            var place = _index._firstFeature[rows] + feature;
            return _index._starts[place + 1] - _index._starts[place];
        }

        unsafe void Add(int feature, float value)
        {
            var (start, end) = (_index._starts[feature], _index._starts[feature + 1]);
            fixed (int* items = _index._items)
            fixed (float* values = _index._values)
            fixed (float* sums = _sums)
            {
                // Four at a time: an item stands once in a list, so the four sums differ and need not wait for each other.
                var at = start;
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
