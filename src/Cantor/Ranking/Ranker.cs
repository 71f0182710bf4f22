using System.Runtime.InteropServices;
using Cantor.Kernels;

namespace Cantor.Ranking;

/// <summary>Ranks, for every item, the others: candidates from the index, scored by all signals, the best kept.</summary>
static class Ranker
{
    /// <summary>Adds the <paramref name="k"/> strongest neighbors of each item of a part of all to <paramref name="sections"/>. How all are parted changes no list.</summary>
    /// <param name="sections">Where to.</param>
    /// <param name="fusion">What scores pairs.</param>
    /// <param name="index">The index of <paramref name="fusion"/>.</param>
    /// <param name="exact">True to score all pairs, false for those that the index finds.</param>
    /// <param name="duplicates">Which items say nearly the same; null to list them like all others.</param>
    /// <param name="calibration">Makes scores of strengths; null to leave a score the strength.</param>
    /// <param name="items">How many items there are.</param>
    /// <param name="part">The items that are ranked: from the first up to the second, which is not included.</param>
    /// <param name="k">The most neighbors an item gets.</param>
    /// <param name="diversity">How different they are to be: <see cref="Diversity"/>.</param>
    /// <param name="threads">How many threads rank.</param>
    /// <param name="progress">Told the number of items ranked so far.</param>
    /// <param name="cancellationToken">Stops ranking.</param>
    internal static void Add(
        Sections sections, Fusion fusion, SparseIndex index, bool exact, NearDuplicates? duplicates, Calibration? calibration, int items, (int Start, int End) part, int k, float diversity, int threads, Action<long> progress,
        CancellationToken cancellationToken)
    {
        var lists = new NeighborLists.Writer(part.Start, part.End - part.Start, NeighborLists.Writer.RoomOf(items, k), fusion.Signals.Count);
        long done = 0;
        Threads.ForRanges(part.End - part.Start, threads, 64, () => new Worker(fusion, new(fusion, index, items, k, exact), duplicates, calibration, k, diversity), (worker, start, end) =>
        {
            worker.Find(part.Start + start, part.Start + end);
            for (var item = part.Start + start; item < part.Start + end; item++) worker.Rank(item, lists);
            progress(Interlocked.Add(ref done, end - start));
        }, cancellationToken);
        lists.AddTo(sections);
    }

    /// <summary>Ranks one item after another, for one thread.</summary>
    sealed class Worker(Fusion fusion, CandidateFinder finder, NearDuplicates? duplicates, Calibration? calibration, int k, float diversity)
    {
        readonly Fusion.Scorer _scorer = fusion.NewScorer();
        readonly Fusion.Scorer? _others = diversity > 0 ? fusion.NewScorer() : null;
        ulong[] _keys = [];
        int[] _places = [];
        float[] _strengths = [], _parts = [];
        List<int> _kept = []; // places in _keys of what goes into the list
        readonly List<int> _groups = []; // of near-duplicates, of what is kept
        readonly List<Variant> _variants = [];
        readonly Neighbor[] _list = new Neighbor[k];
        readonly float[] _listParts = new float[k * fusion.Signals.Count];
        readonly int _wanted = diversity > 0 ? 2 * k : k; // a choice needs more than it takes
        int _scored;

        /// <summary>Finds candidates of a batch of items, which are ranked next.</summary>
        internal void Find(int start, int end) => finder.Find(start, end);

        internal void Rank(int item, NeighborLists.Writer lists)
        {
            _scorer.Aim(item);
            Score(finder.Of(item));
            _keys.AsSpan(0, _scored).Sort(_places.AsSpan(0, _scored));

            Collapse(item);
            if (_others is not null) Diversify(_others);

            var signals = fusion.Signals.Count;
            var list = _list.AsSpan(0, _kept.Count);
            var parts = _listParts.AsSpan(0, list.Length * signals);
            for (var rank = 0; rank < list.Length; rank++)
            {
                var key = ~_keys[_kept[rank]];
                var strength = TopK.Score(key);
                list[rank] = new(new(TopK.Item(key)), calibration?.Score(strength) ?? strength, strength);
                _parts.AsSpan(_places[_kept[rank]] * signals, signals).CopyTo(parts[(rank * signals)..]);
            }
            lists.Set(item, list, parts, [.. _variants]);
        }

        /// <summary>
        /// Keeps the best. One that says nearly the same as a better one, or as the item itself, becomes its variant.
        /// </summary>
        void Collapse(int item)
        {
            _kept.Clear();
            _groups.Clear();
            _variants.Clear();
            for (var place = 0; place < _scored; place++)
            {
                var other = TopK.Item(~_keys[place]);
                var group = duplicates?.GroupOf(other) ?? -1;
                if (VariantOf(item, other, group) is { } rank) _variants.Add(new(rank, other));
                else if (_kept.Count < _wanted)
                {
                    _kept.Add(place);
                    _groups.Add(group);
                }
                else if (duplicates is null) break;
            }
            SortVariants();
        }

        /// <summary>Keeps k of the kept ones, in a diverse order; variants of the others go with them.</summary>
        void Diversify(Fusion.Scorer others)
        {
            var list = new Neighbor[_kept.Count];
            for (var rank = 0; rank < list.Length; rank++)
                list[rank] = new(new(TopK.Item(~_keys[_kept[rank]])), 0, TopK.Score(~_keys[_kept[rank]]));
            var order = Diversity.Order(list, others, diversity);
            var newRank = new int[order.Length];
            for (var rank = 0; rank < order.Length; rank++) newRank[order[rank]] = rank;
            _kept = [.. order.Take(k).Select(rank => _kept[rank])];
            for (var i = 0; i < _variants.Count; i++)
                if (_variants[i].Rank != Variant.OfItself) _variants[i] = _variants[i] with { Rank = newRank[_variants[i].Rank] };
            _variants.RemoveAll(variant => variant.Rank >= _kept.Count);
            SortVariants();
        }

        void SortVariants() => _variants.Sort((a, b) => a.Rank != b.Rank ? a.Rank.CompareTo(b.Rank) : a.Item.CompareTo(b.Item));

        int? VariantOf(int item, int other, int group)
        {
            if (group < 0) return null;
            if (duplicates!.IsVariantOfItself(item, other)) return Variant.OfItself;
            var groups = CollectionsMarshal.AsSpan(_groups);
            for (var rank = 0; rank < groups.Length; rank++)
            {
                var next = groups[rank..].IndexOf(group);
                if (next < 0) break;
                rank += next;
                if (duplicates.AreVariants(TopK.Item(~_keys[_kept[rank]]), other)) return rank;
            }
            return null;
        }

        void Score(ReadOnlySpan<int> others)
        {
            if (_keys.Length < others.Length)
            {
                (_keys, _places, _strengths) = (new ulong[others.Length], new int[others.Length], new float[others.Length]);
                _parts = new float[others.Length * fusion.Signals.Count];
            }
            _scorer.Score(others, _strengths, _parts);
            _scored = 0;
            for (var place = 0; place < others.Length; place++)
            {
                if (!(_strengths[place] > 0)) continue;
                _keys[_scored] = ~TopK.Key(_strengths[place], others[place]); // ascending is best first
                _places[_scored++] = place;
            }
        }
    }
}
