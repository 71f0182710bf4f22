using System.Buffers;
using System.Text.Json;

namespace Cantor.Corpus;

/// <summary>What a release keeps of its items besides their terms, in ordinal order.</summary>
sealed class ItemTable
{
    internal required ItemId[] Ids { get; init; }

    internal required ItemFields[] Fields { get; init; }

    internal required string[] Langs { get; init; }

    /// <summary>Milliseconds since 1970, UTC; <see cref="NoTime"/> where the source does not say.</summary>
    internal required long[] PublishedAt { get; init; }

    /// <summary>Milliseconds since 1970, UTC; <see cref="NoTime"/> for never.</summary>
    internal required long[] ExpiresAt { get; init; }

    internal const long NoTime = long.MinValue;

    internal int Count => Ids.Length;
}

/// <summary>An item's stored fields, each a JSON object in UTF-8, ready to send.</summary>
/// <param name="Short">Title and url.</param>
/// <param name="All">Title, url, lang, tags, the times and every attribute.</param>
readonly record struct ItemFields(byte[] Short, byte[] All)
{
    static readonly JsonWriterOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Writes the fields of <paramref name="item"/>; the body is analyzed and not kept.</summary>
    internal static ItemFields Of(Item item, string lang, ArrayBufferWriter<byte> scratch)
    {
        scratch.ResetWrittenCount();
        using var json = new Utf8JsonWriter(scratch, Relaxed);
        json.WriteStartObject();
        json.WriteString("title"u8, item.Title.Span);
        if (item.Url is not null) json.WriteString("url"u8, item.Url);
        json.Flush();
        byte[] brief = [.. scratch.WrittenSpan, (byte)'}'];
        if (lang.Length > 0) json.WriteString("lang"u8, lang);
        if (item.Tags.Count > 0)
        {
            json.WriteStartArray("tags"u8);
            foreach (var tag in item.Tags) json.WriteStringValue(tag);
            json.WriteEndArray();
        }
        if (item.PublishedAt is { } published) json.WriteString("published_at"u8, published);
        if (item.UpdatedAt is { } updated) json.WriteString("updated_at"u8, updated);
        if (item.ExpiresAt is { } expires) json.WriteString("expires_at"u8, expires);
        foreach (var attribute in item.Attributes)
        {
            json.WritePropertyName(attribute.Name);
            json.WriteRawValue(attribute.Json.Span, skipInputValidation: true);
        }
        json.WriteEndObject();
        json.Flush();
        return new(brief, scratch.WrittenSpan.ToArray());
    }

    /// <summary>The id as a JSON string, quotes included.</summary>
    internal static byte[] IdOf(ItemId id, ArrayBufferWriter<byte> scratch)
    {
        scratch.ResetWrittenCount();
        using var json = new Utf8JsonWriter(scratch, Relaxed);
        json.WriteStringValue(id.Value);
        json.Flush();
        return scratch.WrittenSpan.ToArray();
    }
}
