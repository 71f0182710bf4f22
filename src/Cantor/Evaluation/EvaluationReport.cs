using Cantor.Corpus;

namespace Cantor.Evaluation;

/// <summary>How well the lists of a collection agree with judgments, and how they share their places.</summary>
/// <param name="Means">The means over all judged queries.</param>
/// <param name="Exposure">How the lists of all items, judged or not, share their places.</param>
/// <param name="Queries">The values behind the means, one for each judged query, in the order of the ids.</param>
/// <param name="Judged">What of the judgments the collection can answer at all.</param>
public sealed record EvaluationReport(Measures Means, Exposure Exposure, IReadOnlyList<QueryScore> Queries, JudgmentCounts Judged)
{
    /// <summary>The means over parts of the queries, in the order of their names: by language, by age, by section.</summary>
    /// <param name="namesOf">The parts that a query belongs to; it counts in each of them.</param>
    /// <param name="seed">Repeats the same intervals.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public IReadOnlyList<Slice> SliceBy(Func<ItemId, IEnumerable<string>> namesOf, ulong seed, CancellationToken cancellationToken) =>
        [.. Queries.SelectMany(score => namesOf(score.Query).Distinct(StringComparer.Ordinal).Select(name => (name, score.Values)))
            .GroupBy(part => part.name, part => part.Values, StringComparer.Ordinal)
            .OrderBy(slice => slice.Key, StringComparer.Ordinal)
            .Select(slice => new Slice(slice.Key, slice.Count(), Measures.Of([.. slice], seed, cancellationToken)))];
}

/// <summary>The means over the queries of one part.</summary>
/// <param name="Name">What the part is called.</param>
/// <param name="Queries">How many queries are in it.</param>
/// <param name="Means">The means over them.</param>
public sealed record Slice(string Name, int Queries, Measures Means);

/// <summary>What of a file of judgments a collection can answer.</summary>
/// <param name="Queries">The queries that are measured: those with a good item.</param>
/// <param name="UnknownQueries">Those of them that the collection lacks; they score 0.</param>
/// <param name="WithoutGood">Further queries, that no item is good for; they are passed over.</param>
/// <param name="Pairs">The judged pairs of the queries that are measured.</param>
/// <param name="UnknownItems">Those of them whose item the collection lacks: no list can hold it, but the best possible list does.</param>
/// <param name="OfThemselves">Those of them that judge an item for itself, which no list holds either.</param>
public sealed record JudgmentCounts(int Queries, int UnknownQueries, int WithoutGood, int Pairs, int UnknownItems, int OfThemselves);

/// <summary>How well one query's list agrees with its judgments; each value 0..1, greater is better. <see cref="Measures"/> says what each is.</summary>
/// <param name="Query">The item whose list it is.</param>
/// <param name="NdcgAt10">Order and grades of the first ten places against the best possible.</param>
/// <param name="PrecisionAt5">The share of good items in the first five places.</param>
/// <param name="RecallAt20">The share of the good items found in the first twenty places.</param>
/// <param name="ReciprocalRankAt10">One over the place of the first good item within ten.</param>
/// <param name="Answered">True when the list has at least ten items.</param>
/// <param name="JudgedAt10">The share of the first ten places' items that were judged.</param>
public readonly record struct QueryScore(
    ItemId Query, double NdcgAt10, double PrecisionAt5, double RecallAt20, double ReciprocalRankAt10, bool Answered, double JudgedAt10)
{
    /// <summary>The values in the order of <see cref="Measures"/>.</summary>
    internal double[] Values => [NdcgAt10, PrecisionAt5, RecallAt20, ReciprocalRankAt10, Answered ? 1 : 0, JudgedAt10];
}
