using System.Text;
using Cantor.Corpus.Rows;
using Cantor.Corpus;
using Cantor.Sources.Files;

namespace Cantor.Sources.Sql;

/// <summary>The columns of a .csv or .tsv file.</summary>
/// <param name="Columns">Their names, each once.</param>
/// <param name="HasNames">Whether the file's first line names them.</param>
sealed record CsvHeader(IReadOnlyList<string> Columns, bool HasNames)
{
    const int MaxBytes = 1 << 20;

    /// <summary>
    /// Reads the first line. Events and neighbors may lack the line of names: then no cell of it is one of ours, and the columns
    /// are ours in order. Null when the file is empty.
    /// </summary>
    internal static async Task<CsvHeader?> ReadAsync<T>(string name, string path, char delimiter, RowParser<T> parser, CancellationToken cancellationToken)
    {
        var cells = Cells(await FirstBytesAsync(name, path, cancellationToken), delimiter, name);
        if (cells is null) return null;
        if (parser.MayLackNames && !parser.AnyRenamed && !cells.Exists(cell => parser.Ours.Contains(cell, StringComparer.OrdinalIgnoreCase)))
            return cells.Count >= parser.Required.Count
                ? new([.. cells.Select((_, i) => i < parser.Ours.Count ? parser.Ours[i] : $"column{i + 1}")], false)
                : throw new InputFaultException(name, 1, $"expected at least {string.Join(", ", parser.Required)}, found {cells.Count} column{(cells.Count == 1 ? "" : "s")}");
        if (cells.Count == 1 && cells[0].IndexOfAny([',', ';', '\t', '|']) is var at and >= 0)
            throw new InputFaultException(name, 1, $"expected columns separated by {Word(delimiter)}, found {Word(cells[0][at])}; duckdb:SELECT … FROM read_csv(…) reads other forms");
        if (parser.CheckColumns(cells) is { } fault) throw new InputFaultException(name, 1, fault);
        var names = cells.Select((cell, i) => cell.Length > 0 ? cell : $"column{i + 1}").ToList();
        // DuckDB takes names for the same that differ in case only.
        return names.GroupBy(cell => cell, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? throw new InputFaultException(name, 1, $"the column \"{twice.Key}\" stands twice")
            : new(names, true);
    }

    static async Task<ReadOnlyMemory<byte>> FirstBytesAsync(string name, string path, CancellationToken cancellationToken)
    {
        var buffer = new byte[MaxBytes];
        try
        {
            await using var stream = TextFile.Open(name, path);
            return buffer.AsMemory(0, await stream.ReadAtLeastAsync(buffer, MaxBytes, throwOnEndOfStream: false, cancellationToken));
        }
        catch (Exception e) when (TextFile.Fault(e) is { } fault)
        {
            throw new InputFaultException(name, null, fault, e);
        }
    }

    static List<string>? Cells(ReadOnlyMemory<byte> memory, char delimiter, string name)
    {
        var bytes = memory.Span;
        if (bytes.StartsWith("\uFEFF"u8)) bytes = bytes[3..];
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || bytes.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            throw new InputFaultException(name, 1, "UTF-16; expected UTF-8");
        if (bytes.IsEmpty) return null;
        var cells = new List<string>();
        var cell = new List<byte>();
        var quoted = false;
        for (var i = 0; ; i++)
        {
            var end = i == bytes.Length;
            if (end && (quoted || bytes.Length == MaxBytes)) throw new InputFaultException(name, 1, "the line does not end within 1 MiB, or a quote in it is not closed");
            if (quoted)
            {
                if (bytes[i] != '"') cell.Add(bytes[i]);
                else if (i + 1 < bytes.Length && bytes[i + 1] == '"') cell.Add(bytes[i++]);
                else quoted = false;
            }
            else if (end || bytes[i] == delimiter || bytes[i] is (byte)'\n' or (byte)'\r')
            {
                cells.Add(Decode(cell, name));
                cell.Clear();
                if (end || bytes[i] != delimiter) return cells;
            }
            else if (bytes[i] == '"' && cell.Count == 0) quoted = true;
            else cell.Add(bytes[i]);
        }
    }

    static string Decode(List<byte> cell, string name)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString([.. cell]);
        }
        catch (DecoderFallbackException e)
        {
            throw new InputFaultException(name, 1, "not valid UTF-8", e);
        }
    }

    static string Word(char delimiter) => delimiter switch { ',' => "commas", '\t' => "tabs", ';' => "semicolons", _ => "bars" };
}
