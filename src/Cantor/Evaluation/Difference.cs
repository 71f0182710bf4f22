using Cantor.Corpus;

namespace Cantor.Evaluation;

/// <summary>What readers would see change when one release's lists take the place of another's.</summary>
public sealed record Difference
{
    /// <summary>Scores are counted in twentieths; shifts in fiftieths around 0.</summary>
    const int ScoreBins = 20, ShiftBins = 25;

    const double ShiftReach = .25;

    /// <summary>The means over the items that both sides have.</summary>
    public required Churn Churn { get; init; }

    /// <summary>
    /// Every item that both sides have, the most changed first: by rank-biased overlap, then by the overlap of ten, of equal ones
    /// the longer lists first, then by id.
    /// </summary>
    public required IReadOnlyList<ItemChurn> Items { get; init; }

    /// <summary>The items that only the later side has, in the order of the ids.</summary>
    public required IReadOnlyList<ItemId> Added { get; init; }

    /// <summary>The items that only the earlier side has, in the order of the ids.</summary>
    public required IReadOnlyList<ItemId> Removed { get; init; }

    /// <summary>The items of both sides that had a list and have none, in the order of the ids.</summary>
    public required IReadOnlyList<ItemId> Emptied { get; init; }

    /// <summary>The items of both sides that had no list and have one, in the order of the ids.</summary>
    public required IReadOnlyList<ItemId> Filled { get; init; }

    /// <summary>How many items of both sides have another list: other items, in another order, or with other scores, in any place.</summary>
    public required int Relisted { get; init; }

    /// <summary>How the earlier lists share their places.</summary>
    public required Exposure ExposureBefore { get; init; }

    /// <summary>How the later lists share their places.</summary>
    public required Exposure ExposureAfter { get; init; }

    /// <summary>The scores in the first ten places of all earlier lists; null when there are none.</summary>
    public required Distribution? ScoresBefore { get; init; }

    /// <summary>The scores in the first ten places of all later lists; null when there are none.</summary>
    public required Distribution? ScoresAfter { get; init; }

    /// <summary>Later score minus earlier, of the neighbors that stand in the first ten places of an item's list on both sides; null when none do.</summary>
    public required Distribution? ScoreShift { get; init; }

    /// <summary>True when no item came or went and no list differs in anything.</summary>
    public bool IsEmpty => Added.Count == 0 && Removed.Count == 0 && Relisted == 0;

    /// <summary>Compares the lists of two releases, or of anything else that has lists.</summary>
    /// <param name="itemsBefore">Every item of the earlier side once.</param>
    /// <param name="listBefore">An item's list there with its scores, best first, no item twice; null or empty when it has none.</param>
    /// <param name="itemsAfter">Every item of the later side once.</param>
    /// <param name="listAfter">An item's list there.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="ArgumentException">A list holds an item that its side lacks.</exception>
    public static Difference Between(
        IReadOnlyCollection<ItemId> itemsBefore, Func<ItemId, IReadOnlyList<(ItemId Item, float Score)>?> listBefore,
        IReadOnlyCollection<ItemId> itemsAfter, Func<ItemId, IReadOnlyList<(ItemId Item, float Score)>?> listAfter, CancellationToken cancellationToken)
    {
        // In the order of the ids, so that the sums do not depend on the order of the rows.
        var both = itemsBefore.Intersect(itemsAfter).Order().ToList();
        var items = new List<ItemChurn>(both.Count);
        var (emptied, filled, shifts, relisted) = (new List<ItemId>(), new List<ItemId>(), new List<double>(), 0);
        foreach (var item in both)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (before, after) = (listBefore(item) ?? [], listAfter(item) ?? []);
            items.Add(ItemChurn.Of(item, ItemsOf(before), ItemsOf(after)));
            if (!before.SequenceEqual(after)) relisted++;
            if (before.Count > 0 && after.Count == 0) emptied.Add(item);
            if (before.Count == 0 && after.Count > 0) filled.Add(item);
            var scores = before.Take(Churn.Depth).ToDictionary(neighbor => neighbor.Item, neighbor => neighbor.Score);
            foreach (var (neighbor, score) in after.Take(Churn.Depth))
                if (scores.TryGetValue(neighbor, out var was)) shifts.Add((double)score - was);
        }
        return new()
        {
            Churn = Churn.Of(items, itemsAfter.Count - both.Count, itemsBefore.Count - both.Count),
            Items = [.. items.OrderBy(item => item.RankBiasedOverlap).ThenBy(item => item.OverlapAt10)
                .ThenByDescending(item => Math.Min(Churn.Depth, item.Before) + Math.Min(Churn.Depth, item.After))],
            Added = [.. itemsAfter.Except(both).Order()],
            Removed = [.. itemsBefore.Except(both).Order()],
            Emptied = emptied,
            Filled = filled,
            Relisted = relisted,
            ExposureBefore = Exposure.Of(itemsBefore, item => listBefore(item) is { } list ? ItemsOf(list) : null),
            ExposureAfter = Exposure.Of(itemsAfter, item => listAfter(item) is { } list ? ItemsOf(list) : null),
            ScoresBefore = ScoresOf(itemsBefore, listBefore),
            ScoresAfter = ScoresOf(itemsAfter, listAfter),
            ScoreShift = Distribution.Of(shifts, -ShiftReach, ShiftReach, ShiftBins),
        };
    }

    static ItemId[] ItemsOf(IReadOnlyList<(ItemId Item, float Score)> list) => [.. list.Select(neighbor => neighbor.Item)];

    static Distribution? ScoresOf(IReadOnlyCollection<ItemId> items, Func<ItemId, IReadOnlyList<(ItemId Item, float Score)>?> listOf) =>
        Distribution.Of([.. items.SelectMany(item => (listOf(item) ?? []).Take(Churn.Depth)).Select(neighbor => (double)neighbor.Score)], 0, 1, ScoreBins);
}
