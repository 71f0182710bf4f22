using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cantor.Gateway.Adapting;

/// <summary>
/// How an answer of the new side is made into one that clients of the old side read. A text that begins with <c>$</c> is a
/// <see cref="JsonPath"/> into the new answer, or what is behind <c>$$</c> as text; an object with the members <c>each</c> and <c>of</c> is a list:
/// <c>of</c> is made for each place of the path <c>each</c>, with <c>$</c> being that place. All else stands as it is.
/// </summary>
sealed class AnswerShape
{
    static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    readonly Part _root;

    AnswerShape(Part root) => _root = root;

    /// <summary>What is wrong with a text of the shape, in plain words; null when nothing is.</summary>
    internal static string? Fault(string text) =>
        !text.StartsWith('$') || text.StartsWith("$$", StringComparison.Ordinal) || JsonPath.Parse(text) is not null ? null : $"{JsonPath.Expected}; $$ stands for $ itself";

    /// <summary>Reads a shape whose texts have no <see cref="Fault(string)"/>.</summary>
    /// <exception cref="FormatException">A list is not as expected.</exception>
    internal static AnswerShape Of(JsonNode? shape) => new(PartOf(shape));

    /// <summary>Makes the answer.</summary>
    /// <param name="body">The new side's answer, not packed.</param>
    /// <exception cref="JsonException">It is no JSON.</exception>
    internal ReadOnlyMemory<byte> Apply(ReadOnlyMemory<byte> body)
    {
        using var document = JsonDocument.Parse(body);
        var made = new ArrayBufferWriter<byte>(body.Length);
        using (var json = new Utf8JsonWriter(made, Plain)) _root.Write(json, document.RootElement);
        return made.WrittenMemory;
    }

    static Part PartOf(JsonNode? shape) => shape switch
    {
        JsonObject list when list.ContainsKey("each") => EachOf(list),
        JsonObject fields => new Fields([.. fields.Select(field => (JsonEncodedText.Encode(field.Key), PartOf(field.Value)))]),
        JsonArray places => new Places([.. places.Select(PartOf)]),
        JsonValue value when value.GetValueKind() is JsonValueKind.String && value.GetValue<string>() is ['$', .. var rest] text =>
            rest is ['$', ..] ? new Literal(JsonValue.Create(rest)) : new Found(JsonPath.Parse(text) ?? throw new FormatException(JsonPath.Expected)),
        _ => new Literal(shape),
    };

    static Each EachOf(JsonObject list) =>
        list.Count == 2 && list.ContainsKey("of") && list["each"] is JsonValue each && each.GetValueKind() is JsonValueKind.String && JsonPath.Parse(each.GetValue<string>()) is { } path
            ? new(path, PartOf(list["of"]))
            : throw new FormatException("expected a list as the two fields each, a path such as $.items[*], and of, what is made of each place");

    abstract record Part
    {
        internal abstract void Write(Utf8JsonWriter json, JsonElement at);
    }

    sealed record Literal(JsonNode? Value) : Part
    {
        internal override void Write(Utf8JsonWriter json, JsonElement at)
        {
            if (Value is null) json.WriteNullValue();
            else Value.WriteTo(json);
        }
    }

    sealed record Found(JsonPath Path) : Part
    {
        internal override void Write(Utf8JsonWriter json, JsonElement at)
        {
            if (Path.IsMany)
            {
                json.WriteStartArray();
                foreach (var found in Path.In(at)) found.WriteTo(json);
                json.WriteEndArray();
                return;
            }
            foreach (var found in Path.In(at))
            {
                found.WriteTo(json);
                return;
            }
            json.WriteNullValue();
        }
    }

    sealed record Fields(IReadOnlyList<(JsonEncodedText Name, Part Value)> Members) : Part
    {
        internal override void Write(Utf8JsonWriter json, JsonElement at)
        {
            json.WriteStartObject();
            foreach (var (name, value) in Members)
            {
                json.WritePropertyName(name);
                value.Write(json, at);
            }
            json.WriteEndObject();
        }
    }

    sealed record Places(IReadOnlyList<Part> Parts) : Part
    {
        internal override void Write(Utf8JsonWriter json, JsonElement at)
        {
            json.WriteStartArray();
            foreach (var part in Parts) part.Write(json, at);
            json.WriteEndArray();
        }
    }

    sealed record Each(JsonPath Path, Part Of) : Part
    {
        internal override void Write(Utf8JsonWriter json, JsonElement at)
        {
            json.WriteStartArray();
            foreach (var found in Path.In(at)) Of.Write(json, found);
            json.WriteEndArray();
        }
    }
}
