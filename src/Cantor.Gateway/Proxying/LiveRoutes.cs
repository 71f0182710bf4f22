using System.Text;
using Cantor.Gateway.Config;
using Cantor.Judging;
using Cantor.Server.Rollouts;
using Cantor.Storage.Gateways;
using Cantor.Storage.Rollouts;
using Yarp.ReverseProxy.Forwarder;

namespace Cantor.Gateway.Proxying;

/// <summary>What a request goes by: one configuration and one state. Never changes; a reload or a change of a route makes the next one.</summary>
/// <param name="Config">What the file says.</param>
/// <param name="Old">The old side.</param>
/// <param name="New">The new side.</param>
/// <param name="Routes">The routes, in the order in which they are tried.</param>
/// <param name="Other">What requests go by that no route takes.</param>
/// <param name="Change">The last change of a route that is in it.</param>
sealed record Routing(GatewayConfig Config, Side Old, Side New, IReadOnlyList<LiveRoute> Routes, LiveRoute Other, long Change);

/// <summary>A route as it stands.</summary>
sealed class LiveRoute
{
    readonly Assignment _assignment;

    /// <param name="gateway">The gateway's name.</param>
    /// <param name="config">What the file says of it.</param>
    /// <param name="state">Where it stands; null when nobody has set it.</param>
    /// <param name="rollout">Its rollout under way.</param>
    /// <param name="tallies">Where both sides of the rollout are counted, the old one first; null without one.</param>
    /// <param name="health">What this process has seen of it.</param>
    internal LiveRoute(string gateway, RouteConfig config, RouteState? state, Rollout? rollout, (SideTally Old, SideTally New)? tallies, RouteHealth health)
    {
        (Config, Health) = (config, health);
        Mode = state?.Mode ?? RouteMode.Old;
        Rollout = Mode is RouteMode.Rollout ? rollout : null;
        Tallies = Rollout is null ? null : tallies;
        Weight = Mode is RouteMode.Rollout ? Rollout?.Weight ?? 0 : state?.Weight ?? 0;
        // The same for as long as somebody turns the share up and down by hand: each share holds those before it.
        _assignment = new(Rollout?.Salt ?? GatewayTable.RolloutName(gateway, config.Name));
        Anonymous = (Rollout?.Plan ?? config.Rollout).Anonymous;
        Request = new() { ActivityTimeout = config.Timeout };
    }

    internal RouteConfig Config { get; }

    internal RouteMode Mode { get; }

    internal int Weight { get; }

    internal Rollout? Rollout { get; }

    internal (SideTally Old, SideTally New)? Tallies { get; }

    internal RouteHealth Health { get; }

    internal ForwarderRequestConfig Request { get; }

    internal Anonymous Anonymous { get; }

    /// <summary>True when the share of the units decides.</summary>
    internal bool Draws => Mode is RouteMode.Canary or RouteMode.Rollout && Weight > 0;

    /// <summary>True when a unit gets the new side.</summary>
    /// <param name="unit">Whose request it is; null when it does not say.</param>
    /// <param name="requestId">What is drawn by then, if the plan says so.</param>
    internal bool IsNew(string? unit, string requestId)
    {
        if (unit is null && Anonymous is Anonymous.Live) return false;
        Span<byte> bytes = stackalloc byte[Assignment.MaxUnitBytes];
        // Of a unit that is too long, what fits.
        Encoding.UTF8.GetEncoder().Convert(unit ?? requestId, bytes, flush: true, out _, out var used, out _);
        return _assignment.IsCanary(bytes[..used], Weight);
    }
}

/// <summary>What the gateway serves by just now, and what it keeps over changes: connections and what was seen of routes.</summary>
sealed class LiveRoutes(TimeProvider time, RolloutCounts counts) : IDisposable
{
    readonly Lock _changing = new();
    readonly Dictionary<string, RouteHealth> _health = new(StringComparer.Ordinal);
    IReadOnlyList<RouteState> _states = [];
    IReadOnlyList<Rollout> _rollouts = [];
    Routing? _current;

    internal Routing Current => Volatile.Read(ref _current) ?? throw new InvalidOperationException("no configuration was given yet");

    /// <summary>Serves by another file. Requests that are under way end by the one before.</summary>
    internal void Configure(GatewayConfig config)
    {
        lock (_changing)
        {
            var before = _current;
            var (old, young) = (SideOf(config.Old, before?.Old), SideOf(config.New, before?.New));
            Make(config, old, young);
        }
    }

    /// <summary>Serves by other states of the routes.</summary>
    /// <param name="states">Of the routes that somebody has set.</param>
    /// <param name="rollouts">The rollouts of them that are under way.</param>
    internal void Follow(IReadOnlyList<RouteState> states, IReadOnlyList<Rollout> rollouts)
    {
        lock (_changing)
        {
            (_states, _rollouts) = (states, rollouts);
            counts.Keep(rollouts.Select(rollout => rollout.Number).ToHashSet());
            var now = Current;
            Make(now.Config, now.Old, now.New);
        }
    }

    void Make(GatewayConfig config, Side old, Side young)
    {
        var routes = config.Routes.Select(route =>
        {
            var name = GatewayTable.RolloutName(config.Name, route.Name);
            var rollout = _rollouts.FirstOrDefault(one => one.Name == name);
            return new LiveRoute(config.Name, route, _states.FirstOrDefault(state => state.Route == route.Name), rollout,
                rollout is null ? null : (counts.Of(rollout.Number, isCanary: false), counts.Of(rollout.Number, isCanary: true)), HealthOf(route));
        }).ToList();
        Volatile.Write(ref _current, new(config, old, young, routes, new(config.Name, config.Other, null, null, null, HealthOf(config.Other)), _states.Select(state => state.Number).DefaultIfEmpty().Max()));
    }

    RouteHealth HealthOf(RouteConfig route)
    {
        if (!_health.TryGetValue(route.Name, out var health) || !health.Fits(route)) _health[route.Name] = health = new(route, time);
        return health;
    }

    // A side that is left is not closed: requests under way use it, and its connections end by themselves.
    static Side SideOf(SideConfig config, Side? before) =>
        before is not null && before.Config.Url == config.Url && before.Config.Headers.SequenceEqual(config.Headers) ? before : new(config);

    public void Dispose()
    {
        _current?.Old.Dispose();
        _current?.New.Dispose();
    }
}
