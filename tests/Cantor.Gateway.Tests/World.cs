using Cantor.Gateway.Proxying;
using Cantor.Server;
using Cantor.Storage;
using Cantor.Storage.Gateways;
using Cantor.Storage.Tests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Cantor.Gateway.Tests;

/// <summary>An old and a new API, a store, and gateways before them.</summary>
sealed class World : IAsyncDisposable
{
    readonly TestStore _place;
    readonly List<WebApplication> _gateways = [];

    World(TestStore place, FakeSide old, FakeSide young) => (_place, Old, New) = (place, old, young);

    static CancellationToken Token => TestContext.Current.CancellationToken;

    internal FakeSide Old { get; }

    internal FakeSide New { get; }

    internal Store Store { get; private set; } = null!;

    internal string ConfigFile => Path.Combine(_place.Data.FullName, "gateway.yaml");

    internal string Data => _place.Data.FullName;

    internal HttpClient Client { get; private set; } = null!;

    /// <summary>Sides that answer with their names, and one gateway.</summary>
    /// <param name="config">What the file says besides the sides' addresses.</param>
    /// <param name="place">Where the store is; a SQLite of its own when not given.</param>
    /// <param name="change">What the gateway is told besides.</param>
    internal static async Task<World> MakeAsync(string config = "routes: {related: {path: '/items/{id}/related'}}", TestStore? place = null, Func<GatewayOptions, GatewayOptions>? change = null)
    {
        var world = new World(place ?? new SqliteTestStore(), await FakeSide.StartAsync(context => context.Response.WriteAsync("old")), await FakeSide.StartAsync(context => context.Response.WriteAsync("new")));
        world.Configure(config);
        world.Store = await Store.OpenAsync(world._place.Address, TimeProvider.System, Token);
        world.Client = new() { BaseAddress = await world.AddGatewayAsync(change), Timeout = TimeSpan.FromSeconds(60) };
        return world;
    }

    // Where a test does not say how long a side is waited for or left alone, longer than a busy machine takes.
    internal void Configure(string config)
    {
        string Unless(string word, string lines) => config.Contains(word, StringComparison.Ordinal) ? "" : lines;
        File.WriteAllText(ConfigFile, $"old: {{url: {Old.Url}}}\nnew: {{url: {New.Url}}}\n{Unless("timeout:", "timeout: 30s\nbudget: 1m\n")}{Unless("breaker:", "breaker: {pause: 60m}\n")}{config}\n");
    }

    /// <summary>Starts another gateway on the same store.</summary>
    internal async Task<Uri> AddGatewayAsync(Func<GatewayOptions, GatewayOptions>? change = null)
    {
        var options = new GatewayOptions { ConfigFile = ConfigFile, DataDirectory = Data, Store = _place.Address, Urls = ["http://127.0.0.1:0"], Interval = TimeSpan.FromMilliseconds(50) };
        var gateway = await GatewayServer.CreateAsync(change is null ? options : change(options), Token);
        await gateway.StartAsync(Token);
        _gateways.Add(gateway);
        return new(CantorServer.Addresses(gateway).Single());
    }

    /// <summary>A part of a gateway.</summary>
    internal T Part<T>(int gateway = 0) where T : notnull => _gateways[gateway].Services.GetRequiredService<T>();

    /// <summary>Sets a route and waits until all gateways follow.</summary>
    internal async Task SetAsync(RouteMode mode, double percent = 0, string route = "related")
    {
        var state = await Store.Gateways.SetAsync("gateway", route, mode, (int)Math.Round(100 * percent), "ann", "test", Token);
        foreach (var gateway in _gateways)
            await Wait.UntilAsync(() => gateway.Services.GetRequiredService<LiveRoutes>().Current.Change >= state.Number);
    }

    internal RouteCounters Counters(string route = "related", int gateway = 0) => Part<LiveRoutes>(gateway).Current.Routes.Single(one => one.Config.Name == route).Health.Counters;

    /// <summary>Asks, and tells which side answered and what it said.</summary>
    internal async Task<(int Status, string Side, string Body)> GetAsync(string target, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Client.BaseAddress + target.TrimStart('/'), new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        foreach (var (name, value) in headers) request.Headers.Add(name, value);
        using var answer = await Client.SendAsync(request, Token);
        return ((int)answer.StatusCode, answer.Headers.TryGetValues("Cantor-Side", out var side) ? side.Single() : "", await answer.Content.ReadAsStringAsync(Token));
    }

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        foreach (var gateway in _gateways)
        {
            await gateway.StopAsync(CancellationToken.None);
            await gateway.DisposeAsync();
        }
        if (Store is not null) await Store.DisposeAsync();
        await Old.DisposeAsync();
        await New.DisposeAsync();
        await _place.DisposeAsync();
    }
}
