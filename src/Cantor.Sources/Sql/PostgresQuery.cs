using System.Globalization;
using System.Runtime.CompilerServices;
using Cantor.Corpus.Rows;
using Cantor.Corpus;
using Cantor.Sources.Rows;
using Npgsql;

namespace Cantor.Sources.Sql;

/// <summary>
/// Rows of a PostgreSQL query, streamed inside a read-only transaction. The server writes each row as JSON, so that every type it
/// has comes over; times are in UTC.
/// </summary>
static class PostgresQuery
{
    internal static async IAsyncEnumerable<RawRow> ReadAsync<T>(
        PostgresUrl url, RowParser<T> parser, SourceOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(url.Connection.ConnectionString);
        NpgsqlBatch? command = null;
        NpgsqlDataReader? reader = null;
        var done = false;
        try
        {
            for (long number = 1; ; number++)
            {
                byte[] row;
                try
                {
                    if (reader is null)
                    {
                        await OpenAsync(connection, options, cancellationToken);
                        await CheckColumnsAsync(connection, url, parser, cancellationToken);
                        command = Command(connection, $"SELECT row_to_json(cantor_row)::text FROM ({url.Query}\n) AS cantor_row");
                        reader = await command.ExecuteReaderAsync(cancellationToken);
                    }
                    done = !await reader.ReadAsync(cancellationToken);
                    if (done) yield break;
                    row = reader.GetFieldValue<byte[]>(0);
                }
                catch (NpgsqlException e)
                {
                    done = e is PostgresException;
                    cancellationToken.ThrowIfCancellationRequested();
                    throw new InputFaultException(url.Name, null, url.WithoutPassword(Fault(e, options)), e);
                }
                yield return new(row, number);
            }
        }
        finally
        {
            await CloseAsync(command, reader, done);
        }
    }

    static async Task OpenAsync(NpgsqlConnection connection, SourceOptions options, CancellationToken cancellationToken)
    {
        await connection.OpenAsync(cancellationToken);
        var milliseconds = ((long)options.StatementTimeout.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        foreach (var sql in (string[])["SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", $"SET statement_timeout = {milliseconds}", "SET TimeZone = 'UTC'", "BEGIN READ ONLY"])
        {
            await using var command = Command(connection, sql);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    static async Task CheckColumnsAsync<T>(NpgsqlConnection connection, PostgresUrl url, RowParser<T> parser, CancellationToken cancellationToken)
    {
        await using var command = Command(connection, $"SELECT * FROM ({url.Query}\n) AS r");
        await using var reader = await command.ExecuteReaderAsync(System.Data.CommandBehavior.SchemaOnly, cancellationToken);
        if (parser.CheckColumns([.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)]) is { } fault)
            throw new InputFaultException(url.Name, null, fault);
    }

    // Npgsql cuts a command into statements at its semicolons; one of a batch it sends as it is, and the server takes one only.
    static NpgsqlBatch Command(NpgsqlConnection connection, string sql) =>
        new(connection) { BatchCommands = { new NpgsqlBatchCommand(sql) }, Timeout = 0 };

    static string Fault(NpgsqlException e, SourceOptions options) => e switch
    {
        PostgresException { SqlState: PostgresErrorCodes.QueryCanceled } =>
            string.Create(CultureInfo.InvariantCulture, $"the query ran longer than {options.StatementTimeout.TotalSeconds} s and was stopped"),
        PostgresException refused => $"{refused.MessageText} ({refused.SqlState})",
        _ => $"the server cannot be reached: {e.Message}{(e.InnerException is { } inner ? $": {inner.Message}" : "")}",
    };

    // A reader that is closed early reads all its rows first; so the server is told to stop.
    static async Task CloseAsync(NpgsqlBatch? command, NpgsqlDataReader? reader, bool done)
    {
        try
        {
            if (command is not null && !done) command.Cancel();
            if (reader is not null) await reader.DisposeAsync();
        }
        catch (NpgsqlException)
        {
            // The stop itself comes back as an error; what was to be told has been told.
        }
        if (command is not null) await command.DisposeAsync();
    }
}
