using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cantor.Corpus;
using Cantor.Corpus.Rows;
using Cantor.Storage;

namespace Cantor.Server;

/// <summary>What callers send of items, read and checked.</summary>
static class Incoming
{
    static readonly string[] Verbs = ["upsert", "patch", "delete", "hide", "unhide"];

    /// <summary>An item or a patch, with its id in it, or what is wrong with it.</summary>
    /// <param name="sent">A JSON object; its id may be missing, and is the address's where it is there.</param>
    /// <param name="id">The address's.</param>
    internal static (string? Payload, string? Fault) Item(ReadOnlySpan<byte> sent, string id)
    {
        if (ObjectOf(sent, out var fault) is not { } item) return (null, fault);
        if (item["id"] is { } own && TextOf(own) != id) return (null, $"the item's id is {own.ToJsonString()}, the address's is \"{id}\"; expected one and the same");
        return (Named(item, id), null);
    }

    /// <summary>Null, or why an item cannot be taken.</summary>
    internal static string? Check(string payload) => new ItemParser(ColumnMap.Same).Parse(Encoding.UTF8.GetBytes(payload), out _);

    /// <summary>An item with its id in it.</summary>
    internal static string Named(string payload, string id) => Named(JsonNode.Parse(payload)!.AsObject(), id);

    /// <summary>
    /// A line of a batch: an object with one member, <c>upsert</c> or <c>patch</c> with an item that has its id, <c>delete</c>,
    /// <c>hide</c> or <c>unhide</c> with an id.
    /// </summary>
    internal static (NewChange? Change, string? Id, Problem? Problem) Line(ReadOnlySpan<byte> line, int maxItemBytes)
    {
        if (line.Length > maxItemBytes) return Wrong(null, $"the line has {line.Length} bytes; expected at most {maxItemBytes}");
        if (ObjectOf(line, out var fault) is not { } sent) return Wrong(null, fault!);
        if (sent.Count != 1 || Array.IndexOf(Verbs, sent.First().Key) is not (>= 0 and var verb))
            return Wrong(null, $"expected an object with one of {string.Join(", ", Verbs)}, found {(sent.Count == 0 ? "none" : string.Join(", ", sent.Take(5).Select(member => member.Key)))}");
        var value = sent.First().Value;
        var kind = (ChangeKind)verb;
        if (kind is ChangeKind.Upsert or ChangeKind.Patch)
        {
            if (value is not JsonObject item) return Wrong(null, $"{Verbs[verb]}: expected an item, a JSON object");
            if (ItemId.Check(TextOf(item["id"]), out var id) is { } badId) return Wrong(null, $"{Verbs[verb]}.id: {badId}");
            var payload = Named((JsonObject)item.DeepClone(), id.Value);
            return kind is ChangeKind.Upsert && Check(payload) is { } unfit ? Wrong(id.Value, unfit) : (new(kind, id.Value, payload), null, null);
        }
        return ItemId.Check(TextOf(value), out var named) is { } noId ? Wrong(null, $"{Verbs[verb]}: {noId}") : (new(kind, named.Value), null, null);
    }

    static (NewChange?, string?, Problem?) Wrong(string? id, string fault) => (null, id, new(ProblemKind.InvalidItem, fault));

    static string Named(JsonObject item, string id)
    {
        item["id"] = id;
        return item.ToJsonString(Plain);
    }

    // An integer is an id by its decimal text, as in sources.
    static string? TextOf(JsonNode? node) => node switch
    {
        JsonValue value when value.GetValueKind() is JsonValueKind.String => value.GetValue<string>(),
        JsonValue value when value.GetValueKind() is JsonValueKind.Number && value.ToJsonString() is var number && number.AsSpan().IndexOfAny(".eE") < 0 => number,
        _ => null,
    };

    /// <summary>A JSON object whose texts can all be read, or what is wrong.</summary>
    internal static JsonObject? ObjectOf(ReadOnlySpan<byte> sent, out string? fault)
    {
        fault = null;
        try
        {
            // Reading an escape is what tells half a surrogate pair, which UTF-8 cannot write.
            for (var reader = new Utf8JsonReader(sent); reader.Read();)
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped) _ = reader.GetString();
            if (JsonNode.Parse(sent, documentOptions: new() { AllowDuplicateProperties = false }) is JsonObject found) return found;
            fault = "expected a JSON object";
        }
        catch (Exception wrong) when (wrong is JsonException or ArgumentException or InvalidOperationException)
        {
            fault = $"not a JSON object: {wrong.Message}";
        }
        return null;
    }

    static readonly JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
