using Cantor.Gateway.Adapting;
using Cantor.Storage.Rollouts;

namespace Cantor.Gateway.Config;

/// <summary>Who helps when the old side fails.</summary>
public enum Rescue
{
    /// <summary>Nobody: the client gets the failure.</summary>
    None,

    /// <summary>The old side is asked a second time.</summary>
    Retry,

    /// <summary>The old side is asked a second time, then the new side.</summary>
    New,
}

/// <summary>What the new side's lists are to be.</summary>
public enum Lists
{
    /// <summary>The old side's.</summary>
    Same,

    /// <summary>Others; only faults count.</summary>
    Any,
}

/// <summary>What a <c>gateway.yaml</c> says. <c>api/gateway.schema.json</c> describes the file for editors.</summary>
public sealed record GatewayConfig
{
    /// <summary>What the gateway is called in the store; its replicas have one name.</summary>
    public string Name { get; init; } = "gateway";

    /// <summary>Where it listens.</summary>
    public IReadOnlyList<string> Urls { get; init; } = ["http://127.0.0.1:9090"];

    /// <summary>Its routes, in the order in which they are tried.</summary>
    public required IReadOnlyList<RouteConfig> Routes { get; init; }

    internal SideConfig Old { get; init; } = new("", []);

    internal SideConfig New { get; init; } = new("", []);

    /// <summary>What requests go by that no route takes: to the old side, always.</summary>
    internal RouteConfig Other { get; init; } = new() { Name = "" };

    /// <summary>Where a request says whose it is, the first that does.</summary>
    internal IReadOnlyList<UnitSource> Units { get; init; } = [];

    /// <summary>How many comparisons wait at once; more are dropped.</summary>
    internal int Queue { get; init; } = 1_000;

    /// <summary>How many comparisons are made at once.</summary>
    internal int Workers { get; init; } = 4;

    /// <summary>Tells this file from others: a hash of its bytes.</summary>
    public string Hash { get; init; } = "";
}

/// <summary>One of the two APIs.</summary>
/// <param name="Url">Its address, without a slash at its end.</param>
/// <param name="Headers">What each request to it carries, in place of what the client sent.</param>
public sealed record SideConfig(string Url, IReadOnlyList<KeyValuePair<string, string>> Headers);

/// <summary>Where a request may say whose it is.</summary>
/// <param name="Kind">header, cookie or query.</param>
/// <param name="Name">Its name there.</param>
sealed record UnitSource(string Kind, string Name);

/// <summary>One route.</summary>
public sealed record RouteConfig
{
    /// <summary>What it is called.</summary>
    public required string Name { get; init; }

    /// <summary>How it goes to the new side by a judged rollout.</summary>
    public RolloutPlan Rollout { get; init; } = new();

    /// <summary>What the new side's lists are to be.</summary>
    public Lists Lists { get; init; }

    /// <summary>An answer that takes longer is slow, in milliseconds.</summary>
    public int SlowMs => Rollout.SlowMs;

    internal PathPattern Path { get; init; } = PathPattern.All;

    /// <summary>The methods of its requests; empty for all.</summary>
    internal IReadOnlyList<string> Methods { get; init; } = [];

    /// <summary>What the new side is asked; null for the same.</summary>
    internal TargetTemplate? NewPath { get; init; }

    internal Rescue Rescue { get; init; }

    /// <summary>How long a side may be silent.</summary>
    internal TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long all tries of a request may take together, before an answer begins.</summary>
    internal TimeSpan Budget { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>So many failures in a row take a side out.</summary>
    internal int BreakerFailures { get; init; } = 5;

    /// <summary>So long a side stays out before one request tries it again.</summary>
    internal TimeSpan BreakerPause { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Which share of the requests is compared at <c>shadow</c>, 0 to 1.</summary>
    internal double Sample { get; init; } = .1;

    /// <summary>How many are compared in a second at the most.</summary>
    internal int MostPerSecond { get; init; } = 20;

    /// <summary>For which share of those the old side is asked a second time.</summary>
    internal double Noise { get; init; } = .5;

    /// <summary>Reads a list out of what the old side answers; null when there are none.</summary>
    internal IdReader? OldIds { get; init; }

    /// <summary>Reads a list out of what the new side answers, before it is shaped.</summary>
    internal IdReader? NewIds { get; init; }

    /// <summary>The hole of the path, or parameter of the query, that holds the id of the item whose list it is.</summary>
    internal string Self { get; init; } = "id";

    /// <summary>What the new side's answer is made into; null to leave it.</summary>
    internal AnswerShape? Answer { get; init; }
}
