using Cantor.Judging;

namespace Cantor.Storage.Rollouts;

/// <summary>What happens to a rollout.</summary>
/// <param name="By">Who does it.</param>
public abstract record RolloutAct(string By)
{
    /// <summary>It may begin: nothing is before it any more.</summary>
    public sealed record Begin(string By, string Baseline) : RolloutAct(By);

    /// <summary>The gate has looked at it.</summary>
    public sealed record Gate(string By, GateReport Report) : RolloutAct(By);

    /// <summary>The judge has decided about its step, or found its deadline passed.</summary>
    public sealed record Judge(string By, Decision Decision) : RolloutAct(By);

    /// <summary>Somebody wants its share to stay.</summary>
    public sealed record Pause(string By, string Why) : RolloutAct(By);

    /// <summary>Somebody wants it to go on; the step begins anew.</summary>
    public sealed record Resume(string By, string Why) : RolloutAct(By);

    /// <summary>Somebody takes it back.</summary>
    public sealed record Abort(string By, string Why) : RolloutAct(By);

    /// <summary>Somebody gives it to everybody at once.</summary>
    public sealed record Promote(string By, string Why) : RolloutAct(By);

    /// <summary>A newer candidate came.</summary>
    public sealed record Supersede(string By, string Newer) : RolloutAct(By);

    /// <summary>Live was moved by somebody meanwhile: what it was compared with is gone.</summary>
    public sealed record LiveMoved(string By, string? To) : RolloutAct(By);

    /// <summary>The word in the history.</summary>
    public string Word => this switch
    {
        Begin => "begin",
        Gate => "gate",
        Judge => "judge",
        Pause => "pause",
        Resume => "resume",
        Abort => "abort",
        Promote => "promote",
        Supersede => "supersede",
        _ => "moved",
    };
}

/// <summary>
/// How a rollout goes on: one table for releases, routes and versions. Pure: no clock, no I/O; the same rollout and act give the
/// same next rollout.
/// </summary>
public static class RolloutMachine
{
    /// <summary>A rollout that somebody starts.</summary>
    /// <param name="subject">What kind of thing.</param>
    /// <param name="name">The collection, route or service.</param>
    /// <param name="candidate">What is tried.</param>
    /// <param name="baseline">What everybody is given; null when it has to wait for the one before.</param>
    /// <param name="plan">How it goes.</param>
    /// <param name="forced">True to pass the gate whatever it finds.</param>
    /// <param name="by">Who starts it, and when.</param>
    /// <param name="why">The reason.</param>
    public static Rollout Start(RolloutSubject subject, string name, string candidate, string? baseline, RolloutPlan plan, bool forced, Act by, string why) => new()
    {
        Subject = subject,
        Name = name,
        Candidate = candidate,
        Baseline = baseline,
        State = baseline is null ? RolloutState.Queued : RolloutState.Gating,
        // What is drawn differs from rollout to rollout, and everybody can compute it.
        Salt = $"{name} {candidate} {Times.Text(by.At)}",
        Plan = plan,
        Judge = plan.Judge(),
        Forced = forced,
        Started = by,
        Why = why,
    };

