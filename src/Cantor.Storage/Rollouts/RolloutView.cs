using System.Text.Json;
using System.Text.Json.Nodes;
using Cantor.Judging;

namespace Cantor.Storage.Rollouts;

/// <summary>Rollouts as the API sends them and the command prints them.</summary>
public static class RolloutView
{
    /// <summary>Where a rollout stands.</summary>
    public static JsonObject Summary(Rollout rollout)
    {
        var json = new JsonObject
        {
            ["number"] = rollout.Number,
            [rollout.Subject switch { RolloutSubject.Release => "collection", RolloutSubject.Route => "route", _ => "service" }] = rollout.Name,
            ["candidate"] = rollout.Candidate,
            ["baseline"] = rollout.Baseline,
            ["state"] = rollout.State.ToString().ToLowerInvariant(),
            ["percent"] = rollout.Weight / 100.0,
            ["step"] = rollout.Step + 1,
            ["steps"] = new JsonArray([.. rollout.Plan.Steps.Select(percent => JsonValue.Create(percent))]),
            ["round"] = rollout.Round,
            ["since"] = rollout.Round > 0 ? Times.Text(rollout.RoundStart) : null,
            ["startedAt"] = Times.Text(rollout.Started.At),
            ["startedBy"] = rollout.Started.By,
            ["endedAt"] = rollout.EndedAt is { } end ? Times.Text(end) : null,
            ["forced"] = rollout.Forced,
            ["why"] = rollout.Why,
            ["rule"] = rollout.Rule is { } rule ? JsonNamingPolicy.CamelCase.ConvertName(rule.ToString()) : null,
        };
        return json;
    }

    /// <summary>The same with the judge's numbers, what the gate found, and the history.</summary>
    /// <param name="rollout">The rollout.</param>
    /// <param name="stand">The judge's numbers of the round; null when nothing was judged.</param>
    /// <param name="history">Its history.</param>
    /// <param name="servers">Of a version, the servers that live; null of anything else.</param>
    public static JsonObject Detail(Rollout rollout, Decision? stand, IReadOnlyList<RolloutEntry> history, IReadOnlyList<TellingServer>? servers = null)
    {
        var json = Summary(rollout);
        json["gate"] = rollout.Gate is null ? null : JsonSerializer.SerializeToNode(rollout.Gate, RolloutJson.Default.GateReport);
        json["decision"] = stand is null ? null : JsonSerializer.SerializeToNode(stand, RolloutJson.Default.Decision);
        if (servers is not null)
        {
            json["wanted"] = rollout.WantedWith(servers) / 100.0;
            json["servers"] = new JsonArray([.. servers.Select(server => new JsonObject { ["name"] = server.Name, ["version"] = server.Version, ["track"] = server.Track.ToString().ToLowerInvariant(), ["ready"] = server.Ready })]);
            // A fault is told before whatever another server gave before.
            json["balancer"] = servers.Select(server => server.Weight).OfType<GivenWeight>().OrderBy(weight => weight.Fault is null).FirstOrDefault() is { } weight
                ? new JsonObject { ["route"] = weight.Route, ["percent"] = weight.Percent, ["fault"] = weight.Fault }
                : null;
        }
        json["history"] = new JsonArray([.. history.Select(entry => JsonSerializer.SerializeToNode(entry, RolloutJson.Default.RolloutEntry))]);
        return json;
    }

    /// <summary>A decision as it is stored: equal decisions are equal texts, to the last bit.</summary>
    public static string Text(Decision decision) => JsonSerializer.Serialize(decision, RolloutJson.Default.Decision);
}
