using System.Runtime.InteropServices;
using Cantor.Kernels;

namespace Cantor.Ranking;

/// <summary>
/// Finds which items are scored for an item, for one thread: all others where that is affordable, else those that share the most
/// telling features with it, and the partners that signals know of.
/// </summary>
sealed class CandidateFinder
{
    /// <summary>Candidates of an item, at least: 200 changed no judged corpus by more than a ten-thousandth.</summary>
    const int LeastCandidates = 100;

    /// <summary>Of a longer row only the greatest values find candidates.</summary>
    const int MaxFeatures = 100;

    /// <summary>Of a row whose features have longer lists together, too: they grow with the collection, and what many items have finds no candidate that what few have does not.</summary>
    const int MostPostings = 1 << 15;

    /// <summary>Up to so many items all pairs are scored: it takes as long as reading them.</summary>
    internal const int AffordableItems = 1_000;

    readonly SparseSearcher? _searcher; // null when all others are candidates
    readonly FeatureRows[] _partners;
    readonly int[] _metFor; // the item, counted from 1, that a candidate was last found for
    readonly List<int> _found = [];

    internal CandidateFinder(Fusion fusion, SparseIndex index, int items, int k, bool exact)
    {
        if (!exact) _searcher = new(index, Math.Max(LeastCandidates, 2 * k), MaxFeatures, MostPostings);
        _partners = [.. fusion.Signals.Select(signal => signal.Partners).OfType<FeatureRows>()];
        _metFor = new int[items];
    }

    /// <summary>True when all others are to be candidates.</summary>
    internal static bool IsExact(Candidates candidates, int items) =>
        candidates is Candidates.All || candidates is Candidates.Auto && items <= AffordableItems;

    /// <summary>Finds the candidates of the items from <paramref name="start"/> up to <paramref name="end"/>, which is not included: a batch costs less than one by one.</summary>
    internal void Find(int start, int end) => _searcher?.Search(start, end);

    /// <summary>The candidates of an item of the batch, each once, itself left out, in no order.</summary>
    /// <returns>Valid until the next call.</returns>
    internal ReadOnlySpan<int> Of(int item)
    {
        _found.Clear();
        _metFor[item] = item + 1;
        if (_searcher is null)
        {
            for (var other = 0; other < _metFor.Length; other++) Add(item, other);
            return CollectionsMarshal.AsSpan(_found);
        }
        foreach (var candidate in _searcher.FoundFor(item)) Add(item, TopK.Item(candidate));
        foreach (var rows in _partners)
        {
            var (start, end) = rows.Row(item);
            foreach (var other in rows.Features.Slice(start, end)) Add(item, other);
        }
        return CollectionsMarshal.AsSpan(_found);
    }

    void Add(int item, int other)
    {
        if (_metFor[other] == item + 1) return;
        _metFor[other] = item + 1;
        _found.Add(other);
    }
}

/// <summary>Which items are scored for an item.</summary>
public enum Candidates
{
    /// <summary>All up to 1,000 items, where that is affordable; the nearest above.</summary>
    Auto,

    /// <summary>All: exact, and the time grows with the square of the items.</summary>
    All,

    /// <summary>Those that an index finds nearest: fast, and its recall is measured.</summary>
    Nearest,
}

/// <summary>How many of the truly closest are among the candidates.</summary>
/// <param name="Value">The share of the ten closest of all that are candidates, 0 to 1; 1 when all items are.</param>
/// <param name="Sampled">Of how many items all others were scored to know; all when every item's candidates are all others.</param>
public sealed record Recall(double Value, int Sampled)
{
    const int Depth = 10;

    /// <summary>About so many pairs are scored.</summary>
    const int Pairs = 400_000;

    const int LeastSamples = 20, MostSamples = 100;

    /// <summary>So many are scored at a time.</summary>
    const int Batch = 4096;

    internal static Recall Measure(Fusion fusion, SparseIndex index, int items, int k, ulong seed, int threads, CancellationToken cancellationToken)
    {
        var samples = new SeededRandom(seed, 0x726563616C6C).Choose(items, Math.Clamp(Pairs / Math.Max(1, items), LeastSamples, MostSamples));
        var (found, wanted) = (0L, 0L);
        Threads.ForRanges(samples.Length, threads, 1, () => (Closest: new Closest(fusion, items), Finder: new CandidateFinder(fusion, index, items, k, exact: false)), (worker, start, end) =>
        {
            for (var sample = start; sample < end; sample++)
            {
                var closest = worker.Closest.Of(samples[sample]);
                worker.Finder.Find(samples[sample], samples[sample] + 1);
                var candidates = worker.Finder.Of(samples[sample]);
                Interlocked.Add(ref wanted, closest.Length);
                foreach (var key in closest)
                    if (candidates.Contains(TopK.Item(key))) Interlocked.Increment(ref found);
            }
        }, cancellationToken);
        return new(wanted == 0 ? 1 : (double)found / wanted, samples.Length);
    }

    /// <summary>The truly closest, for one thread.</summary>
    sealed class Closest(Fusion fusion, int items)
    {
        readonly Fusion.Scorer _scorer = fusion.NewScorer();
        readonly int[] _others = new int[Batch];
        readonly float[] _strengths = new float[Batch], _parts = new float[Batch * fusion.Signals.Count];
        readonly ulong[] _keys = new ulong[Batch + Depth];

        /// <returns>Valid until the next call.</returns>
        internal ReadOnlySpan<ulong> Of(int item)
        {
            _scorer.Aim(item);
            var kept = 0;
            for (var start = 0; start < items; start += Batch)
            {
                var others = _others.AsSpan(0, Math.Min(Batch, items - start));
                for (var at = 0; at < others.Length; at++) others[at] = start + at;
                _scorer.Score(others, _strengths, _parts);
                for (var at = 0; at < others.Length; at++)
                    if (_strengths[at] > 0 && others[at] != item) _keys[kept++] = TopK.Key(_strengths[at], others[at]);
                if (kept <= Depth) continue;
                TopK.Select(_keys.AsSpan(0, kept), Depth);
                kept = Depth;
            }
            return _keys.AsSpan(0, kept);
        }
    }
}
