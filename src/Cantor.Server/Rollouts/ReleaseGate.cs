using Cantor.Corpus;
using Cantor.Evaluation;
using Cantor.Judging;
using Cantor.Ranking;
using Cantor.Storage.Rollouts;

namespace Cantor.Server.Rollouts;

/// <summary>
/// Looks at a release before anybody is given it: asks it for every item, compares it with live, and asks both what was asked
/// last. Off the path of requests, on one thread; both releases are leased by the caller.
/// </summary>
/// <param name="candidate">What may be given to somebody, and what lies over it.</param>
/// <param name="live">What is served.</param>
/// <param name="plan">What it must pass.</param>
/// <param name="time">Measures how long answers take.</param>
sealed class ReleaseGate(ServedCollection candidate, ServedCollection live, RolloutPlan plan, TimeProvider time)
{
    const int Top = Churn.Depth;
    const ulong Seed = 1;

    /// <param name="queries">What was asked last: raw targets.</param>
    /// <param name="judgments">What should stand in lists; null for none.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    internal GateReport Look(IReadOnlyList<string> queries, Judgments? judgments, CancellationToken cancellationToken)
    {
        var report = Sweep(cancellationToken);
        report = Compare(report, cancellationToken);
        if (judgments is not null) report = Evaluate(report, judgments, cancellationToken);
        report = Replay(report, queries, cancellationToken);
        return report with { Reasons = [.. ReasonsOf(report)] };
    }

    // ── every item ──

    GateReport Sweep(CancellationToken cancellationToken)
    {
        var release = candidate.Release!.Release;
        long items = 0, errors = 0, empty = 0, few = 0, self = 0, hidden = 0, duplicate = 0;
        for (var row = 0; row < release.Count; row++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var item = new Ordinal(row);
            if (candidate.Overlay.IsMasked(item)) continue;
            items++;
            try
            {
                var parameters = new Parameters();
                Api.WriteRelated(Answer.Begin(), candidate, new(item, null, 0, 0, -1), parameters, "gate");
                var hits = HitsOf(candidate, item);
                if (hits.Count == 0) empty++;
                else if (hits.Count < Top) few++;
                self += hits.Count(hit => hit.Pushed is { } pushed ? pushed.Row == row : hit.Item == item);
                hidden += hits.Count(hit => hit.Pushed is { } pushed ? pushed.Fields is null : candidate.Overlay.IsMasked(hit.Item));
                duplicate += hits.Count - hits.Select(hit => (hit.Pushed, hit.Pushed is null ? hit.Item.Row : -1)).Distinct().Count();
            }
#pragma warning disable CA1031 // Whatever it is: somebody would have got it as an error.
            catch (Exception fault) when (fault is not OperationCanceledException)
#pragma warning restore CA1031
            {
                errors++;
            }
        }
        return new() { Items = items, Errors = errors, Empty = empty, ShortLists = few, Self = self, Hidden = hidden, Duplicate = duplicate };
    }

    static List<Hit> HitsOf(ServedCollection served, Ordinal item) => RelatedList.Of(served, item, Math.Min(Top, served.Release!.Summary.K));

    // ── beside live ──

    GateReport Compare(GateReport report, CancellationToken cancellationToken)
    {
        var (mine, theirs) = (candidate.Release!.Release, live.Release!.Release);
        long items = 0, empty = 0, both = 0;
        var overlap = 0.0;
        for (var row = 0; row < theirs.Count; row++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var item = new Ordinal(row);
            if (live.Overlay.IsMasked(item)) continue;
            items++;
            if (!TryHits(live, item, out var there)) continue;
            if (there.Count == 0) empty++;
            if (!mine.TryFind(theirs.IdOf(item), out var own) || candidate.Overlay.IsMasked(own) || !TryHits(candidate, own, out var here)) continue;
            both++;
            var rows = here.Take(Top).Where(hit => hit.Pushed is null).Select(hit => hit.Item.Row).ToHashSet();
            var pushed = here.Take(Top).Where(hit => hit.Pushed is not null).Select(hit => Convert.ToHexString(hit.Pushed!.IdJson.Span)).ToHashSet();
            var places = Math.Min(Top, Math.Max(here.Count, there.Count));
            var shared = there.Take(Top).Count(hit => hit.Pushed is { } one ? pushed.Contains(Convert.ToHexString(one.IdJson.Span)) : mine.TryFind(theirs.IdOf(hit.Item), out var same) && rows.Contains(same.Row));
            overlap += places == 0 ? 1 : (double)shared / places;
        }
        return report with { LiveItems = items, LiveEmpty = empty, Overlap = both == 0 ? null : overlap / both };
    }

    // A list that cannot be told was counted by the sweep, or is live's own trouble.
    static bool TryHits(ServedCollection served, Ordinal item, out List<Hit> hits)
    {
        try
        {
            hits = HitsOf(served, item);
            return true;
        }
#pragma warning disable CA1031
        catch (Exception)
#pragma warning restore CA1031
        {
            hits = [];
            return false;
        }
    }

    GateReport Evaluate(GateReport report, Judgments judgments, CancellationToken cancellationToken)
    {
        var difference = Comparison.Between(Measure(live, judgments, cancellationToken), Measure(candidate, judgments, cancellationToken), Seed, cancellationToken).Differences.NdcgAt10;
        return report with { Quality = difference.Value, QualityLow = difference.Low, QualityHigh = difference.High };
    }

