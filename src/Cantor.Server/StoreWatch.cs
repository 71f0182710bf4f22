using Cantor.Corpus;
using Cantor.Releases;
using Cantor.Server.Overlays;
using Cantor.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cantor.Server;

/// <summary>
/// Follows the store: opens what became live and lays over it what was changed, then swaps both in. With the writes, the only
/// part of the server that touches the database, and off the path of every question: when the database dies, answers go on.
/// </summary>
/// <param name="options">Where the store is.</param>
/// <param name="opened">The store; null when it could not be reached.</param>
/// <param name="journal">What is kept of the store on this machine; null when the store is on this machine itself.</param>
/// <param name="blobs">Where release files come from that are not on this machine yet; null for nowhere.</param>
/// <param name="live">Gets what is to be served.</param>
/// <param name="access">Gets the keys.</param>
/// <param name="logger">Hears what happens.</param>
sealed class StoreWatch(ServerOptions options, Store? opened, Journal? journal, ReleaseBlobs? blobs, LiveReleases live, Access access, ILogger<StoreWatch> logger) : BackgroundService, IAsyncDisposable
{
    // A file that could not be opened may yet arrive (a slow copy); the store will not tell.
    static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);
    const int ChangesPerQuery = 1_000;

    readonly Dictionary<string, Followed> _followed = new(StringComparer.Ordinal);
    TaskCompletionSource _poked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    TaskCompletionSource _looked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    Store? _store = opened;
    string _kept = "";
    readonly Dictionary<string, long> _behind = new(StringComparer.Ordinal); // collections of which the journal lacks something, and what their release folded in
    long _caughtUp;
    bool _unreadable;

    /// <summary>A collection, and what its changes are laid over.</summary>
    sealed record Followed(ServedCollection Served, OverlayLayer Layer, DateTimeOffset CreatedAt);

    /// <summary>The store, for writes.</summary>
    /// <exception cref="StoreUnavailableException">It was not reached since the server started.</exception>
    internal Store Store => Volatile.Read(ref _store) ?? throw new StoreUnavailableException(options.StoreName, "was not reached yet", new InvalidOperationException());

    /// <summary>Opens what is live now, before the first request is accepted; what the journal says is, where the store is away.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_store is not null) await LookAsync(_store, cancellationToken);
        else if (journal is not null && (await journal.Kept.Collections.ListAsync(cancellationToken)).Count > 0)
        {
            Log.FromJournal(logger, options.StoreName);
            live.Reached(options.Time, ago: options.MaxStaleness); // or longer: answers say so from the first on
            await LookAsync(journal.Kept, cancellationToken);
        }
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Waits until what was committed up to <paramref name="number"/> is laid over what this server serves, one second at the most.</summary>
    internal async Task AppliedAsync(string collection, long number, CancellationToken cancellationToken)
    {
        var began = options.Time.GetTimestamp();
        while (options.Time.GetElapsedTime(began) < TimeSpan.FromSeconds(1))
        {
            var looked = Volatile.Read(ref _looked).Task;
            if (live.Current.TryFind(collection, out var served) && served.Overlay.Number >= number) return;
            Poke();
            await Task.WhenAny(looked, Task.Delay(options.PollInterval, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>See <see cref="Storage.Store.PruneAsync"/>.</summary>
    internal Task<IReadOnlyList<RegisteredRelease>> PruneAsync(Registry registry, string collection, int? keep, CancellationToken cancellationToken) =>
        Store.PruneAsync(registry, blobs, collection, keep, cancellationToken);

    /// <summary>True when a release's file is on this machine, after fetching it where it was not.</summary>
    internal async Task<bool> HasFileAsync(RegisteredRelease release, CancellationToken cancellationToken) =>
        File.Exists(release.Path) || blobs is not null && await blobs.FetchAsync(release.Collection, release.Version, Path.GetDirectoryName(release.Path)!, cancellationToken);

    /// <summary>Waits until the store was looked at from now on, two seconds at the most: what is no numbered change shows by then.</summary>
    internal async Task LookedAsync(CancellationToken cancellationToken)
    {
        // Twice: a look that ends now may have begun before.
        for (var looks = 0; looks < 2; looks++)
        {
            var looked = Volatile.Read(ref _looked).Task;
            Poke();
            await Task.WhenAny(looked, Task.Delay(TimeSpan.FromSeconds(1), cancellationToken));
        }
    }

    /// <summary>Has the store looked at without delay: somebody knows of a write.</summary>
    internal void Poke() => Volatile.Read(ref _poked).TrySetResult();

    /// <summary>Closes what is served, then the store.</summary>
    public async ValueTask DisposeAsync()
    {
        base.Dispose();
        // A host that was never stopped is closed with its watch still running.
        if (ExecuteTask is { } running) await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        live.Swap(CollectionSet.None);
        if (_store is not null) await _store.DisposeAsync();
        if (journal is not null) await journal.DisposeAsync();
        blobs?.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        try
        {
            while (true)
            {
                await FollowAsync(stoppingToken);
                await Task.Delay(options.PollInterval, options.Time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    // Until the store fails.
    async Task FollowAsync(CancellationToken stoppingToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        Task<long>? written = null;
        try
        {
            var store = _store ?? await OpenAsync(stoppingToken);
            while (true)
            {
                var mark = await store.MarkAsync(stoppingToken);
                written = store.WaitForWriteAsync(mark, options.PollInterval, stopping.Token, () => live.Reached(options.Time));
                do
                {
                    var poked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    Volatile.Write(ref _poked, poked);
                    await LookAsync(store, stoppingToken);
                    if (_unreadable) Log.StoreBack(logger);
                    _unreadable = false;
                    using var nap = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
                    await Task.WhenAny(written, poked.Task, Task.Delay(Pause(), nap.Token));
                    await nap.CancelAsync();
                }
                while (!written.IsCompleted);
                await written;
            }
        }
#pragma warning disable CA1031 // Whatever the database throws: what is served stays served.
        catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            if (!_unreadable) Log.StoreUnreadable(logger, fault.Message);
            _unreadable = true;
            ComeAndGo();
        }
        finally
        {
            await stopping.CancelAsync();
            // Whoever closes the store must find nobody on it.
            if (written is not null) await ((Task)written).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    async Task<Store> OpenAsync(CancellationToken cancellationToken)
    {
        var store = await Store.OpenAsync(options.StoreName, options.Time, cancellationToken);
        Volatile.Write(ref _store, store);
        return store;
    }

    // Time goes on while the store is away: what expires is taken down, what is to be published comes.
    void ComeAndGo()
    {
        var now = options.Time.GetUtcNow();
        if (!_followed.Values.Any(collection => collection.Layer.NextDue <= now)) return;
        Serve([.. _followed.Values.Select(followed => followed with { Served = followed.Served with { Overlay = followed.Layer.Apply([], followed.Served.Overlay.Number, now) } })]);
    }

    /// <summary>How long nothing happens by itself.</summary>
    TimeSpan Pause()
    {
        var pause = _behind.Count > 0 || _followed.Values.Any(collection => collection.Served.Fault is not null) ? RetryAfter : TimeSpan.FromMinutes(1);
        var now = options.Time.GetUtcNow();
        foreach (var collection in _followed.Values)
            if (collection.Layer.NextDue is { } due && due - now < pause) pause = due - now;
        return pause > TimeSpan.FromMilliseconds(1) ? pause : TimeSpan.FromMilliseconds(1);
    }

    async Task LookAsync(Store store, CancellationToken cancellationToken)
    {
        using var registry = store.Registry(options.DataDirectory);
        var keys = await store.Keys.ReadAsync(cancellationToken);
        // The store is asked to the end before the first file is opened: when it fails, no open file is lost.
        var named = await registry.NamedAsync(cancellationToken);
        var wanted = (await store.Collections.ListAsync(cancellationToken))
            .Select(collection => (Collection: collection, Live: named.GetValueOrDefault((collection.Name, AliasName.Live)))).ToList();
        var last = await store.Changes.LastAsync(cancellationToken);
        if (store != journal?.Kept) await KeepAsync(wanted, keys, cancellationToken);
        access.Keys = keys;
        var next = new List<Followed>();
        foreach (var (collection, release) in wanted)
        {
            var before = _followed.GetValueOrDefault(collection.Name);
            var followed = await FollowAsync(store, collection, release, last.GetValueOrDefault(collection.Name), before?.CreatedAt == collection.CreatedAt ? before : null, cancellationToken);
            next.Add(followed with { Served = followed.Served with { Settings = SettingsOf(collection) } });
        }
        Serve(next);
        await CatchUpAsync(store, cancellationToken);
        if (store != journal?.Kept) live.Reached(options.Time);
        Interlocked.Exchange(ref _looked, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }

    // Whatever a newer program wrote there: items are served.
    static CollectionSettings SettingsOf(StoredCollection collection)
    {
        try
        {
            return CollectionSettings.Parse(collection.Config);
        }
        catch (InputFaultException)
        {
            return CollectionSettings.Parse("{}");
        }
    }

    void Serve(List<Followed> next)
    {
        _followed.Clear();
        foreach (var collection in next) _followed.Add(collection.Served.Name, collection);
        live.Swap(new(next.Select(collection => collection.Served)));
    }

    // Most writes change neither collections nor keys.
    async Task KeepAsync(List<(StoredCollection, RegisteredRelease?)> collections, KeyRing keys, CancellationToken cancellationToken)
    {
        if (journal is null) return;
        var now = string.Join('\n', [.. collections.Select(one => $"{one.Item1} {one.Item2}"), .. keys.Keys.Select(key => key.ToString())]);
        if (now == _kept) return;
        try
        {
            await journal.KeepAsync(collections, keys, cancellationToken);
            _kept = now;
        }
        catch (StoreUnavailableException fault)
        {
            Log.JournalBehind(logger, fault.Message); // the next look tries again
        }
    }

    // This machine's disk may be full: what was taken down is taken down all the same, and the journal catches up later.
    async Task KeepAsync(Store store, string name, long folded, IReadOnlyList<ItemState> states, long number, bool all, CancellationToken cancellationToken)
    {
        // Nothing is added to a journal that lacks something: its number would tell that it has all.
        if (journal is null || store == journal.Kept || !all && (states.Count == 0 || _behind.ContainsKey(name))) return;
        try
        {
            await journal.KeepAsync(name, states, number, all, cancellationToken);
            _behind.Remove(name);
        }
        catch (StoreUnavailableException fault)
        {
            if (_behind.TryAdd(name, folded)) Log.JournalBehind(logger, fault.Message);
            else _behind[name] = folded;
        }
    }

    async Task CatchUpAsync(Store store, CancellationToken cancellationToken)
    {
        if (_behind.Count == 0 || options.Time.GetElapsedTime(_caughtUp) < RetryAfter) return;
        _caughtUp = options.Time.GetTimestamp();
        foreach (var (name, folded) in _behind.ToList())
        {
            var number = (await store.Changes.ReadAsync(name, 0, 1, cancellationToken)).Last;
            var states = await store.Changes.StatesAsync(name, folded, cancellationToken).ToListAsync(cancellationToken);
            await KeepAsync(store, name, folded, states, number, all: true, cancellationToken);
        }
    }

    async Task<Followed> FollowAsync(Store store, StoredCollection collection, RegisteredRelease? wanted, long last, Followed? before, CancellationToken cancellationToken)
    {
        var (release, fault) = await OpenAsync(collection.Name, wanted, before?.Served, cancellationToken);
        try
        {
            return before is not null && ReferenceEquals(before.Served.Release, release)
                ? await LayOnAsync(store, before with { Served = before.Served with { Wanted = wanted?.Version, Fault = fault } }, last, cancellationToken)
                : await LayAsync(store, collection.CreatedAt, new(collection.Name, wanted?.Version, release, Overlay.Empty, fault), cancellationToken);
        }
        catch
        {
            if (release is not null && !ReferenceEquals(before?.Served.Release, release)) release.Return();
            throw;
        }
    }

    /// <summary>Lays everything that the store holds over a release that was just opened.</summary>
    async Task<Followed> LayAsync(Store store, DateTimeOffset createdAt, ServedCollection served, CancellationToken cancellationToken)
    {
        var folded = served.Release?.LastChange ?? 0;
        var layer = new OverlayLayer(served.Name, served.Release?.Release, folded, logger);
        layer.Begin(options.Time.GetUtcNow());
        // The number first: a change that comes while the states are read is read once more, which changes nothing.
        var number = (await store.Changes.ReadAsync(served.Name, 0, 1, cancellationToken)).Last;
        var states = await store.Changes.StatesAsync(served.Name, folded, cancellationToken).ToListAsync(cancellationToken);
        await KeepAsync(store, served.Name, folded, states, number, all: true, cancellationToken);
        return new(served with { Overlay = layer.Apply(states, number, options.Time.GetUtcNow()) }, layer, createdAt);
    }

    /// <summary>Lays what is new over what lies there.</summary>
    async Task<Followed> LayOnAsync(Store store, Followed followed, long last, CancellationToken cancellationToken)
    {
        var (name, overlay) = (followed.Served.Name, followed.Served.Overlay);
        if (last <= overlay.Number && !(followed.Layer.NextDue <= options.Time.GetUtcNow())) return followed; // of many collections most are as they were
        while (true)
        {
            var page = await store.Changes.ReadAsync(name, overlay.Number, ChangesPerQuery, cancellationToken);
            if (page.Trimmed > overlay.Number && page.Last > overlay.Number) return await LayAsync(store, followed.CreatedAt, followed.Served, cancellationToken);
            var ids = page.Changes.Where(change => change.Kind is not ChangeKind.Rule).Select(change => change.Id).Distinct().ToList();
            var now = options.Time.GetUtcNow();
            if (page.Changes.Count == 0 && !(followed.Layer.NextDue <= now)) return followed with { Served = followed.Served with { Overlay = overlay } };
            var states = ids.Count == 0 ? [] : await store.Changes.FindAsync(name, ids, cancellationToken);
            var number = page.Changes.Count == 0 ? overlay.Number : page.Changes[^1].Number;
            await KeepAsync(store, name, followed.Served.Release?.LastChange ?? 0, states, number, all: false, cancellationToken);
            overlay = followed.Layer.Apply(states, number, now);
        }
    }

    async Task<(ServedRelease? Release, string? Fault)> OpenAsync(string name, RegisteredRelease? wanted, ServedCollection? served, CancellationToken cancellationToken)
    {
        if (wanted is not { Version: var version, Path: var path }) return (null, null);
        if (served?.Release?.Version == version) return (served.Release, null);
        var began = options.Time.GetTimestamp();
        try
        {
            // To this machine's disk first, checked whole: what is mapped from a network cannot be relied upon.
            if (blobs is not null && wanted.Missing) await blobs.FetchAsync(name, version, Path.GetDirectoryName(path)!, cancellationToken);
            var release = OpenWhole(name, path);
            var elapsed = options.Time.GetElapsedTime(began);
            Log.Opened(logger, name, version, release.Count, elapsed.TotalMilliseconds);
            return (new(release, name, version, wanted.LastChange), null);
        }
#pragma warning disable CA1031 // Whatever the file holds: what is served stays served.
        catch (Exception refused) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            var fault = FaultOf(refused);
            var serving = served?.Release is { } before ? (object)before.Version : "nothing";
            if (served?.Fault != fault || served.Wanted != version)
                Log.NotOpened(logger, name, version, path, fault, serving);
            return (served?.Release, fault);
        }
    }

    static Release OpenWhole(string name, string path)
    {
        var release = Release.Open(path);
        try
        {
            release.Verify();
            return release.Summary.Collection == name
                ? release
                : throw new ReleaseFaultException(path, null, $"it is a release of {release.Summary.Collection}, not of {name}");
        }
        catch
        {
            release.Dispose();
            throw;
        }
    }

    // Without the path: this is shown to whoever may ask for the server's health.
    static string FaultOf(Exception refused) => refused switch
    {
        ReleaseFaultException { Section: { } section } release => $"section {section}: {release.Fault}",
        ReleaseFaultException release => release.Fault,
        FileNotFoundException or DirectoryNotFoundException => "the file is missing",
        UnauthorizedAccessException => "the file may not be read",
        _ => "the file cannot be read",
    };
}
