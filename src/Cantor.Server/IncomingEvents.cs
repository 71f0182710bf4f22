using System.Text;
using System.Text.Json;
using Cantor.Corpus;
using Cantor.Corpus.Rows;
using Cantor.Storage;

namespace Cantor.Server;

/// <summary>Events as callers send them: an array of objects.</summary>
/// <remarks>
/// <c>id</c> (names the event: sent twice it counts once), <c>unit</c> and <c>item</c> must be there; <c>type</c> (view, click,
/// impression, conversion; view when absent), <c>time</c> (ISO 8601; when it arrived when absent), <c>requestId</c> and
/// <c>position</c> (the answer it belongs to, and the item's rank there) may be.
/// </remarks>
static class IncomingEvents
{
    internal const int MaxEvents = 5_000;
    const int MaxTextBytes = 512;

    static readonly string[] Types = ["view", "click", "impression", "conversion"];

    /// <summary>All events, or what is wrong with the first that is.</summary>
    internal static (IReadOnlyList<StoredEvent> Events, string? Fault) Read(ReadOnlyMemory<byte> sent, DateTimeOffset now)
    {
        JsonDocument? document = null;
        try
        {
            document = JsonDocument.Parse(sent, new() { AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind is not JsonValueKind.Array) return ([], "expected an array of events");
            if (document.RootElement.GetArrayLength() is > MaxEvents and var count) return ([], $"there are {count} events; expected at most {MaxEvents}");
            var events = new List<StoredEvent>();
            foreach (var element in document.RootElement.EnumerateArray())
            {
                if (Read(element, now, out var one) is { } fault) return ([], $"event {events.Count + 1}: {fault}");
                events.Add(one!);
            }
            return (events, null);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // The second is half a surrogate pair in an escape.
            return ([], $"not valid JSON: {fault.Message}");
        }
        finally
        {
            document?.Dispose();
        }
    }

    static string? Read(JsonElement sent, DateTimeOffset now, out StoredEvent? read)
    {
        read = null;
        if (sent.ValueKind is not JsonValueKind.Object) return "expected an object";
        string? id = null, unit = null, item = null, requestId = null;
        var (type, time, position) = (EventType.View, now, (int?)null);
        foreach (var member in sent.EnumerateObject())
        {
            if (member.Value.ValueKind is JsonValueKind.Null) continue;
            var fault = member.Name switch
            {
                "id" => Text(member, out id),
                "unit" => Text(member, out unit),
                "item" => Text(member, out item),
                "requestId" => Text(member, out requestId),
                "type" => Type(member, out type),
                "time" => Time(member, out time),
                "position" => Position(member, out position),
                _ => $"there is no member {Problem.Shown(member.Name)}; expected id, unit, item, type, time, requestId, position",
            };
            if (fault is not null) return fault;
        }
        if (id is null || unit is null || item is null) return $"{(id is null ? "id" : unit is null ? "unit" : "item")} is missing; expected id, unit and item";
        if (ItemId.Check(item, out _) is { } noItem) return $"item: {noItem}";
        read = new(id, type, unit, item, time, requestId, position);
        return null;
    }

    static string? Text(JsonProperty member, out string? text)
    {
        text = member.Value.ValueKind is JsonValueKind.String ? member.Value.GetString() : null;
        return text is { Length: > 0 } && Encoding.UTF8.GetByteCount(text) <= MaxTextBytes && !text.Any(char.IsControl) ? null : $"{member.Name}: expected text of 1 to {MaxTextBytes} bytes without control characters";
    }

    static string? Type(JsonProperty member, out EventType type)
    {
        type = (EventType)Math.Max(0, member.Value.ValueKind is JsonValueKind.String ? Array.IndexOf(Types, member.Value.GetString()) : -1);
        return member.Value.ValueKind is JsonValueKind.String && Types.Contains(member.Value.GetString()) ? null : $"type: expected {string.Join(", ", Types)}";
    }

    static string? Time(JsonProperty member, out DateTimeOffset time)
    {
        time = default;
        return member.Value.ValueKind is JsonValueKind.String && TimeText.TryParse(Encoding.UTF8.GetBytes(member.Value.GetString()!), out time) ? null : $"time: expected {TimeText.Expected}";
    }

    static string? Position(JsonProperty member, out int? position)
    {
        position = member.Value.ValueKind is JsonValueKind.Number && member.Value.TryGetInt32(out var number) && number is >= 1 and <= Parameters.MaxWindow ? number : null;
        return position is null ? $"position: expected a whole number from 1 to {Parameters.MaxWindow}" : null;
    }
}
