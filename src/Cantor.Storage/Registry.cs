using Cantor.Corpus;
using Cantor.Releases;
using Microsoft.Data.Sqlite;

namespace Cantor.Storage;

/// <summary>
/// What a data directory knows of its collections: their releases and which of them is live. Kept in one SQLite file
/// (<c>cantor.db</c>) beside <c>releases/</c>; other processes may read and write it at the same time. Local disks only:
/// network file systems break SQLite's locks.
/// </summary>
/// <remarks>Safe to use from several threads; calls wait for one another. A write has reached the disk when its call returns.</remarks>
public sealed class Registry : IDisposable
{
    const int BusyTimeoutMs = 10_000;
    const string Extension = ".cantor";

    readonly SqliteConnection _connection;

    // PRAGMA data_version tells of the writes of all connections but its own: a second one sees this registry's writes too.
    readonly SqliteConnection _watch;
    readonly TimeProvider _time;
    readonly Lock _gate = new();

    Registry(string dataDirectory, SqliteConnection connection, SqliteConnection watch, TimeProvider time)
    {
        DataDirectory = dataDirectory;
        ReleasesDirectory = Path.Combine(dataDirectory, "releases");
        _connection = connection;
        _watch = watch;
        _time = time;
    }

    /// <summary>The directory that was opened, as a full path.</summary>
    public string DataDirectory { get; }

    /// <summary>Where release files are, as a full path. Exists.</summary>
    public string ReleasesDirectory { get; }

    /// <summary>Opens the registry of a data directory, making what is missing and bringing an older schema up to date.</summary>
    /// <param name="dataDirectory">The directory; made when it is not there.</param>
    /// <param name="time">The clock of registrations and alias moves.</param>
    /// <exception cref="InputFaultException">The directory or its <c>cantor.db</c> cannot be opened or written.</exception>
    public static Registry Open(string dataDirectory, TimeProvider time)
    {
        var root = Path.GetFullPath(dataDirectory);
        var file = Path.Combine(root, "cantor.db");
        SqliteConnection? connection = null, watch = null;
        try
        {
            Directory.CreateDirectory(Path.Combine(root, "releases"));
            connection = Connect(file);
            Migrations.Apply(connection, time.GetUtcNow());
            watch = Connect(file);
            var registry = new Registry(root, connection, watch, time);
            (connection, watch) = (null, null);
            return registry;
        }
        catch (Exception fault) when (fault is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new InputFaultException(fault is SqliteException ? file : root, null,
                $"cannot be opened as a data directory: {fault.Message}", fault);
        }
        finally
        {
            connection?.Dispose();
            watch?.Dispose();
        }
    }

    /// <summary>A number that changes whenever anybody has written. Compare it with an earlier one of this registry; order means nothing.</summary>
    /// <remarks>Reads shared memory, no file: cheap enough to ask several times a second.</remarks>
    public long DataVersion()
    {
        lock (_gate)
            return Query(_watch, "PRAGMA data_version", row => row.GetInt64(0))[0];
    }

    /// <summary>All collections that ever had a release, in the order of their names.</summary>
    public IReadOnlyList<string> Collections()
    {
        lock (_gate)
            return Query(_connection, "SELECT name FROM collections ORDER BY name", row => row.GetString(0));
    }

    /// <summary>The releases of a collection, newest first; none when the collection is not known.</summary>
    public IReadOnlyList<RegisteredRelease> Releases(string collection)
    {
        lock (_gate)
            return Query(_connection,
                "SELECT collection, version, items, bytes, provenance, registered_at FROM releases WHERE collection = $collection ORDER BY version DESC",
                ReadRelease, ("$collection", collection));
    }

    /// <summary>The release of that version; null when the registry does not know it.</summary>
    public RegisteredRelease? Find(string collection, ReleaseVersion version)
    {
        lock (_gate)
            return Query(_connection,
                "SELECT collection, version, items, bytes, provenance, registered_at FROM releases WHERE collection = $collection AND version = $version",
                ReadRelease, ("$collection", collection), ("$version", version.ToString())) is [var release] ? release : null;
    }

