using System.Text.Json.Nodes;
using Cantor.Judging;

namespace Cantor.Server.Rollouts.Versions;

/// <summary>
/// The weights of two backends, the Services stable and canary, in a route of the Gateway API. A side that is to get nothing is not
/// named at all: balancers do not agree on what a weight of 0 means.
/// </summary>
static class BackendWeights
{
    internal const string Stable = "stable", Canary = "canary";

    /// <summary>The canary's share of the requests in hundredths of a percent; null when rules differ, or name other backends beside these.</summary>
    internal static double? Of(JsonObject route)
    {
        var shares = new HashSet<double?>(RulesOf(route).Select(ShareOf));
        return shares is { Count: 1 } ? shares.Single() : null;
    }

    /// <summary>The route's rules with another share.</summary>
    /// <param name="route">The route, as Kubernetes has it.</param>
    /// <param name="weight">The canary's share in hundredths of a percent.</param>
    /// <returns>The rules, all of them; or null and why not, in plain words.</returns>
    internal static (JsonArray? Rules, string? Fault) With(JsonObject route, int weight)
    {
        if (!RulesOf(route).Any()) return (null, $"it has no rule with a backend {Stable} or {Canary}");
        var rules = route["spec"]!["rules"]!.DeepClone().AsArray();
        foreach (var (place, rule) in rules.Index())
        {
            if (rule?["backendRefs"] is not JsonArray backends || !backends.Any(IsOurs)) continue;
            if (backends.FirstOrDefault(backend => !IsOurs(backend)) is { } other)
                return (null, $"its rule {place + 1} names the backend {other?["name"]?.ToString() ?? "?"} beside {Stable} and {Canary}; expected these alone");
            rule["backendRefs"] = (weight, Assignment.Whole - weight) switch
            {
                (0, _) => new JsonArray(Backend(backends, Stable, null)),
                (_, 0) => new JsonArray(Backend(backends, Canary, null)),
                var (canary, stable) => new JsonArray(Backend(backends, Stable, stable), Backend(backends, Canary, canary)),
            };
        }
        return (rules, null);
    }

    static IEnumerable<JsonArray> RulesOf(JsonObject route) =>
        ((route["spec"]?["rules"] as JsonArray) ?? []).Select(rule => rule?["backendRefs"] as JsonArray).OfType<JsonArray>().Where(backends => backends.Any(IsOurs));

    static double? ShareOf(JsonArray backends)
    {
        if (!backends.All(IsOurs)) return null;
        double stable = WeightOf(backends, Stable), canary = WeightOf(backends, Canary);
        return stable + canary > 0 ? Assignment.Whole * canary / (stable + canary) : null;
    }

    static double WeightOf(JsonArray backends, string name) =>
        backends.Where(backend => (string?)backend!["name"] == name).Sum(backend => backend!["weight"] is JsonValue weight && weight.TryGetValue<long>(out var told) ? told : 1);

    static bool IsOurs(JsonNode? backend) =>
        backend is JsonObject && backend["name"] is JsonValue name && name.TryGetValue<string>(out var text) && text is Stable or Canary && backend["kind"]?.ToString() is null or "Service";

    // As the other one is: both have the same port and filters.
    static JsonObject Backend(JsonArray backends, string name, int? weight)
    {
        var backend = (backends.FirstOrDefault(one => (string?)one!["name"] == name) ?? backends[0])!.DeepClone().AsObject();
        backend["name"] = name;
        backend.Remove("weight");
        if (weight is { } share) backend["weight"] = share;
        return backend;
    }
}
