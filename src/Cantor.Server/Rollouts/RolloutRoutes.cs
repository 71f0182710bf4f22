using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cantor.Corpus;
using Cantor.Releases;
using Cantor.Storage;
using Cantor.Storage.Rollouts;
using Microsoft.AspNetCore.Http;

namespace Cantor.Server.Rollouts;

/// <summary>Rollouts of a collection's releases, and of the server's version, over the API: which there are, how one stands, and what people do to it.</summary>
sealed class RolloutRoutes(StoreWatch watch, ServerOptions options)
{
    const int MaxBodyBytes = 16 << 10, MaxWhy = 1_000, Shown = 50;
    const string Verbs = "pause, resume, abort, promote";

    /// <param name="context">The request.</param>
    /// <param name="route">One of the three.</param>
    /// <param name="served">The collection; null for the server's version.</param>
    /// <param name="id">A rollout's number, or "current"; with a verb behind a colon where something is to be done.</param>
    /// <param name="by">Who asks.</param>
    internal async Task<Problem?> AnswerAsync(HttpContext context, Route route, ServedCollection? served, string id, string by)
    {
        var (store, cancellationToken) = (watch.Store, context.RequestAborted);
        var (subject, name) = served is null ? (RolloutSubject.Version, RolloutTable.ServerName) : (RolloutSubject.Release, served.Name);
        if (route is Route.Rollouts)
        {
            if (HttpMethods.IsPost(context.Request.Method)) return await StartAsync(context, store, served, by);
            var all = await store.Rollouts.ListAsync(subject, name, Shown, cancellationToken);
            Send(context, 200, new JsonObject { [served is null ? "service" : "collection"] = name, ["rollouts"] = new JsonArray([.. all.Select(RolloutView.Summary)]) });
            return null;
        }
        var colon = id.IndexOf(':', StringComparison.Ordinal);
        if (await FindAsync(store, subject, name, colon < 0 ? id : id[..colon], cancellationToken) is not { } rollout)
            return new(ProblemKind.UnknownRollout, $"the {(served is null ? "server" : $"collection {name}")} has no rollout \"{Problem.Shown(id)}\"; expected a number of those that …/rollouts lists, or current");
        if (route is Route.RolloutAct)
        {
            var (why, fault) = ReleaseMoves.WhyOf(await Writes.ReadBodyAsync(context, MaxBodyBytes));
            if (fault is not null) return new(ProblemKind.InvalidParameter, fault);
            if (ActOf(id[(colon + 1)..], by, why) is not { } act) return new(ProblemKind.UnknownRoute, $"there is no verb {Problem.Shown(id[(colon + 1)..])}; expected {Verbs}");
            var (next, refused) = await store.Rollouts.ActAsync(rollout, act, cancellationToken);
            if (next is null) return new(ProblemKind.MovedMeanwhile, $"rollout {rollout.Number}: {refused}");
            rollout = next;
            watch.End(next);
            await watch.LookedAsync(cancellationToken);
        }
        Send(context, 200, RolloutView.Detail(rollout, await store.Rollouts.StandAsync(rollout, cancellationToken), await store.Rollouts.HistoryAsync(rollout.Number, cancellationToken),
            served is null ? await store.Servers.LivingAsync(cancellationToken) : null));
        return null;
    }

