using Cantor.Corpus;
using Cantor.Storage.Databases;
using Cantor.Storage.Gateways;
using Cantor.Storage.Rollouts;

namespace Cantor.Storage;

/// <summary>
/// Everything that changes, in a data directory (SQLite) or in PostgreSQL: collections, changes, events, keys and the registry
/// of releases. Several processes may use one store at the same time, also older and newer programs.
/// </summary>
/// <remarks>
/// Safe to use from several threads. A write has reached the disk when its task ends. When the store does not answer, every
/// method throws <see cref="StoreUnavailableException"/>.
/// </remarks>
public sealed class Store : IAsyncDisposable
{
    const int MostWaiting = 20;

    const string Expected = "postgres://user:password@host:port/database or a data directory";

    /// <summary>What a fault names as its source when a text cannot be stored in either kind of store.</summary>
    public const string TextFault = "the store";

    readonly IDatabase _database;
    readonly TimeProvider _time;

    Store(IDatabase database, TimeProvider time)
    {
        (_database, _time) = (database, time);
        (Collections, Changes, Events, Keys) = (new(database, time), new(database, time), new(database), new(database, time));
        (Leases, Rollouts, Notices, Questions) = (new(database, time), new(database, time), new(database), new(database));
        (Gateways, Servers) = (new(database, time, Rollouts), new(database, time));
    }

    /// <summary>The store's name for messages, without password.</summary>
    public string Name => _database.Name;

    internal IDatabase Database => _database;

    /// <summary>Collections and their configuration.</summary>
    public Collections Collections { get; }

    /// <summary>What was pushed, deleted and hidden, in order.</summary>
    public Changes Changes { get; }

    /// <summary>Views, impressions, clicks, conversions.</summary>
    public Events Events { get; }

    /// <summary>Who may do what only one may at a time.</summary>
    public Leases Leases { get; }

    /// <summary>What is being tried, and what was.</summary>
    public RolloutTable Rollouts { get; }

    /// <summary>What people are to be told.</summary>
    public NoticeTable Notices { get; }

    /// <summary>What was asked last.</summary>
    public Questions Questions { get; }

    /// <summary>Where the routes of gateways stand.</summary>
    public GatewayTable Gateways { get; }

    /// <summary>The servers that serve from this store.</summary>
    public ServerTable Servers { get; }

    /// <summary>Keys of the API.</summary>
    public Keys Keys { get; }

    /// <summary>The name of a store for messages, without password.</summary>
    /// <param name="store">As <see cref="OpenAsync"/> takes it.</param>
    /// <exception cref="InputFaultException">It has another form.</exception>
    public static string NameOf(string store) => PostgresAddress.IsOne(store) ? PostgresAddress.Parse(store).Name : Path.GetFullPath(store);

    /// <summary>Opens a store, making what is missing and bringing an older schema up to date.</summary>
    /// <param name="store"><c>postgres://user:password@host:port/database?sslmode=require</c>, or a data directory.</param>
    /// <param name="time">The clock of everything written.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="InputFaultException">It is neither, refuses the user, or needs a newer program.</exception>
    /// <exception cref="StoreUnavailableException">The server cannot be reached just now.</exception>
    public static async Task<Store> OpenAsync(string store, TimeProvider time, CancellationToken cancellationToken)
    {
        if (PostgresAddress.IsOne(store))
            return new(await PostgresDatabase.OpenAsync(PostgresAddress.Parse(store), time, cancellationToken), time);
        // Whatever has the look of an address is no directory to be made, and its password none of a path that is told.
        if (store.IndexOf(':', StringComparison.Ordinal) is var scheme and > 0 && store[..scheme].All(char.IsAsciiLetter))
            throw new InputFaultException("--store", null, $"there is no kind of store called {store[..scheme]}; expected {Expected}");
        if (store.Contains("password=", StringComparison.OrdinalIgnoreCase) || store.Contains("://", StringComparison.Ordinal))
            throw new InputFaultException("--store", null, $"expected {Expected}");
        return new(OpenFile(store, time), time);
    }

