using System.Data.Common;
using Cantor.Corpus;
using Cantor.Storage.Databases;
using Cantor.Storage.Rollouts;

namespace Cantor.Storage;

/// <summary>A collection of the store.</summary>
/// <param name="Name">Its name.</param>
/// <param name="CreatedAt">When it was made; a collection that was deleted and made again has another time.</param>
/// <param name="Config">The serving part of its configuration, a JSON object.</param>
/// <param name="ConfigVersion">Counts up from 1 with every change of the configuration.</param>
public sealed record StoredCollection(string Name, DateTimeOffset CreatedAt, string Config, long ConfigVersion);

/// <summary>The collections of a store and how they are to be served.</summary>
public sealed class Collections
{
    const string Columns = "name, created_at, config, config_version";

    readonly IDatabase _database;
    readonly TimeProvider _time;

    internal Collections(IDatabase database, TimeProvider time) => (_database, _time) = (database, time);

    /// <summary>All collections, in the order of their names.</summary>
    public async Task<IReadOnlyList<StoredCollection>> ListAsync(CancellationToken cancellationToken) =>
        await _database.ReadAsync(session => session.QueryAsync($"SELECT {Columns} FROM collections ORDER BY name", Read), cancellationToken);

    /// <summary>The collection of that name; null when there is none.</summary>
    public async Task<StoredCollection?> FindAsync(string name, CancellationToken cancellationToken) =>
        await _database.ReadAsync(session => FindAsync(session, name), cancellationToken);

    /// <summary>Makes a collection.</summary>
    /// <param name="name">Its name, as <see cref="CollectionName"/> allows.</param>
    /// <param name="config">The serving part of its configuration, a JSON object.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The new collection; null when there is one of that name already, which stays as it is.</returns>
    /// <exception cref="InputFaultException">The name is none, or the configuration is no JSON object.</exception>
    public async Task<StoredCollection?> CreateAsync(string name, string config, CancellationToken cancellationToken)
    {
        if (CollectionName.Check(name) is { } fault) throw new InputFaultException(name, null, fault);
        MergePatch.Parse(config, "the configuration");
        return await _database.WriteAsync(async session =>
            await session.ExecuteAsync("INSERT INTO collections (name, created_at, config) VALUES (@name, @at, @config) ON CONFLICT DO NOTHING",
                ("@name", name), ("@at", Times.Text(_time.GetUtcNow())), ("@config", config)) == 0 ? null : await FindAsync(session, name), cancellationToken);
    }

    /// <summary>Replaces the configuration, if its version is still the one that the caller saw.</summary>
    /// <returns>The new version; null when there is no such collection or somebody else was first: look again and decide anew.</returns>
    /// <exception cref="InputFaultException">The configuration is no JSON object.</exception>
    public async Task<long?> ConfigureAsync(string name, string config, long expectedVersion, CancellationToken cancellationToken)
    {
        MergePatch.Parse(config, "the configuration");
        return await _database.WriteAsync(async session =>
            await session.QueryAsync("""
                UPDATE collections SET config = @config, config_version = config_version + 1
                WHERE name = @name AND config_version = @version RETURNING config_version
                """,
                row => row.GetInt64(0), ("@name", name), ("@config", config), ("@version", expectedVersion)) is [var version] ? version : (long?)null, cancellationToken);
    }

    /// <summary>
    /// Deletes a collection with its releases' entries, aliases, items, changes and events, and revokes its keys. What stays: the history of
    /// its aliases, and which items were deleted or hidden, so that an older backup or a new collection of that name does not
    /// bring them back. Files of releases are not touched.
    /// </summary>
    /// <returns>False when there is no such collection.</returns>
    public Task<bool> DeleteAsync(string name, string by, CancellationToken cancellationToken) =>
        _database.WriteAsync(async session =>
        {
            await session.LockAsync(name);
            if (await FindAsync(session, name) is null) return false;
            var (collection, now) = (("@name", (object?)name), ("@now", (object?)Times.Text(_time.GetUtcNow())));
            await session.ExecuteAsync("DELETE FROM aliases WHERE collection = @name", collection);
            await session.ExecuteAsync("DELETE FROM releases WHERE collection = @name", collection);
            await session.ExecuteAsync("DELETE FROM states WHERE collection = @name AND (subject = 'rule' OR (deleted_at IS NULL AND hidden_at IS NULL))", collection);
            await session.ExecuteAsync("UPDATE states SET payload = NULL, whole = 0, written_at = NULL, written_by = NULL WHERE collection = @name", collection);
            await session.ExecuteAsync("UPDATE sequences SET trimmed = last WHERE collection = @name", collection);
            await session.ExecuteAsync("UPDATE keys SET revoked_at = @now, revoked_by = @by WHERE collection = @name AND revoked_at IS NULL", collection, now, ("@by", by));
            await RolloutTable.DropAsync(session, name);
            // Changes and events go with it.
            await session.ExecuteAsync("DELETE FROM collections WHERE name = @name", collection);
            return true;
        }, cancellationToken);

    /// <exception cref="InputFaultException">There is no such collection.</exception>
    internal static async Task CheckAsync(Session session, string name)
    {
        if ((await session.QueryAsync("SELECT 1 FROM collections WHERE name = @name", row => row.GetInt32(0), ("@name", name))).Count == 0)
            throw new InputFaultException(name, null, "there is no such collection; expected one that was created");
    }

    internal static async Task<StoredCollection?> FindAsync(Session session, string name) =>
        await session.QueryAsync($"SELECT {Columns} FROM collections WHERE name = @name", Read, ("@name", name)) is [var collection] ? collection : null;

    static StoredCollection Read(DbDataReader row) => new(row.GetString(0), Times.Parse(row.GetString(1)), row.GetString(2), row.GetInt64(3));
}
