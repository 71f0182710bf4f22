using Cantor.Corpus;
using Cantor.Storage.Databases;

namespace Cantor.Storage;

/// <summary>
/// What a server last saw of a store that other machines hold, on its own disk: collections and their live releases, what lies
/// over those, keys' hashes. It is written before what it holds is served, so a server that starts while the store is away
/// serves nothing that was taken down.
/// </summary>
public sealed class Journal : IAsyncDisposable
{
    readonly Store _store;

    Journal(Store store) => _store = store;

    /// <summary>What was kept, to be read like the store itself. Nobody else writes to it.</summary>
    public Store Kept => _store;

    /// <summary>Opens the journal of a data directory, making what is missing.</summary>
    /// <exception cref="InputFaultException">It cannot be opened or written.</exception>
    public static async Task<Journal> OpenAsync(string dataDirectory, TimeProvider time, CancellationToken cancellationToken) =>
        new(await Store.OpenAsync(Path.Combine(Path.GetFullPath(dataDirectory), "journal"), time, cancellationToken));

    /// <summary>Keeps which collections there are, their live releases, and the keys.</summary>
    /// <param name="collections">All collections, each with its live release; null where it has none.</param>
    /// <param name="keys">All keys.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task KeepAsync(IReadOnlyList<(StoredCollection Collection, RegisteredRelease? Live)> collections, KeyRing keys, CancellationToken cancellationToken) =>
        _store.Database.WriteAsync(async session =>
        {
            var there = collections.Select(one => one.Collection.Name).ToHashSet(StringComparer.Ordinal);
            foreach (var kept in await session.QueryAsync("SELECT name, created_at FROM collections", row => (Name: row.GetString(0), CreatedAt: row.GetString(1))))
                if (!there.Contains(kept.Name) || collections.Any(one => one.Collection.Name == kept.Name && Times.Text(one.Collection.CreatedAt) != kept.CreatedAt))
                    await ForgetAsync(session, kept.Name);
            foreach (var (collection, live) in collections)
            {
                await session.ExecuteAsync("""
                    INSERT INTO collections (name, created_at, config, config_version) VALUES (@name, @at, @config, @version)
                    ON CONFLICT (name) DO UPDATE SET config = excluded.config, config_version = excluded.config_version
                    """,
                    ("@name", collection.Name), ("@at", Times.Text(collection.CreatedAt)), ("@config", collection.Config), ("@version", collection.ConfigVersion));
                await session.ExecuteAsync("DELETE FROM aliases WHERE collection = @name", ("@name", collection.Name));
                if (live is null) continue;
                await session.ExecuteAsync("""
                    INSERT INTO releases (collection, version, items, bytes, provenance, registered_at, last_change)
                    VALUES (@name, @version, @items, @bytes, @provenance, @at, @last) ON CONFLICT DO NOTHING
                    """,
                    ("@name", live.Collection), ("@version", live.Version.ToString()), ("@items", live.Items), ("@bytes", live.Bytes), ("@provenance", live.Provenance),
                    ("@at", Times.Text(live.RegisteredAt)), ("@last", live.LastChange));
                await session.ExecuteAsync("INSERT INTO aliases (collection, alias, version) VALUES (@name, 'live', @version)", ("@name", live.Collection), ("@version", live.Version.ToString()));
            }
            await session.ExecuteAsync("DELETE FROM keys");
            return await keys.KeepAsync(session);
        }, cancellationToken);

    /// <summary>Keeps what lies over a collection's live release.</summary>
    /// <param name="collection">One that was kept.</param>
    /// <param name="states">What changed items have come to.</param>
    /// <param name="number">The last change that the states hold.</param>
    /// <param name="all">True when they are all that lies there: whatever else was kept is forgotten.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task KeepAsync(string collection, IReadOnlyList<ItemState> states, long number, bool all, CancellationToken cancellationToken) =>
        _store.Database.WriteAsync(async session =>
        {
            await session.LockAsync(collection);
            if (all) await session.ExecuteAsync("DELETE FROM states WHERE collection = @name", ("@name", collection));
            await Changes.PutStatesAsync(session, collection, [.. states.Select(state => ("item", state))]);
            return await session.ExecuteAsync("UPDATE sequences SET last = @last WHERE collection = @name AND last < @last", ("@name", collection), ("@last", number));
        }, cancellationToken);

    /// <summary>Closes it.</summary>
    public ValueTask DisposeAsync() => _store.DisposeAsync();

    static async Task ForgetAsync(Session session, string collection)
    {
        foreach (var table in (string[])["aliases", "releases", "states", "sequences"])
            await session.ExecuteAsync($"DELETE FROM {table} WHERE collection = @name", ("@name", collection));
        await session.ExecuteAsync("DELETE FROM collections WHERE name = @name", ("@name", collection));
    }
}
