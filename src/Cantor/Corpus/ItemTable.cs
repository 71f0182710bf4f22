using System.Buffers;
using System.Text.Json;

namespace Cantor.Corpus;

/// <summary>What a release keeps of its items besides their terms, in ordinal order.</summary>
sealed class ItemTable
{
    internal required ItemId[] Ids { get; init; }

    /// <summary>One JSON object an item, ready to send, title and url first.</summary>
    internal required ItemFields[] Fields { get; init; }

    internal required string[] Langs { get; init; }

    /// <summary>Milliseconds since 1970, UTC; <see cref="NoTime"/> where the source does not say.</summary>
    internal required long[] PublishedAt { get; init; }

    internal const long NoTime = long.MinValue;

    internal int Count => Ids.Length;
}

/// <summary>An item's stored fields.</summary>
/// <param name="Json">A JSON object in UTF-8.</param>
/// <param name="ShortLength">The object's first bytes, up to here, hold title and url and lack only the closing brace.</param>
readonly record struct ItemFields(byte[] Json, int ShortLength)
{
    /// <summary>Writes the fields of <paramref name="item"/>; the body is analyzed and not kept.</summary>
    internal static ItemFields Of(Item item, string lang, ArrayBufferWriter<byte> scratch)
    {
        scratch.ResetWrittenCount();
        using var json = new Utf8JsonWriter(scratch, new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        json.WriteStartObject();
        json.WriteString("title"u8, item.Title.Span);
        if (item.Url is not null) json.WriteString("url"u8, item.Url);
        json.Flush();
        var shortLength = scratch.WrittenCount;
        json.WriteString("lang"u8, lang);
        if (item.Tags.Count > 0)
        {
            json.WriteStartArray("tags"u8);
            foreach (var tag in item.Tags) json.WriteStringValue(tag);
            json.WriteEndArray();
        }
        if (item.PublishedAt is { } time) json.WriteString("published_at"u8, time);
        foreach (var attribute in item.Attributes)
        {
            json.WritePropertyName(attribute.Name);
            json.WriteRawValue(attribute.Json.Span, skipInputValidation: true);
        }
        json.WriteEndObject();
        json.Flush();
        return new(scratch.WrittenSpan.ToArray(), shortLength);
    }
}
