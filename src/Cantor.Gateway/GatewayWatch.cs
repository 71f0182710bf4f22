using System.Text.Json;
using Cantor.Gateway.Proxying;
using Cantor.Storage;
using Cantor.Storage.Gateways;
using Cantor.Storage.Rollouts;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cantor.Gateway;

/// <summary>
/// Follows the store: what somebody sets anywhere is served here as soon as it is written. With the store away routes stay as they
/// are; a process that starts then goes by what it or another kept on this disk, and where nothing is kept, by the old side.
/// </summary>
sealed class GatewayWatch(GatewayOptions options, Store? opened, LiveRoutes routes, ILogger<GatewayWatch> logger) : BackgroundService, IAsyncDisposable
{
    static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    // A store elsewhere tells of what is written; behind that it is asked as seldom as servers ask.
    readonly TimeSpan _poll = options.IsStoreRemote ? TimeSpan.FromMilliseconds(250) : options.PollInterval;

    readonly string _kept = Path.Combine(options.DataDirectory, $"gateway-{routes.Current.Config.Name}.json");
    Store? _store = opened;
    long _mark;
    bool _away;

    /// <summary>The store.</summary>
    /// <exception cref="StoreUnavailableException">It could not be opened yet.</exception>
    internal Store Store => Volatile.Read(ref _store) ?? throw new StoreUnavailableException(options.StoreName, "it could not be opened yet", new InvalidOperationException("not opened yet"));

    string Gateway => routes.Current.Config.Name;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            _mark = await Store.MarkAsync(cancellationToken);
            await LoadAsync(Store, cancellationToken);
        }
        catch (StoreUnavailableException fault)
        {
            _away = true;
            Log.StoreUnreadable(logger, fault.Message);
            if (File.Exists(_kept)) routes.Follow(JsonSerializer.Deserialize<RouteState[]>(await File.ReadAllTextAsync(_kept, cancellationToken), JsonSerializerOptions.Web) ?? [], []);
        }
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (_store is null) Volatile.Write(ref _store, await Store.OpenAsync(options.StoreAddress, options.Time, stoppingToken));
                if (_away) await LoadAsync(Store, stoppingToken);
                while (true)
                {
                    _mark = await Store.WaitForWriteAsync(_mark, _poll, stoppingToken, Answered);
                    await LoadAsync(Store, stoppingToken);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Whatever it is, it is told once, and the next look may succeed.
            catch (Exception fault)
#pragma warning restore CA1031
            {
                if (!_away) Log.StoreUnreadable(logger, fault.Message);
                _away = true;
                await Task.Delay(Again, options.Time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Reads where the routes stand.</summary>
    internal async Task LoadAsync(Store store, CancellationToken cancellationToken)
    {
        var before = routes.Current;
        // Rollouts first: a route that its rollout gives to its new side meanwhile is then found as that side's, and nobody is given the old one.
        var rollouts = (await store.Rollouts.ActiveAsync(cancellationToken)).Where(rollout => rollout.Subject is RolloutSubject.Route && rollout.Name.StartsWith(Gateway + "/", StringComparison.Ordinal)).ToList();
        var states = await store.Gateways.RoutesAsync(Gateway, cancellationToken);
        Answered();
        routes.Follow(states, rollouts);
        foreach (var (was, now) in before.Routes.Zip(routes.Current.Routes))
            if (was.Mode != now.Mode || was.Weight != now.Weight) Log.RouteMoved(logger, now.Config.Name, now.Mode, now.Weight / 100.0);
        if (options.IsStoreRemote && before.Change != routes.Current.Change) await KeepAsync(states, cancellationToken);
    }

    // A rollout's share is not kept: without the store nothing is judged, and the old side answers.
    async Task KeepAsync(IReadOnlyList<RouteState> states, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(options.DataDirectory);
        await File.WriteAllTextAsync(_kept + ".next", JsonSerializer.Serialize(states, JsonSerializerOptions.Web), cancellationToken);
        File.Move(_kept + ".next", _kept, overwrite: true);
    }

    void Answered()
    {
        if (_away) Log.StoreBack(logger);
        _away = false;
    }

    public async ValueTask DisposeAsync()
    {
        Dispose();
        if (_store is not null) await _store.DisposeAsync();
    }
}
