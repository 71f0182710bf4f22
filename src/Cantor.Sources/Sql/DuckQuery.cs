using System.Runtime.CompilerServices;
using Cantor.Corpus.Rows;
using Cantor.Corpus;
using Cantor.Sources.Rows;

namespace Cantor.Sources.Sql;

/// <summary>Rows of "duckdb:SELECT …" and of Parquet files. Types are the source's own; a fault ends the reading.</summary>
static class DuckQuery
{
    internal const string Prefix = "duckdb:";

    internal static IAsyncEnumerable<RawRow> ReadSqlAsync<T>(string source, RowParser<T> parser, SourceOptions options, CancellationToken cancellationToken) =>
        // A comment at the end must not hide the parenthesis.
        ReadAsync(NameOf(source), duck => $"({CheckSelect(duck, source)}\n) AS source", parser, options, cancellationToken);

    internal static IAsyncEnumerable<RawRow> ReadParquetAsync<T>(string name, string path, RowParser<T> parser, SourceOptions options, CancellationToken cancellationToken) =>
        ReadAsync(name, _ => $"read_parquet({DuckDb.FilePath(path)})", parser, options, cancellationToken);

    /// <summary>How a query is called in messages: its first words.</summary>
    internal static string NameOf(string source)
    {
        const int most = 60;
        var words = string.Join(' ', source.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return words.Length <= most ? words : words[..most] + "…";
    }

    static async IAsyncEnumerable<RawRow> ReadAsync<T>(
        string name, Func<DuckDb, string> from, RowParser<T> parser, SourceOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var duck = new DuckDb(options);
        var rows = DuckDb.Numbered(Open, (e, _) => new(name, null, DuckDb.FirstLine(e), e), cancellationToken);
        await foreach (var row in rows) yield return row;

        IEnumerable<ReadOnlyMemory<byte>> Open()
        {
            var table = from(duck);
            var columns = duck.ColumnsOf(table);
            if (parser.CheckColumns([.. columns.Select(column => column.Name)]) is { } fault) throw new InputFaultException(name, null, fault);
            return duck.Rows(table, columns, cancellationToken);
        }
    }

    // DuckDB can write the tree of a SELECT and of nothing else, so what is no single SELECT is found before it runs.
    static string CheckSelect(DuckDb duck, string source)
    {
        var sql = source[Prefix.Length..].Trim().TrimEnd(';');
        var (wrong, message, count) = duck.Query(
            $"SELECT t->>'error', t->>'error_message', json_array_length(t->'statements') FROM (SELECT json_serialize_sql({DuckDb.Quote(sql)}) AS t)",
            row => (row.GetString(0) == "true", row.IsDBNull(1) ? "" : row.GetString(1), row.IsDBNull(2) ? 0 : row.GetFieldValue<ulong>(2)))[0];
        if (wrong) throw new InputFaultException(NameOf(source), null, $"expected one SELECT: {message.Split('\n', 2)[0]}");
        return count == 1 ? sql : throw new InputFaultException(NameOf(source), null, $"expected one SELECT, found {count} statements");
    }
}
