using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cantor.Gateway;

/// <summary>What a gateway's process tells of itself.</summary>
/// <param name="Urls">Where it listens.</param>
/// <param name="StartedAt">Since when it runs.</param>
/// <param name="Config">Which file it goes by: a hash of its bytes.</param>
/// <param name="Change">The last change of a route that it follows.</param>
/// <param name="Routes">What it counted, by route.</param>
public sealed record ReplicaStatus(IReadOnlyList<string> Urls, DateTimeOffset StartedAt, string Config, long Change, IReadOnlyDictionary<string, RouteCounters> Routes)
{
    internal string ToJson() => JsonSerializer.Serialize(this, ReplicaJson.Default.ReplicaStatus);

    /// <summary>Reads what the store kept.</summary>
    public static ReplicaStatus Parse(string json) => JsonSerializer.Deserialize(json, ReplicaJson.Default.ReplicaStatus)!;
}

/// <summary>What one process counted of a route since it started.</summary>
/// <param name="Old">Requests that the old side answered.</param>
/// <param name="New">Requests that the new side answered.</param>
/// <param name="Failed">Requests whose clients got a failure.</param>
/// <param name="Rescued">Requests that were answered after a side had failed.</param>
/// <param name="Diverted">Requests that an open breaker kept from their side.</param>
/// <param name="Compared">Answers that were compared.</param>
/// <param name="Dropped">Comparisons that were dropped because too many waited.</param>
/// <param name="OldOut">True while the old side's breaker is open.</param>
/// <param name="NewOut">True while the new side's breaker is open.</param>
public readonly record struct RouteCounters(long Old, long New, long Failed, long Rescued, long Diverted, long Compared, long Dropped, bool OldOut, bool NewOut);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ReplicaStatus))]
sealed partial class ReplicaJson : JsonSerializerContext;
