using System.Text.Json.Serialization;
using Cantor.Judging;

namespace Cantor.Storage.Rollouts;

/// <summary>What is rolled out.</summary>
public enum RolloutSubject
{
    /// <summary>A release of a collection.</summary>
    Release,

    /// <summary>A route of the gateway.</summary>
    Route,

    /// <summary>A version of the server.</summary>
    Version,
}

/// <summary>Where a rollout stands.</summary>
public enum RolloutState
{
    /// <summary>It waits until the one before it has ended.</summary>
    Queued,

    /// <summary>It is being checked; nobody is given it.</summary>
    Gating,

    /// <summary>A share of the requests gets it, and it is judged.</summary>
    Running,

    /// <summary>The share stays as it is, and nothing is judged.</summary>
    Paused,

    /// <summary>It has ended: everybody gets it.</summary>
    Promoted,

    /// <summary>It has ended: nobody gets it.</summary>
    Aborted,

    /// <summary>It has ended at the gate.</summary>
    Rejected,

    /// <summary>It has ended because a newer one came.</summary>
    Superseded,
}

/// <summary>A rollout at one moment. Never changes; <see cref="RolloutMachine"/> makes the next one.</summary>
public sealed record Rollout
{
    /// <summary>Counts up over all rollouts of the store.</summary>
    public long Number { get; init; }

    /// <summary>What kind of thing is rolled out.</summary>
    public RolloutSubject Subject { get; init; }

    /// <summary>The collection, route or service.</summary>
    public required string Name { get; init; }

    /// <summary>What is tried: a release's version, a candidate's name.</summary>
    public required string Candidate { get; init; }

    /// <summary>What everybody was given when it began, and is given when it is aborted; null while it is queued.</summary>
    public string? Baseline { get; init; }

    /// <summary>Where it stands.</summary>
    public RolloutState State { get; init; }

    /// <summary>Which of the plan's steps it is at, from 0.</summary>
    public int Step { get; init; }

    /// <summary>Counts the steps that were begun, again after a pause: the judge looks at the windows of one round.</summary>
    public int Round { get; init; }

    /// <summary>When the round began.</summary>
    public DateTimeOffset RoundStart { get; init; }

    /// <summary>What units are hashed with.</summary>
    public required string Salt { get; init; }

    /// <summary>Counts its changes: whoever changes it says which one it saw.</summary>
    public long Revision { get; init; }

    /// <summary>How it goes, as the configuration was when it was started.</summary>
    public required RolloutPlan Plan { get; init; }

    /// <summary>The judge's constants.</summary>
    public required JudgeSettings Judge { get; init; }

    /// <summary>True when whoever started it told it to pass the gate whatever it finds.</summary>
    public bool Forced { get; init; }

    /// <summary>What the gate found; null before.</summary>
    public GateReport? Gate { get; init; }

    /// <summary>True when the round's deadline has passed and somebody was told.</summary>
    public bool Held { get; init; }

    /// <summary>Who started it and when.</summary>
    public required Act Started { get; init; }

    /// <summary>When it ended; null while it has not.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Why it stands where it stands, in plain words.</summary>
    public string Why { get; init; } = "";

    /// <summary>By which rule of the judge; null when it was none.</summary>
    public Rule? Rule { get; init; }

    /// <summary>The share of requests that gets the candidate now, in hundredths of a percent.</summary>
    [JsonIgnore]
    public int Weight => State switch
    {
        RolloutState.Running or RolloutState.Paused => Plan.WeightOf(Step),
        RolloutState.Promoted => Assignment.Whole,
        _ => 0,
    };

    /// <summary>Of a version: the share of requests that a balancer should give the canary's servers, in hundredths of a percent.</summary>
    /// <param name="servers">The servers that live.</param>
    public int WantedWith(IReadOnlyList<TellingServer> servers) =>
        // Promoted, the canary's servers get all until the stable ones run that version too.
        State is RolloutState.Promoted && servers.Where(server => server.Track is Track.Stable).ToList() is { Count: > 0 } stable && stable.TrueForAll(server => server.Version == Candidate)
            ? 0
            : Weight;

