namespace Cantor.Evaluation;

/// <summary>
/// The measures of lists against judgments, as means over queries, each 0..1 and greater is better; or, in a
/// <see cref="Comparison"/>, the means of their differences, −1..1.
/// </summary>
public sealed record Measures
{
    Measures(Interval[] means) =>
        (NdcgAt10, PrecisionAt5, RecallAt20, ReciprocalRankAt10, Answered, JudgedAt10) = (means[0], means[1], means[2], means[3], means[4], means[5]);

    /// <summary>The lists' order and grades against the best possible ones, first ten places.</summary>
    public Interval NdcgAt10 { get; }

    /// <summary>The share of good items in the first five places; an absent item counts as a bad one.</summary>
    public Interval PrecisionAt5 { get; }

    /// <summary>The share of a query's good items (at most 20 of them) found in the first twenty places.</summary>
    public Interval RecallAt20 { get; }

    /// <summary>One over the place of the first good item within the first ten; 0 without one.</summary>
    public Interval ReciprocalRankAt10 { get; }

    /// <summary>The share of queries whose list has at least ten items.</summary>
    public Interval Answered { get; }

    /// <summary>
    /// The share of the items in the first ten places that somebody judged at all, 0 for an empty list. The others count as bad
    /// in every other measure, whatever they are: where this is low, the other measures say more about the judgments than the lists.
    /// </summary>
    public Interval JudgedAt10 { get; }

    /// <summary>The measures of many queries, at least one; <paramref name="rows"/> hold <see cref="QueryScore.Values"/>.</summary>
    internal static Measures Of(IReadOnlyList<double[]> rows, ulong seed, CancellationToken cancellationToken) =>
        new(Bootstrap.MeansOf([.. rows[0].Select((_, column) => rows.Select(row => row[column]).ToArray())], seed, cancellationToken));
}
