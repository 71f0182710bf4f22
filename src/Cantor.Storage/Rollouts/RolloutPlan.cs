using System.Text.Json;
using System.Text.Json.Nodes;
using Cantor.Judging;
using static Cantor.Storage.ConfigValues;

namespace Cantor.Storage.Rollouts;

/// <summary>What becomes of a rollout when a newer release comes.</summary>
public enum OnNewRelease
{
    /// <summary>It ends, and the newer release starts at step one.</summary>
    Supersede,

    /// <summary>The newer release waits until it has ended.</summary>
    Queue,
}

/// <summary>Which side a request without a unit gets.</summary>
public enum Anonymous
{
    /// <summary>Live, so that lists do not flip between page views.</summary>
    Live,

    /// <summary>Drawn for each request by its own id.</summary>
    Hash,
}

/// <summary>How a release is tried before it is live: the part <c>rollout</c> of a collection's configuration.</summary>
public sealed record RolloutPlan
{
    const string Names = "steps, dwell, deadline, atDeadline, onNewRelease, anonymous, slowMs, clickMargin, leastLive";

    /// <summary>The shares of requests that the canary gets, step by step, in percent; greater ones after smaller ones, at most two decimals. 100 is the promotion itself.</summary>
    public IReadOnlyList<double> Steps { get; init; } = [1, 5, 25, 50, 100];

    /// <summary>How long a step lasts at least.</summary>
    public TimeSpan Dwell { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a step stays undecided at most.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromHours(24);

    /// <summary>What happens then.</summary>
    public DeadlinePolicy AtDeadline { get; init; }

    /// <summary>What becomes of it when a newer release comes.</summary>
    public OnNewRelease OnNewRelease { get; init; }

    /// <summary>Which side a request without a unit gets.</summary>
    public Anonymous Anonymous { get; init; }

    /// <summary>An answer that takes longer is slow, in milliseconds, 1 to 60,000.</summary>
    public int SlowMs { get; init; } = 50;

    /// <summary>How much click-through may be lost, in clicks a list shown; null: it is not judged.</summary>
    public double? ClickMargin { get; init; }

    /// <summary>How many answers of live its share of bad ones is taken from at least.</summary>
    public long LeastLive { get; init; } = new JudgeSettings().LeastLive;

    /// <summary>What a release must pass before anybody is given it.</summary>
    public GatePlan Gate { get; init; } = new();

    /// <summary>The judge's constants for a step of it.</summary>
    public JudgeSettings Judge() => new() { Dwell = Dwell, Deadline = Deadline, AtDeadline = AtDeadline, ClickMargin = ClickMargin, LeastLive = LeastLive };

    /// <summary>What the canary gets at a step, in hundredths of a percent.</summary>
    internal int WeightOf(int step) => (int)Math.Round(100 * Steps[step]);

    /// <summary>Null, or what is wrong between its parts.</summary>
    internal string? Fault() => Judge().Faults() is [var fault, ..] ? fault : null;

    /// <summary>Reads the part <c>rollout</c> of a configuration.</summary>
    /// <exception cref="Corpus.InputFaultException">A member is not known or not as expected; the message names it.</exception>
    public static RolloutPlan Of(JsonObject rollout)
    {
        var plan = rollout.Aggregate(new RolloutPlan(), (plan, member) => plan.With(member.Key, member.Value));
        return plan.Fault() is { } fault ? throw ConfigValues.Fault("rollout", fault) : plan;
    }

    internal RolloutPlan With(string field, JsonNode? value) => field switch
    {
        "steps" => this with { Steps = StepsOf(value) },
        "dwell" => this with { Dwell = Span("rollout.dwell", value, TimeSpan.Zero, TimeSpan.FromDays(30)) },
        "deadline" => this with { Deadline = Span("rollout.deadline", value, TimeSpan.FromSeconds(2), TimeSpan.FromDays(365)) },
        "atDeadline" => this with { AtDeadline = OneOf<DeadlinePolicy>("rollout.atDeadline", value) },
        "onNewRelease" => this with { OnNewRelease = OneOf<OnNewRelease>("rollout.onNewRelease", value) },
        "anonymous" => this with { Anonymous = OneOf<Anonymous>("rollout.anonymous", value) },
        "slowMs" => this with { SlowMs = Whole("rollout.slowMs", value, 1, 60_000) },
        "clickMargin" => this with { ClickMargin = Number("rollout.clickMargin", value, .0001, .9999) },
        "leastLive" => this with { LeastLive = Whole("rollout.leastLive", value, 1, 1_000_000) },
        _ => throw ConfigValues.Fault($"rollout.{field}", $"is not known; expected {Names}"),
    };

    static double[] StepsOf(JsonNode? value)
    {
        const string expected = "expected 1 to 20 percentages from 0.01 to 100 with at most two decimals, each greater than the one before, such as [1, 5, 25, 50, 100]";
        if (value is not JsonArray { Count: >= 1 and <= 20 } array) throw ConfigValues.Fault("rollout.steps", expected);
        var steps = array.Select(one => one is JsonValue number && number.GetValueKind() is JsonValueKind.Number && number.TryGetValue<double>(out var percent) ? percent : -1).ToList();
        for (var i = 0; i < steps.Count; i++)
            if (!(steps[i] is >= .01 and <= 100) || Math.Abs(100 * steps[i] - Math.Round(100 * steps[i])) > 1e-6 || i > 0 && steps[i] <= steps[i - 1])
                throw ConfigValues.Fault("rollout.steps", expected);
        // The last step of all is the promotion.
        return [.. steps.Where(percent => percent < 100), 100];
    }
}

/// <summary>What a release must pass before anybody is given it: the part <c>gate</c> of a collection's configuration.</summary>
public sealed record GatePlan
{
    const string Names = "minItems, maxCoverageLoss, minOverlap, judgments, maxQualityLoss, replay";

    /// <summary>It has at least this share of live's items, 0 to 1.</summary>
    public double MinItems { get; init; } = .8;

    /// <summary>The share of items that have a list may be smaller than live's by this, 0 to 1.</summary>
    public double MaxCoverageLoss { get; init; } = .05;

    /// <summary>The first ten places of its lists are live's at least to this share, 0 to 1; 0 where a new release may say anything new.</summary>
    public double MinOverlap { get; init; }

    /// <summary>A file of judgments on the servers: it may not answer them worse than live. Null for none.</summary>
    public string? Judgments { get; init; }

    /// <summary>By how much its nDCG@10 may be smaller than live's before that is worse, 0 to 1.</summary>
    public double MaxQualityLoss { get; init; }

    /// <summary>How many of the queries that were recorded last are replayed at the most, 0 to 10,000.</summary>
    public int Replay { get; init; } = 2_000;

    internal GatePlan With(string field, JsonNode? value) => field switch
    {
        "minItems" => this with { MinItems = Number("gate.minItems", value, 0, 1) },
        "maxCoverageLoss" => this with { MaxCoverageLoss = Number("gate.maxCoverageLoss", value, 0, 1) },
        "minOverlap" => this with { MinOverlap = Number("gate.minOverlap", value, 0, 1) },
        "judgments" => this with { Judgments = TextOf("gate.judgments", value, "the path of a file on the servers") },
        "maxQualityLoss" => this with { MaxQualityLoss = Number("gate.maxQualityLoss", value, 0, 1) },
        "replay" => this with { Replay = Whole("gate.replay", value, 0, 10_000) },
        _ => throw ConfigValues.Fault($"gate.{field}", $"is not known; expected {Names}"),
    };
}
