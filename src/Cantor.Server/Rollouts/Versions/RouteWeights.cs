using System.Security.Cryptography;
using Cantor.Storage;
using Cantor.Storage.Rollouts;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cantor.Server.Rollouts.Versions;

/// <summary>
/// Has the balancer do as the store says: gives a route of the Gateway API the weight of the newest rollout of a version, and looks
/// again and again that it has it. Of several servers one does at a time. Where nothing was ever rolled out the route is left alone.
/// </summary>
/// <param name="options">Which route; none leaves this idle.</param>
/// <param name="storeOf">Gives the store.</param>
/// <param name="logger">Hears what the route does not take.</param>
sealed class RouteWeights(ServerOptions options, Func<Store> storeOf, ILogger<RouteWeights> logger) : BackgroundService
{
    const string LeaseName = "weights";
    static readonly TimeSpan Look = TimeSpan.FromSeconds(10), Again = TimeSpan.FromSeconds(1);

    // A little longer than the work: when its holder dies another goes on soon.
    static readonly TimeSpan Lease = HttpRoute.Longest + TimeSpan.FromSeconds(2);

    readonly string _holder = $"{Environment.MachineName}-{Environment.ProcessId}-{RandomNumberGenerator.GetHexString(6, lowercase: true)}";
    GivenWeight? _given;
    int? _seen;
    DateTimeOffset _next;
    int _tries;
    bool _faulty;

    /// <summary>What this server gave the route last; null where it gave nothing.</summary>
    internal GivenWeight? Given => Volatile.Read(ref _given);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.HttpRoute is not { } address) return;
        var route = new HttpRoute(address);
        using var timer = new PeriodicTimer(options.RolloutInterval);
        try
        {
            do
            {
                try
                {
                    await RoundAsync(route, address, storeOf(), stoppingToken);
                }
                catch (StoreUnavailableException)
                {
                    // The route stays as it is: nothing is decided meanwhile.
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops; another server goes on.
        }
    }

    async Task RoundAsync(HttpRoute route, HttpRouteAddress address, Store store, CancellationToken cancellationToken)
    {
        var now = options.Time.GetUtcNow();
        if (await WantedAsync(store, cancellationToken) is not { } wanted || wanted == _seen && now < _next) return;
        (_tries, _seen, _next) = (wanted == _seen ? _tries : 0, wanted, now + Look);
        if (!await store.Leases.TryTakeAsync(LeaseName, _holder, Lease, cancellationToken))
        {
            Volatile.Write(ref _given, null);
            return; // somebody else does
        }
        try
        {
            // It may have been decided anew while another server held the lease.
            wanted = (await WantedAsync(store, cancellationToken)).GetValueOrDefault();
            var given = await route.GiveAsync(wanted, cancellationToken);
            await TellAsync(store, new($"the HTTPRoute {address.Name}", given.Percent, given.Fault), given.Passing, wanted, cancellationToken);
            if (given.Fault is not null && TimeSpan.FromTicks(Again.Ticks << Math.Min(_tries++, 5)) is var pause && pause < Look) _next = now + pause;
            if (given.Fault is null) _tries = 0;
        }
        finally
        {
            await store.Leases.ReturnAsync(LeaseName, _holder, CancellationToken.None);
        }
    }

    static async Task<int?> WantedAsync(Store store, CancellationToken cancellationToken) =>
        await store.Rollouts.BegunAsync(RolloutSubject.Version, RolloutTable.ServerName, cancellationToken) is { } newest ? newest.WantedWith(await store.Servers.LivingAsync(cancellationToken)) : null;

    // People are told once of what does not pass by itself soon, and once that it is over.
    async Task TellAsync(Store store, GivenWeight given, bool passing, int wanted, CancellationToken cancellationToken)
    {
        if (given.Fault is null && (_given is null || given.Percent != _given.Percent || _given.Fault is not null)) Log.WeightGiven(logger, given.Route, wanted / 100.0);
        if (given.Fault is { } fault && fault != _given?.Fault) Log.WeightNotGiven(logger, given.Route, wanted / 100.0, fault);
        Volatile.Write(ref _given, given);
        var told = _faulty;
        _faulty = given.Fault is not null && (told || !passing || _tries >= 3);
        if (_faulty != told) await store.Notices.AddAsync(RolloutTable.ServerName, NoticeText.Of(given, wanted / 100.0), options.Time.GetUtcNow(), cancellationToken);
    }
}
