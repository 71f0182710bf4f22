using Cantor.Corpus;

namespace Cantor.Evaluation;

/// <summary>How well lists agree with judgments: means over all judged queries, each 0..1, greater is better.</summary>
public sealed record EvaluationReport
{
    /// <summary>The lists' order and grades against the best possible ones, first ten places.</summary>
    public required Interval NdcgAt10 { get; init; }

    /// <summary>The share of good items in the first five places; an absent item counts as a bad one.</summary>
    public required Interval PrecisionAt5 { get; init; }

    /// <summary>The share of a query's good items (at most 20 of them) found in the first twenty places.</summary>
    public required Interval RecallAt20 { get; init; }

    /// <summary>One over the place of the first good item within the first ten; 0 without one.</summary>
    public required Interval ReciprocalRankAt10 { get; init; }

    /// <summary>The share of queries whose list has at least ten items.</summary>
    public required Interval Answered { get; init; }

    /// <summary>How the lists of all items, judged or not, share their places.</summary>
    public required Exposure Exposure { get; init; }

    /// <summary>The values behind the means, one for each judged query, in the order of the ids.</summary>
    public required IReadOnlyList<QueryScore> Queries { get; init; }
}

/// <summary>How well one query's list agrees with its judgments; each value 0..1, greater is better.</summary>
/// <param name="Query">The item whose list it is.</param>
/// <param name="NdcgAt10">See <see cref="EvaluationReport.NdcgAt10"/>.</param>
/// <param name="PrecisionAt5">See <see cref="EvaluationReport.PrecisionAt5"/>.</param>
/// <param name="RecallAt20">See <see cref="EvaluationReport.RecallAt20"/>.</param>
/// <param name="ReciprocalRankAt10">See <see cref="EvaluationReport.ReciprocalRankAt10"/>.</param>
/// <param name="Answered">True when the list has at least ten items.</param>
public readonly record struct QueryScore(
    ItemId Query, double NdcgAt10, double PrecisionAt5, double RecallAt20, double ReciprocalRankAt10, bool Answered)
{
    /// <summary>The values in the order that reports use.</summary>
    internal double[] Values => [NdcgAt10, PrecisionAt5, RecallAt20, ReciprocalRankAt10, Answered ? 1 : 0];

    /// <summary>The values of many queries, a column for each measure.</summary>
    internal static double[][] ColumnsOf(IReadOnlyList<double[]> rows) =>
        [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Select(row => row[column]).ToArray())];
}
