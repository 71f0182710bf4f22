using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Cantor.Storage;

/// <summary>
/// The schema as numbered steps, forward only. A step once released is never edited, and may only add (tables, columns with a
/// default, indexes): an older program may be running on the same file, and goes on working. That is also why a file with
/// steps that this program does not know is opened, not refused.
/// </summary>
static class Migrations
{
    static readonly string[] Steps =
    [
        // 1
        """
        CREATE TABLE collections (
            name TEXT PRIMARY KEY,
            created_at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE releases (
            collection TEXT NOT NULL REFERENCES collections (name),
            version TEXT NOT NULL,
            items INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            provenance TEXT NOT NULL,
            registered_at TEXT NOT NULL,
            PRIMARY KEY (collection, version)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE aliases (
            collection TEXT NOT NULL,
            alias TEXT NOT NULL CHECK (alias IN ('live', 'canary', 'previous')),
            version TEXT NOT NULL,
            PRIMARY KEY (collection, alias),
            FOREIGN KEY (collection, version) REFERENCES releases (collection, version)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE alias_history (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            collection TEXT NOT NULL,
            alias TEXT NOT NULL,
            from_version TEXT,
            to_version TEXT,
            at TEXT NOT NULL,
            by TEXT NOT NULL,
            why TEXT NOT NULL
        ) STRICT;

        CREATE INDEX alias_history_of_collection ON alias_history (collection, number);

        CREATE TRIGGER alias_history_is_never_edited BEFORE UPDATE ON alias_history
        BEGIN SELECT RAISE (ABORT, 'alias_history is append-only'); END;

        CREATE TRIGGER alias_history_is_never_shortened BEFORE DELETE ON alias_history
        BEGIN SELECT RAISE (ABORT, 'alias_history is append-only'); END;
        """,
    ];

    internal static int Newest => Steps.Length;

    /// <summary>Runs the steps that the file lacks, all in one transaction: another process sees none of them or all.</summary>
    internal static void Apply(SqliteConnection connection, DateTimeOffset now)
    {
        if (Applied(connection) >= Newest) return;
        using var transaction = connection.BeginTransaction(deferred: false);
        Execute(connection, transaction, "CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, applied_at TEXT NOT NULL) STRICT");
        // Asked again under the write lock: another process may have been first.
        for (var number = Applied(connection, transaction) + 1; number <= Newest; number++)
        {
            Execute(connection, transaction, Steps[number - 1]);
            Execute(connection, transaction, "INSERT INTO migrations (number, applied_at) VALUES ($number, $at)",
                ("$number", number), ("$at", Times.Text(now)));
        }
        transaction.Commit();
    }

    static int Applied(SqliteConnection connection, SqliteTransaction? transaction = null)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'migrations'";
        if (Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture) == 0) return 0;
        command.CommandText = "SELECT coalesce(max(number), 0) FROM migrations";
        return Convert.ToInt32(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    // The SQL is this file's own text; what comes from outside goes in as parameters.
#pragma warning disable CA2100
    static void Execute(SqliteConnection connection, SqliteTransaction transaction, string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        foreach (var (name, value) in parameters) command.Parameters.AddWithValue(name, value);
        command.ExecuteNonQuery();
    }
#pragma warning restore CA2100
}

/// <summary>Times as the store writes them: UTC with milliseconds, so that text order is time order.</summary>
static class Times
{
    const string Format = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    internal static string Text(DateTimeOffset time) => time.UtcDateTime.ToString(Format, CultureInfo.InvariantCulture);

    internal static DateTimeOffset Parse(string text) =>
        DateTimeOffset.ParseExact(text, Format, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
