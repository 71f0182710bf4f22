using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cantor.Corpus;
using Cantor.Storage;
using Microsoft.AspNetCore.Http;

namespace Cantor.Server;

/// <summary>The store's keys over the API: made, listed, replaced, revoked. A secret is in one answer, that which makes it.</summary>
sealed class KeyChanges(StoreWatch watch)
{
    const int MaxBodyBytes = 16 << 10, MaxLabel = 200;
    const double MostDays = 36_500, MostHours = 24 * 366, Overlap = 24;

    /// <summary>What a body says; what it does not say is null.</summary>
    sealed record Asked(string? Label, string? Collection, string? Scopes, double? Days, double? OverlapHours);

    internal async Task<Problem?> AnswerAsync(HttpContext context, Route route, string id, string by)
    {
        var keys = watch.Store.Keys;
        if (route is Route.Keys && !HttpMethods.IsPost(context.Request.Method))
        {
            var ring = await keys.ReadAsync(context.RequestAborted);
            Send(context, json =>
            {
                json.WriteStartArray("keys"u8);
                foreach (var key in ring.Keys) WriteKey(json, key);
                json.WriteEndArray();
            });
            return null;
        }
        var (asked, fault) = route is Route.RevokeKey ? (null, null) : Read(await Writes.ReadBodyAsync(context, MaxBodyBytes), route);
        if (fault is not null) return new(ProblemKind.InvalidParameter, fault);
        if (route is Route.RevokeKey)
        {
            if (!await keys.RevokeAsync(id, by, context.RequestAborted)) return Unknown(id);
            await watch.LookedAsync(context.RequestAborted);
            Send(context, json => json.WriteString("revoked"u8, id));
            return null;
        }
        NewKey? made;
        try
        {
            var lifetime = asked!.Days is { } days ? TimeSpan.FromDays(days) : (TimeSpan?)null;
            made = route is Route.Keys
                ? await keys.CreateAsync(asked.Label!, asked.Collection, ScopeNames.Parse(asked.Scopes!), lifetime, by, context.RequestAborted)
                : await keys.RotateAsync(id, TimeSpan.FromHours(asked.OverlapHours ?? Overlap), lifetime, by, context.RequestAborted);
        }
        catch (InputFaultException refused)
        {
            return new(ProblemKind.InvalidParameter, refused.Message);
        }
        if (made is null) return Unknown(id);
        await watch.LookedAsync(context.RequestAborted);
        Send(context, json =>
        {
            json.WriteString("secret"u8, made.Secret);
            json.WritePropertyName("key"u8);
            WriteKey(json, made.Key);
        });
        return null;
    }

    static Problem Unknown(string id) => new(ProblemKind.UnknownKey, $"there is no valid key \"{Problem.Shown(id)}\"; GET /v1/keys lists all");

    static (Asked? Asked, string? Fault) Read(byte[] body, Route route)
    {
        string? fault = null;
        if ((body.Length == 0 ? [] : Incoming.ObjectOf(body, out fault)) is not { } sent) return (null, $"the body: {fault}");
        var asked = new Asked(null, null, null, null, null);
        var names = route is Route.Keys ? "label, collection, scopes, days" : "overlapHours, days";
        foreach (var (name, value) in sent)
        {
            if (!names.Split(", ").Contains(name)) return (null, $"{name} is not known; expected {names}");
            if (value is null) continue;
            switch (name)
            {
                case "label" or "collection" when Text(value) is { Length: > 0 and <= MaxLabel } text:
                    asked = name is "label" ? asked with { Label = text } : asked with { Collection = text };
                    break;
                case "scopes" when value is JsonArray scopes && scopes.All(scope => Text(scope) is { Length: > 0 }):
                    asked = asked with { Scopes = string.Join(',', scopes.Select(Text)) };
                    break;
                case "days" when Number(value, .0001, MostDays) is { } days:
                    asked = asked with { Days = days };
                    break;
                case "overlapHours" when Number(value, 0, MostHours) is { } hours:
                    asked = asked with { OverlapHours = hours };
                    break;
                default:
                    return (null, string.Create(CultureInfo.InvariantCulture, $"{name}: expected {name switch
                    {
                        "scopes" => $"some of {string.Join(", ", ScopeNames.All)} in an array",
                        "days" => $"a number from 0.0001 to {MostDays}",
                        "overlapHours" => $"a number from 0 to {MostHours}",
                        _ => $"a text of at most {MaxLabel} characters",
                    }}"));
            }
        }
        return route is Route.Keys && (asked.Label is null || asked.Scopes is null) ? (null, "label and scopes are needed") : (asked, null);
    }

    static string? Text(JsonNode? node) => node is JsonValue value && value.GetValueKind() is JsonValueKind.String ? value.GetValue<string>() : null;

    static double? Number(JsonNode node, double least, double most) =>
        node is JsonValue value && value.GetValueKind() is JsonValueKind.Number && value.TryGetValue<double>(out var number) && number >= least && number <= most ? number : null;

    static void WriteKey(Utf8JsonWriter json, ApiKey key)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, key.Id);
        json.WriteString("label"u8, key.Label);
        json.WriteString("collection"u8, key.Collection);
        json.WriteStartArray("scopes"u8);
        foreach (var scope in ScopeNames.Text(key.Scopes).Split(',')) json.WriteStringValue(scope);
        json.WriteEndArray();
        json.WriteString("created"u8, key.Created.At);
        json.WriteString("createdBy"u8, key.Created.By);
        if (key.ExpiresAt is { } end) json.WriteString("expiresAt"u8, end);
        if (key.Revoked is { } revoked)
        {
            json.WriteString("revoked"u8, revoked.At);
            json.WriteString("revokedBy"u8, revoked.By);
        }
        json.WriteEndObject();
    }

    static void Send(HttpContext context, Action<Utf8JsonWriter> write)
    {
        var answer = Answer.Begin();
        using (var json = new Utf8JsonWriter(answer, Answer.JsonOptions))
        {
            json.WriteStartObject();
            write(json);
            json.WriteString("requestId"u8, context.TraceIdentifier);
            json.WriteEndObject();
        }
        Leaving.Send(context, 200, Leaving.Json, answer.Written, "no-store");
    }
}