    /// <summary>True while it is one of the states of which there is at most one a name.</summary>
    [JsonIgnore]
    public bool IsActive => State is RolloutState.Gating or RolloutState.Running or RolloutState.Paused;
}

/// <summary>What the gate found.</summary>
public sealed record GateReport
{
    /// <summary>Why it may not pass, in plain words; empty when it may.</summary>
    public IReadOnlyList<string> Reasons { get; init; } = [];

    /// <summary>Of a version: how many servers run it on the canary's track, and are ready; null of anything else.</summary>
    public int? Servers { get; init; }

    /// <summary>How many items it was asked for: all.</summary>
    public long Items { get; init; }

    /// <summary>Items of which the answer failed.</summary>
    public long Errors { get; init; }

    /// <summary>Items without any neighbor.</summary>
    public long Empty { get; init; }

    /// <summary>Items with fewer than ten neighbors, but some.</summary>
    public long ShortLists { get; init; }

    /// <summary>Hits that are the item itself.</summary>
    public long Self { get; init; }

    /// <summary>Hits that must not be served.</summary>
    public long Hidden { get; init; }

    /// <summary>Hits that stand twice in a list.</summary>
    public long Duplicate { get; init; }

    /// <summary>How many items live has.</summary>
    public long LiveItems { get; init; }

    /// <summary>How many of them have no neighbor.</summary>
    public long LiveEmpty { get; init; }

    /// <summary>The mean share of the first ten places that both have in common, over the items that both have; null when they have none.</summary>
    public double? Overlap { get; init; }

    /// <summary>The difference of nDCG@10, candidate less live; null without judgments.</summary>
    public double? Quality { get; init; }

    /// <summary>The lower end of its 95 % interval.</summary>
    public double? QualityLow { get; init; }

    /// <summary>The upper end of its 95 % interval.</summary>
    public double? QualityHigh { get; init; }

    /// <summary>What recorded queries were answered by the candidate.</summary>
    public SideCounts Replayed { get; init; }

    /// <summary>What the same queries were answered by live.</summary>
    public SideCounts ReplayedLive { get; init; }
}

/// <summary>One entry of a rollout's append-only history.</summary>
/// <param name="Number">Counts up from 1.</param>
/// <param name="At">When.</param>
/// <param name="By">Who: a user, a key, "judge", "gate".</param>
/// <param name="Act">What was done: start, gate, judge, pause, resume, abort, promote, supersede, moved.</param>
/// <param name="From">Where it stood.</param>
/// <param name="To">Where it stood then.</param>
/// <param name="Step">At which step it was decided, from 0.</param>
/// <param name="Round">In which round.</param>
/// <param name="RoundStart">When that began.</param>
/// <param name="Why">The reason, in plain words.</param>
/// <param name="Decision">The judge's numbers; null when it was not the judge.</param>
public sealed record RolloutEntry(
    int Number, DateTimeOffset At, string By, string Act, RolloutState From, RolloutState To, int Step, int Round, DateTimeOffset RoundStart, string Why, Decision? Decision);

/// <summary>A frozen window of a round, and what it counts: "traffic", or "gate" for replayed queries.</summary>
public sealed record RoundWindow(string Source, Window Window);

/// <summary>An enum in JSON, as people write it.</summary>
sealed class Words<T>() : JsonStringEnumConverter<T>(System.Text.Json.JsonNamingPolicy.CamelCase) where T : struct, Enum;

/// <summary>Rollouts as the store and the API write them; doubles are read back to the last bit.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(Words<RolloutSubject>), typeof(Words<RolloutState>), typeof(Words<OnNewRelease>), typeof(Words<Anonymous>), typeof(Words<DeadlinePolicy>), typeof(Words<Metric>), typeof(Words<Verdict>), typeof(Words<Rule>), typeof(Words<Stand>), typeof(Words<Track>)])]
[JsonSerializable(typeof(Rollout))]
[JsonSerializable(typeof(GateReport))]
[JsonSerializable(typeof(Decision))]
[JsonSerializable(typeof(RolloutEntry))]
[JsonSerializable(typeof(TellingServer))]
sealed partial class RolloutJson : JsonSerializerContext;
