using System.Buffers;
using System.Text.Json;

namespace Cantor.Corpus.Rows;

/// <summary>Writes items as <see cref="ItemParser"/> reads them.</summary>
public static class ItemJson
{
    static readonly JsonWriterOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>The whole item as a JSON object in UTF-8, body and vector included; what it does not say is left out.</summary>
    public static ReadOnlyMemory<byte> Of(Item item)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, Relaxed);
        json.WriteStartObject();
        json.WriteString("id"u8, item.Id.Value);
        if (item.Title.Length > 0) json.WriteString("title"u8, item.Title.Span);
        if (item.Body.Length > 0) json.WriteString("body"u8, item.Body.Span);
        if (item.Tags.Count > 0)
        {
            json.WriteStartArray("tags"u8);
            foreach (var tag in item.Tags) json.WriteStringValue(tag);
            json.WriteEndArray();
        }
        if (item.Lang is not null) json.WriteString("lang"u8, item.Lang);
        if (item.Url is not null) json.WriteString("url"u8, item.Url);
        if (item.PublishedAt is { } published) json.WriteString("published_at"u8, published);
        if (item.UpdatedAt is { } updated) json.WriteString("updated_at"u8, updated);
        if (item.ExpiresAt is { } expires) json.WriteString("expires_at"u8, expires);
        if (item.Vector.Length > 0)
        {
            json.WriteStartArray("vector"u8);
            foreach (var number in item.Vector.Span) json.WriteNumberValue(number);
            json.WriteEndArray();
        }
        foreach (var attribute in item.Attributes)
        {
            json.WritePropertyName(attribute.Name);
            json.WriteRawValue(attribute.Json.Span, skipInputValidation: true);
        }
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }
}
