using Cantor.Corpus;

namespace Cantor.Evaluation;

/// <summary>How a collection's lists share the places they have to give: whether every item is found somewhere or a few are everywhere.</summary>
/// <param name="Items">How many items the collection has.</param>
/// <param name="Covered">How many of them stand in the first ten places of at least one list.</param>
/// <param name="Gini">
/// The Gini coefficient of the number of lists that show an item in their first ten places, items that no list shows included:
/// 0 when all are shown equally often, near 1 when one item has every place; 0 when there are no places.
/// </param>
public sealed record Exposure(int Items, int Covered, double Gini)
{
    /// <summary>How many places of a list count as shown.</summary>
    public const int Depth = 10;

    /// <summary>The share of the items that some list shows, 0..1; 0 for an empty collection.</summary>
    public double Coverage => Items == 0 ? 0 : (double)Covered / Items;

    /// <summary>Measures the lists of all items.</summary>
    /// <param name="items">Every item of the collection once.</param>
    /// <param name="listOf">An item's list, best first; null or empty when it has none.</param>
    /// <exception cref="ArgumentException">A list holds an item that is not in <paramref name="items"/>.</exception>
    public static Exposure Of(IReadOnlyCollection<ItemId> items, Func<ItemId, IReadOnlyList<ItemId>?> listOf)
    {
        var counts = CountsOf(items, listOf);
        return new(counts.Length, counts.Count(count => count > 0), GiniOf(counts));
    }

    /// <summary>
    /// The Lorenz curve of the places: entry i, from 0 to 100, is the share of all places that the least shown i % of the items
    /// have. Alike for all it is the diagonal, and the Gini coefficient is twice the area between the two. All 0 when there are no places.
    /// </summary>
    /// <param name="items">Every item of the collection once.</param>
    /// <param name="listOf">An item's list, best first; null or empty when it has none.</param>
    /// <exception cref="ArgumentException">A list holds an item that is not in <paramref name="items"/>.</exception>
    public static IReadOnlyList<double> LorenzOf(IReadOnlyCollection<ItemId> items, Func<ItemId, IReadOnlyList<ItemId>?> listOf)
    {
        var counts = CountsOf(items, listOf);
        var sums = new long[counts.Length + 1];
        for (var i = 0; i < counts.Length; i++) sums[i + 1] = sums[i] + counts[i];
        var curve = new double[101];
        if (sums[^1] == 0) return curve;
        for (var percent = 0; percent <= 100; percent++)
        {
            // The curve is straight between items.
            var (whole, rest) = Math.DivRem((long)percent * counts.Length, 100);
            curve[percent] = (sums[whole] + (rest == 0 ? 0 : counts[whole] * rest / 100.0)) / sums[^1];
        }
        return curve;
    }

    /// <summary>How many lists show each item, the least shown first.</summary>
    static int[] CountsOf(IReadOnlyCollection<ItemId> items, Func<ItemId, IReadOnlyList<ItemId>?> listOf)
    {
        var shown = new Dictionary<ItemId, int>(items.Count);
        foreach (var item in items) shown.Add(item, 0);
        foreach (var item in items)
        {
            var list = listOf(item) ?? [];
            for (var i = 0; i < Math.Min(Depth, list.Count); i++)
            {
                if (!shown.TryGetValue(list[i], out var count))
                    throw new ArgumentException($"the list of \"{item}\" holds \"{list[i]}\", which is not in the collection", nameof(listOf));
                shown[list[i]] = count + 1;
            }
        }
        var counts = shown.Values.ToArray();
        Array.Sort(counts);
        return counts;
    }

    // Σ (2i − n − 1) x_i / (n Σ x) over x in ascending order, i from 1; whole numbers up to the one division.
    static double GiniOf(int[] ascending)
    {
        Int128 weighted = 0;
        long total = 0;
        for (var i = 0; i < ascending.Length; i++)
        {
            weighted += (2L * i + 1 - ascending.Length) * (Int128)ascending[i];
            total += ascending[i];
        }
        return total == 0 ? 0 : (double)weighted / ((double)ascending.Length * total);
    }
}
