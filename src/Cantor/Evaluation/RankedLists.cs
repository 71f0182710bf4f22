using Cantor.Corpus;

namespace Cantor.Evaluation;

/// <summary>How alike two ranked lists are. A list is best first and holds no item twice.</summary>
public static class RankedLists
{
    /// <summary>
    /// The share of the first <paramref name="depth"/> places that both lists fill with the same items, in whatever order: 0..1.
    /// Where both lists are shorter, the longer one's length counts; two empty lists are alike (1).
    /// </summary>
    public static double OverlapAt(int depth, IReadOnlyList<ItemId> a, IReadOnlyList<ItemId> b)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(depth);
        var places = Math.Min(depth, Math.Max(a.Count, b.Count));
        if (places == 0) return 1;
        var inA = a.Take(depth).ToHashSet();
        return (double)b.Take(depth).Count(inA.Contains) / places;
    }

    /// <summary>
    /// Rank-biased overlap, 0..1: the overlap of the lists read down to every depth, a depth weighing
    /// <paramref name="persistence"/> times the one above it, and the agreement at the end taken to go on. Two empty lists
    /// are alike (1); an empty list and another are not (0).
    /// </summary>
    /// <remarks>RBO_ext of Webber, Moffat and Zobel (2010), equation 32, for lists of different length too.</remarks>
    /// <param name="a">One list.</param>
    /// <param name="b">The other.</param>
    /// <param name="persistence">How likely a reader goes on to the next place, above 0 and below 1.</param>
    public static double RankBiasedOverlap(IReadOnlyList<ItemId> a, IReadOnlyList<ItemId> b, double persistence = .9)
    {
        if (persistence is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(persistence), persistence, "expected a number between 0 and 1, both not included");
        var (shorter, longer) = a.Count <= b.Count ? (a, b) : (b, a);
        int s = shorter.Count, l = longer.Count;
        if (s == 0) return l == 0 ? 1 : 0;

        HashSet<ItemId> seenShort = [], seenLong = [];
        int shared = 0, sharedAtEndOfShorter = 0;
        double sum = 0, weight = 1; // weight = p^d
        for (var d = 1; d <= l; d++)
        {
            weight *= persistence;
            if (d <= s && seenShort.Add(shorter[d - 1]) && seenLong.Contains(shorter[d - 1])) shared++;
            if (seenLong.Add(longer[d - 1]) && seenShort.Contains(longer[d - 1])) shared++;
            if (d == s) sharedAtEndOfShorter = shared;
            var agreement = (double)shared / d;
            // Below its end the shorter list is taken to go on agreeing as it did.
            if (d > s) agreement += (double)sharedAtEndOfShorter * (d - s) / ((double)s * d);
            sum += agreement * weight;
        }
        var atEnd = (double)(shared - sharedAtEndOfShorter) / l + (double)sharedAtEndOfShorter / s;
        return Math.Min(1, (1 - persistence) / persistence * sum + atEnd * weight);
    }

    /// <summary>
    /// Kendall's tau-b of the items that both lists hold: 1 when they stand in the same order, −1 when in the opposite one.
    /// Null when fewer than two are in both.
    /// </summary>
    public static double? KendallTauB(IReadOnlyList<ItemId> a, IReadOnlyList<ItemId> b)
    {
        var placeInB = new Dictionary<ItemId, int>(b.Count);
        for (var i = 0; i < b.Count; i++) placeInB.TryAdd(b[i], i);
        var both = Enumerable.Range(0, a.Count).Where(place => placeInB.ContainsKey(a[place])).ToArray();
        return KendallTauB(Array.ConvertAll(both, place => (double)place), Array.ConvertAll(both, place => (double)placeInB[a[place]]));
    }

    /// <summary>
    /// Kendall's tau-b of two numberings of the same things, equal numbers being ties (Kendall 1945): −1..1. Null when
    /// there are fewer than two things or one side ties them all. For short lists: compares every pair.
    /// </summary>
    internal static double? KendallTauB(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        long balance = 0, untiedX = 0, untiedY = 0;
        for (var i = 0; i < x.Length; i++)
            for (var j = 0; j < i; j++)
            {
                int orderX = x[i].CompareTo(x[j]), orderY = y[i].CompareTo(y[j]);
                balance += Math.Sign(orderX) * Math.Sign(orderY);
                if (orderX != 0) untiedX++;
                if (orderY != 0) untiedY++;
            }
        return untiedX == 0 || untiedY == 0 ? null : balance / Math.Sqrt((double)untiedX * untiedY);
    }
}
