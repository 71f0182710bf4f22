using System.Buffers;
using System.Text.Json;

namespace Cantor.Corpus;

/// <summary>An item's stored fields, each a JSON object in UTF-8, ready to send.</summary>
/// <param name="TitleAndUrl">Title and url only.</param>
/// <param name="All">Title, url, lang, tags, the times and every attribute.</param>
public readonly record struct ItemFields(ReadOnlyMemory<byte> TitleAndUrl, ReadOnlyMemory<byte> All)
{
    static readonly JsonWriterOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Writes the fields of an item; its body is analyzed and not kept.</summary>
    /// <param name="item">The item.</param>
    /// <param name="lang">Its language, given or detected; empty when not known.</param>
    public static ItemFields Of(Item item, string lang) => Of(item, lang, new());

    /// <summary>The id as a JSON string in UTF-8, quotes included.</summary>
    public static byte[] IdOf(ItemId id) => IdOf(id, new());

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

    internal static byte[] IdOf(ItemId id, ArrayBufferWriter<byte> scratch)
    {
        scratch.ResetWrittenCount();
        using var json = new Utf8JsonWriter(scratch, Relaxed);
        json.WriteStringValue(id.Value);
        json.Flush();
        return scratch.WrittenSpan.ToArray();
    }
}
