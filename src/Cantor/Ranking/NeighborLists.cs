using Cantor.Kernels;

namespace Cantor.Ranking;

/// <summary>Every item's neighbors, best first, and what each signal brings to each.</summary>
sealed class NeighborLists
{
    readonly Column<long> _ends;
    readonly Column<Neighbor> _neighbors;
    readonly Column<float> _parts;
    readonly Column<long> _variantEnds; // empty in releases of lists that someone else computed
    readonly Column<Variant> _variants;

    /// <summary>Reads the lists of a build or a release.</summary>
    internal NeighborLists(Sections sections, int items, int signals)
    {
        Signals = signals;
        _ends = sections.Get<long>("neighbors.ends", items);
        _neighbors = sections.Get<Neighbor>("neighbors");
        _parts = sections.Get<float>("neighbors.parts", _neighbors.Length * signals);
        if (!sections.Has("variants")) return;
        _variantEnds = sections.Get<long>("variants.ends", items);
        _variants = sections.Get<Variant>("variants");
    }

    /// <summary>How many signals bring something to a neighbor.</summary>
    internal int Signals { get; }

    internal long Total => _neighbors.Length;

    internal ReadOnlySpan<Neighbor> this[int item] => _neighbors.Slice(Start(item), _ends[item]);

    /// <summary>What each signal brings to an item's neighbor at <paramref name="rank"/>, from 0.</summary>
    internal ReadOnlySpan<float> Parts(int item, int rank) =>
        _parts.Slice((Start(item) + rank) * Signals, (Start(item) + rank + 1) * Signals);

    /// <summary>Where the item's list starts among all neighbors.</summary>
    internal long Start(int item) => item == 0 ? 0 : _ends[item - 1];

    /// <summary>The item's near-duplicates that were left out of its list, by rank.</summary>
    internal ReadOnlySpan<Variant> VariantsOf(int item) =>
        _variantEnds.Length == 0 ? [] : _variants.Slice(item == 0 ? 0 : _variantEnds[item - 1], _variantEnds[item]);

    /// <summary>
    /// Takes the lists of a build, in any order and from any thread. Each has room for all it may hold, in memory that is only taken where
    /// it is written, and they are pushed together at the end: at no time is a list there twice.
    /// </summary>
    /// <param name="items">How many lists there are.</param>
    /// <param name="k">The most neighbors of one.</param>
    /// <param name="signals">How many signals bring something to a neighbor.</param>
    internal sealed unsafe class Writer(int items, int k, int signals)
    {
        readonly long _room = RoomOf(items, k);
        readonly Column<Neighbor> _neighbors = new AlignedBuffer<Neighbor>(items * RoomOf(items, k), clear: false).ToColumn();
        readonly Column<float> _parts = new AlignedBuffer<float>(items * RoomOf(items, k) * signals, clear: false).ToColumn();
        readonly int[] _lengths = new int[items];
        readonly Variant[][] _variants = new Variant[items][];

        static Span<T> Place<T>(Column<T> column, long start, int length) where T : unmanaged
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(start + length, column.Length);
            return new(column.Start + start, length);
        }

        static long RoomOf(int items, int k) => Math.Min(k, Math.Max(1, items - 1));

        /// <summary>Sets the list of an item.</summary>
        /// <param name="item">Whose.</param>
        /// <param name="neighbors">Best first.</param>
        /// <param name="parts">For each neighbor what each signal brings to its strength.</param>
        /// <param name="variants">The near-duplicates that were left out of the list, by rank.</param>
        internal void Set(int item, ReadOnlySpan<Neighbor> neighbors, ReadOnlySpan<float> parts, Variant[] variants)
        {
            neighbors.CopyTo(Place(_neighbors, item * _room, neighbors.Length));
            parts.CopyTo(Place(_parts, item * _room * signals, parts.Length));
            (_lengths[item], _variants[item]) = (neighbors.Length, variants);
        }

        /// <summary>Adds the lists, one after another; no other may be set.</summary>
        internal void AddTo(Sections sections)
        {
            var (ends, variantEnds) = (Column<long>.NewPinned(items), Column<long>.NewPinned(items));
            var (end, variantEnd) = (0L, 0L);
            for (var item = 0; item < items; item++)
            {
                var length = _lengths[item];
                Place(_neighbors, item * _room, length).CopyTo(Place(_neighbors, end, length));
                Place(_parts, item * _room * signals, length * signals).CopyTo(Place(_parts, end * signals, length * signals));
                ends[item] = end += length;
                variantEnds[item] = variantEnd += _variants[item].Length;
            }
            sections.Add("neighbors.ends", Column<long>.Over(ends));
            sections.Add("neighbors", _neighbors.Part(0, end));
            sections.Add("neighbors.parts", _parts.Part(0, end * signals));
            sections.Add("variants.ends", Column<long>.Over(variantEnds));
            sections.Add<Variant>("variants", [.. _variants.SelectMany(variants => variants)]);
        }
    }
}
