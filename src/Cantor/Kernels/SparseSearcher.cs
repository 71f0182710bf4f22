using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Cantor.Kernels;

/// <summary>
/// Searches a <see cref="SparseIndex"/> for the items with the greatest dot products, for one thread. Many items are gone through block
/// by block, each for a batch of queries: the block's sums then stay in a near cache.
/// </summary>
sealed class SparseSearcher
{
    /// <summary>The sums of so many items fit half of a usual second cache.</summary>
    internal const int BlockItems = 1 << 17;

    /// <summary>
    /// The least values, so much of the squares' sum together, find nothing new: they are of what many items have, whose lists are the
    /// longest. Cutting by share loses less for the work it saves than leaving out what a tenth of the items has, which may be half of a short text.
    /// </summary>
    const float LightShare = .1f;

    /// <summary>A shorter query is searched whole.</summary>
    const int EnoughFeatures = 8;

    /// <summary>So many features search even when their lists are longer than is allowed.</summary>
    const int LeastFeatures = 4;

    /// <summary>So many sums are looked at together.</summary>
    const int Group = 32;

    /// <summary>Looking at so many sums, most of them 0, takes as long as going to the sum of one posting.</summary>
    const int SumsAPosting = 8;

    /// <summary>The greatest sums of about so many ranges of groups tell which sums are too small: more tell hardly better.</summary>
    const int Ranges = 512;

    readonly SparseIndex _index;
    readonly float[] _sums; // of a block's items; zero between searches; padded to whole ranges
    readonly float[] _greatest; // of each range of groups the greatest sum
    readonly ulong[] _ranges; // their keys
    readonly int _rangeItems;
    readonly int _top, _maxFeatures, _blockItems;
    readonly long _mostPostings;
    readonly List<ulong> _features = []; // complements of TopK.Key of a value and its feature: ascending is greatest first
    readonly List<Query> _queries = [];
    int _start, _end; // the items of the last search

    /// <param name="index">What to search.</param>
    /// <param name="top">How many items a search finds at most.</param>
    /// <param name="maxFeatures">Of a longer row of a signal only the greatest values search: 100 lose a hundredth of a point.</param>
    /// <param name="mostPostings">Where the lists of a row's features are longer together, the greatest values alone search.</param>
    /// <param name="blockItems">How many items are gone through at a time.</param>
    internal SparseSearcher(SparseIndex index, int top, int maxFeatures = int.MaxValue, long mostPostings = long.MaxValue, int blockItems = BlockItems)
    {
        (_index, _top, _maxFeatures, _mostPostings, _blockItems) = (index, top, maxFeatures, mostPostings, blockItems);
        var (items, ranges) = (Math.Min(index.Count, blockItems), Math.Max(Ranges, 4 * top));
        _rangeItems = Math.Max(1, (items + ranges * Group - 1) / (ranges * Group)) * Group;
        _greatest = new float[(items + _rangeItems - 1) / _rangeItems];
        _ranges = new ulong[_greatest.Length];
        _sums = new float[_greatest.Length * _rangeItems];
    }

    /// <summary>Searches with the rows of the items from <paramref name="start"/> up to <paramref name="end"/>, which is not included.</summary>
    internal void Search(int start, int end)
    {
        (_start, _end) = (start, end);
        for (var item = start; item < end; item++)
        {
            var query = NewQuery(item - start);
            query.Item = item;
            for (var r = 0; r < _index.Rows.Length; r++)
            {
                var rows = _index.Rows[r];
                var (at, rowEnd) = rows.Row(item);
                for (; at < rowEnd; at++)
                    if (rows.Values[at] > 0) AddFeature(r, rows.Features[at], rows.Values[at], least: 2); // one that no other item has finds nobody
                AddLists(r, query);
            }
        }
        Run(end - start);
    }

