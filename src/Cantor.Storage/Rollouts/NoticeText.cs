using System.Text;
using System.Text.Json;
using Cantor.Judging;
using Cantor.Releases;

namespace Cantor.Storage.Rollouts;

/// <summary>What people read in a notice: what happened to what, by whom or by which rule and numbers, and how to undo it.</summary>
public static class NoticeText
{
    /// <summary>How a command ends that acts at the servers, wherever it is typed. The command refuses URL as it stands: it is for whoever posts the notice, or reads it, to say where they are.</summary>
    const string AtServers = " --server URL";

    /// <summary>A notice's text with commands that can be typed as they are.</summary>
    /// <param name="text">As the store has it: a command that leaves a notice there does not know where that store's servers are.</param>
    /// <param name="address">Where people reach them; null where that is not known.</param>
    public static string At(string text, Uri? address) => address is null ? text : text.Replace(AtServers, $" --server {address.GetLeftPart(UriPartial.Authority)}", StringComparison.Ordinal);

    /// <summary>A rollout that went on.</summary>
    /// <param name="before">The rollout before; the same as <paramref name="after"/> when it was started.</param>
    /// <param name="after">The rollout now.</param>
    /// <param name="by">Who did it: a person, a judge or a gate.</param>
    /// <param name="decision">What the judge decided; null where it did not.</param>
    public static string Of(Rollout before, Rollout after, string by, Decision? decision)
    {
        var what = (before.State, after.State) switch
        {
            (_, RolloutState.Aborted) => "aborted",
            (_, RolloutState.Rejected) => "rejected at its gate",
            (_, RolloutState.Promoted) => "live everywhere",
            (_, RolloutState.Superseded) => "superseded",
            (_, RolloutState.Queued) => "waits until the rollout before it has ended",
            (_, RolloutState.Gating) => "begun, at its gate",
            (_, RolloutState.Paused) => FormattableString.Invariant($"paused at {Percent(after)}"),
            (RolloutState.Paused, RolloutState.Running) => FormattableString.Invariant($"resumed at {Percent(after)}"),
            (RolloutState.Gating, RolloutState.Running) => FormattableString.Invariant($"tried on {Percent(after)}"),
            _ when after.Held && !before.Held => FormattableString.Invariant($"undecided at its deadline, held at {Percent(after)}"),
            _ => FormattableString.Invariant($"taken from {Percent(before)} to {Percent(after)}"),
        };
        var mark = after.State is RolloutState.Aborted or RolloutState.Rejected ? ":x:" : after.Held || after.State is RolloutState.Paused or RolloutState.Queued ? ":hourglass:" : ":white_check_mark:";
        var text = new StringBuilder($"{mark} *{after.Name}* {after.Candidate}: {what}");
        if (decision is not null) text.Append($"\nrule {Word(decision.Rule)} at step {after.Plan.Steps[before.Step]:0.##} %: {decision.Reason}");
        else if (after.Why.Length > 0) text.Append($"\n{after.Why}{(Registry.IsPerson(by) ? $" ({by})" : "")}");
        foreach (var metric in decision?.Metrics ?? [])
            text.Append(FormattableString.Invariant($"\n{metric.Metric.ToString().ToLowerInvariant()}: canary {metric.Canary.Bad:N0} of {metric.Canary.Total:N0}, live {metric.Live.Bad:N0} of {metric.Live.Total:N0}, log-likelihood ratio {metric.LogLikelihoodRatio:F2} (accept {metric.AcceptAt:F2}, abort {metric.AbortAt:F2})"));
        if (after.Subject is RolloutSubject.Release) text.Append(WayBack(after));
        else if (after.Subject is RolloutSubject.Version) text.Append(WayBackOfVersion(after));
        else if (after.Subject is RolloutSubject.Route && after.State is RolloutState.Gating or RolloutState.Running or RolloutState.Paused or RolloutState.Promoted)
            text.Append($"\nundo, with the gateway's own --config and --store: cantor gateway set {after.Name[(after.Name.IndexOf('/', StringComparison.Ordinal) + 1)..]} back");
        return text.ToString();
    }

    /// <summary>A release that somebody made live.</summary>
    internal static string Of(string collection, ReleaseVersion? before, ReleaseVersion? now, string by, string why) =>
        $":white_check_mark: *{collection}* {now?.ToString() ?? "no release"}: live everywhere; before it was {before?.ToString() ?? "nothing"}\n{why} ({by})" + (before is null ? "" : $"\nundo: cantor releases rollback {collection}{AtServers}");

    static string WayBack(Rollout rollout) => rollout.State switch
    {
        RolloutState.Promoted => $"\nundo: cantor releases rollback {rollout.Name}{AtServers}",
        RolloutState.Running or RolloutState.Gating => $"\nundo: cantor rollout abort {rollout.Name}{AtServers}",
        RolloutState.Paused => $"\ngo on: cantor rollout resume {rollout.Name}{AtServers}",
        RolloutState.Aborted => $"\nnobody gets it; {rollout.Baseline} is live. To make it live all the same: cantor releases promote {rollout.Name} {rollout.Candidate}{AtServers}",
        RolloutState.Rejected => $"\nnobody got it; {rollout.Baseline} is live. To try it all the same: cantor rollout start {rollout.Name} {rollout.Candidate} --force{AtServers}",
        _ => "",
    };

    /// <summary>A release that somebody made live on one server alone, of which the store may not hear for a while.</summary>
    public static string OnOneServer(string collection, ReleaseVersion? before, ReleaseVersion now, string by, string why) =>
        $":hourglass: *{collection}* {now}: live on the server {Environment.MachineName} alone; before it was {before?.ToString() ?? "nothing"}\n{why} ({by})\nall servers follow when the store hears of it; while it is away, each by itself: cantor releases rollback {collection} --server ITS-URL --local";

    static string WayBackOfVersion(Rollout rollout) => rollout.State switch
    {
        RolloutState.Running or RolloutState.Gating => $"\nundo: cantor rollout abort --version{AtServers}",
        RolloutState.Paused => $"\ngo on: cantor rollout resume --version{AtServers}",
        RolloutState.Promoted => $"\nits servers get all requests; the stable ones, still at {rollout.Baseline}, are to be given it now\nundo: cantor rollout abort --version{AtServers}",
        RolloutState.Aborted or RolloutState.Rejected => $"\nthe stable servers get all requests ({rollout.Baseline}). To try it again: cantor rollout start --version {rollout.Candidate}{AtServers}",
        _ => "",
    };

    static FormattableString Percent(Rollout rollout) => $"{rollout.Weight / 100.0:0.##} %";

    /// <summary>A balancer that does not do as a rollout of a version says.</summary>
    /// <param name="weight">What it has, and why.</param>
    /// <param name="wanted">The canary's share that it should have.</param>
    public static string Of(GivenWeight weight, double wanted) => weight.Fault is { } fault
        ? FormattableString.Invariant($":x: *{RolloutTable.ServerName}*: the canary's share should be {wanted:0.##} %, and {weight.Route} cannot be given it: {fault}\nuntil then it is to be set by hand; cantor rollout status --version{AtServers} shows what is wanted")
        : FormattableString.Invariant($":white_check_mark: *{RolloutTable.ServerName}*: {weight.Route} has the canary's share again, {wanted:0.##} %");

    static string Word(Rule rule) => JsonNamingPolicy.CamelCase.ConvertName(rule.ToString());
}
