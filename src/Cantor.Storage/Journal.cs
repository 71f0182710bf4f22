using Cantor.Corpus;
using Cantor.Releases;
using Cantor.Storage.Databases;

namespace Cantor.Storage;

/// <summary>
/// What a server last saw of a store that other machines hold, on its own disk: collections, their live releases and those before,
/// what lies over those, keys' hashes; and what was done on this server alone while the store was away. It is written before what it holds is served, and it
/// names a release only where it holds what was taken down since: a server that starts while the store is away serves nothing that was taken down.
/// </summary>
public sealed class Journal : IAsyncDisposable
{
    readonly Store _store;
    readonly TimeProvider _time;
    readonly string _whole; // a file that is there while nothing lacks: a disk that is full still lets go of files

    Journal(Store store, TimeProvider time, string directory) => (_store, _time, _whole) = (store, time, Path.Combine(directory, "whole"));

    /// <summary>What was kept, to be read like the store itself. Nobody else writes to it.</summary>
    public Store Kept => _store;

    /// <summary>Opens the journal of a data directory, making what is missing.</summary>
    /// <exception cref="InputFaultException">It cannot be opened or written.</exception>
    public static async Task<Journal> OpenAsync(string dataDirectory, TimeProvider time, CancellationToken cancellationToken)
    {
        var directory = Path.Combine(Path.GetFullPath(dataDirectory), "journal");
        return new(await Store.OpenAsync(directory, time, cancellationToken), time, directory);
    }

    /// <summary>True when everything that this server saw of the store could be kept: only then may a server start from it.</summary>
    public bool IsWhole => File.Exists(_whole);

    /// <summary>Keeps whether everything that was seen could be kept.</summary>
    /// <exception cref="StoreUnavailableException">The disk did not take that.</exception>
    public void Mark(bool isWhole)
    {
        if (isWhole == IsWhole) return;
        try
        {
            if (isWhole) File.Create(_whole).Dispose();
            else File.Delete(_whole);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException(_whole, fault.Message, fault);
        }
    }

    /// <summary>Keeps which collections there are, and the keys. Of one that is new it names no release yet.</summary>
    /// <param name="collections">All collections.</param>
    /// <param name="keys">All keys.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task KeepAsync(IReadOnlyList<StoredCollection> collections, KeyRing keys, CancellationToken cancellationToken) =>
        _store.Database.WriteAsync(async session =>
        {
            var there = collections.Select(collection => collection.Name).ToHashSet(StringComparer.Ordinal);
            foreach (var kept in await session.QueryAsync("SELECT name FROM collections", row => row.GetString(0)))
                if (!there.Contains(kept)) await ForgetAsync(session, kept);
            foreach (var collection in collections) await PutAsync(session, collection);
            await session.ExecuteAsync("DELETE FROM keys");
            return await keys.KeepAsync(session);
        }, cancellationToken);

    /// <summary>Keeps what a collection's releases are, all that lies over them, and nothing else of it: at once, so that no release is ever named without what was taken down since.</summary>
    /// <param name="releases">The collection with its live release and the one before. What is tried is not kept: who starts without the store answers live.</param>
    /// <param name="states">What changed items have come to.</param>
    /// <param name="number">The last change that the states hold.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task KeepAsync(CollectionReleases releases, IReadOnlyList<ItemState> states, long number, CancellationToken cancellationToken) =>
        _store.Database.WriteAsync(async session =>
        {
            var name = releases.Collection.Name;
            await PutAsync(session, releases.Collection);
            await session.LockAsync(name);
            await PointAsync(session, releases);
            await session.ExecuteAsync("DELETE FROM states WHERE collection = @name", ("@name", name));
            return await PutAsync(session, name, states, number);
        }, cancellationToken);

    /// <summary>Keeps what a collection's releases are, and lets go of what those hold that folded in the changes up to a number; tombstones stay.</summary>
    /// <param name="releases">The collection with its live release and the one before; what is kept of states does for them.</param>
    /// <param name="folded">The last change that the oldest of them folded in.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task PointAsync(CollectionReleases releases, long folded, CancellationToken cancellationToken) =>
        _store.Database.WriteAsync(async session =>
        {
            await PointAsync(session, releases);
            return await session.ExecuteAsync(
                "DELETE FROM states WHERE collection = @name AND number <= @folded AND deleted_at IS NULL AND hidden_at IS NULL", ("@name", releases.Collection.Name), ("@folded", folded));
        }, cancellationToken);

    /// <summary>Keeps what was laid over a collection's releases next.</summary>
    /// <param name="collection">One that was kept.</param>
    /// <param name="states">What changed items have come to.</param>
    /// <param name="number">The last change that the states hold; 0 when some before them are not kept yet.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task KeepAsync(string collection, IReadOnlyList<ItemState> states, long number, CancellationToken cancellationToken) =>
        _store.Database.WriteAsync(async session =>
        {
            await session.LockAsync(collection);
            return await PutAsync(session, collection, states, number);
        }, cancellationToken);

    static async Task PutAsync(Session session, StoredCollection collection)
    {
        var created = Times.Text(collection.CreatedAt);
        var kept = await session.QueryAsync("SELECT created_at FROM collections WHERE name = @name", row => row.GetString(0), ("@name", collection.Name));
        // Another of the same name, deleted since.
        if (kept.Any(at => at != created)) await ForgetAsync(session, collection.Name);
        await session.ExecuteAsync("""
            INSERT INTO collections (name, created_at, config, config_version) VALUES (@name, @at, @config, @version)
            ON CONFLICT (name) DO UPDATE SET config = excluded.config, config_version = excluded.config_version
            """,
            ("@name", collection.Name), ("@at", created), ("@config", collection.Config), ("@version", collection.ConfigVersion));
    }

    static async Task<int> PutAsync(Session session, string collection, IReadOnlyList<ItemState> states, long number)
    {
        await Changes.PutStatesAsync(session, collection, [.. states.Select(state => ("item", state))]);
        return await session.ExecuteAsync("UPDATE sequences SET last = @last WHERE collection = @name AND last < @last", ("@name", collection), ("@last", number));
    }

    static async Task PointAsync(Session session, CollectionReleases releases)
    {
        await session.ExecuteAsync("DELETE FROM aliases WHERE collection = @name", ("@name", releases.Collection.Name));
        if (releases.Live is { } live) await PointAsync(session, AliasName.Live, live);
        if (releases.Previous is { } previous) await PointAsync(session, AliasName.Previous, previous);
    }

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
