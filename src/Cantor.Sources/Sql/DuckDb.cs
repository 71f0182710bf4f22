using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Cantor.Corpus;
using Cantor.Sources.Rows;
using DuckDB.NET.Data;

namespace Cantor.Sources.Sql;

/// <summary>One DuckDB in memory for one reading: bounded, without the network, its settings locked.</summary>
sealed partial class DuckDb : IDisposable
{
    readonly DuckDBConnection _connection = new("DataSource=:memory:;autoinstall_known_extensions=false;autoload_known_extensions=false");
    readonly string _temporary = Directory.CreateTempSubdirectory("cantor-duckdb-").FullName;

    internal DuckDb(SourceOptions options)
    {
        _connection.Open();
        Execute($"SET memory_limit = '{(options.MemoryLimitBytes >> 20).ToString(CultureInfo.InvariantCulture)}MiB'");
        Execute($"SET threads = {options.Threads.ToString(CultureInfo.InvariantCulture)}");
        Execute($"SET temp_directory = {Quote(_temporary)}");
        Execute("SET TimeZone = 'UTC'");
        Execute("SET allow_community_extensions = false");
        if (options.WorkingDirectory is { } directory) Execute($"SET file_search_path = {Quote(directory)}");
        Execute("SET lock_configuration = true");
    }

    /// <summary>Every row of <paramref name="from"/>, something that may stand behind FROM, as a JSON object.</summary>
    internal IEnumerable<ReadOnlyMemory<byte>> Rows(string from, IReadOnlyList<(string Name, string Type)> columns, CancellationToken cancellationToken)
    {
        // JSON has no NaN and no infinity; both are absent.
        var selected = columns.Select(column => column.Type switch
        {
            "FLOAT" or "DOUBLE" => $"CASE WHEN isfinite({Name(column.Name)}) THEN {Name(column.Name)} END AS {Name(column.Name)}",
            _ when FloatList().Match(column.Type) is { Success: true } list =>
                $"list_transform(CAST({Name(column.Name)} AS {list.Groups[1].Value}[]), lambda x: CASE WHEN isfinite(x) THEN x END) AS {Name(column.Name)}",
            _ => Name(column.Name),
        });
        // A column called like the row would be taken for it, so the row has a name that no column has.
        return Json($"SELECT encode(CAST(to_json(cantor_row) AS VARCHAR)) FROM (SELECT {string.Join(", ", selected)} FROM {from}) AS cantor_row", cancellationToken);
    }

    /// <summary>The first column of a query, which must be a BLOB, row by row; each is valid until the next is asked for.</summary>
    internal IEnumerable<ReadOnlyMemory<byte>> Json(string sql, CancellationToken cancellationToken)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.UseStreamingMode = true;
        using var stop = cancellationToken.Register(command.Cancel);
        using var reader = command.ExecuteReader();
        var buffer = new byte[1 << 12];
        while (reader.Read())
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var value = reader.GetStream(0);
            var length = (int)value.Length;
            if (buffer.Length < length) buffer = new byte[Math.Max(length, buffer.Length * 2)];
            value.ReadExactly(buffer.AsSpan(0, length));
            yield return buffer.AsMemory(0, length);
        }
    }

    [GeneratedRegex(@"^(FLOAT|DOUBLE)\[\d*\]\z")]
    private static partial Regex FloatList();

    /// <summary>The names and types of what <paramref name="from"/> gives.</summary>
    internal IReadOnlyList<(string Name, string Type)> ColumnsOf(string from) =>
        Query($"DESCRIBE SELECT * FROM {from}", row => (row.GetString(0), row.GetString(1)));

    internal List<T> Query<T>(string sql, Func<DuckDBDataReader, T> read)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        using var reader = (DuckDBDataReader)command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(read(reader));
        return rows;
    }

    /// <summary>Fills a table row by row, without SQL for each.</summary>
    internal DuckDBAppender Append(string table) => _connection.CreateAppender(table);

    /// <summary>A text as SQL writes it.</summary>
    internal static string Quote(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>A name as SQL writes it.</summary>
    internal static string Name(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>One file as SQL writes it: what would be a pattern to DuckDB stands for itself.</summary>
    internal static string FilePath(string path) =>
        Quote(string.Concat(Path.GetFullPath(path).Select(c => c is '*' or '?' or '[' ? $"[{c}]" : $"{c}")));

    /// <summary>DuckDB's complaint without its advice, which speaks of options that the user does not have.</summary>
    internal static string FirstLine(DuckDBException e)
    {
        var line = e.Message.Split('\n', 2)[0].Trim();
        var at = line.IndexOf("Error: ", StringComparison.Ordinal);
        return at < 0 ? line : line[(at + "Error: ".Length)..];
    }

    /// <summary>Numbers rows and tells DuckDB's complaints as faults of the source; a cancelled query is a cancellation.</summary>
    internal static async IAsyncEnumerable<RawRow> Numbered(
        Func<IEnumerable<ReadOnlyMemory<byte>>> open, Func<DuckDBException, long, InputFaultException> fault, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        IEnumerator<ReadOnlyMemory<byte>>? rows = null;
        try
        {
            for (long number = 1; ; number++)
            {
                ReadOnlyMemory<byte> row;
                try
                {
                    rows ??= open().GetEnumerator();
                    if (!rows.MoveNext()) yield break;
                    row = rows.Current;
                }
                catch (DuckDBException e)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    throw fault(e, number);
                }
                yield return new(row, number);
            }
        }
        finally
        {
            rows?.Dispose();
        }
    }

    public void Dispose()
    {
        _connection.Dispose();
        Directory.Delete(_temporary, recursive: true);
    }

    internal void Execute(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
