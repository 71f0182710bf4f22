using Cantor.Gateway.Proxying;
using Cantor.Storage.Gateways;
using Cantor.Storage.Tests;
using Microsoft.AspNetCore.Http;

namespace Cantor.Gateway.Tests;

/// <summary>What is set anywhere is served everywhere, and stays.</summary>
public abstract class StateContract
{
    const string Users = "units: ['header:X-User']\nroutes: {related: {path: '/items/{id}/related'}}";

    static CancellationToken Token => TestContext.Current.CancellationToken;

    protected abstract Task<TestStore> MakeAsync();

    async Task<World> WorldAsync(string config = Users) => await World.MakeAsync(config, await MakeAsync());

    [Fact]
    public async Task Two_gateways_give_every_unit_the_same_side_whoever_was_told()
    {
        await using var world = await WorldAsync();
        using var second = new HttpClient { BaseAddress = await world.AddGatewayAsync() };
        await world.SetAsync(RouteMode.Canary, 30);
        var news = 0;
        for (var user = 0; user < 100; user++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/items/1/related");
            request.Headers.Add("X-User", $"{user}");
            using var answer = await second.SendAsync(request, Token);
            var side = answer.Headers.GetValues("Cantor-Side").Single();
            Assert.Equal(side, (await world.GetAsync("/items/1/related", ("X-User", $"{user}"))).Side);
            if (side is "new") news++;
        }
        Assert.InRange(news, 10, 50);
    }

    [Fact]
    public async Task A_gateway_that_starts_later_goes_by_what_was_set_before()
    {
        await using var world = await WorldAsync();
        await world.SetAsync(RouteMode.Cutover);
        using var late = new HttpClient { BaseAddress = await world.AddGatewayAsync() };
        Assert.Equal("new", await late.GetStringAsync(new Uri("/items/1/related", UriKind.Relative), Token));
    }

    [Fact]
    public async Task Every_gateway_tells_what_it_goes_by_and_what_it_counted()
    {
        await using var world = await WorldAsync();
        await world.AddGatewayAsync();
        await world.SetAsync(RouteMode.Cutover);
        await world.GetAsync("/items/1/related");
        IReadOnlyList<ReplicaStatus> told = [];
        await Wait.UntilAsync(async () =>
        {
            told = [.. (await world.Store.Gateways.ReplicasAsync("gateway", Token)).Select(replica => ReplicaStatus.Parse(replica.Body))];
            return told.Count == 2 && told.All(one => one.Change == 1) && told.Sum(one => one.Routes["related"].New) == 1;
        });
        Assert.All(told, one => Assert.Equal(world.Part<LiveRoutes>().Current.Config.Hash, one.Config));
        Assert.All(told, one => Assert.StartsWith("http://127.0.0.1:", one.Urls.Single(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_that_is_written_anew_is_served_by_without_closing_a_connection()
    {
        await using var world = await WorldAsync("timeout: 1m\nbudget: 1m\n" + Users);
        await world.SetAsync(RouteMode.Cutover);
        var (entered, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        world.New.Answer = async context =>
        {
            if (entered.TrySetResult()) await go.Task;
            await context.Response.WriteAsync("slow new");
        };
        var slow = world.GetAsync("/items/1/related");
        await entered.Task;
        await using var other = await FakeSide.StartAsync(context => context.Response.WriteAsync("other"));
        await File.WriteAllTextAsync(world.ConfigFile, $"old: {{url: {world.Old.Url}}}\nnew: {{url: {other.Url}}}\n{Users}\n", Token);
        await Wait.UntilAsync(async () => (await world.GetAsync("/items/1/related")).Body is "other");
        go.SetResult();
        Assert.Equal((200, "new", "slow new"), await slow);
    }

    [Theory]
    [InlineData("routes: {related: {path: items}}"), InlineData("name: another\nroutes: {related: {path: '/items/{id}/related'}}"), InlineData("urls: ['http://127.0.0.1:1']\nroutes: {related: {path: /x}}"), InlineData("routes: [")]
    public async Task A_file_that_cannot_be_used_changes_nothing(string config)
    {
        await using var world = await WorldAsync();
        var before = world.Part<LiveRoutes>().Current;
        world.Configure(config);
        world.Part<ConfigReload>().Look();
        Assert.Same(before, world.Part<LiveRoutes>().Current);
        world.Configure(Users + "\ntimeout: 3s");
        world.Part<ConfigReload>().Look();
        Assert.Equal(TimeSpan.FromSeconds(3), world.Part<LiveRoutes>().Current.Routes[0].Config.Timeout);
    }

    [Fact]
    public async Task What_was_seen_of_a_route_outlives_a_reload()
    {
        await using var world = await WorldAsync();
        await world.GetAsync("/items/1/related");
        world.Configure(Users + "\ntimeout: 3s");
        world.Part<ConfigReload>().Look();
        await world.GetAsync("/items/1/related");
        Assert.Equal(2, world.Counters().Old);
    }
}

public sealed class SqliteStateTests : StateContract
{
    protected override Task<TestStore> MakeAsync() => Task.FromResult<TestStore>(new SqliteTestStore());
}

public sealed class PostgresStateTests : StateContract
{
    protected override async Task<TestStore> MakeAsync() => await PostgresTestStore.MakeAsync();
}

/// <summary>With the store away.</summary>
public sealed class StoreAwayTests
{
    const string Nowhere = "postgres://nobody:nothing@127.0.0.1:1/none?sslmode=disable";

    [Fact]
    public async Task A_gateway_that_starts_without_its_store_goes_by_what_was_kept_and_else_by_the_old_side()
    {
        await using var world = await World.MakeAsync();
        using (var blind = new HttpClient { BaseAddress = await world.AddGatewayAsync(options => options with { Store = Nowhere }) })
            Assert.Equal("old", await blind.GetStringAsync(new Uri("/items/1/related", UriKind.Relative), TestContext.Current.CancellationToken));
        await File.WriteAllTextAsync(Path.Combine(world.Data, "gateway-gateway.json"), """[{"number":3,"route":"related","mode":3,"weight":10000,"at":"2026-01-01T00:00:00Z","by":"ann","why":"x"}]""", TestContext.Current.CancellationToken);
        using (var blind = new HttpClient { BaseAddress = await world.AddGatewayAsync(options => options with { Store = Nowhere }) })
            Assert.Equal("new", await blind.GetStringAsync(new Uri("/items/1/related", UriKind.Relative), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_a_remote_store_says_is_kept_on_this_disk()
    {
        await using var world = await World.MakeAsync(place: await PostgresTestStore.MakeAsync());
        await world.SetAsync(RouteMode.Cutover);
        var kept = Path.Combine(world.Data, "gateway-gateway.json");
        await Wait.UntilAsync(() => File.Exists(kept));
        using var blind = new HttpClient { BaseAddress = await world.AddGatewayAsync(options => options with { Store = Nowhere }) };
        Assert.Equal("new", await blind.GetStringAsync(new Uri("/items/1/related", UriKind.Relative), TestContext.Current.CancellationToken));
    }
}