    /// <summary>Makes a release known, and its collection with it. Once known it stays as it was first registered.</summary>
    /// <param name="collection">Whose release it is.</param>
    /// <param name="version">Which build.</param>
    /// <param name="items">Items in it.</param>
    /// <param name="bytes">Length of its file.</param>
    /// <param name="provenance">"built" or "imported".</param>
    /// <returns>The release as the registry knows it from now on.</returns>
    /// <exception cref="InputFaultException">The collection's name is not one.</exception>
    public RegisteredRelease Register(string collection, ReleaseVersion version, int items, long bytes, string provenance)
    {
        if (CollectionName.Check(collection) is { } fault)
            throw new InputFaultException(collection, null, fault);
        lock (_gate)
        {
            var now = Times.Text(_time.GetUtcNow());
            using var transaction = _connection.BeginTransaction(deferred: false);
            Execute("INSERT INTO collections (name, created_at) VALUES ($name, $at) ON CONFLICT DO NOTHING", ("$name", collection), ("$at", now));
            Execute("""
                INSERT INTO releases (collection, version, items, bytes, provenance, registered_at)
                VALUES ($collection, $version, $items, $bytes, $provenance, $at) ON CONFLICT DO NOTHING
                """,
                ("$collection", collection), ("$version", version.ToString()), ("$items", items), ("$bytes", bytes),
                ("$provenance", provenance), ("$at", now));
            transaction.Commit();
        }
        return Find(collection, version)!;
    }

    /// <summary>Makes a release known by what it tells of itself.</summary>
    /// <exception cref="InputFaultException">The collection's name is not one.</exception>
    public RegisteredRelease Register(ReleaseSummary release) =>
        Register(release.Collection, release.Version, release.Items, release.Bytes, release.Provenance);

    /// <summary>
    /// Registers the release files that are in the directory and not yet known: a build that was killed between naming its
    /// file and registering it, or files that somebody copied there. No alias moves.
    /// </summary>
    /// <remarks>Reads each new file whole, to check it; files that are known are not touched.</remarks>
    public Reconciliation Reconcile()
    {
        var found = new List<RegisteredRelease>();
        var refused = new List<RefusedFile>();
        foreach (var path in Directory.EnumerateFiles(ReleasesDirectory, "*" + Extension).Order(StringComparer.Ordinal))
        {
            if (NameOf(path) is { } name && Find(name.Collection, name.Version) is not null) continue;
            try
            {
                using var release = Release.Open(path);
                var summary = release.Summary;
                var expected = PathOf(summary.Collection, summary.Version);
                if (expected == path) found.Add(Register(summary));
                else refused.Add(new(path, $"it holds another release than its name says; expected {Path.GetFileName(expected)}"));
            }
            catch (Exception fault) when (fault is ReleaseFaultException or InputFaultException or IOException or UnauthorizedAccessException)
            {
                refused.Add(new(path, fault.Message));
            }
        }
        return new(found, refused);
    }

    /// <summary>Where an alias of a collection points; null when there is no such alias.</summary>
    public ReleaseVersion? Alias(string collection, AliasName name)
    {
        lock (_gate)
            return AliasNow(collection, name);
    }

    /// <summary>
    /// Points an alias to another release, if it still points where the caller thinks. When live moves, previous is pointed to
    /// what was live, in the same step. Pointing an alias to where it points already changes nothing and is no entry in the history.
    /// </summary>
    /// <param name="collection">Whose alias.</param>
    /// <param name="name">Which alias.</param>
    /// <param name="expectedFrom">Where the caller saw it point; null for "it was not there".</param>
    /// <param name="to">Where it shall point; null to take it away.</param>
    /// <param name="by">Who does this.</param>
    /// <param name="why">The reason, for whoever reads the history.</param>
    /// <returns>True when it now points to <paramref name="to"/>; false when somebody else moved it first: look again and decide anew.</returns>
    /// <exception cref="InputFaultException">The release is not registered, or its file is missing.</exception>
    public bool MoveAlias(string collection, AliasName name, ReleaseVersion? expectedFrom, ReleaseVersion? to, string by, string why)
    {
        if (to is { } wanted)
        {
            var release = Find(collection, wanted)
                ?? throw new InputFaultException(collection, null, $"has no release {wanted}; expected one that is registered");
            if (release.Missing)
                throw new InputFaultException(release.Path, null, $"is missing; {name.Text()} must point to a release whose file is there");
        }
        lock (_gate)
        {
            using var transaction = _connection.BeginTransaction(deferred: false);
            var from = AliasNow(collection, name);
            if (from != expectedFrom) return false;
            if (from == to) return true;
            var now = Times.Text(_time.GetUtcNow());
            Point(collection, name, from, to, now, by, why);
            if (name is AliasName.Live && from is not null)
            {
                var previous = AliasNow(collection, AliasName.Previous);
                if (previous != from) Point(collection, AliasName.Previous, previous, from, now, by, why);
            }
            transaction.Commit();
            return true;
        }
    }

