using System.Runtime.CompilerServices;
using System.Text.Json;
using Cantor.Corpus;
using Cantor.Sources.Files;
using Cantor.Sources.Rows;

namespace Cantor.Sources.Sql;

/// <summary>Rows of .json files: a list of objects, or objects one after the other. A row's number counts objects.</summary>
static class JsonFile
{
    // DuckDB holds two buffers of a few objects each.
    const int MaxObjectBytes = 16 << 20;

    internal static async IAsyncEnumerable<RawRow> ReadAsync(string name, string path, SourceOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var format = await FirstByteAsync(name, path, cancellationToken) switch
        {
            (byte)'[' => "array",
            (byte)'{' => "unstructured",
            0xEF => throw new InputFaultException(name, 1, "begins with a byte order mark; expected [ or {"),
            _ => throw new InputFaultException(name, 1, "expected a list of JSON objects"),
        };
        using var duck = new DuckDb(options);
        var sql = $"SELECT encode(CAST(json AS VARCHAR)) FROM read_json_objects({DuckDb.FilePath(path)}, format = '{format}', maximum_object_size = {MaxObjectBytes})";
        // DuckDB counts wrongly where the JSON is broken, so the place is looked for again.
        await foreach (var row in DuckDb.Numbered(() => duck.Json(sql, cancellationToken), (e, _) => FindFault(name, path) ?? new(name, null, DuckDb.FirstLine(e), e), cancellationToken))
            yield return row;
    }

    static async Task<byte> FirstByteAsync(string name, string path, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = TextFile.Open(name, path);
            var one = new byte[1];
            while (await stream.ReadAsync(one, cancellationToken) > 0)
                if (one[0] is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
                    return one[0];
        }
        catch (Exception e) when (TextFile.Fault(e) is { } fault)
        {
            throw new InputFaultException(name, null, fault, e);
        }
        throw new InputFaultException(name, null, "the file is empty; expected a list of JSON objects");
    }

    static InputFaultException? FindFault(string name, string path)
    {
        using var stream = TextFile.Open(name, path);
        var buffer = new byte[1 << 16];
        var filled = 0;
        var state = new JsonReaderState(new() { AllowMultipleValues = true });
        try
        {
            while (true)
            {
                var read = stream.Read(buffer, filled, buffer.Length - filled);
                var reader = new Utf8JsonReader(buffer.AsSpan(0, filled += read), isFinalBlock: read == 0, state);
                while (reader.Read())
                    if (reader.TokenType == JsonTokenType.String && !System.Text.Unicode.Utf8.IsValid(reader.ValueSpan))
                        return new(name, null, "a text in it is not valid UTF-8");
                if (read == 0) return null;
                state = reader.CurrentState;
                buffer.AsSpan((int)reader.BytesConsumed, filled -= (int)reader.BytesConsumed).CopyTo(buffer);
                if (filled == buffer.Length) Array.Resize(ref buffer, buffer.Length * 2);
            }
        }
        catch (JsonException e)
        {
            return new(name, e.LineNumber + 1, $"not valid JSON at byte {e.BytePositionInLine + 1} of the line", e);
        }
        catch (Exception e) when (TextFile.Fault(e) is { } fault)
        {
            return new(name, null, fault, e);
        }
    }
}
