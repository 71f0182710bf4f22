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

    /// <summary>Adds lists, one after another, to <paramref name="sections"/>.</summary>
    internal static void Add(Sections sections, RankedList[] lists)
    {
        AddRows(sections, "neighbors", lists, list => list.Neighbors);
        sections.Add("neighbors.parts", Concat(lists, list => list.Parts));
        AddRows(sections, "variants", lists, list => list.Variants);
    }

    static void AddRows<T>(Sections sections, string name, RankedList[] lists, Func<RankedList, T[]> rowOf) where T : unmanaged
    {
        var ends = Column<long>.NewPinned(lists.Length);
        long end = 0;
        for (var item = 0; item < lists.Length; item++) ends[item] = end += rowOf(lists[item]).Length;
        sections.Add(name + ".ends", Column<long>.Over(ends));
        sections.Add(name, Concat(lists, rowOf));
    }

    static Column<T> Concat<T>(RankedList[] lists, Func<RankedList, T[]> rowOf) where T : unmanaged
    {
        var all = Column<T>.NewPinned(lists.Sum(list => (long)rowOf(list).Length));
        var at = 0;
        foreach (var list in lists)
        {
            rowOf(list).CopyTo(all, at);
            at += rowOf(list).Length;
        }
        return Column<T>.Over(all);
    }
}
