using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cantor.Corpus;
using Cantor.Releases;
using Cantor.Storage;
using Cantor.Storage.Rollouts;
using Microsoft.AspNetCore.Http;

namespace Cantor.Server.Rollouts;

/// <summary>A collection's rollouts over the API: which there are, how one stands, and what people do to it.</summary>
sealed class RolloutRoutes(StoreWatch watch, ServerOptions options)
{
    const int MaxBodyBytes = 16 << 10, MaxWhy = 1_000, Shown = 50;
    const string Verbs = "pause, resume, abort, promote";

    /// <param name="context">The request.</param>
    /// <param name="route">One of the three.</param>
    /// <param name="served">The collection.</param>
    /// <param name="id">A rollout's number, or "current"; with a verb behind a colon where something is to be done.</param>
    /// <param name="by">Who asks.</param>
    internal async Task<Problem?> AnswerAsync(HttpContext context, Route route, ServedCollection served, string id, string by)
    {
        var (store, cancellationToken) = (watch.Store, context.RequestAborted);
        if (route is Route.Rollouts)
        {
            if (HttpMethods.IsPost(context.Request.Method)) return await StartAsync(context, store, served, by);
            var all = await store.Rollouts.ListAsync(RolloutSubject.Release, served.Name, Shown, cancellationToken);
            Send(context, 200, new JsonObject { ["collection"] = served.Name, ["rollouts"] = new JsonArray([.. all.Select(RolloutView.Summary)]) });
            return null;
        }
        var colon = id.IndexOf(':', StringComparison.Ordinal);
        if (await FindAsync(store, served.Name, colon < 0 ? id : id[..colon], cancellationToken) is not { } rollout)
            return new(ProblemKind.UnknownRollout, $"the collection {served.Name} has no rollout \"{Problem.Shown(id)}\"; expected a number of those that …/rollouts lists, or current");
        if (route is Route.RolloutAct)
        {
            var (why, fault) = ReleaseMoves.WhyOf(await Writes.ReadBodyAsync(context, MaxBodyBytes));
            if (fault is not null) return new(ProblemKind.InvalidParameter, fault);
            if (ActOf(id[(colon + 1)..], by, why) is not { } act) return new(ProblemKind.UnknownRoute, $"there is no verb {Problem.Shown(id[(colon + 1)..])}; expected {Verbs}");
            var (next, refused) = await store.Rollouts.ActAsync(rollout, act, cancellationToken);
            if (next is null) return new(ProblemKind.MovedMeanwhile, $"rollout {rollout.Number}: {refused}");
            rollout = next;
            await watch.LookedAsync(cancellationToken);
        }
        Send(context, 200, RolloutView.Detail(rollout, await store.Rollouts.StandAsync(rollout, cancellationToken), await store.Rollouts.HistoryAsync(rollout.Number, cancellationToken)));
        return null;
    }

    async Task<Problem?> StartAsync(HttpContext context, Store store, ServedCollection served, string by)
    {
        var (release, why, force, fault) = Read(await Writes.ReadBodyAsync(context, MaxBodyBytes));
        if (fault is not null) return new(ProblemKind.InvalidParameter, fault);
        using var registry = store.Registry(options.DataDirectory);
        if (!ReleaseVersion.TryParse(release, out var version) || registry.Find(served.Name, version) is not { } found)
            return new(ProblemKind.UnknownRelease, $"the collection {served.Name} has no release \"{Problem.Shown(release!)}\"");
        if (!await watch.HasFileAsync(found, context.RequestAborted)) return new(ProblemKind.UnknownRelease, $"the file of release {version} is neither here nor where release files come from");
        try
        {
            var rollout = await store.Rollouts.StartAsync(RolloutSubject.Release, served.Name, release!, null, served.Settings.Rollout, force, by, why ?? "start", context.RequestAborted);
            await watch.LookedAsync(context.RequestAborted);
            Send(context, 202, RolloutView.Summary(rollout));
            return null;
        }
        catch (InputFaultException refused)
        {
            return new(ProblemKind.InvalidParameter, refused.Message);
        }
    }

    static async Task<Rollout?> FindAsync(Store store, string collection, string id, CancellationToken cancellationToken)
    {
        if (id is "current")
        {
            var all = await store.Rollouts.ListAsync(RolloutSubject.Release, collection, Shown, cancellationToken);
            return all.FirstOrDefault(rollout => rollout.IsActive) ?? (all.Count > 0 ? all[0] : null);
        }
        return long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && await store.Rollouts.FindAsync(number, cancellationToken) is { Subject: RolloutSubject.Release } rollout && rollout.Name == collection ? rollout : null;
    }

    static RolloutAct? ActOf(string verb, string by, string? why) => verb switch
    {
        "pause" => new RolloutAct.Pause(by, why ?? "pause"),
        "resume" => new RolloutAct.Resume(by, why ?? "resume"),
        "abort" => new RolloutAct.Abort(by, why ?? "abort"),
        "promote" => new RolloutAct.Promote(by, why ?? "promote"),
        _ => null,
    };

    static (string? Release, string? Why, bool Force, string? Fault) Read(byte[] body)
    {
        const string expected = "the body: expected {\"release\": a release's version, \"why\": a reason of at most 1000 characters, \"force\": true or false}, of which only release must be there";
        try
        {
            if (JsonNode.Parse(body, documentOptions: new() { AllowDuplicateProperties = false }) is not JsonObject sent || sent.Any(member => member.Key is not ("release" or "why" or "force"))) return (null, null, false, expected);
            var (release, why) = (Text(sent["release"]), Text(sent["why"]));
            var force = sent["force"]?.GetValueKind() ?? JsonValueKind.False;
            return release is null || sent["why"] is not null && why is not { Length: > 0 and <= MaxWhy } || force is not (JsonValueKind.True or JsonValueKind.False)
                ? (null, null, false, expected)
                : (release, why, force is JsonValueKind.True, null);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return (null, null, false, $"the body is not valid JSON: {fault.Message}");
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