    static EvaluationReport Measure(ServedCollection served, Judgments judgments, CancellationToken cancellationToken)
    {
        var release = served.Release!.Release;
        var ids = Enumerable.Range(0, release.Count).Select(row => ItemId.Parse(System.Text.Encoding.UTF8.GetString(release.IdOf(new(row))))).ToArray();
        return Evaluator.Evaluate(judgments, ids, id =>
        {
            if (!release.TryFind(System.Text.Encoding.UTF8.GetBytes(id.Value), out var item)) return null;
            var list = new List<ItemId>();
            foreach (var neighbor in release.NeighborsOf(item)[..Math.Min(Evaluator.Depth, release.NeighborsOf(item).Length)]) list.Add(ids[neighbor.Item.Row]);
            return list;
        }, Seed, cancellationToken);
    }

    // ── what was asked last ──

    GateReport Replay(GateReport report, IReadOnlyList<string> queries, CancellationToken cancellationToken)
    {
        var (mine, theirs) = (default(SideCounts), default(SideCounts));
        foreach (var (number, query) in queries.Index())
        {
            cancellationToken.ThrowIfCancellationRequested();
            // In turn: who comes second finds the caches warm.
            if (number % 2 == 0) theirs += Ask(live, query, plan, time);
            mine += Ask(candidate, query, plan, time);
            if (number % 2 != 0) theirs += Ask(live, query, plan, time);
        }
        return report with { Replayed = mine, ReplayedLive = theirs };
    }

    /// <summary>Asks a release, leased by the caller, what somebody asked: a raw target.</summary>
    /// <returns>How it went; nothing where it is no question.</returns>
    internal static SideCounts Ask(ServedCollection served, string query, RolloutPlan plan, TimeProvider time)
    {
        var began = time.GetTimestamp();
        bool failed = false, empty = false;
        try
        {
            var target = Target.Parse(query, isPost: false);
            Span<byte> id = stackalloc byte[ItemId.MaxBytes];
            if (target.Route is not Route.Related || Parameters.Read(target, out var parameters) is not null || Api.DecodeId(target, parameters.Id, ref id) is not null) return default;
            empty = Api.Find(served, id, out var subject) is not null || !Api.WriteRelated(Answer.Begin(), served, subject, parameters, "gate");
        }
#pragma warning disable CA1031 // As in the sweep.
        catch (Exception)
#pragma warning restore CA1031
        {
            failed = true;
        }
        return new(1, failed ? 1 : 0, time.GetElapsedTime(began).TotalMilliseconds > plan.SlowMs ? 1 : 0, !failed && empty ? 1 : 0);
    }

    // ── what is wrong with it ──

    IEnumerable<string> ReasonsOf(GateReport report)
    {
        if (report.Items == 0) yield return "it has no item";
        if (report.Errors > 0) yield return FormattableString.Invariant($"the answers of {report.Errors:N0} of {report.Items:N0} items fail");
        if (report.Self > 0) yield return FormattableString.Invariant($"{report.Self:N0} items stand in their own lists");
        if (report.Hidden > 0) yield return FormattableString.Invariant($"{report.Hidden:N0} hits must not be served");
        if (report.Duplicate > 0) yield return FormattableString.Invariant($"{report.Duplicate:N0} hits stand twice in a list");
        if (report.Items < plan.Gate.MinItems * report.LiveItems)
            yield return FormattableString.Invariant($"it has {report.Items:N0} items, live {report.LiveItems:N0}; expected at least {plan.Gate.MinItems:P0}");
        var (coverage, lives) = (ShareOf(report.Items - report.Empty, report.Items), ShareOf(report.LiveItems - report.LiveEmpty, report.LiveItems));
        if (report.Items > 0 && coverage < lives - plan.Gate.MaxCoverageLoss)
            yield return FormattableString.Invariant($"{coverage:P1} of its items have a list, of live's {lives:P1}; expected at most {100 * plan.Gate.MaxCoverageLoss:0.##} points less");
        if (report.Overlap < plan.Gate.MinOverlap)
            yield return FormattableString.Invariant($"its lists have {report.Overlap:P1} of their first ten places in common with live's; expected at least {plan.Gate.MinOverlap:P1}");
        if (report.QualityHigh < -plan.Gate.MaxQualityLoss)
            yield return FormattableString.Invariant($"nDCG@10 changes by {report.Quality:F4} ({report.QualityLow:F4} to {report.QualityHigh:F4}); expected not below −{plan.Gate.MaxQualityLoss}");
        if (FaultOfQueries(plan, report) is { } fault) yield return fault;
    }

    /// <summary>Null, or why the judge would abort by how recorded queries were answered.</summary>
    internal static string? FaultOfQueries(RolloutPlan plan, GateReport report)
    {
        if (report.Replayed.Requests == 0) return null;
        var window = new Window(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddSeconds(2), report.Replayed, report.ReplayedLive);
        var decision = StepJudge.Replay(plan.Judge() with { ClickMargin = null, Dwell = TimeSpan.Zero }, window.Start, [window]);
        return decision.Verdict is Verdict.Abort ? $"recorded queries, {decision.Reason}" : null;
    }

    static double ShareOf(long part, long all) => all == 0 ? 0 : (double)part / all;
}