    /// <summary>The releases, with <paramref name="dataDirectory"/> as the place of their files on this machine. Lives no longer than the store.</summary>
    /// <exception cref="InputFaultException">The directory cannot be made.</exception>
    public Registry Registry(string dataDirectory) => new(dataDirectory, _database, _time, owned: false);

    /// <summary>A number that differs from an earlier one of this object when anybody has written since; it may differ without. Order means nothing.</summary>
    public Task<long> MarkAsync(CancellationToken cancellationToken) => _database.MarkAsync(cancellationToken);

    /// <summary>
    /// Waits until somebody may have written since <paramref name="mark"/>. Learns of a write in well under a second: from
    /// PostgreSQL by NOTIFY, with polling behind it; from SQLite by polling.
    /// </summary>
    /// <param name="mark">What <see cref="MarkAsync"/> or this gave last. Ask for it before you read, so that nothing falls between.</param>
    /// <param name="poll">How long to wait between two looks where nothing tells of writes, and behind what does; well above zero.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <param name="answered">Called after every look: the store answers.</param>
    /// <returns>The mark now.</returns>
    public async Task<long> WaitForWriteAsync(long mark, TimeSpan poll, CancellationToken cancellationToken, Action? answered = null)
    {
        while (true)
        {
            var now = await _database.MarkAsync(cancellationToken);
            answered?.Invoke();
            if (now != mark) return now;
            await _database.PauseAsync(poll, cancellationToken);
        }
    }

    /// <summary>
    /// Forgets a collection's releases but the newest, those that an alias names and one that waits to be rolled out, takes their files away, and trims the log of
    /// changes behind the oldest release that an alias names. The store forgets first, so that no alias can come to name a release
    /// whose file is going; files that an interrupted call left behind go with the next.
    /// </summary>
    /// <param name="registry">This store's, with the directory of the files on this machine.</param>
    /// <param name="blobs">Where the files are for all servers; null for nowhere else.</param>
    /// <param name="collection">Whose.</param>
    /// <param name="keep">How many of the newest stay, 1 to <see cref="CollectionSettings.MostKept"/>; releases of aliases stay besides. Null for what the collection's configuration says.</param>
    /// <param name="cancellationToken">Stops it; what was forgotten stays forgotten.</param>
    /// <returns>The releases that are gone, newest first.</returns>
    public async Task<IReadOnlyList<RegisteredRelease>> PruneAsync(Registry registry, ReleaseBlobs? blobs, string collection, int? keep, CancellationToken cancellationToken)
    {
        keep ??= CollectionSettings.Known((await Collections.FindAsync(collection, cancellationToken))?.Config ?? "{}").Keep;
        // What waits for a rollout before it has no alias yet.
        var waiting = (await Rollouts.ListAsync(RolloutSubject.Release, collection, MostWaiting, cancellationToken)).Where(rollout => rollout.State is RolloutState.Queued);
        var gone = registry.Retain(collection, keep.Value, [.. waiting.Select(rollout => rollout.Candidate)]);
        foreach (var release in gone) File.Delete(release.Path);
        if (blobs is not null)
        {
            var there = await blobs.ListAsync(collection, cancellationToken);
            foreach (var version in gone.Select(release => release.Version).Union(registry.Forgotten(collection, there)))
                await blobs.DeleteAsync(collection, version, cancellationToken);
        }
        await Changes.TrimAsync(collection, cancellationToken);
        return gone;
    }

    /// <summary>Closes the store.</summary>
    public ValueTask DisposeAsync() => _database.DisposeAsync();

    internal static SqliteDatabase OpenFile(string dataDirectory, TimeProvider time)
    {
        var root = Path.GetFullPath(dataDirectory);
        try
        {
            Directory.CreateDirectory(root);
            return SqliteDatabase.Open(Path.Combine(root, "cantor.db"), time);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InputFaultException(root, null, $"cannot be opened as a data directory: {fault.Message}", fault);
        }
    }
}
