using System.Text.Json;

namespace Cantor.Corpus.Rows;

/// <summary>Copies JSON values without the blanks between their tokens, numbers and escapes as they were written.</summary>
static class CompactJson
{
    /// <summary>The value the reader stands at; afterwards it stands at the value's last token. Empty for null.</summary>
    /// <param name="reader">Stands at a value.</param>
    /// <param name="buffer">Holds what is returned; grows when needed.</param>
    /// <exception cref="InvalidOperationException">A text holds the escape of half a surrogate pair.</exception>
    internal static ReadOnlySpan<byte> Of(ref Utf8JsonReader reader, ref byte[] buffer)
    {
        if (reader.TokenType == JsonTokenType.Null) return [];
        var length = 0;
        var depth = reader.CurrentDepth;
        while (true)
        {
            var token = reader.TokenType;
            if (token is not (JsonTokenType.EndArray or JsonTokenType.EndObject) && length > 0 && buffer[length - 1] is not ((byte)'{' or (byte)'[' or (byte)':'))
                Add(ref buffer, ref length, ","u8);
            AddToken(ref reader, ref buffer, ref length);
            var scalar = token is not (JsonTokenType.StartArray or JsonTokenType.StartObject or JsonTokenType.PropertyName);
            if (scalar && reader.CurrentDepth == depth) return buffer.AsSpan(0, length);
            reader.Read();
        }
    }

    static void AddToken(ref Utf8JsonReader reader, ref byte[] buffer, ref int length)
    {
        var quoted = reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName;
        if (quoted && reader.ValueIsEscaped) _ = reader.GetString();
        if (quoted) Add(ref buffer, ref length, "\""u8);
        Add(ref buffer, ref length, reader.ValueSpan);
        if (quoted) Add(ref buffer, ref length, "\""u8);
        if (reader.TokenType == JsonTokenType.PropertyName) Add(ref buffer, ref length, ":"u8);
    }

    static void Add(ref byte[] buffer, ref int length, ReadOnlySpan<byte> bytes)
    {
        if (length + bytes.Length > buffer.Length) Array.Resize(ref buffer, Math.Max(length + bytes.Length, buffer.Length * 2));
        bytes.CopyTo(buffer.AsSpan(length));
        length += bytes.Length;
    }
}
