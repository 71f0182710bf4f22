using Cantor.Corpus;

namespace Cantor.Evaluation;

/// <summary>Whether a greater score is a better item: the judged-good share of the places by their score.</summary>
public static class ScoreCurve
{
    const int Bins = 10, Depth = 10;

    /// <summary>Counts the first ten places of the judged queries' lists by the score they show.</summary>
    /// <param name="judgments">What is good.</param>
    /// <param name="listOf">An item's list with its scores, 0..1, best first; null when it has none or is not known.</param>
    /// <returns>Ten bins of equal width, the smallest scores first, empty ones too.</returns>
    public static IReadOnlyList<ScoreBin> Of(Judgments judgments, Func<ItemId, IReadOnlyList<(ItemId Item, float Score)>?> listOf)
    {
        var (places, judged, good) = (new int[Bins], new int[Bins], new int[Bins]);
        foreach (var (query, grades) in judgments.Queries)
            foreach (var (item, score) in (listOf(query) ?? []).Take(Depth))
            {
                var bin = Math.Clamp((int)(score * Bins), 0, Bins - 1);
                places[bin]++;
                if (!grades.TryGetValue(item, out var grade)) continue;
                judged[bin]++;
                if (grade >= Judgments.GoodGrade) good[bin]++;
            }
        return [.. Enumerable.Range(0, Bins).Select(bin => new ScoreBin((double)bin / Bins, (bin + 1.0) / Bins, places[bin], judged[bin], good[bin]))];
    }
}

/// <summary>The places whose score lies from <paramref name="From"/> up to <paramref name="To"/>, which only the last bin includes.</summary>
/// <param name="From">The smallest score.</param>
/// <param name="To">The greatest.</param>
/// <param name="Places">How many places show such a score.</param>
/// <param name="Judged">How many of their items were judged for the query.</param>
/// <param name="Good">How many were judged good.</param>
public readonly record struct ScoreBin(double From, double To, int Places, int Judged, int Good)
{
    /// <summary>The share of the places that were judged good, 0..1: at least so many are good, since what nobody judged may be good too. Null without places.</summary>
    public double? GoodShare => Places == 0 ? null : (double)Good / Places;
}
