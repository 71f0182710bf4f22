using Cantor.Corpus;
using Cantor.Releases;
using Cantor.Storage.Databases;

namespace Cantor.Storage;

/// <summary>
/// What a server last saw of a store that other machines hold, on its own disk: collections, their live releases and those before,
/// what lies over those, keys' hashes; and what was done on this server alone while the store was away. It is written before what it holds is served, so a server that starts while the store is away
/// serves nothing that was taken down.
/// </summary>
public sealed class Journal : IAsyncDisposable
{
    readonly Store _store;
    readonly TimeProvider _time;

    Journal(Store store, TimeProvider time) => (_store, _time) = (store, time);

    /// <summary>What was kept, to be read like the store itself. Nobody else writes to it.</summary>
    public Store Kept => _store;

    /// <summary>Opens the journal of a data directory, making what is missing.</summary>
    /// <exception cref="InputFaultException">It cannot be opened or written.</exception>
    public static async Task<Journal> OpenAsync(string dataDirectory, TimeProvider time, CancellationToken cancellationToken) =>
        new(await Store.OpenAsync(Path.Combine(Path.GetFullPath(dataDirectory), "journal"), time, cancellationToken), time);

    /// <summary>Keeps which collections there are, their live releases and those before, and the keys. What is tried is not kept: who starts without the store answers live.</summary>
    /// <param name="collections">All collections with their releases.</param>
    /// <param name="keys">All keys.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task KeepAsync(IReadOnlyList<CollectionReleases> collections, KeyRing keys, CancellationToken cancellationToken) =>
        _store.Database.WriteAsync(async session =>
        {
            var there = collections.Select(one => one.Collection.Name).ToHashSet(StringComparer.Ordinal);
            foreach (var kept in await session.QueryAsync("SELECT name, created_at FROM collections", row => (Name: row.GetString(0), CreatedAt: row.GetString(1))))
                if (!there.Contains(kept.Name) || collections.Any(one => one.Collection.Name == kept.Name && Times.Text(one.Collection.CreatedAt) != kept.CreatedAt))
                    await ForgetAsync(session, kept.Name);
            foreach (var (collection, live, _, previous) in collections)
            {
                await session.ExecuteAsync("""
                    INSERT INTO collections (name, created_at, config, config_version) VALUES (@name, @at, @config, @version)
                    ON CONFLICT (name) DO UPDATE SET config = excluded.config, config_version = excluded.config_version
                    """,
                    ("@name", collection.Name), ("@at", Times.Text(collection.CreatedAt)), ("@config", collection.Config), ("@version", collection.ConfigVersion));
                await session.ExecuteAsync("DELETE FROM aliases WHERE collection = @name", ("@name", collection.Name));
                if (live is not null) await PointAsync(session, AliasName.Live, live);
                if (previous is not null) await PointAsync(session, AliasName.Previous, previous);
            }
            await session.ExecuteAsync("DELETE FROM keys");
            return await keys.KeepAsync(session);
        }, cancellationToken);

    static async Task PointAsync(Session session, AliasName alias, RegisteredRelease release)
    {
        var (name, version) = (("@name", (object?)release.Collection), ("@version", (object?)release.Version.ToString()));
        await session.ExecuteAsync("""
            INSERT INTO releases (collection, version, items, bytes, provenance, registered_at, last_change)
            VALUES (@name, @version, @items, @bytes, @provenance, @at, @last) ON CONFLICT DO NOTHING
            """,
            name, version, ("@items", release.Items), ("@bytes", release.Bytes), ("@provenance", release.Provenance), ("@at", Times.Text(release.RegisteredAt)), ("@last", release.LastChange));
        await session.ExecuteAsync("INSERT INTO aliases (collection, alias, version) VALUES (@name, @alias, @version)", name, ("@alias", alias.Text()), version);
    }

    /// <summary>Keeps that live was moved on this server alone. The last move of a collection stands.</summary>
    public async Task<LocalMove> MovedAsync(string collection, ReleaseVersion to, string by, string why, CancellationToken cancellationToken)
    {
        var move = new LocalMove(collection, to, new(Times.Stored(_time.GetUtcNow()), by), why);
        await _store.Database.WriteAsync(async session =>
        {
            await session.ExecuteAsync("DELETE FROM local_moves WHERE collection = @name", ("@name", collection));
            return await session.ExecuteAsync("INSERT INTO local_moves (collection, to_version, at, by, why) VALUES (@name, @to, @at, @by, @why)",
                ("@name", collection), ("@to", to.ToString()), ("@at", Times.Text(move.Act.At)), ("@by", by), ("@why", why));
        }, cancellationToken);
        return move;
    }

    /// <summary>What was moved on this server alone, and the store does not know yet.</summary>
    public async Task<IReadOnlyList<LocalMove>> MovesAsync(CancellationToken cancellationToken) =>
        await _store.Database.ReadAsync(session => session.QueryAsync("SELECT collection, to_version, at, by, why FROM local_moves ORDER BY number",
            row => new LocalMove(row.GetString(0), ReleaseVersion.TryParse(row.GetString(1), out var to) ? to : throw new InvalidDataException($"the journal holds {row.GetString(1)} where a release's version is expected"), new(Times.Parse(row.GetString(2)), row.GetString(3)), row.GetString(4))), cancellationToken);

    /// <summary>Forgets a move that the store knows by now.</summary>
    public Task ForgetAsync(LocalMove move, CancellationToken cancellationToken) =>
        _store.Database.WriteAsync(session => session.ExecuteAsync("DELETE FROM local_moves WHERE collection = @name AND at = @at", ("@name", move.Collection), ("@at", Times.Text(move.Act.At))), cancellationToken);

    /// <summary>Keeps what lies over a collection's releases.</summary>
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

    /// <summary>Lets go of what releases hold that folded in the changes up to a number; tombstones stay.</summary>
    public Task TrimAsync(string collection, long folded, CancellationToken cancellationToken) =>
        _store.Database.WriteAsync(session => session.ExecuteAsync(
            "DELETE FROM states WHERE collection = @name AND number <= @folded AND deleted_at IS NULL AND hidden_at IS NULL", ("@name", collection), ("@folded", folded)), cancellationToken);

    /// <summary>Closes it.</summary>
    public ValueTask DisposeAsync() => _store.DisposeAsync();

    static async Task ForgetAsync(Session session, string collection)
    {
        foreach (var table in (string[])["aliases", "releases", "states", "sequences"])
            await session.ExecuteAsync($"DELETE FROM {table} WHERE collection = @name", ("@name", collection));
        await session.ExecuteAsync("DELETE FROM collections WHERE name = @name", ("@name", collection));
    }
}

/// <summary>Live, moved on one server alone while the store was away.</summary>
/// <param name="Collection">Whose.</param>
/// <param name="To">The release it was moved to.</param>
/// <param name="Act">When and by whom.</param>
/// <param name="Why">The reason.</param>
public sealed record LocalMove(string Collection, ReleaseVersion To, Act Act, string Why);
