using Cantor.Judging;
using Cantor.Storage.Gateways;
using Cantor.Storage.Rollouts;

namespace Cantor.Storage.Tests.Gateways;

public abstract class GatewaysContract : StoreContract
{
    Task<RouteState> SetAsync(RouteMode mode, int weight = 0, string route = "related", string gateway = "news") => Store.Gateways.SetAsync(gateway, route, mode, weight, "ann", $"{mode}", Token);

    async Task<(RouteMode, int)> StandAsync(string route = "related") => (await Store.Gateways.RoutesAsync("news", Token)).Single(one => one.Route == route) is var state ? (state.Mode, state.Weight) : default;

    async Task<Rollout> StartAsync() => await Store.Gateways.StartRolloutAsync("news", "related", new() { Steps = [10, 100] }, false, "ann", "because", Token);

    async Task<Rollout> ActAsync(Rollout seen, RolloutAct act) => (await Store.Rollouts.ActAsync(seen, act, Token)).Next!;

    [Fact]
    public async Task A_route_stands_where_it_was_set_last_and_everything_is_on_record()
    {
        await SetAsync(RouteMode.Shadow);
        await SetAsync(RouteMode.Canary, 500);
        await SetAsync(RouteMode.Cutover, route: "search");
        await SetAsync(RouteMode.Canary, 1, gateway: "other");
        Assert.Equal([("related", RouteMode.Canary, 500), ("search", RouteMode.Cutover, 10_000)], (await Store.Gateways.RoutesAsync("news", Token)).Select(state => (state.Route, state.Mode, state.Weight)));
        var history = await Store.Gateways.HistoryAsync("news", 10, Token);
        Assert.Equal([(RouteMode.Cutover, "ann", "Cutover"), (RouteMode.Canary, "ann", "Canary"), (RouteMode.Shadow, "ann", "Shadow")], history.Select(state => (state.Mode, state.By, state.Why)));
        Assert.Equal(Time.Now, history[0].At);
        Assert.Equal([RouteMode.Cutover], (await Store.Gateways.HistoryAsync("news", 1, Token)).Select(state => state.Mode));
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => Place.ScalarAsync("UPDATE gateway_history SET by = 'eve'"));
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => Place.ScalarAsync("DELETE FROM gateway_history"));
    }

    [Theory, InlineData(RouteMode.Canary, 0), InlineData(RouteMode.Canary, 10_001), InlineData(RouteMode.Rollout, 0)]
    public async Task What_no_route_can_be_set_to_is_refused(RouteMode mode, int weight) =>
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => SetAsync(mode, weight));

    [Fact]
    public async Task A_rollout_takes_its_route_to_a_cutover_or_back_in_the_same_transaction()
    {
        var rollout = await StartAsync();
        Assert.Equal(("news/related", "new", "old"), (rollout.Name, rollout.Candidate, rollout.Baseline));
        Assert.Equal((RouteMode.Rollout, 0), await StandAsync());
        Assert.Equal(rollout.Number, (await StartAsync()).Number);
        rollout = await ActAsync(rollout, new RolloutAct.Gate("gate", new()));
        Assert.Equal((RolloutState.Running, 1_000), (rollout.State, rollout.Weight));
        Assert.Equal((RouteMode.Rollout, 0), await StandAsync());
        rollout = await ActAsync(rollout, new RolloutAct.Judge("judge", new(Verdict.Promote, Rule.Accepted, "well", rollout.RoundStart, 1, [], null, [])));
        Assert.Equal(RolloutState.Promoted, rollout.State);
        Assert.Equal((RouteMode.Cutover, 10_000), await StandAsync());

        rollout = await StartAsync();
        await ActAsync(rollout, new RolloutAct.Gate("gate", new() { Reasons = ["it says nonsense"] }));
        Assert.Equal((RouteMode.Old, 0), await StandAsync());
        Assert.Equal(("gate", $"rollout {rollout.Number}: it says nonsense"), (await Store.Gateways.HistoryAsync("news", 1, Token))[0] is var last ? (last.By, last.Why) : default);
    }

    [Theory]
    [InlineData(RouteMode.Old, 0, RolloutState.Aborted), InlineData(RouteMode.Shadow, 0, RolloutState.Aborted), InlineData(RouteMode.Canary, 100, RolloutState.Aborted), InlineData(RouteMode.Cutover, 10_000, RolloutState.Promoted)]
    public async Task Whoever_sets_a_route_ends_its_rollout(RouteMode mode, int weight, RolloutState ended)
    {
        var rollout = await ActAsync(await StartAsync(), new RolloutAct.Gate("gate", new()));
        await SetAsync(mode, weight);
        Assert.Equal((mode, weight), await StandAsync());
        Assert.Equal(ended, (await Store.Rollouts.FindAsync(rollout.Number, Token))!.State);
        Assert.Empty(await Store.Rollouts.ActiveAsync(Token));
    }

    [Fact]
    public async Task A_rollout_at_its_gate_is_ended_by_a_cutover_too()
    {
        var rollout = await StartAsync();
        await SetAsync(RouteMode.Cutover);
        Assert.Equal((RouteMode.Cutover, 10_000), await StandAsync());
        Assert.Equal(RolloutState.Aborted, (await Store.Rollouts.FindAsync(rollout.Number, Token))!.State);
    }

    [Fact]
    public async Task Pairs_are_kept_in_order_since_a_moment_and_the_newest_only()
    {
        var start = Time.Now;
        StoredPair PairAt(int second, string route = "related") => new(route, start.AddSeconds(second), $$"""{"n":{{second}}}""");
        await Store.Gateways.AddPairsAsync("news", [PairAt(1), PairAt(2), PairAt(3, "search")], Token);
        await Store.Gateways.AddPairsAsync("news", [], Token);
        Assert.Equal(["""{"n":2}"""], (await Store.Gateways.PairsAsync("news", "related", start.AddSeconds(2), Token)).Select(pair => pair.Body));
        await Store.Gateways.AddPairsAsync("news", [.. Enumerable.Range(10, GatewayTable.MostPairs).Select(second => PairAt(second))], Token);
        var kept = await Store.Gateways.PairsAsync("news", "related", start, Token);
        Assert.Equal((GatewayTable.MostPairs, start.AddSeconds(10)), (kept.Count, kept[0].At));
        Assert.Single(await Store.Gateways.PairsAsync("news", "search", start, Token));
        Assert.Empty(await Store.Gateways.PairsAsync("other", "related", start, Token));
    }

    [Fact]
    public async Task Processes_tell_of_themselves_and_those_that_are_silent_for_an_hour_are_forgotten()
    {
        await Store.Gateways.TellAsync("news", "a", "{}", Token);
        Time.Now += TimeSpan.FromMinutes(50);
        await Store.Gateways.TellAsync("news", "b", "{}", Token);
        Assert.Equal(["a", "b"], (await Store.Gateways.ReplicasAsync("news", Token)).Select(replica => replica.Replica));
        Time.Now += TimeSpan.FromMinutes(20);
        await Store.Gateways.TellAsync("news", "b", """{"n":2}""", Token);
        Assert.Equal([("b", """{"n":2}""")], (await Store.Gateways.ReplicasAsync("news", Token)).Select(replica => (replica.Replica, replica.Body)));
    }
}

public sealed class SqliteGatewaysTests : GatewaysContract
{
    protected override Task<TestStore> MakeAsync() => Task.FromResult<TestStore>(new SqliteTestStore());
}

public sealed class PostgresGatewaysTests : GatewaysContract
{
    protected override async Task<TestStore> MakeAsync() => await PostgresTestStore.MakeAsync();
}
