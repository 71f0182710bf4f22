using Cantor.Kernels;

namespace Cantor.Ranking;

/// <summary>Ranks, for every item, the others: candidates from the index, scored by all signals, the best kept.</summary>
static class Ranker
{
    /// <summary>Candidates that are scored for one item, at least: 200 changed no judged corpus by more than a ten-thousandth.</summary>
    const int MinCandidates = 100;

    /// <summary>Of a longer row only the greatest values find candidates.</summary>
    const int MaxFeatures = 100;

    /// <summary>Adds the <paramref name="k"/> strongest neighbors of every item to <paramref name="sections"/>.</summary>
    internal static void Add(
        Sections sections, Fusion fusion, int items, int k, int threads, Action<long> progress, CancellationToken cancellationToken)
    {
        var index = fusion.NewIndex();
        var lists = new Neighbor[items][];
        var parts = new float[items][];
        long done = 0;
        Threads.ForRanges(items, threads, 64, () => new Worker(fusion, index, k), (worker, start, end) =>
        {
            for (var item = start; item < end; item++)
                (lists[item], parts[item]) = worker.Rank(item);
            progress(Interlocked.Add(ref done, end - start));
        }, cancellationToken);
        NeighborLists.Add(sections, lists, parts);
    }

    sealed class Worker(Fusion fusion, SparseIndex index, int k)
    {
        readonly SparseIndex.Searcher _searcher = new(index, Math.Max(MinCandidates, 2 * k), MaxFeatures);
        readonly Fusion.Scorer _scorer = fusion.NewScorer();
        readonly ulong[] _keys = new ulong[Math.Max(MinCandidates, 2 * k)];
        readonly int[] _places = new int[Math.Max(MinCandidates, 2 * k)];
        readonly float[] _parts = new float[Math.Max(MinCandidates, 2 * k) * fusion.Signals.Count];

        internal (Neighbor[], float[]) Rank(int item)
        {
            _scorer.Aim(item);
            var signals = fusion.Signals.Count;
            var scored = 0;
            foreach (var candidate in _searcher.Search(item))
            {
                var other = TopK.Item(candidate);
                if (_scorer.Score(other, _parts.AsSpan(scored * signals, signals)) is not (> 0 and var strength)) continue;
                _keys[scored] = ~TopK.Key(strength, other); // ascending is best first
                _places[scored] = scored++;
            }
            _keys.AsSpan(0, scored).Sort(_places.AsSpan(0, scored));

            var list = new Neighbor[Math.Min(k, scored)];
            var parts = new float[list.Length * signals];
            for (var rank = 0; rank < list.Length; rank++)
            {
                var strength = TopK.Score(~_keys[rank]);
                list[rank] = new(new(TopK.Item(~_keys[rank])), strength, strength);
                _parts.AsSpan(_places[rank] * signals, signals).CopyTo(parts.AsSpan(rank * signals));
            }
            return (list, parts);
        }
    }
}
