using Cantor.Corpus;

namespace Cantor.Evaluation;

/// <summary>How well the lists of a collection agree with judgments, and how they share their places.</summary>
/// <param name="Means">The means over all judged queries.</param>
/// <param name="Exposure">How the lists of all items, judged or not, share their places.</param>
/// <param name="Queries">The values behind the means, one for each judged query, in the order of the ids.</param>
public sealed record EvaluationReport(Measures Means, Exposure Exposure, IReadOnlyList<QueryScore> Queries)
{
    /// <summary>The means over parts of the queries, in the order of their names: by language, by age, by section.</summary>
    /// <param name="nameOf">The part that a query belongs to.</param>
    /// <param name="seed">Repeats the same intervals.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public IReadOnlyList<(string Name, int Queries, Measures Means)> SliceBy(
        Func<ItemId, string> nameOf, ulong seed, CancellationToken cancellationToken) =>
        [.. Queries.GroupBy(score => nameOf(score.Query), StringComparer.Ordinal)
            .OrderBy(slice => slice.Key, StringComparer.Ordinal)
            .Select(slice => (slice.Key, slice.Count(), Measures.Of([.. slice.Select(score => score.Values)], seed, cancellationToken)))];
}

/// <summary>How well one query's list agrees with its judgments; each value 0..1, greater is better. <see cref="Measures"/> says what each is.</summary>
/// <param name="Query">The item whose list it is.</param>
/// <param name="NdcgAt10">Order and grades of the first ten places against the best possible.</param>
/// <param name="PrecisionAt5">The share of good items in the first five places.</param>
/// <param name="RecallAt20">The share of the good items found in the first twenty places.</param>
/// <param name="ReciprocalRankAt10">One over the place of the first good item within ten.</param>
/// <param name="Answered">True when the list has at least ten items.</param>
public readonly record struct QueryScore(
    ItemId Query, double NdcgAt10, double PrecisionAt5, double RecallAt20, double ReciprocalRankAt10, bool Answered)
{
    /// <summary>The values in the order of <see cref="Measures"/>.</summary>
    internal double[] Values => [NdcgAt10, PrecisionAt5, RecallAt20, ReciprocalRankAt10, Answered ? 1 : 0];
}
