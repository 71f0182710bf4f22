using System.Collections.Concurrent;
using Cantor.Kernels;

namespace Cantor.Ranking;

/// <summary>
/// Ranks what the lists of a release do not hold: items that the build has not seen, both ways, and items further down than k.
/// Safe for many threads.
/// </summary>
/// <param name="fusion">What scores pairs.</param>
/// <param name="index">Gives the index that finds candidates; asked once, when the first item is ranked.</param>
/// <param name="lists">The lists that the release holds.</param>
/// <param name="calibration">Makes scores of strengths; null to leave a score the strength.</param>
/// <param name="items">How many items the release has.</param>
/// <param name="k">The most neighbors a list has.</param>
sealed class UnseenRanker(Fusion fusion, Func<SparseIndex> index, NeighborLists lists, Calibration? calibration, int items, int k)
{
    /// <summary>
    /// So many candidates are scored. More than a build's, as an item may be the closest to another that has few, without being
    /// among those it is itself closest to.
    /// </summary>
    const int Candidates = 1000;

    const long MostArrangedBytes = 128 << 20;

    readonly Lazy<SparseIndex> _index = new(index);
    readonly ConcurrentBag<Worker> _workers = [];
    float[]? _leasts; // what Least says of each list, where many are ranked

    /// <summary>One that ranks the same in less time, for many items, and with more memory.</summary>
    /// <param name="own">The fusion of the same release once more: nobody else may score by it while its rows are laid out.</param>
    /// <param name="threads">How many lay them out.</param>
    /// <param name="cancellationToken">Stops it.</param>
    internal UnseenRanker ForMany(Fusion own, int threads, CancellationToken cancellationToken)
    {
        // Beyond that memory the time it takes to read rows from here and there is the lesser evil.
        if (own.ArrangedBytes <= MostArrangedBytes) own.Arrange(threads, cancellationToken);
        return new(own, () => _index.Value, lists, calibration, items, k) { _leasts = [.. Enumerable.Range(0, items).Select(item => Least(lists[item]))] };
    }

    /// <summary>The items that an unseen one is closest to, and the lists it would stand in.</summary>
    /// <param name="unseen">The unseen item.</param>
    /// <param name="limit">The most neighbors wanted.</param>
    internal (List<Neighbor> Neighbors, List<Neighbor> Lists) Rank(WeighedItem unseen, int limit)
    {
        if (items == 0 || fusion.Signals.Count == 0) return ([], []);
        var worker = Take();
        var (neighbors, inLists) = (new List<ulong>(), new List<ulong>());
        worker.Scorer.Aim(unseen);
        var candidates = new HashSet<int>();
        foreach (var candidate in worker.Searcher.Search(fusion.QueryOf(unseen))) candidates.Add(TopK.Item(candidate));
        for (var signal = 0; signal < unseen.Rows.Length; signal++) candidates.UnionWith(fusion.Signals[signal].Closest(unseen.Rows[signal], Candidates));
        worker.Score(candidates);
        for (var at = 0; at < candidates.Count; at++)
        {
            if (worker.Strengths[at] is not (> 0 and var strength)) continue;
            var item = worker.Others[at];
            neighbors.Add(~TopK.Key(strength, item)); // ascending is best first
            var there = worker.Scorer.StrengthIn(item, worker.PartsOf(at));
            if (there > (_leasts is null ? Least(lists[item]) : _leasts[item])) inLists.Add(~TopK.Key(there, item));
        }
        _workers.Add(worker);
        neighbors.Sort();
        inLists.Sort();
        return ([.. neighbors.Take(limit).Select(Of)], [.. inLists.Select(Of)]);
    }

