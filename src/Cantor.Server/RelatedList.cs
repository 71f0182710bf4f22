using Cantor.Ranking;
using Cantor.Releases;
using Cantor.Server.Overlays;

namespace Cantor.Server;

/// <summary>One related item: of the release, or a pushed one.</summary>
/// <param name="Item">The item's row; means nothing when <paramref name="Pushed"/> is given.</param>
/// <param name="Pushed">The pushed item; null for one of the release.</param>
/// <param name="Score">The calibrated strength.</param>
/// <param name="Strength">The fused signals on their common scale.</param>
/// <param name="Place">Where it stands in the release's own list; -1 where it does not.</param>
readonly record struct Hit(Ordinal Item, LaidItem? Pushed, float Score, float Strength, int Place);

/// <summary>
/// The lists that a release does not hold ready: those with pushed items in them, without what must not be shown, of pushed
/// items, and further down than k. Best first, and no item twice.
/// </summary>
static class RelatedList
{
    /// <summary>The list of an item of the release.</summary>
    /// <param name="served">The release, leased, and what lies over it.</param>
    /// <param name="item">The item.</param>
    /// <param name="wanted">How many are wanted from the top, 1 to 1,000.</param>
    internal static List<Hit> Of(ServedCollection served, Ordinal item, int wanted)
    {
        var (release, overlay) = (served.Release!.Release, served.Overlay);
        var neighbors = release.NeighborsOf(item);
        var hits = new List<Hit>(neighbors.Length);
        for (var place = 0; place < neighbors.Length; place++)
            if (!overlay.IsMasked(neighbors[place].Item)) hits.Add(new(neighbors[place].Item, null, neighbors[place].Score, neighbors[place].Strength, place));
            else if (Stead(release, overlay, item, place) is { } stead) InsertByStrength(hits, stead);
        if (overlay.InLists.TryGetValue(item.Row, out var pushed))
            foreach (var neighbor in pushed) InsertByStrength(hits, new(default, neighbor.Item, neighbor.Score, neighbor.Strength, -1));
        if (hits.Count < wanted && neighbors.Length == release.Summary.K)
            Append(hits, Further(release, overlay, item), other => other == item || overlay.IsMasked(other) || IsVariant(release, item, other));
        return hits;
    }

    /// <summary>The list of a pushed item.</summary>
    internal static List<Hit> Of(ServedCollection served, LaidItem item, int wanted)
    {
        var (release, overlay) = (served.Release?.Release, served.Overlay);
        var hits = new List<Hit>();
        if (release is null || item.Weighed is not { } weighed) return hits;
        foreach (var neighbor in item.Near)
            if (!overlay.IsMasked(neighbor.Item)) hits.Add(new(neighbor.Item, null, neighbor.Score, neighbor.Strength, -1));
        if (overlay.Among.TryGetValue(item, out var pushed))
            foreach (var neighbor in pushed) InsertByStrength(hits, new(default, neighbor.Item, neighbor.Score, neighbor.Strength, -1));
        if (hits.Count < wanted && item.Near.Count == OverlayLayer.KeptNeighbors)
            Append(hits, release.Place(weighed, Parameters.MaxWindow).Neighbors.Select(HitOf), other => other.Row == item.Row || overlay.IsMasked(other));
        return hits;
    }

    /// <summary>The hits in an order whose head says different things.</summary>
    internal static List<Hit> Diverse(Release release, List<Hit> hits, float diversity) =>
        [.. release.DiverseOrder([.. hits.Select(hit => new Listed(hit.Item, hit.Pushed?.Weighed, hit.Strength))], diversity).Select(place => hits[place])];

    // When the best of near-duplicates must not be shown, the next best one stands in for it.
    static Hit? Stead(Release release, Overlay overlay, Ordinal item, int place)
    {
        Hit? best = null;
        foreach (var variant in release.VariantsOf(item, place))
            if (!overlay.IsMasked(variant) && release.Compare(item, variant) is var compared && !(best?.Strength >= compared.Strength))
                best = new(variant, null, compared.Score, compared.Strength, -1);
        return best;
    }

    static bool IsVariant(Release release, Ordinal item, Ordinal other)
    {
        if (!release.HasVariants(item)) return false;
        if (release.VariantsOf(item).Contains(other)) return true;
        for (var place = 0; place < release.NeighborsOf(item).Length; place++)
            if (release.VariantsOf(item, place).Contains(other)) return true;
        return false;
    }

    // Before the first that is weaker: a list that was spread at its build does not fall evenly, and keeps its order.
    static void InsertByStrength(List<Hit> hits, Hit hit)
    {
        var at = hits.FindIndex(other => other.Strength < hit.Strength);
        hits.Insert(at < 0 ? hits.Count : at, hit);
    }

    /// <summary>What is closest to an item, far down: of the release, and all that was pushed.</summary>
    static IEnumerable<Hit> Further(Release release, Overlay overlay, Ordinal item)
    {
        var closest = release.Closest(item, Parameters.MaxWindow).Select(HitOf).ToList();
        LaidItem[] pushed = [.. overlay.Items.Values.Where(laid => laid.Weighed is not null && laid.Row != item.Row)];
        if (pushed.Length == 0) return closest;
        var compared = release.Compare(item, [.. pushed.Select(laid => laid.Weighed!)]);
        for (var i = 0; i < pushed.Length; i++)
            if (compared[i].Strength > 0) closest.Add(new(default, pushed[i], compared[i].Score, compared[i].Strength, -1));
        return closest.OrderByDescending(hit => hit.Strength).ThenBy(hit => hit.Pushed?.IdJson, ByBytes.Instance).ThenBy(hit => hit.Item.Row).Take(Parameters.MaxWindow);
    }

    static Hit HitOf(Neighbor neighbor) => new(neighbor.Item, null, neighbor.Score, neighbor.Strength, -1);

    static void Append(List<Hit> hits, IEnumerable<Hit> closest, Func<Ordinal, bool> leftOut)
    {
        var rows = hits.Where(hit => hit.Pushed is null).Select(hit => hit.Item).ToHashSet();
        var pushed = hits.Select(hit => hit.Pushed).OfType<LaidItem>().ToHashSet();
        foreach (var hit in closest)
            if (hit.Pushed is { } one ? !pushed.Contains(one) : !rows.Contains(hit.Item) && !leftOut(hit.Item))
                hits.Add(hit);
    }

    // Every server has one order of equals.
    sealed class ByBytes : IComparer<ReadOnlyMemory<byte>?>
    {
        internal static readonly ByBytes Instance = new();

        public int Compare(ReadOnlyMemory<byte>? x, ReadOnlyMemory<byte>? y) => (x ?? default).Span.SequenceCompareTo((y ?? default).Span);
    }
}
