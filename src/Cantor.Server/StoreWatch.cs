using System.Collections.Concurrent;
using Cantor.Corpus;
using Cantor.Releases;
using Cantor.Server.Overlays;
using Cantor.Server.Rollouts;
using Cantor.Storage;
using Cantor.Storage.Rollouts;
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
/// <param name="counts">Where the sides of rollouts are counted.</param>
/// <param name="queries">Where questions are kept.</param>
/// <param name="logger">Hears what happens.</param>
sealed class StoreWatch(ServerOptions options, Store? opened, Journal? journal, ReleaseBlobs? blobs, LiveReleases live, Access access, RolloutCounts counts, QueryLogs queries, ILogger<StoreWatch> logger) : BackgroundService, IAsyncDisposable
{
    // A file that could not be opened may yet arrive (a slow copy); the store will not tell.
    static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);
    const int ChangesPerQuery = 1_000;

    readonly Dictionary<string, FollowedCollection> _followed = new(StringComparer.Ordinal);
    readonly Dictionary<string, LocalMove> _moved = new(StringComparer.Ordinal);
    readonly HashSet<long> _ended = [];
    readonly Lock _serving = new();
    readonly ConcurrentDictionary<string, byte> _written = new(StringComparer.Ordinal); // collections that this server wrote to since it looked last
    TaskCompletionSource _poked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    bool _wholeWanted = true;
    TaskCompletionSource _laidOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    TaskCompletionSource _looked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    Store? _store = opened;
    readonly JournalWriter? _journal = journal is null ? null : new(journal, options.Time, logger);
    bool _unreadable;

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
            var laidOn = Volatile.Read(ref _laidOn).Task;
            if (live.Current.TryFind(collection, out var served) && served.Overlay.Number >= number) return;
            _written.TryAdd(collection, 0);
            Volatile.Read(ref _poked).TrySetResult();
            await Task.WhenAny(laidOn, Task.Delay(options.PollInterval, cancellationToken));
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
    internal void Poke()
    {
        Volatile.Write(ref _wholeWanted, true);
        Volatile.Read(ref _poked).TrySetResult();
    }

    /// <summary>
    /// Goes back to the release before on this server alone, while the store is away: journaled first, so that a restart keeps to
    /// it, and told to the store when it answers again.
    /// </summary>
    /// <returns>What is served now and was before; null when there is no release to go back to.</returns>
    internal async Task<(ReleaseVersion Live, ReleaseVersion? Before)?> RollBackLocallyAsync(string collection, string by, string why, CancellationToken cancellationToken)
    {
        if (journal is null || !live.Current.TryFind(collection, out var served) || served.Previous?.Release is not { } previous) return null;
        var move = await journal.MovedAsync(collection, previous.Version, by, why, cancellationToken);
        lock (_serving)
        {
            _moved[collection] = move;
            Swap();
        }
        Log.MovedLocally(logger, collection, by, previous.VersionText);
        return (previous.Version, served.Release?.Version);
    }

    /// <summary>Brings what was moved here while the store was away into the store: of all that people did, the newest stands.</summary>
    async Task ReconcileAsync(Store store, Registry registry, CancellationToken cancellationToken)
    {
        if (journal is null) return;
        foreach (var move in await journal.MovesAsync(cancellationToken))
        {
            if (store == journal.Kept)
            {
                lock (_serving) _moved[move.Collection] = move;
                continue;
            }
            var outcome = registry.Settle(move);
            await journal.ForgetAsync(move, cancellationToken);
            lock (_serving) _moved.Remove(move.Collection);
            Log.Reconciled(logger, move.Collection, outcome);
        }
    }

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
                Volatile.Write(ref _wholeWanted, true);
                written = store.WaitForWriteAsync(mark, options.PollInterval, stopping.Token, () => live.Reached(options.Time));
                do
                {
                    var poked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    Volatile.Write(ref _poked, poked);
                    // Whoever wrote waits for its own write to show: all else is looked at when the store tells of it.
                    if (Interlocked.Exchange(ref _wholeWanted, false) || !await LookAtWrittenAsync(store, stoppingToken)) await LookAsync(store, stoppingToken);
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
        if (!_followed.Values.Any(collection => collection.All.Any(one => one.Layer.NextDue <= now))) return;
        Serve([.. _followed.Values.Select(collection => collection.Select(followed => followed with { Served = followed.Served with { Overlay = followed.Layer.Apply([], followed.Served.Overlay.Number, now) } }))]);
    }

    /// <summary>How long nothing happens by itself.</summary>
    TimeSpan Pause()
    {
        var pause = _journal is { IsBehind: true } || _followed.Values.Any(collection => collection.All.Any(one => one.Served.Fault is not null)) ? RetryAfter : TimeSpan.FromMinutes(1);
        var now = options.Time.GetUtcNow();
        foreach (var collection in _followed.Values.SelectMany(collection => collection.All))
            if (collection.Layer.NextDue is { } due && due - now < pause) pause = due - now;
        return pause > TimeSpan.FromMilliseconds(1) ? pause : TimeSpan.FromMilliseconds(1);
    }

    async Task LookAsync(Store store, CancellationToken cancellationToken)
    {
        using var registry = store.Registry(options.DataDirectory);
        await ReconcileAsync(store, registry, cancellationToken);
        _written.Clear();
        var keys = await store.Keys.ReadAsync(cancellationToken);
        // The store is asked to the end before the first file is opened: when it fails, no open file is lost.
        var named = await registry.NamedAsync(cancellationToken);
        var wanted = (await store.Collections.ListAsync(cancellationToken))
            .Select(collection => new CollectionReleases(collection, named.GetValueOrDefault((collection.Name, AliasName.Live)),
                named.GetValueOrDefault((collection.Name, AliasName.Canary)), named.GetValueOrDefault((collection.Name, AliasName.Previous)))).ToList();
        var last = await store.Changes.LastAsync(cancellationToken);
        var rollouts = (await store.Rollouts.ActiveAsync(cancellationToken)).Where(rollout => rollout.Subject is RolloutSubject.Release).ToDictionary(rollout => rollout.Name, StringComparer.Ordinal);
        if (_journal is not null && store != journal!.Kept) await _journal.KeepAsync(wanted, keys, cancellationToken);
        access.Keys = keys;
        var next = new List<FollowedCollection>();
        var opened = new List<ServedRelease>();
        try
        {
            foreach (var one in wanted)
                next.Add(await FollowAsync(store, one, last.GetValueOrDefault(one.Collection.Name), rollouts.GetValueOrDefault(one.Collection.Name), opened, cancellationToken));
        }
        catch
        {
            foreach (var release in opened) release.Return();
            throw;
        }
        counts.Keep(rollouts.Values.Select(rollout => rollout.Number).ToHashSet());
        Serve(next);
        if (_journal is not null && store != journal!.Kept) await _journal.CatchUpAsync(store, RetryAfter, cancellationToken);
        if (store != journal?.Kept) live.Reached(options.Time);
        Interlocked.Exchange(ref _laidOn, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        Interlocked.Exchange(ref _looked, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }

    /// <summary>Lays on what this server itself wrote, and nothing else.</summary>
    /// <returns>False when it wrote nothing since it looked last.</returns>
    async Task<bool> LookAtWrittenAsync(Store store, CancellationToken cancellationToken)
    {
        var names = _written.Keys.Where(name => _written.TryRemove(name, out _)).ToList();
        if (names.Count == 0) return false;
        var next = new Dictionary<string, FollowedCollection>(_followed, StringComparer.Ordinal);
        foreach (var name in names)
            if (next.TryGetValue(name, out var before))
            {
                var log = new ChangeLog(long.MaxValue, before.All.Min(one => one.Served.Release?.LastChange ?? 0));
                next[name] = before with
                {
                    Live = await LayOnAsync(store, before.Live, log, cancellationToken),
                    Canary = before.Canary is null ? null : await LayOnAsync(store, before.Canary, log, cancellationToken),
                    Previous = before.Previous is null ? null : await LayOnAsync(store, before.Previous, log, cancellationToken),
                };
            }
        Serve([.. next.Values]);
        Interlocked.Exchange(ref _laidOn, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        return true;
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

    void Serve(List<FollowedCollection> next)
    {
        lock (_serving)
        {
            _followed.Clear();
            foreach (var collection in next) _followed.Add(collection.Stored.Name, collection);
            _ended.IntersectWith(next.Select(collection => collection.Traffic?.Rollout.Number ?? 0));
            Swap();
        }
    }

    // The caller holds the lock.
    void Swap() => live.Swap(new(_followed.Values.Select(collection => collection.Serve(_moved.GetValueOrDefault(collection.Stored.Name), _ended))));

    /// <summary>Gives nobody the canary of a rollout that has ended, at once: a look at the store takes longer.</summary>
    internal void End(long rollout)
    {
        lock (_serving)
        {
            _ended.Add(rollout);
            Swap();
        }
    }

    async Task<FollowedCollection> FollowAsync(Store store, CollectionReleases wanted, long number, Rollout? rollout, List<ServedRelease> opened, CancellationToken cancellationToken)
    {
        var collection = wanted.Collection;
        var before = _followed.GetValueOrDefault(collection.Name) is { } there && there.Stored.CreatedAt == collection.CreatedAt ? there : null;
        // What is kept in the journal must do for the oldest of them.
        var log = new ChangeLog(number, wanted.Releases.Select(release => release.LastChange).DefaultIfEmpty(0).Min());
        var main = await FollowAsync(store, collection.Name, wanted.Live, before, log, before?.Live, opened, cancellationToken);
        var canary = wanted.Canary is null ? null : await FollowAsync(store, collection.Name, wanted.Canary, before, log, before?.Canary, opened, cancellationToken);
        var previous = wanted.Previous is null ? null : await FollowAsync(store, collection.Name, wanted.Previous, before, log, before?.Previous, opened, cancellationToken);
        var traffic = rollout is null || rollout.Candidate != wanted.Canary?.Version.ToString() ? null
            : before?.Traffic is { } same && same.Rollout.Number == rollout.Number && same.Rollout.Revision == rollout.Revision ? same
            : new Traffic(rollout, counts.Of(rollout.Number, isCanary: false), counts.Of(rollout.Number, isCanary: true));
        return new(collection, main, canary, previous, SettingsOf(collection), traffic, queries.Of(collection.Name));
    }

    /// <summary>A collection's changes.</summary>
    /// <param name="Last">The last one.</param>
    /// <param name="Folded">The last one that the oldest of its releases folded in.</param>
    readonly record struct ChangeLog(long Last, long Folded);

    /// <summary>Follows one release of a collection: opens it, unless another alias named it before.</summary>
    async Task<Followed> FollowAsync(
        Store store, string name, RegisteredRelease? wanted, FollowedCollection? before, ChangeLog log, Followed? last, List<ServedRelease> opened, CancellationToken cancellationToken)
    {
        if (wanted is not null && before?.All.FirstOrDefault(one => one.Served.Release?.Version == wanted.Version) is { } same)
            return await LayOnAsync(store, same with { Served = same.Served with { Wanted = wanted.Version, Fault = null } }, log, cancellationToken);
        var (release, fault) = await OpenAsync(name, wanted, last?.Served, cancellationToken);
        // The release before stands in for live, never for what is tried or was live before.
        if (fault is not null && !ReferenceEquals(last, before?.Live)) release = null;
        if (last is not null && ReferenceEquals(last.Served.Release, release))
            return await LayOnAsync(store, last with { Served = last.Served with { Wanted = wanted?.Version, Fault = fault } }, log, cancellationToken);
        if (release is not null) opened.Add(release);
        return await LayAsync(store, new(name, wanted?.Version, release, Overlay.Empty, fault), log.Folded, cancellationToken);
    }

    /// <summary>Lays everything that the store holds over a release that was just opened.</summary>
    async Task<Followed> LayAsync(Store store, ServedCollection served, long kept, CancellationToken cancellationToken)
    {
        var folded = served.Release?.LastChange ?? 0;
        var layer = new OverlayLayer(served.Name, served.Release?.Release, folded, logger);
        layer.Begin(options.Time.GetUtcNow());
        // The number first: a change that comes while the states are read is read once more, which changes nothing.
        var number = (await store.Changes.ReadAsync(served.Name, 0, 1, cancellationToken)).Last;
        var states = await store.Changes.StatesAsync(served.Name, Math.Min(folded, kept), cancellationToken).ToListAsync(cancellationToken);
        if (_journal is not null && store != journal!.Kept) await _journal.KeepAsync(served.Name, kept, states, number, all: true, cancellationToken);
        return new(served with { Overlay = layer.Apply(states, number, options.Time.GetUtcNow()) }, layer);
    }

    /// <summary>Lays what is new over what lies there.</summary>
    async Task<Followed> LayOnAsync(Store store, Followed followed, ChangeLog log, CancellationToken cancellationToken)
    {
        var (name, overlay) = (followed.Served.Name, followed.Served.Overlay);
        if (log.Last <= overlay.Number && !(followed.Layer.NextDue <= options.Time.GetUtcNow())) return followed; // of many collections most are as they were
        while (true)
        {
            var page = await store.Changes.ReadAsync(name, overlay.Number, ChangesPerQuery, cancellationToken);
            if (page.Trimmed > overlay.Number && page.Last > overlay.Number) return await LayAsync(store, followed.Served, log.Folded, cancellationToken);
            var ids = page.Changes.Where(change => change.Kind is not ChangeKind.Rule).Select(change => change.Id).Distinct().ToList();
            var now = options.Time.GetUtcNow();
            if (page.Changes.Count == 0 && !(followed.Layer.NextDue <= now)) return followed with { Served = followed.Served with { Overlay = overlay } };
            var states = ids.Count == 0 ? [] : await store.Changes.FindAsync(name, ids, cancellationToken);
            var number = page.Changes.Count == 0 ? overlay.Number : page.Changes[^1].Number;
            if (_journal is not null && store != journal!.Kept) await _journal.KeepAsync(name, log.Folded, states, number, all: false, cancellationToken);
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