    async Task<Problem?> StartAsync(HttpContext context, Store store, ServedCollection? served, string by)
    {
        var (start, fault) = Read(await Writes.ReadBodyAsync(context, MaxBodyBytes), served is null ? "version" : "release");
        if (start is null) return new(ProblemKind.InvalidParameter, fault!);
        if (served is not null)
        {
            using var registry = store.Registry(options.DataDirectory);
            if (!ReleaseVersion.TryParse(start.Candidate, out var version) || registry.Find(served.Name, version) is not { } found)
                return new(ProblemKind.UnknownRelease, $"the collection {served.Name} has no release \"{Problem.Shown(start.Candidate)}\"");
            if (!await watch.HasFileAsync(found, context.RequestAborted)) return new(ProblemKind.UnknownRelease, $"the file of release {version} is neither here nor where release files come from");
        }
        try
        {
            var rollout = served is null
                ? await store.Rollouts.StartAsync(RolloutSubject.Version, RolloutTable.ServerName, start.Candidate, null, start.Plan is null ? new() : RolloutPlan.Of(start.Plan), start.Force, by, start.Why ?? "start", context.RequestAborted)
                : await store.Rollouts.StartAsync(RolloutSubject.Release, served.Name, start.Candidate, null, served.Settings.Rollout, start.Force, by, start.Why ?? "start", context.RequestAborted);
            await watch.LookedAsync(context.RequestAborted);
            Send(context, 202, RolloutView.Summary(rollout));
            return null;
        }
        catch (InputFaultException refused)
        {
            return new(ProblemKind.InvalidParameter, refused.Message);
        }
    }

    static async Task<Rollout?> FindAsync(Store store, RolloutSubject subject, string name, string id, CancellationToken cancellationToken)
    {
        if (id is "current")
        {
            var all = await store.Rollouts.ListAsync(subject, name, Shown, cancellationToken);
            return all.FirstOrDefault(rollout => rollout.IsActive) ?? (all.Count > 0 ? all[0] : null);
        }
        return long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && await store.Rollouts.FindAsync(number, cancellationToken) is { } rollout && rollout.Subject == subject && rollout.Name == name ? rollout : null;
    }

    static RolloutAct? ActOf(string verb, string by, string? why) => verb switch
    {
        "pause" => new RolloutAct.Pause(by, why ?? "pause"),
        "resume" => new RolloutAct.Resume(by, why ?? "resume"),
        "abort" => new RolloutAct.Abort(by, why ?? "abort"),
        "promote" => new RolloutAct.Promote(by, why ?? "promote"),
        _ => null,
    };

    /// <summary>What somebody wants to have rolled out.</summary>
    sealed record Wish(string Candidate, string? Why, bool Force, JsonObject? Plan);

    static (Wish? Wish, string? Fault) Read(byte[] body, string what)
    {
        var plan = what is "version" ? ", \"rollout\": how it goes" : "";
        var expected = $"the body: expected {{\"{what}\": {(what is "version" ? "a version of the server" : "a release's version")}, \"why\": a reason of at most 1000 characters, \"force\": true or false{plan}}}, of which only {what} must be there";
        try
        {
            if (JsonNode.Parse(body, documentOptions: new() { AllowDuplicateProperties = false }) is not JsonObject sent || sent.Any(member => member.Key is not ("why" or "force") && member.Key != what && !(plan.Length > 0 && member.Key is "rollout"))) return (null, expected);
            var (candidate, why) = (Text(sent[what]), Text(sent["why"]));
            var force = sent["force"]?.GetValueKind() ?? JsonValueKind.False;
            return candidate is not { Length: > 0 and <= 64 } || sent["why"] is not null && why is not { Length: > 0 and <= MaxWhy } || force is not (JsonValueKind.True or JsonValueKind.False) || sent["rollout"] is not (null or JsonObject)
                ? (null, expected)
                : (new(candidate, why, force is JsonValueKind.True, sent["rollout"]?.AsObject()), null);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return (null, $"the body is not valid JSON: {fault.Message}");
        }
    }

    static string? Text(JsonNode? node) => node is JsonValue value && value.GetValueKind() is JsonValueKind.String ? value.GetValue<string>() : null;

    static void Send(HttpContext context, int status, JsonObject json)
    {
        json["requestId"] = context.TraceIdentifier;
        var answer = Answer.Begin();
        using (var writer = new Utf8JsonWriter(answer, Answer.JsonOptions)) json.WriteTo(writer);
        Leaving.Send(context, status, Leaving.Json, answer.Written, "no-store");
    }
}
