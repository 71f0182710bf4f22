using Cantor.Corpus;

namespace Cantor.Evaluation;

/// <summary>How much the lists of a collection change from one release to another. Of the items both have, means over their lists.</summary>
public sealed record Churn
{
    /// <summary>How many places of a list the overlap and <see cref="Changed"/> look at.</summary>
    public const int Depth = 10;

    /// <summary>How many items both sides have.</summary>
    public required int Items { get; init; }

    /// <summary>How many items only the later side has.</summary>
    public required int Added { get; init; }

    /// <summary>How many items only the earlier side has.</summary>
    public required int Removed { get; init; }

    /// <summary>How many of <see cref="Items"/> have other first ten places than before, or the same in another order.</summary>
    public required int Changed { get; init; }

    /// <summary>The mean of <see cref="RankedLists.OverlapAt"/> ten places, 0..1; null without <see cref="Items"/>.</summary>
    public required double? OverlapAt10 { get; init; }

    /// <summary>The mean of <see cref="RankedLists.RankBiasedOverlap"/> with p = .9 over whole lists, 0..1; null without <see cref="Items"/>.</summary>
    public required double? RankBiasedOverlap { get; init; }

    /// <summary>
    /// The mean of <see cref="RankedLists.KendallTauB(IReadOnlyList{ItemId}, IReadOnlyList{ItemId})"/> over the lists that
    /// share at least two items, −1..1; null when none do.
    /// </summary>
    public required double? KendallTauB { get; init; }

    /// <summary>Compares the lists of two releases, or of anything else that has lists.</summary>
    /// <param name="itemsBefore">Every item of the earlier side once.</param>
    /// <param name="listBefore">An item's list there, best first, no item twice; null or empty when it has none.</param>
    /// <param name="itemsAfter">Every item of the later side once.</param>
    /// <param name="listAfter">An item's list there.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static Churn Between(
        IReadOnlyCollection<ItemId> itemsBefore, Func<ItemId, IReadOnlyList<ItemId>?> listBefore,
        IReadOnlyCollection<ItemId> itemsAfter, Func<ItemId, IReadOnlyList<ItemId>?> listAfter, CancellationToken cancellationToken)
    {
        // In the order of the ids, so that the sums do not depend on the order of the rows.
        var both = itemsBefore.Intersect(itemsAfter).Order().ToList();
        var items = new List<ItemChurn>(both.Count);
        foreach (var item in both)
        {
            cancellationToken.ThrowIfCancellationRequested();
            items.Add(ItemChurn.Of(item, listBefore(item) ?? [], listAfter(item) ?? []));
        }
        return Of(items, itemsAfter.Count - both.Count, itemsBefore.Count - both.Count);
    }

    /// <summary>The means over items.</summary>
    internal static Churn Of(List<ItemChurn> items, int added, int removed)
    {
        int changed = 0, compared = 0;
        double overlap = 0, rankBiased = 0, tau = 0;
        foreach (var item in items)
        {
            if (item.Changed) changed++;
            overlap += item.OverlapAt10;
            rankBiased += item.RankBiasedOverlap;
            if (item.KendallTauB is not { } agreement) continue;
            tau += agreement;
            compared++;
        }
        return new()
        {
            Items = items.Count,
            Added = added,
            Removed = removed,
            Changed = changed,
            OverlapAt10 = items.Count == 0 ? null : overlap / items.Count,
            RankBiasedOverlap = items.Count == 0 ? null : rankBiased / items.Count,
            KendallTauB = compared == 0 ? null : tau / compared,
        };
    }
}

/// <summary>How much one item's list changes. <see cref="Churn"/> says what the numbers are.</summary>
/// <param name="Item">Whose list it is.</param>
/// <param name="Before">How many items it had.</param>
/// <param name="After">How many items it has.</param>
/// <param name="Changed">True when the first ten places differ, be it in their order only.</param>
/// <param name="OverlapAt10">0..1.</param>
/// <param name="RankBiasedOverlap">0..1.</param>
/// <param name="KendallTauB">−1..1; null when fewer than two items are in both.</param>
public readonly record struct ItemChurn(
    ItemId Item, int Before, int After, bool Changed, double OverlapAt10, double RankBiasedOverlap, double? KendallTauB)
{
    internal static ItemChurn Of(ItemId item, IReadOnlyList<ItemId> before, IReadOnlyList<ItemId> after) =>
        new(item, before.Count, after.Count, !before.Take(Churn.Depth).SequenceEqual(after.Take(Churn.Depth)),
            RankedLists.OverlapAt(Churn.Depth, before, after), RankedLists.RankBiasedOverlap(before, after), RankedLists.KendallTauB(before, after));
}
