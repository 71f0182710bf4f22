using Cantor.Gateway.Config;
using Cantor.Gateway.Proxying;
using Cantor.Gateway.Shadowing;
using Cantor.Server.Rollouts;
using Cantor.Storage;
using Cantor.Storage.Rollouts;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cantor.Gateway;

/// <summary>
/// Takes to the store what this process counted and compared, tells of itself there, and takes rollouts of routes forward; never on
/// a request's path.
/// </summary>
sealed class StoreRounds(GatewayOptions options, GatewayWatch watch, LiveRoutes routes, RolloutCounts counts, ShadowQueue shadows, IServer server, ILogger<StoreRounds> logger) : BackgroundService
{
    static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(2);

    readonly LeasedJudge _judge = new(options.Time);
    readonly DateTimeOffset _started = options.Time.GetUtcNow();
    DateTimeOffset _told = DateTimeOffset.MinValue;
    bool _stuck;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Interval, options.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await LookAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops: what was counted and compared last is not lost, and others judge on at once.
            await LookAsync(CancellationToken.None);
            foreach (var rollout in routes.Current.Routes.Select(route => route.Rollout).OfType<Rollout>()) await _judge.ReturnAsync(() => watch.Store, rollout);
        }
    }

    async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RoundAsync(watch.Store, cancellationToken);
            _stuck = false;
        }
#pragma warning disable CA1031 // Whatever it is, it is told once, and the next round may succeed.
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            counts.Gather();
            if (!_stuck) Log.Stuck(logger, fault.Message);
            _stuck = true;
        }
    }

    /// <summary>One round.</summary>
    internal async Task RoundAsync(Store store, CancellationToken cancellationToken)
    {
        await AddPairsAsync(store, cancellationToken);
        // Nothing is judged of a rollout that is paused, so nothing of it is stored.
        await counts.FlushAsync(store, routes.Current.Routes.Select(route => route.Rollout).OfType<Rollout>().Where(rollout => rollout.State is RolloutState.Paused).Select(rollout => rollout.Number).ToHashSet(), cancellationToken);
        foreach (var route in routes.Current.Routes)
            if (route.Rollout is { } rollout) await TakeForwardAsync(store, route.Config, rollout, cancellationToken);
        var now = options.Time.GetUtcNow();
        if (now - _told < TellEvery) return;
        var routing = routes.Current;
        await store.Gateways.TellAsync(routing.Config.Name, _judge.Holder, new ReplicaStatus(
            [.. server.Features.Get<IServerAddressesFeature>()?.Addresses ?? []], _started, routing.Config.Hash, routing.Change,
            routing.Routes.ToDictionary(route => route.Config.Name, route => route.Health.Counters)).ToJson(), cancellationToken);
        _told = now;
    }

    async Task TakeForwardAsync(Store store, RouteConfig route, Rollout seen, CancellationToken cancellationToken)
    {
        if (await store.Rollouts.FindAsync(seen.Number, cancellationToken) is not { IsActive: true } rollout || !await _judge.TryTakeAsync(store, rollout, cancellationToken)) return;
        var next = rollout.State switch
        {
            RolloutState.Gating => (await store.Rollouts.ActAsync(rollout, new RolloutAct.Gate(Registry.GatePrefix + _judge.Holder,
                RouteGate.Of(await ShadowReport.ReadAsync(store.Gateways, routes.Current.Config, route, null, 0, cancellationToken))), cancellationToken)).Next,
            RolloutState.Running => (await _judge.JudgeAsync(store, rollout, cancellationToken))?.Next,
            _ => null,
        };
        if (next is not null) Log.RolledOut(logger, route.Name, next.Number, next.State, next.Why);
    }

    async Task AddPairsAsync(Store store, CancellationToken cancellationToken)
    {
        var pairs = shadows.Take();
        if (pairs.Count == 0) return;
        try
        {
            await store.Gateways.AddPairsAsync(routes.Current.Config.Name, pairs, cancellationToken);
        }
        catch
        {
            shadows.Return(pairs);
            throw;
        }
    }
}
