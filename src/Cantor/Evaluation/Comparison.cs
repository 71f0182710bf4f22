namespace Cantor.Evaluation;

/// <summary>Two sets of lists measured by the same judgments, query by query.</summary>
/// <param name="Differences">
/// After minus before, positive when better. An interval that does not hold 0 is a difference that other queries would
/// likely show too.
/// </param>
/// <param name="Wins">How many queries have a greater nDCG@10 than before.</param>
/// <param name="Losses">How many queries have a smaller nDCG@10 than before.</param>
/// <param name="Ties">How many queries have the same nDCG@10 as before, to nine digits.</param>
public sealed record Comparison(Measures Differences, int Wins, int Losses, int Ties)
{
    const double Same = 1e-9; // the last bits of two sums are not a win

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
        var wins = differences.Count(row => row[0] > Same);
        var losses = differences.Count(row => row[0] < -Same);
        return new(Measures.Of(differences, seed, cancellationToken), wins, losses, differences.Count - wins - losses);
    }
}
