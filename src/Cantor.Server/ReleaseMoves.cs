using System.Text.Json;
using System.Text.Json.Nodes;
using Cantor.Releases;
using Cantor.Server.Rollouts;
using Cantor.Storage;
using Cantor.Storage.Rollouts;
using Microsoft.AspNetCore.Http;

namespace Cantor.Server;

/// <summary>A collection's releases: which there are, which is live and since when, forward and back; old ones go.</summary>
sealed class ReleaseMoves(ServerOptions options, StoreWatch watch, Notices notices)
{
    const int MaxBodyBytes = 16 << 10, MaxWhy = 1_000, ShownMoves = 50;

    internal async Task<Problem?> AnswerAsync(HttpContext context, Route route, string collection, string version, string by)
    {
        if (route is Route.Rollback && version is "true") return await RollBackLocallyAsync(context, collection, by);
        using var registry = watch.Store.Registry(options.DataDirectory);
        if (route is Route.Releases)
        {
            List(context, registry, collection);
            return null;
        }
        if (route is Route.Prune) return await PruneAsync(context, registry, collection);
        var (why, fault) = WhyOf(await Writes.ReadBodyAsync(context, MaxBodyBytes));
        if (fault is not null) return new(ProblemKind.InvalidParameter, fault);
        var live = registry.Alias(collection, AliasName.Live);
        ReleaseVersion? wanted = route is Route.Rollback ? registry.Alias(collection, AliasName.Previous) : ReleaseVersion.TryParse(version, out var read) ? read : null;
        if (wanted is not { } to || registry.Find(collection, to) is not { } release)
            return new(ProblemKind.UnknownRelease, route is Route.Rollback ? "there is no release before the live one to go back to" : $"the collection {collection} has no release \"{Problem.Shown(version)}\"");
        if (!await watch.HasFileAsync(release, context.RequestAborted))
            return new(ProblemKind.UnknownRelease, $"the file of release {to} is neither here nor where release files come from");
        if (!registry.MoveAlias(collection, AliasName.Live, live, to, by, why ?? (route is Route.Rollback ? "rollback" : "promote"), tell: true))
            return new(ProblemKind.MovedMeanwhile, "somebody else moved live at the same time; look again and decide anew");
        await watch.LookedAsync(context.RequestAborted);
        SendMoved(context, collection, to, live);
        return null;
    }

    /// <summary>Goes back on this server alone, whether the store answers or not.</summary>
    async Task<Problem?> RollBackLocallyAsync(HttpContext context, string collection, string by)
    {
        if (!options.IsStoreRemote) return new(ProblemKind.InvalidParameter, "local is true, and this server has the store on its own disk; expected :rollback without it");
        var (why, fault) = WhyOf(await Writes.ReadBodyAsync(context, MaxBodyBytes));
        if (fault is not null) return new(ProblemKind.InvalidParameter, fault);
        if (await watch.RollBackLocallyAsync(collection, by, why ?? "rollback on one server", context.RequestAborted) is not var (live, before))
            return new(ProblemKind.UnknownRelease, "there is no release before the live one open here to go back to");
        // The store tells it too, when it hears of it; until then nobody would know.
        notices.TellHere(collection, NoticeText.OnOneServer(collection, before, live, by, why ?? "rollback"));
        SendMoved(context, collection, live, before);
        watch.Poke();
        return null;
    }

    static void SendMoved(HttpContext context, string collection, ReleaseVersion live, ReleaseVersion? before)
    {
        var answer = Answer.Begin();
        using (var json = new Utf8JsonWriter(answer, Answer.JsonOptions))
        {
            json.WriteStartObject();
            json.WriteString("collection"u8, collection);
            json.WriteString("live"u8, live.ToString());
            json.WriteString("before"u8, before?.ToString());
            json.WriteString("requestId"u8, context.TraceIdentifier);
            json.WriteEndObject();
        }
        Leaving.Send(context, 200, Leaving.Json, answer.Written, "no-store");
    }

    async Task<Problem?> PruneAsync(HttpContext context, Registry registry, string collection)
    {
        var (keep, fault) = KeepOf(await Writes.ReadBodyAsync(context, MaxBodyBytes));
        if (fault is not null) return new(ProblemKind.InvalidParameter, fault);
        var gone = await watch.PruneAsync(registry, collection, keep, context.RequestAborted);
        var answer = Answer.Begin();
        using (var json = new Utf8JsonWriter(answer, Answer.JsonOptions))
        {
            json.WriteStartObject();
            json.WriteString("collection"u8, collection);
            json.WriteStartArray("gone"u8);
            foreach (var release in gone) json.WriteStringValue(release.Version.ToString());
            json.WriteEndArray();
            json.WriteString("requestId"u8, context.TraceIdentifier);
            json.WriteEndObject();
        }
        Leaving.Send(context, 200, Leaving.Json, answer.Written, "no-store");
        return null;
    }

    static void List(HttpContext context, Registry registry, string collection)
    {
        var answer = Answer.Begin();
        using (var json = new Utf8JsonWriter(answer, Answer.JsonOptions))
        {
            json.WriteStartObject();
            json.WriteString("collection"u8, collection);
            foreach (var alias in Enum.GetValues<AliasName>()) json.WriteString(alias.Text(), registry.Alias(collection, alias)?.ToString());
            json.WriteStartArray("releases"u8);
            foreach (var release in registry.Releases(collection))
            {
                json.WriteStartObject();
                json.WriteString("version"u8, release.Version.ToString());
                json.WriteNumber("items"u8, release.Items);
                json.WriteNumber("bytes"u8, release.Bytes);
                json.WriteString("provenance"u8, release.Provenance);
                json.WriteNumber("lastChange"u8, release.LastChange);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartArray("history"u8);
            foreach (var move in registry.History(collection).Reverse().Take(ShownMoves))
            {
                json.WriteStartObject();
                json.WriteString("alias"u8, move.Alias.Text());
                json.WriteString("from"u8, move.From?.ToString());
                json.WriteString("to"u8, move.To?.ToString());
                json.WriteString("at"u8, move.At);
                json.WriteString("by"u8, move.By);
                json.WriteString("why"u8, move.Why);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteString("requestId"u8, context.TraceIdentifier);
            json.WriteEndObject();
        }
        Leaving.Send(context, 200, Leaving.Json, answer.Written, "no-store");
    }

    internal static (string? Why, string? Fault) WhyOf(byte[] body) =>
        ReadOne(body, "why", out var value) ? (null, null)
        : value?.GetValueKind() is JsonValueKind.String && value.GetValue<string>() is { Length: > 0 and <= MaxWhy } why ? (why, null)
        : (null, $"the body: expected nothing, or {{\"why\": a reason of at most {MaxWhy} characters}}");

    static (int? Keep, string? Fault) KeepOf(byte[] body) =>
        ReadOne(body, "keep", out var value) ? (null, null)
        : value?.GetValueKind() is JsonValueKind.Number && value.TryGetValue<int>(out var keep) && keep is >= 1 and <= CollectionSettings.MostKept ? (keep, null)
        : (null, $"the body: expected nothing, or {{\"keep\": a whole number from 1 to {CollectionSettings.MostKept}}}");

    // True for an empty body; else the value of its only member, null when it is anything else.
    static bool ReadOne(byte[] body, string name, out JsonValue? value)
    {
        value = null;
        if (body.Length == 0) return true;
        if (Incoming.ObjectOf(body, out _) is { Count: 1 } sent) value = sent[name] as JsonValue;
        return false;
    }
}
