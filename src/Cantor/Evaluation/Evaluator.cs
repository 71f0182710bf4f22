using Cantor.Corpus;
using Cantor.Kernels;

namespace Cantor.Evaluation;

/// <summary>Measures lists against judgments. Knows nothing of engines: whoever can name an item's list can be measured.</summary>
public static class Evaluator
{
    /// <summary>How many places of a list are looked at; what stands behind them changes no measure.</summary>
    public const int Depth = 20;

    internal const int NdcgDepth = 10;

    const int PrecisionDepth = 5, ReciprocalRankDepth = 10, JudgedDepth = 10, FullList = 10;

    /// <summary>Measures the lists of a collection.</summary>
    /// <param name="judgments">What should stand in the lists. A judged query that the collection lacks scores 0.</param>
    /// <param name="items">Every item of the collection once.</param>
    /// <param name="listOf">
    /// An item's list, best first, no item twice; null when it has none or is not known. Twenty places are enough.
    /// </param>
    /// <param name="seed">Repeats the same intervals.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="ArgumentException">No query has a good item, or a list holds an item that the collection lacks.</exception>
    public static EvaluationReport Evaluate(
        Judgments judgments, IReadOnlyCollection<ItemId> items, Func<ItemId, IReadOnlyList<ItemId>?> listOf, ulong seed, CancellationToken cancellationToken)
    {
        var scores = new List<QueryScore>();
        foreach (var (query, grades) in judgments.Queries)
        {
            cancellationToken.ThrowIfCancellationRequested();
            scores.Add(ScoreOf(query, grades, listOf(query) ?? []));
        }
        if (scores.Count == 0) throw new ArgumentException("no query has a good item", nameof(judgments));
        return new(Measures.Of([.. scores.Select(score => score.Values)], seed, cancellationToken), Exposure.Of(items, listOf), scores, CountsOf(judgments, items));
    }

    static JudgmentCounts CountsOf(Judgments judgments, IReadOnlyCollection<ItemId> items)
    {
        var known = items.ToHashSet();
        int queries = 0, unknownQueries = 0, pairs = 0, unknownItems = 0, ofThemselves = 0;
        foreach (var (query, grades) in judgments.Queries)
        {
            queries++;
            if (!known.Contains(query)) unknownQueries++;
            pairs += grades.Count;
            unknownItems += grades.Keys.Count(item => !known.Contains(item));
            if (grades.ContainsKey(query)) ofThemselves++;
        }
        return new(queries, unknownQueries, judgments.WithoutGood, pairs, unknownItems, ofThemselves);
    }

    /// <summary>Measures one list.</summary>
    internal static QueryScore ScoreOf(ItemId query, IReadOnlyDictionary<ItemId, double> grades, IReadOnlyList<ItemId> list)
    {
        double GradeAt(int place) => grades.GetValueOrDefault(list[place]);
        int GoodWithin(int depth) => Enumerable.Range(0, Math.Min(depth, list.Count)).Count(place => GradeAt(place) >= Judgments.GoodGrade);

        var good = grades.Values.Count(grade => grade >= Judgments.GoodGrade);
        var found = Enumerable.Range(0, Math.Min(NdcgDepth, list.Count)).Select(GradeAt);
        var best = grades.Values.OrderDescending().Take(NdcgDepth);
        var firstGood = 0;
        while (firstGood < Math.Min(ReciprocalRankDepth, list.Count) && GradeAt(firstGood) < Judgments.GoodGrade) firstGood++;
        return new(
            query,
            NdcgAt10: DiscountedGain(found) / DiscountedGain(best),
            PrecisionAt5: (double)GoodWithin(PrecisionDepth) / PrecisionDepth,
            RecallAt20: (double)GoodWithin(Depth) / Math.Min(Depth, good),
            ReciprocalRankAt10: firstGood < Math.Min(ReciprocalRankDepth, list.Count) ? 1.0 / (firstGood + 1) : 0,
            Answered: list.Count >= FullList,
            JudgedAt10: list.Count == 0 ? 0 : (double)list.Take(JudgedDepth).Count(grades.ContainsKey) / Math.Min(JudgedDepth, list.Count));
    }

    /// <summary>
    /// What an item of a grade adds at a place, from 1: 2^grade − 1 (Burges et al. 2005) over log(place + 1) (Järvelin and
    /// Kekäläinen 2002), whose base cancels in nDCG, a ratio.
    /// </summary>
    internal static double Gain(double grade, int place) => (FixedMath.Pow(2, grade) - 1) / FixedMath.Log(place + 1);

    internal static double DiscountedGain(IEnumerable<double> grades)
    {
        var sum = 0.0;
        var place = 1;
        foreach (var grade in grades) sum += Gain(grade, place++);
        return sum;
    }
}
