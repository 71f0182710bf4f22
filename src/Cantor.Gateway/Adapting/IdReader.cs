using System.IO.Compression;
using System.Text.Json;
using Cantor.Corpus;

namespace Cantor.Gateway.Adapting;

/// <summary>Reads the ids of a ranked list out of one side's JSON, and makes them ids that both sides share.</summary>
/// <param name="path">Where they stand, in order: texts or numbers.</param>
/// <param name="strip">What is taken off the front of each where it stands there.</param>
/// <param name="prefix">What is put in front of each.</param>
/// <param name="map">This side's ids (stripped) and the shared ones; those that it lacks stay as they are.</param>
sealed class IdReader(JsonPath path, string strip, string prefix, IReadOnlyDictionary<string, string> map)
{
    // Of an answer that unpacks to more than this nothing is read.
    const int MostBytes = 16 << 20;

    /// <summary>The list of an answer; null when the answer is no JSON.</summary>
    /// <param name="body">The answer's body.</param>
    /// <param name="encoding">Its Content-Encoding; empty for none.</param>
    /// <param name="twice">How many places hold an id that stands further up; those are left out of the list.</param>
    internal IReadOnlyList<ItemId>? Read(ReadOnlyMemory<byte> body, string encoding, out int twice)
    {
        twice = 0;
        try
        {
            using var document = JsonDocument.Parse(Unpack(body, encoding));
            var (list, seen) = (new List<ItemId>(), new HashSet<ItemId>());
            foreach (var element in path.In(document.RootElement))
            {
                var text = element.ValueKind switch
                {
                    JsonValueKind.String => element.GetString()!,
                    JsonValueKind.Number => element.GetRawText(),
                    _ => null,
                };
                if (string.IsNullOrEmpty(text) || !ItemId.TryParse(Shared(text), out var id)) continue;
                if (seen.Add(id)) list.Add(id);
                else twice++;
            }
            return list;
        }
        catch (Exception fault) when (fault is JsonException or InvalidDataException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>An id of this side as both sides know it.</summary>
    internal string Shared(string id)
    {
        if (strip.Length > 0 && id.StartsWith(strip, StringComparison.Ordinal)) id = id[strip.Length..];
        return map.TryGetValue(id, out var shared) ? shared : prefix + id;
    }

    /// <summary>A body as it was before it was packed.</summary>
    /// <exception cref="InvalidDataException">It is damaged, too long, or packed in a way that is not known.</exception>
    internal static ReadOnlyMemory<byte> Unpack(ReadOnlyMemory<byte> body, string encoding)
    {
        if (encoding.Length == 0 || encoding is "identity") return body;
        using var packed = new MemoryStream(body.ToArray());
        using Stream plain = encoding switch
        {
            "gzip" => new GZipStream(packed, CompressionMode.Decompress),
            "br" => new BrotliStream(packed, CompressionMode.Decompress),
            "deflate" => new ZLibStream(packed, CompressionMode.Decompress),
            _ => throw new InvalidDataException($"the content encoding {encoding} is not known"),
        };
        var all = new MemoryStream();
        var buffer = new byte[16 << 10];
        for (int read; (read = plain.Read(buffer)) > 0;)
        {
            if (all.Length + read > MostBytes) throw new InvalidDataException("the body is too long");
            all.Write(buffer, 0, read);
        }
        return all.GetBuffer().AsMemory(0, (int)all.Length);
    }
}
