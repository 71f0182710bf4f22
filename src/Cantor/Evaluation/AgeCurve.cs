using Cantor.Corpus;

namespace Cantor.Evaluation;

/// <summary>Whether a collection's lists show old and new items alike.</summary>
public static class AgeCurve
{
    static readonly (string Name, int Days)[] Bounds =
        [("30 days", 30), ("90 days", 90), ("1 year", 365), ("3 years", 3 * 365), ("10 years", 10 * 365), ("older", int.MaxValue)];

    const string Undated = "undated";

    /// <summary>The names of all ages, from young to old.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Bounds.Select(bound => bound.Name), Undated];

    /// <summary>Counts items and the places that lists give them, by the items' age.</summary>
    /// <param name="items">Every item of the collection once.</param>
    /// <param name="listOf">An item's list, best first; null or empty when it has none.</param>
    /// <param name="publishedAt">When an item was first shown; null when that is not known.</param>
    /// <param name="asOf">The time that ages are counted back from; later items count as the youngest.</param>
    /// <returns>The buckets that have items, youngest first, the undated ones last.</returns>
    public static IReadOnlyList<AgeBucket> Of(
        IReadOnlyCollection<ItemId> items, Func<ItemId, IReadOnlyList<ItemId>?> listOf, Func<ItemId, DateTimeOffset?> publishedAt, DateTimeOffset asOf)
    {
        int BucketOf(ItemId item) => AgeCurve.BucketOf(publishedAt(item), asOf);

        var counts = new int[Bounds.Length + 1];
        var shown = new long[Bounds.Length + 1];
        foreach (var item in items)
        {
            counts[BucketOf(item)]++;
            foreach (var neighbor in (listOf(item) ?? []).Take(Exposure.Depth)) shown[BucketOf(neighbor)]++;
        }
        var places = Math.Max(1, shown.Sum());
        return [.. counts.Select((count, bucket) => new AgeBucket(
                Names[bucket], count, (double)count / items.Count, (double)shown[bucket] / places))
            .Where(bucket => bucket.Items > 0)];
    }

    /// <summary>The name of the age that an item is of, as in <see cref="AgeBucket.Name"/>.</summary>
    /// <param name="publishedAt">When the item was first shown; null when that is not known.</param>
    /// <param name="asOf">The time that ages are counted back from.</param>
    public static string NameOf(DateTimeOffset? publishedAt, DateTimeOffset asOf) => Names[BucketOf(publishedAt, asOf)];

    static int BucketOf(DateTimeOffset? publishedAt, DateTimeOffset asOf) =>
        publishedAt is { } time ? Array.FindIndex(Bounds, bound => (asOf - time).TotalDays <= bound.Days) : Bounds.Length;

}

/// <summary>The items of one age.</summary>
/// <param name="Name">Up to what age: "30 days", "90 days", "1 year", "3 years", "10 years"; or "older", or "undated".</param>
/// <param name="Items">How many items are of this age.</param>
/// <param name="ItemShare">Their share of the collection, 0..1.</param>
/// <param name="ExposureShare">Their share of the first ten places of all lists, 0..1. Far from <paramref name="ItemShare"/> the lists prefer an age.</param>
public readonly record struct AgeBucket(string Name, int Items, double ItemShare, double ExposureShare);
