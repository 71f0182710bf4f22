using Cantor.Kernels;

namespace Cantor.Signals.Text;

/// <summary>The pairs of terms that two items or more have, numbered in the order of their terms.</summary>
sealed class SharedPairs
{
    /// <summary>About how many keys are sorted at a time: few enough for a near cache.</summary>
    const int BucketSize = 1 << 15;

    readonly int[] _firstOf; // for each term where its pairs, those it is the first term of, start

    SharedPairs(ulong[] keys, int[] itemCounts, int terms)
    {
        (Keys, ItemCounts, _firstOf) = (keys, itemCounts, new int[terms + 1]);
        foreach (var key in keys) _firstOf[(key >> 32) + 1]++;
        for (var term = 0; term < terms; term++) _firstOf[term + 1] += _firstOf[term];
    }

    /// <summary>The keys, ascending.</summary>
    internal ulong[] Keys { get; }

    /// <summary>How many items have each pair, 2 or more.</summary>
    internal int[] ItemCounts { get; }

    internal static ulong Key(int before, int after) => (ulong)before << 32 | (uint)after;

    /// <summary>The pair's number; -1 for one that fewer than two items have.</summary>
    internal int Find(int before, int after)
    {
        var place = Array.BinarySearch(Keys, _firstOf[before], _firstOf[before + 1] - _firstOf[before], Key(before, after));
        return Math.Max(-1, place);
    }

    /// <summary>Counts the items of each key.</summary>
    /// <param name="rows">For each item its keys, each once.</param>
    /// <param name="terms">How many terms there are.</param>
    /// <param name="threads">How many threads count.</param>
    /// <param name="cancellationToken">Stops counting.</param>
    internal static SharedPairs Of(ulong[][] rows, int terms, int threads, CancellationToken cancellationToken)
    {
        var (bucketOf, ends) = Buckets(rows, terms);
        var all = GC.AllocateUninitializedArray<ulong>(ends[^1]);
        int[] next = [0, .. ends[..^1]];
        foreach (var row in rows)
            foreach (var key in row) all[next[bucketOf[key >> 32]]++] = key;

        var kept = new (List<ulong> Keys, List<int> ItemCounts)[ends.Length];
        Threads.ForRanges(ends.Length, threads, 1, (start, end) =>
        {
            for (var bucket = start; bucket < end; bucket++)
            {
                var first = bucket == 0 ? 0 : ends[bucket - 1];
                kept[bucket] = KeepShared(all.AsSpan(first, ends[bucket] - first));
            }
        }, cancellationToken);
        return new([.. kept.SelectMany(bucket => bucket.Keys)], [.. kept.SelectMany(bucket => bucket.ItemCounts)], terms);
    }

    /// <summary>Cuts the terms into ranges of about <see cref="BucketSize"/> keys each: sorted range by range, all are sorted.</summary>
    static (int[] BucketOf, int[] Ends) Buckets(ulong[][] rows, int terms)
    {
        var counts = new int[terms];
        foreach (var row in rows)
            foreach (var key in row) counts[key >> 32]++;
        var bucketOf = counts; // each count is read before its bucket is written
        var ends = new List<int>();
        var (total, start) = (0, 0);
        for (var term = 0; term < terms; term++)
        {
            var count = counts[term];
            bucketOf[term] = ends.Count;
            total = checked(total + count);
            if (total - start < BucketSize) continue;
            ends.Add(start = total);
        }
        ends.Add(total);
        return (bucketOf, [.. ends]);
    }

    static (List<ulong>, List<int>) KeepShared(Span<ulong> keys)
    {
        keys.Sort();
        var (kept, counts) = (new List<ulong>(), new List<int>());
        for (var start = 0; start < keys.Length;)
        {
            var end = start + 1;
            while (end < keys.Length && keys[end] == keys[start]) end++;
            if (end - start > 1)
            {
                kept.Add(keys[start]);
                counts.Add(end - start);
            }
            start = end;
        }
        return (kept, counts);
    }
}
