using System.Collections.Concurrent;
using Cantor.Releases;
using Cantor.Server.Rollouts;
using Cantor.Server.Rollouts.Versions;
using Cantor.Storage;
using Cantor.Storage.Rollouts;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cantor.Server;

/// <summary>
/// Follows the store: looks when somebody wrote, has what it finds opened beside what is served and laid over, then swaps all in. With the writes, the only
/// part of the server that touches the database, and off the path of every question: when the database dies, answers go on.
/// </summary>
/// <param name="options">Where the store is.</param>
/// <param name="opened">The store; null when it could not be reached.</param>
/// <param name="journal">What is kept of the store on this machine; null when the store is on this machine itself.</param>
/// <param name="writer">Writes that; null when there is none.</param>
/// <param name="blobs">Where release files come from that are not on this machine yet; null for nowhere.</param>
/// <param name="live">Gets what is to be served.</param>
/// <param name="access">Gets the keys.</param>
/// <param name="counts">Where the sides of rollouts are counted.</param>
/// <param name="versions">Where answers are counted while a version of the server is rolled out.</param>
/// <param name="follower">Makes of a collection what is served of it.</param>
/// <param name="logger">Hears what happens.</param>
sealed class StoreWatch(ServerOptions options, Store? opened, Journal? journal, JournalWriter? writer, ReleaseBlobs? blobs, LiveReleases live, Access access, RolloutCounts counts, VersionTraffic versions, CollectionFollower follower, ILogger<StoreWatch> logger) : BackgroundService, IAsyncDisposable
{
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
            if (journal.IsWhole) await LookAtJournalAsync(journal.Kept, cancellationToken);
            else Log.JournalLacks(logger, options.StoreName);
        }
        await base.StartAsync(cancellationToken);
    }

    Task LookAtJournalAsync(Store kept, CancellationToken cancellationToken)
    {
        Log.FromJournal(logger, options.StoreName);
        live.Reached(options.Time, ago: options.MaxStaleness); // or longer: answers say so from the first on
        return LookAsync(kept, cancellationToken);
    }

    /// <summary>Waits until what was committed up to <paramref name="number"/> is laid over what this server serves, <see cref="ServerOptions.ShownWithin"/> at the most.</summary>
    internal async Task AppliedAsync(string collection, long number, CancellationToken cancellationToken)
    {
        var began = options.Time.GetTimestamp();
        while (options.Time.GetElapsedTime(began) < options.ShownWithin)
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

    /// <summary>Waits until the store was looked at from now on, twice <see cref="ServerOptions.ShownWithin"/> at the most: what is no numbered change shows by then.</summary>
    internal async Task LookedAsync(CancellationToken cancellationToken)
    {
        // Twice: a look that ends now may have begun before.
        for (var looks = 0; looks < 2; looks++)
        {
            var looked = Volatile.Read(ref _looked).Task;
            Poke();
            await Task.WhenAny(looked, Task.Delay(options.ShownWithin, cancellationToken));
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
    /// <returns>What the store knows now: it is to be forgotten here when what the store says is served, and not before.</returns>
    async Task<IReadOnlyList<LocalMove>> ReconcileAsync(Store store, Registry registry, CancellationToken cancellationToken)
    {
        if (journal is null) return [];
        var moves = await journal.MovesAsync(cancellationToken);
        if (store == journal.Kept)
        {
            lock (_serving)
                foreach (var move in moves) _moved[move.Collection] = move;
            return [];
        }
        foreach (var move in moves) Log.Reconciled(logger, move.Collection, registry.Settle(move));
        return moves;
    }

    /// <summary>Closes what is served, then the store.</summary>
    public async ValueTask DisposeAsync()
    {
        base.Dispose();
        // A host that was never stopped is closed with its watch still running.
        if (ExecuteTask is { } running) await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await follower.DisposeAsync();
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
                    var opened = follower.OpenedAsync(nap.Token);
                    await Task.WhenAny(written, poked.Task, opened, Task.Delay(Pause(), nap.Token));
                    if (opened.IsCompleted) Volatile.Write(ref _wholeWanted, true);
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
        var store = await Store.OpenAsync(options.StoreAddress, options.Time, cancellationToken);
        Volatile.Write(ref _store, store);
        return store;
    }

    // Time goes on while the store is away: what expires is taken down, what is to be published comes.
    void ComeAndGo()
    {
        var now = options.Time.GetUtcNow();
        if (!_followed.Values.Any(collection => collection.All.Any(one => one.Layer.NextDue <= now))) return;
        Serve([.. _followed.Values.Select(collection => collection.Select(followed => followed with { Served = followed.Served with { Overlay = followed.Layer.Apply([], followed.Served.Overlay.Number, now, threads: 1, CancellationToken.None) } }))]);
    }

    /// <summary>How long nothing happens by itself.</summary>
    TimeSpan Pause()
    {
        var pause = writer is { IsBehind: true } || follower.HasFault ? Laying.RetryAfter : TimeSpan.FromMinutes(1);
        var now = options.Time.GetUtcNow();
        foreach (var collection in _followed.Values.SelectMany(collection => collection.All))
            if (collection.Layer.NextDue is { } due && due - now < pause) pause = due - now;
        return pause > TimeSpan.FromMilliseconds(1) ? pause : TimeSpan.FromMilliseconds(1);
    }

    async Task LookAsync(Store store, CancellationToken cancellationToken)
    {
        using var registry = store.Registry(options.DataDirectory);
        var settled = await ReconcileAsync(store, registry, cancellationToken);
        _written.Clear();
        var keys = await store.Keys.ReadAsync(cancellationToken);
        // The store is asked to the end before the first file is opened: when it fails, no open file is lost. For rollouts first:
        // one that becomes live meanwhile is then found as live, and nobody is given what was live before.
        var active = await store.Rollouts.ActiveAsync(cancellationToken);
        var named = await registry.NamedAsync(cancellationToken);
        var wanted = (await store.Collections.ListAsync(cancellationToken))
            .Select(collection => new CollectionReleases(collection, named.GetValueOrDefault((collection.Name, AliasName.Live)),
                named.GetValueOrDefault((collection.Name, AliasName.Canary)), named.GetValueOrDefault((collection.Name, AliasName.Previous)))).ToList();
        var last = await store.Changes.LastAsync(cancellationToken);
        var rollouts = active.Where(rollout => rollout.Subject is RolloutSubject.Release).ToDictionary(rollout => rollout.Name, StringComparer.Ordinal);
        await follower.OpenAsync(store, wanted, _followed, first: !live.Current.IsKnown, cancellationToken);
        var ready = wanted.Select(one => (Wanted: one, Ready: follower.Ready(one, _followed.GetValueOrDefault(one.Collection.Name)))).Where(one => one.Ready is not null).ToList();
        if (writer is not null && store != journal!.Kept) await writer.KeepAsync([.. ready.Select(one => one.Ready!.Collection)], keys, cancellationToken);
        access.Keys = keys;
        var next = new List<FollowedCollection>();
        foreach (var one in ready)
        {
            var name = one.Wanted.Collection.Name;
            next.Add(await follower.FollowAsync(store, one.Wanted, one.Ready!, last.GetValueOrDefault(name), rollouts.GetValueOrDefault(name), _followed.GetValueOrDefault(name), cancellationToken));
        }
        versions.Follow(active.FirstOrDefault(rollout => rollout.Subject is RolloutSubject.Version));
        counts.Keep(active.Select(rollout => rollout.Number).ToHashSet());
        Serve(next, settled);
        follower.Served();
        if (follower.HasOpened() || next.Any(collection => collection.IsBehind)) Poke();
        if (writer is not null && store != journal!.Kept) await writer.CatchUpAsync(store, Laying.RetryAfter, cancellationToken);
        if (store != journal?.Kept) live.Reached(options.Time);
        Interlocked.Exchange(ref _laidOn, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        Interlocked.Exchange(ref _looked, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        foreach (var move in settled) await ForgetAsync(move, cancellationToken);
    }

    async Task ForgetAsync(LocalMove move, CancellationToken cancellationToken)
    {
        try
        {
            await journal!.ForgetAsync(move, cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            // This machine's disk is full. The next look tells the store again, which changes nothing.
        }
    }

    /// <summary>Lays on what this server itself wrote, and nothing else.</summary>
    /// <returns>False when it wrote nothing since it looked last.</returns>
    async Task<bool> LookAtWrittenAsync(Store store, CancellationToken cancellationToken)
    {
        var names = _written.Keys.Where(name => _written.TryRemove(name, out _)).ToList();
        if (names.Count == 0) return false;
        var next = new Dictionary<string, FollowedCollection>(_followed, StringComparer.Ordinal);
        foreach (var name in names)
        {
            if (!next.TryGetValue(name, out var before)) continue;
            next[name] = await follower.LayOnAsync(store, before, long.MaxValue, cancellationToken);
            if (next[name].IsBehind) _written.TryAdd(name, 0);
        }
        if (!_written.IsEmpty) Volatile.Read(ref _poked).TrySetResult();
        Serve([.. next.Values]);
        Interlocked.Exchange(ref _laidOn, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        return true;
    }

    void Serve(List<FollowedCollection> next, IReadOnlyList<LocalMove>? settled = null)
    {
        lock (_serving)
        {
            foreach (var move in settled ?? [])
                if (_moved.GetValueOrDefault(move.Collection) == move) _moved.Remove(move.Collection);
            _followed.Clear();
            foreach (var collection in next) _followed.Add(collection.Stored.Name, collection);
            _ended.IntersectWith(next.Select(collection => collection.Traffic?.Rollout.Number ?? 0));
            Swap();
        }
    }

    // The caller holds the lock.
    void Swap() => live.Swap(new(_followed.Values.Select(collection => collection.Serve(_moved.GetValueOrDefault(collection.Stored.Name), _ended))));

    /// <summary>Gives nobody a canary that was taken back, at once: a look at the store takes longer. Who has one that becomes live keeps it until the look.</summary>
    internal void End(Rollout rollout)
    {
        if (rollout.IsActive || rollout.State is RolloutState.Promoted) return;
        lock (_serving)
        {
            _ended.Add(rollout.Number);
            Swap();
        }
    }
}
