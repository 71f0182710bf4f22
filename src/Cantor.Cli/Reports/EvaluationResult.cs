using Cantor.Evaluation;

namespace Cantor.Cli.Reports;

/// <summary>What `cantor evaluate --judgments` found out: everything that is printed or drawn.</summary>
sealed record EvaluationResult
{
    internal required ReleaseLists Lists { get; init; }

    internal required Judgments Judgments { get; init; }

    /// <summary>How the user named the judgments.</summary>
    internal required string JudgmentsName { get; init; }

    internal required EvaluationReport Report { get; init; }

    internal required IReadOnlyList<AgeBucket> Ages { get; init; }

    /// <summary>What was asked for, by what it is sliced by.</summary>
    internal required IReadOnlyList<(string By, IReadOnlyList<Slice> Slices)> Slices { get; init; }

    /// <summary>Repeats the intervals.</summary>
    internal required ulong Seed { get; init; }

    /// <summary>The release it is compared with, and how; null when none was asked for.</summary>
    internal Against? Against { get; init; }

    /// <param name="lists">The release.</param>
    /// <param name="judgments">What should stand in its lists.</param>
    /// <param name="judgmentsName">How the user named them.</param>
    /// <param name="against">The release to compare it with; null for none.</param>
    /// <param name="slicings">What to slice by.</param>
    /// <param name="seed">Repeats the same intervals.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    internal static EvaluationResult Of(
        ReleaseLists lists, Judgments judgments, string judgmentsName, ReleaseLists? against, IReadOnlyList<string> slicings, ulong seed, CancellationToken cancellationToken)
    {
        foreach (var by in slicings) Slicing.Check(lists, by);
        var report = Evaluator.Evaluate(judgments, lists.Ids, lists.ListOf, seed, cancellationToken);
        return new()
        {
            Lists = lists,
            Judgments = judgments,
            JudgmentsName = judgmentsName,
            Report = report,
            Ages = lists.Ages(),
            Seed = seed,
            Slices = [.. slicings.Select(by => (by, Slicing.Of(report, lists, by, seed, cancellationToken)))],
            Against = against is null ? null : Compare(Evaluator.Evaluate(judgments, against.Ids, against.ListOf, seed, cancellationToken)),
        };

        Against Compare(EvaluationReport before) => new(against!, before, Comparison.Between(before, report, seed, cancellationToken));
    }

    /// <summary>The slices of a page: what was asked for, else languages, ages and events where there is more than one part.</summary>
    internal IEnumerable<(string By, IReadOnlyList<Slice> Slices)> SlicesShown(CancellationToken cancellationToken) => Slices.Count > 0 ? Slices
        : new[] { "lang", Slicing.Age, Slicing.Events }.Select(by => (By: by, Slices: Slicing.Of(Report, Lists, by, Seed, cancellationToken))).Where(slicing => slicing.Slices.Count(slice => Slicing.IsNamed(slice)) > 1);

    /// <summary>What a reader must know before the numbers, in plain words.</summary>
    internal IEnumerable<string> Notes()
    {
        var counts = Report.Judged;
        if (counts.UnknownQueries > 0)
            yield return FormattableString.Invariant($"{counts.UnknownQueries:N0} of {counts.Queries:N0} judged queries are not in the collection; they score 0");
        if (counts.UnknownItems > 0)
            yield return FormattableString.Invariant($"{counts.UnknownItems:N0} of {counts.Pairs:N0} judgments are of items that are not in the collection; no list can hold them, so no list can be perfect");
        if (counts.OfThemselves > 0)
            yield return FormattableString.Invariant($"{counts.OfThemselves:N0} judgments are of an item for itself; no list holds it");
        if (counts.WithoutGood > 0)
            yield return FormattableString.Invariant($"{counts.WithoutGood:N0} queries have no item of grade 1 or above and were passed over");
        if (Report.Means.JudgedAt10.Value < .5)
            yield return FormattableString.Invariant($"{100 * (1 - Report.Means.JudgedAt10.Value):F0} % of the items in the first ten places were never judged and count as bad: compare releases by these numbers, and do not read them as absolute quality");
        if (Report.Queries.Count < 50)
            yield return FormattableString.Invariant($"{Report.Queries.Count:N0} queries are few; the intervals are wide, and below about 50 they are themselves unsure");
    }
}

/// <summary>What a release was compared with.</summary>
/// <param name="Lists">The other release: what was before.</param>
/// <param name="Report">How well its lists agree with the same judgments.</param>
/// <param name="Comparison">The differences, positive where the release is better than the other.</param>
sealed record Against(ReleaseLists Lists, EvaluationReport Report, Comparison Comparison);
