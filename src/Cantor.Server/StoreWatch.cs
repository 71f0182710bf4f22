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
sealed class StoreWatch(ServerOptions options, Store store, LiveReleases live, Access access, ILogger<StoreWatch> logger) : BackgroundService, IAsyncDisposable
{
    // A file that could not be opened may yet arrive (a slow copy); the store will not tell.
    static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);
    const int ChangesPerQuery = 1_000;

    readonly Dictionary<string, Followed> _followed = new(StringComparer.Ordinal);
    TaskCompletionSource _poked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    TaskCompletionSource _looked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly Registry _registry = store.Registry(options.DataDirectory);
    bool _unreadable;

    /// <summary>A collection, and what its changes are laid over.</summary>
    sealed record Followed(ServedCollection Served, OverlayLayer Layer, DateTimeOffset CreatedAt);

    /// <summary>The store, for writes.</summary>
    internal Store Store => store;

    /// <summary>Opens what is live now, before the first request is accepted.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await LookAsync(cancellationToken);
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

    /// <summary>Has the store looked at without delay: somebody knows of a write.</summary>
    internal void Poke() => Volatile.Read(ref _poked).TrySetResult();

    /// <summary>Closes what is served, then the store.</summary>
    public async ValueTask DisposeAsync()
    {
        base.Dispose();
        live.Swap(CollectionSet.None);
        await store.DisposeAsync();
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
        try
        {
            while (true)
            {
                var mark = await Store.MarkAsync(stoppingToken);
                var written = Store.WaitForWriteAsync(mark, options.PollInterval, stopping.Token);
                do
                {
                    var poked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    Volatile.Write(ref _poked, poked);
                    await LookAsync(stoppingToken);
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
        }
        finally
        {
            await stopping.CancelAsync();
        }
    }

    /// <summary>How long nothing happens by itself.</summary>
    TimeSpan Pause()
    {
        var pause = _followed.Values.Any(collection => collection.Served.Fault is not null) ? RetryAfter : TimeSpan.FromMinutes(1);
        var now = options.Time.GetUtcNow();
        foreach (var collection in _followed.Values)
            if (collection.Layer.NextDue is { } due && due - now < pause) pause = due - now;
        return pause > TimeSpan.FromMilliseconds(1) ? pause : TimeSpan.FromMilliseconds(1);
    }

    async Task LookAsync(CancellationToken cancellationToken)
    {
        access.Keys = await Store.Keys.ReadAsync(cancellationToken);
        // The store is asked to the end before the first file is opened: when it fails, no open file is lost.
        var wanted = (await Store.Collections.ListAsync(cancellationToken))
            .Select(collection => (Collection: collection, Version: _registry.Alias(collection.Name, AliasName.Live))).ToList();
        var next = new List<Followed>();
        foreach (var (collection, version) in wanted)
        {
            var before = _followed.GetValueOrDefault(collection.Name);
            next.Add(await FollowAsync(collection, version, before?.CreatedAt == collection.CreatedAt ? before : null, cancellationToken));
        }
        _followed.Clear();
        foreach (var collection in next) _followed.Add(collection.Served.Name, collection);
        live.Swap(new(next.Select(collection => collection.Served)));
        Interlocked.Exchange(ref _looked, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }

    async Task<Followed> FollowAsync(StoredCollection collection, ReleaseVersion? wanted, Followed? before, CancellationToken cancellationToken)
    {
        var (release, fault) = Open(collection.Name, wanted, before?.Served);
        try
        {
            return before is not null && ReferenceEquals(before.Served.Release, release)
                ? await LayOnAsync(before with { Served = before.Served with { Wanted = wanted, Fault = fault } }, cancellationToken)
                : await LayAsync(collection, new(collection.Name, wanted, release, Overlay.Empty, fault), cancellationToken);
        }
        catch
        {
            if (release is not null && !ReferenceEquals(before?.Served.Release, release)) release.Return();
            throw;
        }
    }

    /// <summary>Lays everything that the store holds over a release that was just opened.</summary>
    async Task<Followed> LayAsync(StoredCollection collection, ServedCollection served, CancellationToken cancellationToken)
    {
        var layer = new OverlayLayer(served.Name, served.Release?.Release, logger);
        layer.Begin(options.Time.GetUtcNow());
        // The number first: a change that comes while the states are read is read once more, which changes nothing.
        var number = (await Store.Changes.ReadAsync(served.Name, 0, 1, cancellationToken)).Last;
        var states = await Store.Changes.StatesAsync(served.Name, served.Release?.Summary.LastChange ?? 0, cancellationToken).ToListAsync(cancellationToken);
        return new(served with { Overlay = layer.Apply(states, number, options.Time.GetUtcNow()) }, layer, collection.CreatedAt);
    }

    /// <summary>Lays what is new over what lies there.</summary>
    async Task<Followed> LayOnAsync(Followed followed, CancellationToken cancellationToken)
    {
        var (name, overlay) = (followed.Served.Name, followed.Served.Overlay);
        while (true)
        {
            var page = await Store.Changes.ReadAsync(name, overlay.Number, ChangesPerQuery, cancellationToken);
            if (page.Trimmed > overlay.Number && page.Last > overlay.Number)
                return await LayAsync(new(name, followed.CreatedAt, "", 0), followed.Served, cancellationToken);
            var ids = page.Changes.Where(change => change.Kind is not ChangeKind.Rule).Select(change => change.Id).Distinct().ToList();
            var now = options.Time.GetUtcNow();
            if (page.Changes.Count == 0 && !(followed.Layer.NextDue <= now)) return followed with { Served = followed.Served with { Overlay = overlay } };
            var states = ids.Count == 0 ? [] : await Store.Changes.FindAsync(name, ids, cancellationToken);
            overlay = followed.Layer.Apply(states, page.Changes.Count == 0 ? overlay.Number : page.Changes[^1].Number, now);
        }
    }

    (ServedRelease? Release, string? Fault) Open(string name, ReleaseVersion? wanted, ServedCollection? served)
    {
        if (wanted is not { } version) return (null, null);
        if (served?.Release?.Version == version) return (served.Release, null);
        var began = options.Time.GetTimestamp();
        var path = _registry.PathOf(name, version);
        try
        {
            var release = OpenWhole(name, path);
            var elapsed = options.Time.GetElapsedTime(began);
            Log.Opened(logger, name, version, release.Count, elapsed.TotalMilliseconds);
            return (new(release, name, version), null);
        }
#pragma warning disable CA1031 // Whatever the file holds: what is served stays served.
        catch (Exception refused)
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
