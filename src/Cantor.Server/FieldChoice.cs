using System.Buffers;
using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using Cantor.Corpus;
using Cantor.Ranking;
using Cantor.Releases;

namespace Cantor.Server;

/// <summary>Which of an item's stored fields an answer carries.</summary>
sealed class FieldChoice
{
    /// <summary>Title and url: ready in the release.</summary>
    internal static readonly FieldChoice TitleAndUrl = new([]);

    /// <summary>All that are stored.</summary>
    internal static readonly FieldChoice All = new([]);

    readonly byte[][] _names;

    FieldChoice(byte[][] names) => _names = names;

    /// <summary>Two choices with one number give the same fields.</summary>
    internal ulong Hash
    {
        get
        {
            if (this == TitleAndUrl) return 0;
            if (this == All) return 1;
            var hash = new XxHash64();
            foreach (var name in _names)
            {
                hash.Append(name);
                hash.Append("\0"u8);
            }
            return hash.GetCurrentHashAsUInt64();
        }
    }

    /// <summary>Reads the parameter <c>fields</c> as it was sent: "*" or names with commas between them, none for no fields.</summary>
    /// <returns>Null when it is neither, or has more than <see cref="Parameters.MaxFields"/> names.</returns>
    internal static FieldChoice? Read(ReadOnlySpan<char> sent)
    {
        if (sent is "*" or "%2A" or "%2a") return All;
        var utf8 = new byte[sent.Length];
        if (PercentText.Decode(sent, plusIsSpace: true, utf8, out var length) is not Decoding.Done) return null;
        var text = Encoding.UTF8.GetString(utf8, 0, length);
        if (text.Length == 0) return new([]);
        // In one order and each once, so that one choice has one hash.
        var names = text.Split(',').Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        if (names.Length > Parameters.MaxFields || names.Contains("") || names.Contains("*")) return null;
        return names is ["title", "url"] ? TitleAndUrl : new([.. names.Select(Encoding.UTF8.GetBytes)]);
    }

    /// <summary>Writes the chosen fields of an item as a JSON object, in the order in which they are stored.</summary>
    internal void Write(Release release, Ordinal item, IBufferWriter<byte> to)
    {
        if (this == TitleAndUrl || this == All) to.Write(release.FieldsOf(item, all: this == All));
        else WriteChosen(release.FieldsOf(item, all: true), to);
    }

    /// <inheritdoc cref="Write(Release, Ordinal, IBufferWriter{byte})"/>
    internal void Write(ItemFields fields, IBufferWriter<byte> to)
    {
        if (this == TitleAndUrl || this == All) to.Write((this == All ? fields.All : fields.TitleAndUrl).Span);
        else WriteChosen(fields.All.Span, to);
    }

    void WriteChosen(ReadOnlySpan<byte> stored, IBufferWriter<byte> to)
    {
        to.Write("{"u8);
        var first = true;
        var reader = new Utf8JsonReader(stored);
        reader.Read();
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            var nameAt = (int)reader.TokenStartIndex;
            var chosen = IsChosen(ref reader);
            reader.Skip();
            if (!chosen) continue;
            if (!first) to.Write(","u8);
            first = false;
            to.Write(stored[nameAt..(int)reader.BytesConsumed]);
        }
        to.Write("}"u8);
    }

    bool IsChosen(ref Utf8JsonReader name)
    {
        foreach (var chosen in _names)
            if (name.ValueTextEquals(chosen)) return true;
        return false;
    }
}
