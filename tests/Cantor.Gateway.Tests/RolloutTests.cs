using System.Collections.Concurrent;
using Cantor.Gateway.Proxying;
using Cantor.Judging;
using Cantor.Storage.Gateways;
using Cantor.Storage.Rollouts;

namespace Cantor.Gateway.Tests;

/// <summary>A route that goes to its new side by steps, judged by what both sides really answered.</summary>
public sealed class RolloutTests
{
    const string Config = "units: ['header:X-User']\nshadow: {sample: 1, mostPerSecond: 10000, noise: 1}\nbreaker: {failures: 1000}\nroutes: {related: {path: '/items/{id}/related', ids: {at: '$.related[*].id'}}}";

    static readonly RolloutPlan Plan = new() { Steps = [20, 50, 100], Dwell = TimeSpan.Zero, SlowMs = 30_000 };

    static CancellationToken Token => TestContext.Current.CancellationToken;

    static async Task<World> WorldAsync()
    {
        var world = await World.MakeAsync(Config);
        world.Old.Answer = world.New.Answer = FakeSide.Lists(_ => ["1", "2", "3"]);
        return world;
    }

    static Task<Rollout> StartAsync(World world, bool forced = false) => world.Store.Gateways.StartRolloutAsync("gateway", "related", Plan, forced, "ann", "test", Token);

    /// <summary>Asks until the rollout has ended; nobody may get a failure.</summary>
    static async Task<Rollout> AskUntilEndedAsync(World world, Rollout rollout)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var failed = new ConcurrentBag<string>();
        var callers = Enumerable.Range(0, 4).Select(caller => Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
                if (await world.GetAsync($"/items/{i}/related", ("X-User", $"{caller} {i}")) is { Status: not 200 } answer) failed.Add($"{answer}");
        }, Token)).ToArray();
        var now = rollout;
        await Wait.UntilAsync(async () => !(now = (await world.Store.Rollouts.FindAsync(rollout.Number, Token))!).IsActive, () => $"{now.State} at step {now.Step}: {now.Why}");
        await stop.CancelAsync();
        await Task.WhenAll(callers);
        Assert.Empty(failed);
        return now;
    }

    [Fact]
    public async Task Nobody_gets_a_new_side_that_was_not_compared()
    {
        await using var world = await WorldAsync();
        var rollout = await AskUntilEndedAsync(world, await StartAsync(world));
        Assert.Equal((RolloutState.Rejected, "nothing was compared yet"), (rollout.State, rollout.Why));
        Assert.Equal(RouteMode.Old, (await world.Store.Gateways.RoutesAsync("gateway", Token)).Single().Mode);
        Assert.Empty(world.New.Asked);
    }

    [Fact]
    public async Task A_new_side_that_was_found_equivalent_goes_step_by_step_to_everybody()
    {
        await using var world = await WorldAsync();
        await world.SetAsync(RouteMode.Shadow);
        for (var i = 0; i < 600; i++) await world.GetAsync($"/items/{i}/related");
        await Wait.UntilAsync(async () => (await world.Store.Gateways.PairsAsync("gateway", "related", DateTimeOffset.UnixEpoch, Token)).Count >= 600);
        var rollout = await AskUntilEndedAsync(world, await StartAsync(world));
        Assert.Equal(RolloutState.Promoted, rollout.State);
        // Whoever asked before the gate was compared too.
        Assert.InRange(rollout.Gate!.Items, 600, (await world.Store.Gateways.PairsAsync("gateway", "related", DateTimeOffset.UnixEpoch, Token)).Count);
        var history = await world.Store.Rollouts.HistoryAsync(rollout.Number, Token);
        Assert.Equal(["start", "gate", "judge", "judge"], history.Select(entry => entry.Act));
        Assert.All(history.Skip(2), entry => Assert.Equal(Rule.Accepted, entry.Decision!.Rule));
        Assert.Equal(RouteMode.Cutover, (await world.Store.Gateways.RoutesAsync("gateway", Token)).Single().Mode);
        Assert.All(await world.Store.Rollouts.ReplayAsync(rollout, Token), again => Assert.Equal(RolloutView.Text(again.Entry.Decision!), RolloutView.Text(again.Again)));
    }

    public static TheoryData<string> Bad => ["errors", "empty"];

    [Theory, MemberData(nameof(Bad))]
    public async Task A_bad_new_side_is_taken_back_and_nobody_notices(string how)
    {
        await using var world = await WorldAsync();
        world.New.Answer = context =>
        {
            if (!context.Request.Path.Value!.Contains('3', StringComparison.Ordinal)) return FakeSide.Lists(_ => ["1", "2", "3"])(context);
            if (how is "empty") return FakeSide.Lists(_ => [])(context);
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        };
        var rollout = await AskUntilEndedAsync(world, await StartAsync(world, forced: true));
        Assert.Equal(RolloutState.Aborted, rollout.State);
        Assert.True(rollout.Rule is Rule.Boundary or Rule.Guard, $"{rollout.Rule}");
        Assert.StartsWith(how is "errors" ? "errors" : "empty", rollout.Why, StringComparison.OrdinalIgnoreCase);
        Assert.Equal((RouteMode.Old, $"rollout {rollout.Number}: {rollout.Why}"), (await world.Store.Gateways.RoutesAsync("gateway", Token)).Single() is var state ? (state.Mode, state.Why) : default);
    }

    [Fact]
    public async Task Somebody_who_sets_the_route_ends_the_rollout_at_once()
    {
        await using var world = await WorldAsync();
        var rollout = await StartAsync(world, forced: true);
        await Wait.UntilAsync(async () => (await world.Store.Rollouts.FindAsync(rollout.Number, Token))!.State is RolloutState.Running);
        await world.SetAsync(RouteMode.Old);
        Assert.Equal("old", (await world.GetAsync("/items/1/related", ("X-User", "ann"))).Side);
        Assert.Equal(RolloutState.Aborted, (await world.Store.Rollouts.FindAsync(rollout.Number, Token))!.State);
    }

    [Fact]
    public async Task Who_is_on_the_new_side_stays_there_while_it_becomes_everybodys()
    {
        await using var world = await WorldAsync();
        var (watch, routes) = (world.Part<GatewayWatch>(), world.Part<LiveRoutes>());
        // As often as it takes for one to be given to everybody in the midst of a look.
        for (var round = 0; round < 20; round++)
        {
            var number = (await StartAsync(world, forced: true)).Number;
            await Wait.UntilAsync(() => routes.Current.Routes.Single().Rollout is { State: RolloutState.Running } now && now.Number == number);
            var before = routes.Current.Routes.Single();
            var unit = Enumerable.Range(0, 1_000).Select(user => $"user {user}").First(user => before.IsNew(user, ""));
            var promoting = Task.Run(() => world.Store.Gateways.SetAsync("gateway", "related", RouteMode.Cutover, 0, "ann", "sure", Token), Token);
            do
            {
                await watch.LoadAsync(world.Store, Token);
                var now = routes.Current.Routes.Single();
                Assert.True(now.Mode is RouteMode.Cutover || now.Draws && now.IsNew(unit, ""), $"{now.Mode} {now.Weight}");
            }
            while (!promoting.IsCompleted);
            await promoting;
            await world.SetAsync(RouteMode.Old);
        }
    }
}
