namespace Cantor.Evaluation;

/// <summary>
/// Two sets of lists measured by the same judgments, query by query: differences, after minus before, positive when better.
/// An interval that does not hold 0 is a difference that other queries would likely show too.
/// </summary>
public sealed record Comparison
{
    /// <summary>The mean difference of nDCG@10.</summary>
    public required Interval NdcgAt10 { get; init; }

    /// <summary>The mean difference of the precision of the first five places.</summary>
    public required Interval PrecisionAt5 { get; init; }

    /// <summary>The mean difference of the recall of the first twenty places.</summary>
    public required Interval RecallAt20 { get; init; }

    /// <summary>The mean difference of the reciprocal rank within ten places.</summary>
    public required Interval ReciprocalRankAt10 { get; init; }

    /// <summary>The difference of the share of queries with at least ten items.</summary>
    public required Interval Answered { get; init; }

    /// <summary>How many queries have a greater nDCG@10 than before.</summary>
    public required int Wins { get; init; }

    /// <summary>How many queries have a smaller nDCG@10 than before.</summary>
    public required int Losses { get; init; }

    /// <summary>How many queries have the same nDCG@10 as before, to nine digits.</summary>
    public required int Ties { get; init; }

    /// <summary>Compares two reports on one set of judgments.</summary>
    /// <param name="before">What is served now.</param>
    /// <param name="after">What may replace it.</param>
    /// <param name="seed">Repeats the same intervals.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="ArgumentException">The reports do not have the same queries.</exception>
    public static Comparison Between(EvaluationReport before, EvaluationReport after, ulong seed, CancellationToken cancellationToken)
    {
        if (!before.Queries.Select(score => score.Query).SequenceEqual(after.Queries.Select(score => score.Query)))
            throw new ArgumentException("the reports were made with different judgments; only the same queries can be compared", nameof(after));
        var differences = before.Queries.Zip(after.Queries, (b, a) => a.Values.Zip(b.Values, (x, y) => x - y).ToArray()).ToList();
        var means = Bootstrap.MeansOf(QueryScore.ColumnsOf(differences), seed, cancellationToken);
        const double Equal = 1e-9; // the last bits of two sums are not a win
        var wins = differences.Count(row => row[0] > Equal);
        var losses = differences.Count(row => row[0] < -Equal);
        return new()
        {
            NdcgAt10 = means[0],
            PrecisionAt5 = means[1],
            RecallAt20 = means[2],
            ReciprocalRankAt10 = means[3],
            Answered = means[4],
            Wins = wins,
            Losses = losses,
            Ties = differences.Count - wins - losses,
        };
    }
}
