using Cantor.Corpus;

namespace Cantor.Evaluation;

/// <summary>Two sets of lists measured by the same judgments, query by query.</summary>
/// <param name="Differences">
/// After minus before, positive when better. An interval that does not hold 0 is a difference that other queries would
/// likely show too.
/// </param>
/// <param name="Wins">How many queries have a greater nDCG@10 than before.</param>
/// <param name="Losses">How many queries have a smaller nDCG@10 than before.</param>
/// <param name="Ties">How many queries have the same nDCG@10 as before, to nine digits.</param>
/// <param name="Queries">Every query before and after: the most improved first, the most worsened last, ties in the order of the ids.</param>
public sealed record Comparison(Measures Differences, int Wins, int Losses, int Ties, IReadOnlyList<ComparedQuery> Queries)
{
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
        var queries = before.Queries.Zip(after.Queries, (b, a) => new ComparedQuery(b.Query, b, a)).OrderByDescending(query => query.Gain).ToList();
        var wins = queries.Count(query => query.Gain > 0);
        var losses = queries.Count(query => query.Gain < 0);
        return new(Measures.Of(differences, seed, cancellationToken), wins, losses, queries.Count - wins - losses, queries);
    }
}

/// <summary>One query under both sets of lists.</summary>
/// <param name="Query">The item whose lists they are.</param>
/// <param name="Before">How well its list agreed with its judgments before.</param>
/// <param name="After">How well it does after.</param>
public readonly record struct ComparedQuery(ItemId Query, QueryScore Before, QueryScore After)
{
    const double Same = 1e-9; // the last bits of two sums are not a win

    /// <summary>What nDCG@10 gains, negative when it loses; exactly 0 for what is the same to nine digits.</summary>
    public double Gain => After.NdcgAt10 - Before.NdcgAt10 is var gain && Math.Abs(gain) > Same ? gain : 0;
}