    /// <summary>Applies an act.</summary>
    /// <returns>The rollout after it; or null and why it is refused, in plain words.</returns>
    public static (Rollout? Next, string? Refused) Apply(Rollout rollout, RolloutAct act, DateTimeOffset now) => (rollout.State, act) switch
    {
        (RolloutState.Queued, RolloutAct.Begin begin) => (rollout with { State = RolloutState.Gating, Baseline = begin.Baseline }, null),
        (RolloutState.Queued or RolloutState.Gating or RolloutState.Running or RolloutState.Paused, RolloutAct.Supersede newer) =>
            End(rollout, RolloutState.Superseded, $"{newer.Newer} came", null, now),
        (RolloutState.Queued or RolloutState.Gating or RolloutState.Running or RolloutState.Paused, RolloutAct.Abort abort) =>
            End(rollout, RolloutState.Aborted, abort.Why, null, now),
        // A release that is live everywhere goes back by its alias, a route by its mode; the share of a version is its rollout's.
        (RolloutState.Promoted, RolloutAct.Abort abort) when rollout.Subject is RolloutSubject.Version => End(rollout, RolloutState.Aborted, abort.Why, null, now),
        (RolloutState.Gating, RolloutAct.Gate { Report: var report }) => Gated(rollout, report, now),
        (RolloutState.Running, RolloutAct.Judge { Decision: var decision }) => Judged(rollout, decision, now),
        (RolloutState.Running, RolloutAct.Pause pause) => (rollout with { State = RolloutState.Paused, Why = pause.Why, Rule = null }, null),
        (RolloutState.Paused, RolloutAct.Resume resume) => (Round(rollout, rollout.Step, resume.Why, null, now), null),
        (RolloutState.Running or RolloutState.Paused, RolloutAct.Promote promote) => End(rollout, RolloutState.Promoted, promote.Why, null, now),
        (RolloutState.Gating, RolloutAct.Promote) => (null, "it is at its gate; wait for it, or promote the release itself"),
        (RolloutState.Gating or RolloutState.Running or RolloutState.Paused, RolloutAct.LiveMoved moved) => moved.To == rollout.Candidate
            ? End(rollout, RolloutState.Promoted, $"{moved.By} made it live", null, now)
            : End(rollout, RolloutState.Aborted, $"live was moved to {moved.To ?? "nothing"} meanwhile", null, now),
        _ => (null, $"it is {rollout.State.ToString().ToLowerInvariant()}{Expected(act)}"),
    };

    // Of what people do.
    static string Expected(RolloutAct act) => act switch
    {
        RolloutAct.Pause => "; only one that is running can be paused",
        RolloutAct.Resume => "; only one that is paused can be resumed",
        RolloutAct.Promote => "; only one that is running or paused can be promoted",
        RolloutAct.Abort => "; only one that has not ended can be aborted",
        _ => "",
    };

    static (Rollout?, string?) Gated(Rollout rollout, GateReport report, DateTimeOffset now)
    {
        var looked = rollout with { Gate = report };
        return report.Reasons.Count == 0 ? (Round(looked, 0, "the gate was passed", null, now), null)
            : rollout.Forced ? (Round(looked, 0, $"forced, although the gate says: {string.Join("; ", report.Reasons)}", null, now), null)
            : End(looked, RolloutState.Rejected, string.Join("; ", report.Reasons), null, now);
    }

    static (Rollout?, string?) Judged(Rollout rollout, Decision decision, DateTimeOffset now) => decision.Verdict switch
    {
        Verdict.Abort => End(rollout, RolloutState.Aborted, decision.Reason, decision.Rule, now),
        Verdict.Promote => (Round(rollout, rollout.Step + 1, decision.Reason, decision.Rule, now), null),
        // Somebody is told once that the deadline found it undecided; it goes on being judged.
        _ when decision.Rule is Rule.Deadline && !rollout.Held => (rollout with { Held = true, Why = decision.Reason, Rule = decision.Rule }, null),
        _ => (null, "nothing is decided yet"),
    };

    // The step of 100 % is the promotion: from there on there is no live side to compare with.
    static Rollout Round(Rollout rollout, int step, string why, Rule? rule, DateTimeOffset now) =>
        rollout.Plan.WeightOf(step) >= Assignment.Whole
            ? Ended(rollout with { Step = step }, RolloutState.Promoted, why, rule, now)
            : rollout with { State = RolloutState.Running, Step = step, Round = rollout.Round + 1, RoundStart = now, Held = false, Why = why, Rule = rule };

    static (Rollout?, string?) End(Rollout rollout, RolloutState state, string why, Rule? rule, DateTimeOffset now) => (Ended(rollout, state, why, rule, now), null);

    static Rollout Ended(Rollout rollout, RolloutState state, string why, Rule? rule, DateTimeOffset now) =>
        rollout with { State = state, Why = why, Rule = rule, EndedAt = now };
}