    /// <summary>Every move of the collection's aliases, oldest first.</summary>
    public IReadOnlyList<AliasMove> History(string collection)
    {
        lock (_gate)
            return Query(_connection,
                "SELECT number, alias, from_version, to_version, at, by, why FROM alias_history WHERE collection = $collection ORDER BY number",
                row => new AliasMove(row.GetInt64(0), AliasNames.Parse(row.GetString(1)), VersionOrNull(row, 2), VersionOrNull(row, 3),
                    Times.Parse(row.GetString(4)), row.GetString(5), row.GetString(6)),
                ("$collection", collection));
    }

    /// <summary>Closes the file. Calls after this fail.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _watch.Dispose();
            _connection.Dispose();
        }
    }

    /// <summary>The path of a release's file in this data directory, whether it is there or not.</summary>
    public string PathOf(string collection, ReleaseVersion version) => Path.Combine(ReleasesDirectory, $"{collection}-{version}{Extension}");

    void Point(string collection, AliasName name, ReleaseVersion? from, ReleaseVersion? to, string now, string by, string why)
    {
        if (to is { } version)
            Execute("""
                INSERT INTO aliases (collection, alias, version) VALUES ($collection, $alias, $version)
                ON CONFLICT (collection, alias) DO UPDATE SET version = excluded.version
                """,
                ("$collection", collection), ("$alias", name.Text()), ("$version", version.ToString()));
        else
            Execute("DELETE FROM aliases WHERE collection = $collection AND alias = $alias", ("$collection", collection), ("$alias", name.Text()));
        Execute("""
            INSERT INTO alias_history (collection, alias, from_version, to_version, at, by, why)
            VALUES ($collection, $alias, $from, $to, $at, $by, $why)
            """,
            ("$collection", collection), ("$alias", name.Text()), ("$from", from?.ToString()), ("$to", to?.ToString()),
            ("$at", now), ("$by", by), ("$why", why));
    }

    ReleaseVersion? AliasNow(string collection, AliasName name) =>
        Query(_connection, "SELECT version FROM aliases WHERE collection = $collection AND alias = $alias",
            row => Version(row, 0), ("$collection", collection), ("$alias", name.Text())) is [var version] ? version : null;

    RegisteredRelease ReadRelease(SqliteDataReader row)
    {
        var (collection, version) = (row.GetString(0), Version(row, 1));
        var path = PathOf(collection, version);
        return new(collection, version, row.GetInt32(2), row.GetInt64(3), row.GetString(4), Times.Parse(row.GetString(5)), path, !File.Exists(path));
    }

    static (string Collection, ReleaseVersion Version)? NameOf(string path)
    {
        const int versionLength = 25;
        var name = Path.GetFileNameWithoutExtension(path);
        return name.Length > versionLength + 1 && name[^(versionLength + 1)] == '-' && ReleaseVersion.TryParse(name[^versionLength..], out var version)
            ? (name[..^(versionLength + 1)], version)
            : null;
    }

    static ReleaseVersion Version(SqliteDataReader row, int column) =>
        ReleaseVersion.TryParse(row.GetString(column), out var version)
            ? version
            : throw new InvalidDataException($"the registry holds {row.GetString(column)} where a release's version is expected");

    static ReleaseVersion? VersionOrNull(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : Version(row, column);

    static SqliteConnection Connect(string file)
    {
        // Not pooled: a closed registry leaves no open file behind, and the watch must stay one connection.
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false, ForeignKeys = true }.ToString());
        try
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = $"PRAGMA busy_timeout = {BusyTimeoutMs}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL";
            command.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    void Execute(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = Command(_connection, sql, parameters);
        command.ExecuteNonQuery();
    }

    static List<T> Query<T>(SqliteConnection connection, string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = Command(connection, sql, parameters);
        using var rows = command.ExecuteReader();
        var result = new List<T>();
        while (rows.Read()) result.Add(read(rows));
        return result;
    }

    // The SQL is this file's own text; what comes from outside goes in as parameters.
#pragma warning disable CA2100
    static SqliteCommand Command(SqliteConnection connection, string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters) command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        return command;
    }
#pragma warning restore CA2100
}