    /// <summary>The items with the greatest dot products with <paramref name="item"/>, one of those last searched with, itself left out, in any order; of equal ones the lower ordinals.</summary>
    /// <returns>Valid until the next search.</returns>
    internal ReadOnlySpan<ulong> FoundFor(int item)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(item, _start);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(item, _end);
        return _queries[item - _start].Found(_top);
    }

    /// <summary>The items with the greatest dot products with a row that is not of the index, in any order.</summary>
    /// <param name="rows">The row's features and values in each of the index's kinds of rows.</param>
    /// <returns>Valid until the next search.</returns>
    internal ReadOnlySpan<ulong> Search((int Feature, float Value)[][] rows)
    {
        (_start, _end) = (0, 0);
        var query = NewQuery(0);
        query.Item = -1;
        for (var r = 0; r < rows.Length; r++)
        {
            foreach (var (feature, value) in rows[r])
                if (value > 0) AddFeature(r, feature, value, least: 1);
            AddLists(r, query);
        }
        Run(1);
        return query.Found(_top);
    }

    Query NewQuery(int number)
    {
        if (number == _queries.Count) _queries.Add(new(2 * _top + Group));
        var query = _queries[number];
        query.Lists.Clear();
        (query.Kept, query.Threshold) = (0, 0);
        return query;
    }

    void AddFeature(int rows, int feature, float value, int least)
    {
        var (start, end) = _index.ListOf(rows, feature);
        if (end - start >= least) _features.Add(~TopK.Key(value, feature));
    }

    /// <summary>Takes the lists of the greatest of the collected values.</summary>
    void AddLists(int rows, Query query)
    {
        var features = CollectionsMarshal.AsSpan(_features);
        features.Sort();
        var postings = 0L;
        var count = Telling(features);
        for (var i = 0; i < count; i++)
        {
            var (start, end) = _index.ListOf(rows, TopK.Item(~features[i]));
            postings += end - start;
            if (postings > _mostPostings && i >= LeastFeatures) break;
            query.Lists.Add(new(start, start, end, TopK.Score(~features[i])));
        }
        _features.Clear();
    }

    /// <summary>How many of the values, greatest first, are worth looking for.</summary>
    int Telling(ReadOnlySpan<ulong> features)
    {
        var all = 0f;
        foreach (var key in features) all += TopK.Score(~key) * TopK.Score(~key);
        var rest = all;
        for (var count = 0; count < features.Length; count++)
        {
            if (count == _maxFeatures || count >= EnoughFeatures && rest <= all * LightShare) return count;
            rest -= TopK.Score(~features[count]) * TopK.Score(~features[count]);
        }
        return features.Length;
    }

    void Run(int queries)
    {
        for (var start = 0; start < _index.Count; start += _blockItems)
        {
            var end = (int)Math.Min(_index.Count, (long)start + _blockItems);
            for (var i = 0; i < queries; i++)
            {
                var query = _queries[i];
                var added = 0L;
                foreach (ref var list in CollectionsMarshal.AsSpan(query.Lists))
                {
                    var stop = end == _index.Count ? list.End : EndOf(list, end);
                    Add(list.At, stop, list.Value, start);
                    added += stop - list.At;
                    list = list with { From = list.At, At = stop };
                }
                if (query.Item >= start && query.Item < end) _sums[query.Item - start] = 0;
                if (added < _sums.Length / SumsAPosting) Collect(query, start);
                else Extract(query, start);
            }
        }
    }

    /// <summary>Where in a list the items from <paramref name="item"/> on begin.</summary>
    long EndOf(in List list, int item)
    {
        var (low, high) = (list.At, list.End);
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            if (_index.Items[middle] < item) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    unsafe void Add(long at, long end, float value, int firstItem)
    {
        if (at == end) return;
        fixed (int* items = _index.Items.Slice(at, end))
        fixed (float* values = _index.Values.Slice(at, end))
        fixed (float* block = _sums)
        {
            // Four at a time: an item stands once in a list, so the four sums differ and need not wait for each other.
            var sums = block - firstItem;
            var (i, count) = (0L, end - at);
            for (; i + 4 <= count; i += 4)
            {
                var (a, b, c, d) = (items[i], items[i + 1], items[i + 2], items[i + 3]);
                sums[a] += value * values[i];
                sums[b] += value * values[i + 1];
                sums[c] += value * values[i + 2];
                sums[d] += value * values[i + 3];
            }
            for (; i < count; i++) sums[items[i]] += value * values[i];
        }
    }

    /// <summary>Does what <see cref="Extract"/> does where few of the block's items have a sum: goes through the lists again.</summary>
    void Collect(Query query, int firstItem)
    {
        foreach (var list in query.Lists)
            foreach (var item in _index.Items.Slice(list.From, list.At))
            {
                ref var sum = ref _sums[item - firstItem];
                // Not in the items' order: one as great as the threshold may be a lower ordinal.
                if (sum > 0 && sum >= query.Threshold) query.Keep(TopK.Key(sum, item), _top);
                sum = 0;
            }
    }

    /// <summary>Takes the greatest sums of the block and zeroes all.</summary>
    void Extract(Query query, int firstItem)
    {
        FindGreatest();
        query.Threshold = Math.Max(query.Threshold, BelowTop());
        var limit = Vector256.Create(query.Threshold);
        ref var sums = ref MemoryMarshal.GetArrayDataReference(_sums);
        for (var range = 0; range < _greatest.Length; range++)
        {
            if (_greatest[range] <= query.Threshold) continue;
            for (var start = range * _rangeItems; start < (range + 1) * _rangeItems; start += Group)
                for (var above = Above(ref sums, start, limit); above != 0; above &= above - 1)
                {
                    var place = start + BitOperations.TrailingZeroCount(above);
                    var sum = _sums[place];
                    if (sum > query.Threshold && query.Keep(TopK.Key(sum, firstItem + place), _top)) limit = Vector256.Create(query.Threshold);
                }
        }
        Array.Clear(_sums);
    }

    void FindGreatest()
    {
        ref var sums = ref MemoryMarshal.GetArrayDataReference(_sums);
        for (var range = 0; range < _greatest.Length; range++)
        {
            var greatest = Vector256<float>.Zero;
            for (var at = range * _rangeItems; at < (range + 1) * _rangeItems; at += Vector256<float>.Count)
                greatest = Vector256.MaxNative(greatest, Vector256.LoadUnsafe(ref sums, (nuint)at));
            var four = Vector128.MaxNative(greatest.GetLower(), greatest.GetUpper());
            _greatest[range] = Math.Max(Math.Max(four[0], four[1]), Math.Max(four[2], four[3]));
        }
    }

    /// <summary>
    /// What the greatest sums of the block all lie above: as many ranges as are wanted of them have one that is greater. Without it
    /// a search would first take what comes first, and throw most of it away again.
    /// </summary>
    float BelowTop()
    {
        if (_greatest.Length <= _top) return 0;
        for (var range = 0; range < _ranges.Length; range++) _ranges[range] = TopK.Key(_greatest[range], range);
        return Math.Max(0, MathF.BitDecrement(TopK.Score(TopK.Select(_ranges, _top))));
    }

    static uint Above(ref float sums, int start, Vector256<float> limit)
    {
        var above = 0u;
        for (var i = 0; i < Group; i += Vector256<float>.Count)
            above |= Vector256.GreaterThan(Vector256.LoadUnsafe(ref sums, (nuint)(start + i)), limit).ExtractMostSignificantBits() << i;
        return above;
    }

    /// <summary>A feature's list, where its part of the block begins and where its rest does, and what the query has of the feature.</summary>
    record struct List(long From, long At, long End, float Value);

    sealed class Query(int room)
    {
        internal List<List> Lists { get; } = [];

        internal ulong[] Keys { get; } = new ulong[room];

        /// <summary>The item whose row it is; -1 for none of the index.</summary>
        internal int Item { get; set; }

        internal int Kept { get; set; }

        /// <summary>What is not greater is none of the greatest.</summary>
        internal float Threshold { get; set; }

        /// <summary>Keeps one more; true when the threshold rose.</summary>
        internal bool Keep(ulong key, int top)
        {
            Keys[Kept++] = key;
            if (Kept < Keys.Length) return false;
            Threshold = TopK.Score(TopK.Select(Keys, top));
            Kept = top;
            return true;
        }

        internal ReadOnlySpan<ulong> Found(int top)
        {
            if (Kept > top) TopK.Select(Keys.AsSpan(0, Kept), top);
            return Keys.AsSpan(0, Math.Min(top, Kept));
        }
    }
}
