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
        Threads.ForRanges(items, threads, 64, () => new Worker(fusion, index, items, k), (worker, start, end) =>
        {
            for (var item = start; item < end; item++)
                (lists[item], parts[item]) = worker.Rank(item);
            progress(Interlocked.Add(ref done, end - start));
        }, cancellationToken);
        NeighborLists.Add(sections, lists, parts);
    }

    /// <summary>Ranks one item after another, for one thread.</summary>
    sealed class Worker(Fusion fusion, SparseIndex index, int items, int k)
    {
        readonly SparseIndex.Searcher _searcher = new(index, Math.Max(MinCandidates, 2 * k), MaxFeatures);
        readonly FeatureRows[] _partners = [.. fusion.Signals.Select(signal => signal.Partners).OfType<FeatureRows>()];
        readonly Fusion.Scorer _scorer = fusion.NewScorer();
        readonly int[] _scoredFor = new int[items]; // the item, counted from 1, that a candidate was last scored for
        ulong[] _keys = new ulong[1024];
        int[] _places = new int[1024];
        float[] _parts = new float[1024 * fusion.Signals.Count];
        int _scored;

        internal (Neighbor[], float[]) Rank(int item)
        {
            _scorer.Aim(item);
            _scored = 0;
            _scoredFor[item] = item + 1;
            foreach (var candidate in _searcher.Search(item)) Score(item, TopK.Item(candidate));
            foreach (var rows in _partners)
            {
                var (start, end) = rows.Row(item);
                foreach (var other in rows.Features.Slice(start, end)) Score(item, other);
            }
            _keys.AsSpan(0, _scored).Sort(_places.AsSpan(0, _scored));

            var signals = fusion.Signals.Count;
            var list = new Neighbor[Math.Min(k, _scored)];
            var parts = new float[list.Length * signals];
            for (var rank = 0; rank < list.Length; rank++)
            {
                var strength = TopK.Score(~_keys[rank]);
                list[rank] = new(new(TopK.Item(~_keys[rank])), strength, strength);
                _parts.AsSpan(_places[rank] * signals, signals).CopyTo(parts.AsSpan(rank * signals));
            }
            return (list, parts);
        }

        void Score(int item, int other)
        {
            if (_scoredFor[other] == item + 1) return;
            _scoredFor[other] = item + 1;
            var signals = fusion.Signals.Count;
            if (_scored == _keys.Length)
            {
                Array.Resize(ref _keys, 2 * _scored);
                Array.Resize(ref _places, 2 * _scored);
                Array.Resize(ref _parts, 2 * _scored * signals);
            }
            if (_scorer.Score(other, _parts.AsSpan(_scored * signals, signals)) is not (> 0 and var strength)) return;
            _keys[_scored] = ~TopK.Key(strength, other); // ascending is best first
            _places[_scored] = _scored++;
        }
    }
}
