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

    /// <summary>True for the sections that a <see cref="Writer"/> adds.</summary>
    internal static bool Holds(string section) => section is "neighbors" or "neighbors.ends" or "neighbors.parts" or "variants" or "variants.ends";

    /// <summary>Adds the lists of parts, one part after another, to <paramref name="to"/>.</summary>
    internal static void Join(Sections to, IReadOnlyList<Sections> parts)
    {
        foreach (var name in new[] { "neighbors.ends", "variants.ends" })
        {
            Column<long>[] each = [.. parts.Select(part => part.Get<long>(name))];
            var (ends, at, before) = (Column<long>.NewPinned(each.Sum(part => part.Length)), 0, 0L);
            foreach (var part in each)
            {
                for (long list = 0; list < part.Length; list++) ends[at++] = before + part[list];
                if (part.Length > 0) before = ends[at - 1];
            }
            to.Add(name, Column<long>.Over(ends));
        }
        to.Add("neighbors", Column<Neighbor>.Joined([.. parts.Select(part => part.Get<Neighbor>("neighbors"))]));
        to.Add("neighbors.parts", Column<float>.Joined([.. parts.Select(part => part.Get<float>("neighbors.parts"))]));
        to.Add("variants", Column<Variant>.Joined([.. parts.Select(part => part.Get<Variant>("variants"))]));
    }

    /// <summary>
    /// Takes the lists of a build, in any order and from any thread. Each has room for all it may hold, in memory that is only taken where
    /// it is written, and they are pushed together at the end: at no time is a list there twice.
    /// </summary>
    /// <param name="start">The item of the first list.</param>
    /// <param name="count">How many lists there are.</param>
    /// <param name="room">The most neighbors of one.</param>
    /// <param name="signals">How many signals bring something to a neighbor.</param>
    internal sealed unsafe class Writer(int start, int count, long room, int signals)
    {
        readonly Column<Neighbor> _neighbors = new AlignedBuffer<Neighbor>(count * room, clear: false).ToColumn();
        readonly Column<float> _parts = new AlignedBuffer<float>(count * room * signals, clear: false).ToColumn();
        readonly int[] _lengths = new int[count];
        readonly Variant[][] _variants = new Variant[count][];

        /// <summary>For the lists of all items.</summary>
        internal Writer(int items, int k, int signals) : this(0, items, RoomOf(items, k), signals)
        {
        }

        static Span<T> Place<T>(Column<T> column, long start, int length) where T : unmanaged
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(start + length, column.Length);
            return new(column.Start + start, length);
        }

        /// <summary>The most neighbors that one of so many items has.</summary>
        internal static long RoomOf(int items, int k) => Math.Min(k, Math.Max(1, items - 1));

        /// <summary>Sets the list of an item.</summary>
        /// <param name="item">Whose.</param>
        /// <param name="neighbors">Best first.</param>
        /// <param name="parts">For each neighbor what each signal brings to its strength.</param>
        /// <param name="variants">The near-duplicates that were left out of the list, by rank.</param>
        internal void Set(int item, ReadOnlySpan<Neighbor> neighbors, ReadOnlySpan<float> parts, Variant[] variants)
        {
            var list = item - start;
            neighbors.CopyTo(Place(_neighbors, list * room, neighbors.Length));
            parts.CopyTo(Place(_parts, list * room * signals, parts.Length));
            (_lengths[list], _variants[list]) = (neighbors.Length, variants);
        }

        /// <summary>Adds the lists, one after another; no other may be set.</summary>
        internal void AddTo(Sections sections)
        {
            var (ends, variantEnds) = (Column<long>.NewPinned(count), Column<long>.NewPinned(count));
            var (end, variantEnd) = (0L, 0L);
            for (var list = 0; list < count; list++)
            {
                var length = _lengths[list];
                Place(_neighbors, list * room, length).CopyTo(Place(_neighbors, end, length));
                Place(_parts, list * room * signals, length * signals).CopyTo(Place(_parts, end * signals, length * signals));
                ends[list] = end += length;
                variantEnds[list] = variantEnd += _variants[list].Length;
            }
            sections.Add("neighbors.ends", Column<long>.Over(ends));
            sections.Add("neighbors", _neighbors.Part(0, end));
            sections.Add("neighbors.parts", _parts.Part(0, end * signals));
            sections.Add("variants.ends", Column<long>.Over(variantEnds));
            sections.Add<Variant>("variants", [.. _variants.SelectMany(variants => variants)]);
        }
    }
}