    /// <summary>The items closest to one that the build has seen, near-duplicates among them, as a build would rank them.</summary>
    internal List<Neighbor> Rank(int item, int limit)
    {
        if (fusion.Signals.Count == 0) return [];
        var worker = Take();
        worker.Scorer.Aim(item);
        var candidates = new HashSet<int>();
        foreach (var candidate in worker.Searcher.Search(fusion.QueryOf(item))) candidates.Add(TopK.Item(candidate));
        foreach (var signal in fusion.Signals)
            if (signal.Partners is { } partners)
                foreach (var partner in partners.Features.Slice(partners.Row(item).Start, partners.Row(item).End)) candidates.Add(partner);
        candidates.Remove(item);
        worker.Score(candidates);
        var neighbors = new List<ulong>();
        for (var at = 0; at < candidates.Count; at++)
            if (worker.Strengths[at] is > 0 and var strength) neighbors.Add(~TopK.Key(strength, worker.Others[at]));
        _workers.Add(worker);
        neighbors.Sort();
        return [.. neighbors.Take(limit).Select(Of)];
    }

    /// <summary>The scores and strengths of an unseen item and others.</summary>
    /// <param name="unseen">The item.</param>
    /// <param name="count">How many others there are.</param>
    /// <param name="other">Gives each of them.</param>
    internal (float Score, float Strength)[] Compare(WeighedItem unseen, int count, Func<int, WeighedItem> other)
    {
        var worker = Take();
        worker.Scorer.Aim(unseen);
        return Compare(worker, count, other);
    }

    /// <summary>The scores and strengths of unseen items in the list of one that the build has seen.</summary>
    internal (float Score, float Strength)[] Compare(int item, int count, Func<int, WeighedItem> other)
    {
        var worker = Take();
        worker.Scorer.Aim(item);
        return Compare(worker, count, other);
    }

    (float, float)[] Compare(Worker worker, int count, Func<int, WeighedItem> other)
    {
        var compared = new (float, float)[count];
        for (var i = 0; i < compared.Length; i++)
        {
            var strength = worker.Scorer.Score(other(i), worker.Parts);
            compared[i] = (calibration?.Score(strength) ?? strength, strength);
        }
        _workers.Add(worker);
        return compared;
    }

    /// <summary>How strongly <paramref name="other"/> is related to an item that the build has seen.</summary>
    internal Neighbor Score(int item, int other)
    {
        var worker = Take();
        worker.Scorer.Aim(item);
        var strength = worker.Scorer.Score(other, worker.Parts);
        _workers.Add(worker);
        return Of(new(other), strength);
    }

    Worker Take() => _workers.TryTake(out var worker) ? worker : new(fusion, _index);

    // What is stronger stands in the list; 0 where there is room.
    float Least(ReadOnlySpan<Neighbor> list)
    {
        if (list.Length < k) return 0;
        var least = float.MaxValue;
        foreach (var neighbor in list) least = Math.Min(least, neighbor.Strength); // a diverse list does not fall evenly
        return least;
    }

    Neighbor Of(ulong flippedKey) => Of(new(TopK.Item(~flippedKey)), TopK.Score(~flippedKey));

    Neighbor Of(Ordinal item, float strength) => new(item, calibration?.Score(strength) ?? strength, strength);

    /// <summary>What one thread ranks with.</summary>
    sealed class Worker(Fusion fusion, Lazy<SparseIndex> index)
    {
        SparseSearcher? _searcher;

        internal SparseSearcher Searcher => _searcher ??= new(index.Value, Candidates);

        internal Fusion.Scorer Scorer { get; } = fusion.NewScorer();

        internal float[] Parts { get; } = new float[fusion.Signals.Count];

        /// <summary>What was scored last, with strengths and parts.</summary>
        internal int[] Others { get; private set; } = [];

        internal float[] Strengths { get; private set; } = [];

        float[] _parts = [];

        internal ReadOnlySpan<float> PartsOf(int at) => _parts.AsSpan(at * Parts.Length, Parts.Length);

        /// <summary>Scores items against the one aimed at.</summary>
        internal void Score(HashSet<int> others)
        {
            if (Others.Length < others.Count) (Others, Strengths, _parts) = (new int[2 * others.Count], new float[2 * others.Count], new float[2 * others.Count * Parts.Length]);
            others.CopyTo(Others);
            Scorer.Score(Others.AsSpan(0, others.Count), Strengths, _parts);
        }
    }
}
