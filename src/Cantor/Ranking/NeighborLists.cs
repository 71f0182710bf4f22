using Cantor.Kernels;

namespace Cantor.Ranking;

/// <summary>Every item's neighbors, best first, and what each signal brings to each.</summary>
sealed class NeighborLists
{
    readonly Column<long> _ends;
    readonly Column<Neighbor> _neighbors;
    readonly Column<float> _parts;

    /// <summary>Reads the lists of a build or a release.</summary>
    internal NeighborLists(Sections sections, int items, int signals)
    {
        Signals = signals;
        _ends = sections.Get<long>("neighbors.ends", items);
        _neighbors = sections.Get<Neighbor>("neighbors");
        _parts = sections.Get<float>("neighbors.parts", _neighbors.Length * signals);
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

    /// <summary>Adds lists, each best first, and their parts, one after another, to <paramref name="sections"/>.</summary>
    internal static void Add(Sections sections, Neighbor[][] lists, float[][] parts)
    {
        var ends = Column<long>.NewPinned(lists.Length);
        long end = 0;
        for (var item = 0; item < lists.Length; item++) ends[item] = end += lists[item].Length;
        sections.Add("neighbors.ends", Column<long>.Over(ends));
        sections.Add("neighbors", Concat(lists, end));
        sections.Add("neighbors.parts", Concat(parts, parts.Sum(row => (long)row.Length)));
    }

    static Column<T> Concat<T>(T[][] rows, long length) where T : unmanaged
    {
        var all = Column<T>.NewPinned(length);
        var at = 0;
        foreach (var row in rows)
        {
            row.CopyTo(all, at);
            at += row.Length;
        }
        return Column<T>.Over(all);
    }
}
