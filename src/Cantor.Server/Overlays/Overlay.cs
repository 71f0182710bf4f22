using System.Collections.Immutable;
using Cantor.Corpus;
using Cantor.Ranking;
using Cantor.Releases;

namespace Cantor.Server.Overlays;

/// <summary>What a change made of one item, seen from one release.</summary>
/// <param name="idJson">The id as a JSON string in UTF-8, quotes included.</param>
/// <param name="row">The item's row in the release; -1 when it has none.</param>
/// <param name="fields">What is shown of it; null when it must not be shown at all.</param>
/// <param name="weighed">The item as the release weighs it; null when its neighbors are still those of the release, or none.</param>
/// <param name="near">The items of the release that it is closest to, best first, whether they may be shown or not.</param>
sealed class LaidItem(ReadOnlyMemory<byte> idJson, int row, ItemFields? fields, UnseenItem? weighed, IReadOnlyList<Neighbor> near)
{
    internal ReadOnlyMemory<byte> IdJson { get; } = idJson;

    internal int Row { get; } = row;

    internal ItemFields? Fields { get; } = fields;

    internal UnseenItem? Weighed { get; } = weighed;

    internal IReadOnlyList<Neighbor> Near { get; } = near;

    /// <summary>Its place among those that are compared together, for the layer alone; -1 when they are not.</summary>
    internal int Turn { get; set; } = -1;

    /// <summary>True when the release's own item of that id is shown nowhere.</summary>
    internal bool Replaces => Fields is null || Weighed is not null;
}

/// <summary>A pushed item in another's list.</summary>
readonly record struct LaidNeighbor(LaidItem Item, float Score, float Strength);

/// <summary>
/// What lies over one release at one moment: the items that were pushed, deleted and hidden after it, and those of its own whose
/// time has not come or is over. Never changes; a change makes another.
/// </summary>
sealed class Overlay
{
    internal static readonly Overlay Empty = new();

    /// <summary>Tells states of a collection apart: two servers that applied the same changes have the same.</summary>
    internal ulong Edition { get; init; }

    /// <summary>The last change that is in it.</summary>
    internal long Number { get; init; }

    /// <summary>How many items were pushed since the release: what is bounded.</summary>
    internal int Pushed { get; init; }

    internal ImmutableDictionary<string, LaidItem> Items { get; init; } = ImmutableDictionary<string, LaidItem>.Empty;

    /// <summary>A bit for each row: 1 when the release's own item must not be shown. Empty when all may.</summary>
    internal ulong[] Masked { get; init; } = [];

    /// <summary>For a row the pushed items that stand in its list, strongest first.</summary>
    internal ImmutableDictionary<int, ImmutableArray<LaidNeighbor>> InLists { get; init; } = ImmutableDictionary<int, ImmutableArray<LaidNeighbor>>.Empty;

    /// <summary>For a pushed item the other pushed items that it is related to, strongest first.</summary>
    internal ImmutableDictionary<LaidItem, ImmutableArray<LaidNeighbor>> Among { get; init; } = ImmutableDictionary<LaidItem, ImmutableArray<LaidNeighbor>>.Empty;

    /// <summary>The rows whose place in lists is as it was and whose fields are not.</summary>
    internal ImmutableDictionary<int, LaidItem> Patched { get; init; } = ImmutableDictionary<int, LaidItem>.Empty;

    /// <summary>True when answers are the release's own.</summary>
    internal bool IsEmpty => Items.Count == 0 && Masked.Length == 0;

    internal bool IsMasked(Ordinal item) => Masked.Length > 0 && (Masked[item.Row >> 6] >> item.Row & 1) != 0;
}
