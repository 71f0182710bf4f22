using System.Data.Common;
using System.Text;
using Cantor.Corpus;

namespace Cantor.Storage.Databases;

/// <summary>
/// One transaction, in either kind of database. Everything that the store asks goes through here, in SQL that both understand;
/// parameters are written <c>@name</c>.
/// </summary>
/// <param name="connection">Open.</param>
/// <param name="transaction">On it; null where each statement is one.</param>
/// <param name="token">Stops what waits for the database.</param>
/// <param name="seconds">The longest that a statement may take; null for what the connection says.</param>
sealed class Session(DbConnection connection, DbTransaction? transaction, CancellationToken token, int? seconds = null)
{
    // SQLite takes 32,766 parameters in a statement, PostgreSQL 65,535; a plan of a thousand costs nothing to speak of.
    const int MostParameters = 1_000;

    const string LockRow = """
        INSERT INTO sequences (collection, last) VALUES (@collection, 0)
        ON CONFLICT (collection) DO UPDATE SET last = sequences.last RETURNING last
        """;

    internal int Execute(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = Command(sql, parameters);
        return command.ExecuteNonQuery();
    }

    internal List<T> Query<T>(string sql, Func<DbDataReader, T> read, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = Command(sql, parameters);
        using var rows = command.ExecuteReader();
        var result = new List<T>();
        while (rows.Read()) result.Add(read(rows));
        return result;
    }

    internal Task<int> ExecuteAsync(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters) =>
        ExecuteAsync(Command(sql, parameters));

    internal Task<List<T>> QueryAsync<T>(string sql, Func<DbDataReader, T> read, params ReadOnlySpan<(string Name, object? Value)> parameters) =>
        QueryAsync(Command(sql, parameters), read);

    /// <summary>Makes others who lock the same collection wait for the end of this transaction.</summary>
    internal void Lock(string collection) => Query(LockRow, row => row.GetInt64(0), ("@collection", collection));

    /// <inheritdoc cref="Lock"/>
    /// <returns>The collection's last change.</returns>
    internal async Task<long> LockAsync(string collection) => (await QueryAsync(LockRow, row => row.GetInt64(0), ("@collection", collection)))[0];

    /// <summary>Inserts many rows with few statements.</summary>
    /// <param name="head">INSERT INTO table (columns).</param>
    /// <param name="rows">The columns' values, in that order.</param>
    /// <param name="tail">What follows the values: ON CONFLICT ….</param>
    /// <returns>How many rows were written.</returns>
    internal async Task<int> InsertAsync(string head, IReadOnlyList<object?[]> rows, string tail = "")
    {
        var written = 0;
        for (var first = 0; first < rows.Count;)
        {
            var count = Math.Min(rows.Count - first, Math.Max(1, MostParameters / rows[first].Length));
            var sql = new StringBuilder(head).Append(" VALUES ");
            using var command = Command("", []);
            for (var row = 0; row < count; row++)
            {
                sql.Append(row == 0 ? "(" : ", (");
                var values = rows[first + row];
                for (var column = 0; column < values.Length; column++)
                {
                    var name = FormattableString.Invariant($"@p{row}_{column}");
                    sql.Append(column == 0 ? "" : ", ").Append(name);
                    Add(command, name, values[column]);
                }
                sql.Append(')');
            }
#pragma warning disable CA2100 // Names of parameters only.
            command.CommandText = sql.Append(' ').Append(tail).ToString();
#pragma warning restore CA2100
            written += await command.ExecuteNonQueryAsync(token);
            first += count;
        }
        return written;
    }

    /// <summary>Asks for the rows of many keys with few statements.</summary>
    /// <param name="sql">The query, with <c>@keys</c> where the list of keys goes.</param>
    /// <param name="keys">The keys.</param>
    /// <param name="read">Makes a row into a value.</param>
    /// <param name="parameters">What else the query names.</param>
    internal async Task<List<T>> QueryManyAsync<T>(string sql, IReadOnlyList<string> keys, Func<DbDataReader, T> read, params (string Name, object? Value)[] parameters)
    {
        var result = new List<T>();
        foreach (var chunk in keys.Chunk(MostParameters / 2))
        {
            var names = chunk.Select((_, i) => FormattableString.Invariant($"@k{i}")).ToArray();
            result.AddRange(await QueryAsync(sql.Replace("@keys", string.Join(", ", names), StringComparison.Ordinal), read,
                [.. parameters, .. chunk.Select((key, i) => (names[i], (object?)key))]));
        }
        return result;
    }

    async Task<int> ExecuteAsync(DbCommand made)
    {
        await using var command = made;
        return await command.ExecuteNonQueryAsync(token);
    }

    async Task<List<T>> QueryAsync<T>(DbCommand made, Func<DbDataReader, T> read)
    {
        await using var command = made;
        await using var rows = await command.ExecuteReaderAsync(token);
        var result = new List<T>();
        while (await rows.ReadAsync(token)) result.Add(read(rows));
        return result;
    }

    // The SQL is this project's own text; what comes from outside goes in as parameters.
#pragma warning disable CA2100
    DbCommand Command(string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        if (seconds is { } longest) command.CommandTimeout = longest;
        foreach (var (name, value) in parameters) Add(command, name, value);
        return command;
    }
#pragma warning restore CA2100

    static void Add(DbCommand command, string name, object? value)
    {
        // PostgreSQL keeps no such text; the other kind of store would keep it, and cut it off in places.
        if (value is string text && text.Contains('\0', StringComparison.Ordinal))
            throw new InputFaultException(Store.TextFault, null, $"a text holds the character U+0000: {text[..text.IndexOf('\0', StringComparison.Ordinal)]}…; expected text without it");
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value ?? DBNull.Value;
        command.Parameters.Add(parameter);
    }
}

/// <summary>Columns that may be null.</summary>
static class Columns
{
    internal static string? TextOrNull(this DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    internal static DateTimeOffset? TimeOrNull(this DbDataReader row, int column) => row.IsDBNull(column) ? null : Times.Parse(row.GetString(column));
}
