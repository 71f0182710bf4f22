using Cantor.Corpus;
using Cantor.Judging;
using Cantor.Releases;
using Cantor.Storage.Rollouts;

namespace Cantor.Storage.Tests.Rollouts;

public abstract class RolloutsContract : StoreContract
{
    static readonly RolloutPlan Plan = new();
    Registry? _registry;

    Registry Registry => _registry ??= Store.Registry(Place.Data.FullName);

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        _registry?.Dispose();
        await base.DisposeAsync();
    }

    ReleaseVersion Release(int number)
    {
        var version = ReleaseVersion.TryParse($"2026112{number}T000000Z-0000000{number}", out var made) ? made : throw new InvalidOperationException();
        Registry.Register("news", version, 1, 1, "built");
        File.WriteAllText(Registry.PathOf("news", version), "");
        return version;
    }

    async Task<Rollout> StartAsync(int candidate, RolloutPlan? plan = null, bool forced = false)
    {
        if (Registry.Alias("news", AliasName.Live) is null) Assert.True(Registry.MoveAlias("news", AliasName.Live, null, Release(1), "ann", "first"));
        return await Store.Rollouts.StartAsync(RolloutSubject.Release, "news", Release(candidate).ToString(), null, plan ?? Plan, forced, "ann", "because", Token);
    }

    async Task<Rollout> ActAsync(Rollout seen, RolloutAct act)
    {
        var (next, refused) = await Store.Rollouts.ActAsync(seen, act, Token);
        Assert.Null(refused);
        return next!;
    }

    (string? Live, string? Canary, string? Previous) Aliases() =>
        (Registry.Alias("news", AliasName.Live)?.ToString()[^1..], Registry.Alias("news", AliasName.Canary)?.ToString()[^1..], Registry.Alias("news", AliasName.Previous)?.ToString()[^1..]);

    static Decision Decided(Verdict verdict, DateTimeOffset at) => new(verdict, verdict is Verdict.Abort ? Rule.Guard : Rule.Accepted, "the numbers", at, 1,
        [new(Metric.Errors, Stand.Aborted, new(12, 90), new(1, 1_000), 1.5 / 1001, .0065, 12.345678901234567, -5.29, 6.9, new(12, 90), new(1, 900), 0, null)], null, []);

    RoundWindow WindowAt(DateTimeOffset start) => new("traffic", new(start, start.AddSeconds(2), new(90, 12, 3, 2, 1, 0), new(1_000, 1, 0, 0, 9, 4)));

    [Fact]
    public async Task From_start_to_live_aliases_go_with_it_and_everything_is_on_record()
    {
        var rollout = await StartAsync(2, Plan with { Steps = [10, 100] });
        Assert.Equal(("1", "2", null), Aliases());
        Assert.Equal([rollout.Number], (await Store.Rollouts.ActiveAsync(Token)).Select(one => one.Number));
        rollout = await ActAsync(rollout, new RolloutAct.Gate("gate a", new() { Items = 10, Overlap = .5 }));
        Assert.Equal((RolloutState.Running, 1_000, .5), (rollout.State, rollout.Weight, rollout.Gate!.Overlap));
        Time.Now += TimeSpan.FromMinutes(5);
        var window = WindowAt(rollout.RoundStart);
        var decision = Decided(Verdict.Promote, window.Window.End);
        var promoted = await Store.Rollouts.JudgedAsync(rollout, rollout.RoundStart, [window], decision, "judge a", Token);
        Assert.Equal((RolloutState.Promoted, Time.Now), (promoted!.State, promoted.EndedAt));
        Assert.Equal(("2", null, "1"), Aliases());
        Assert.Empty(await Store.Rollouts.ActiveAsync(Token));

        var history = await Store.Rollouts.HistoryAsync(rollout.Number, Token);
        Assert.Equal(["start", "gate", "judge"], history.Select(entry => entry.Act));
        Assert.Equal(["ann", "gate a", "judge a"], history.Select(entry => entry.By));
        // Every number comes back to the last bit.
        Assert.Equal(decision.Metrics, history[2].Decision!.Metrics);
        Assert.Equal(window, (await Store.Rollouts.WindowsAsync(rollout.Number, 1, Token)).Single());
        Assert.Contains(Registry.History("news"), move => move.Alias is AliasName.Live && move.By == "judge a" && move.Why.StartsWith($"rollout {rollout.Number}: ", StringComparison.Ordinal));
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => Place.ScalarAsync("UPDATE rollout_history SET body = ''"));
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => Place.ScalarAsync("DELETE FROM rollout_history"));
    }

    [Fact]
    public async Task Every_act_leaves_a_notice_in_order_and_so_does_a_move_of_live_that_is_to_be_told()
    {
        var rollout = await StartAsync(2); // what went live first was not to be told
        rollout = await ActAsync(rollout, new RolloutAct.Gate("gate a", new()));
        rollout = await ActAsync(rollout, new RolloutAct.Pause("ann", "lunch"));
        rollout = await ActAsync(rollout, new RolloutAct.Resume("ann", "full"));
        await ActAsync(rollout, new RolloutAct.Promote("ann", "fine"));
        Assert.True(Registry.MoveAlias("news", AliasName.Live, Registry.Alias("news", AliasName.Live), Registry.Alias("news", AliasName.Previous), "bob", "worse", tell: true));
        var waiting = await Store.Notices.WaitingAsync(Token);
        string[] expected = ["begun, at its gate", "tried on 1 %", "paused at 1 %", "resumed at 1 %", "live everywhere", "live everywhere; before it was"];
        Assert.Equal(expected.Length, waiting.Count);
        foreach (var (notice, part) in waiting.Zip(expected)) Assert.Contains(part, notice.Text, StringComparison.Ordinal);
        Assert.Contains("worse (bob)", waiting[^1].Text, StringComparison.Ordinal);
        Assert.All(waiting, notice => Assert.Equal(("news", Time.Now), (notice.Name, notice.At)));
        await Store.Notices.ForgetAsync(waiting[3], Token);
        Assert.Equal(waiting.Skip(4), await Store.Notices.WaitingAsync(Token));
    }

    [Fact]
    public async Task Aborted_live_stays_and_the_canary_is_gone()
    {
        var rollout = await ActAsync(await StartAsync(2), new RolloutAct.Gate("gate a", new()));
        await ActAsync(rollout, new RolloutAct.Abort("ann", "no"));
        Assert.Equal(("1", null, null), Aliases());
    }

    [Fact]
    public async Task There_are_never_two_canaries_a_newer_one_supersedes()
    {
        var first = await ActAsync(await StartAsync(2), new RolloutAct.Gate("gate a", new()));
        var second = await StartAsync(3);
        Assert.Equal(RolloutState.Superseded, (await Store.Rollouts.FindAsync(first.Number, Token))!.State);
        Assert.Equal((RolloutState.Gating, ("1", "3", (string?)null)), (second.State, Aliases()));
        Assert.Equal(second.Number, (await StartAsync(3)).Number); // the same again is the same
        var many = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => StartAsync(4 + i % 4), Token)));
        Assert.Single(await Store.Rollouts.ActiveAsync(Token));
        Assert.Contains(Aliases().Canary, many.Select(one => one.Candidate[^1..]));
    }

    [Fact]
    public async Task Queued_the_newest_begins_when_the_one_before_has_ended()
    {
        var plan = Plan with { OnNewRelease = OnNewRelease.Queue, Steps = [10, 100] };
        var first = await ActAsync(await StartAsync(2, plan), new RolloutAct.Gate("gate a", new()));
        var second = await StartAsync(3, plan);
        var third = await StartAsync(4, plan);
        Assert.Equal((RolloutState.Queued, ("1", "2", (string?)null)), (third.State, Aliases()));
        Assert.Equal(RolloutState.Superseded, (await Store.Rollouts.FindAsync(second.Number, Token))!.State);
        await ActAsync(first, new RolloutAct.Promote("ann", "fine"));
        var begun = (await Store.Rollouts.ActiveAsync(Token)).Single();
        Assert.Equal((third.Number, RolloutState.Gating, ("2", "4", "1")), (begun.Number, begun.State, Aliases()));
        Assert.EndsWith("2", begun.Baseline, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_two_who_change_it_one_is_refused()
    {
        var rollout = await ActAsync(await StartAsync(2), new RolloutAct.Gate("gate a", new()));
        var acts = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Task.Run(() => Store.Rollouts.ActAsync(rollout, i % 2 == 0 ? new RolloutAct.Abort("a", "no") : new RolloutAct.Promote("b", "yes"), Token), Token)));
        Assert.Single(acts, act => act.Next is not null);
        Assert.Null(await Store.Rollouts.JudgedAsync(rollout, rollout.RoundStart, [], Decided(Verdict.Abort, rollout.RoundStart), "judge a", Token));
    }

    [Fact]
    public async Task A_judge_that_is_behind_another_freezes_nothing()
    {
        var rollout = await ActAsync(await StartAsync(2), new RolloutAct.Gate("gate a", new()));
        var (first, second) = (WindowAt(rollout.RoundStart), WindowAt(rollout.RoundStart.AddSeconds(2)));
        Assert.NotNull(await Store.Rollouts.JudgedAsync(rollout, rollout.RoundStart, [first], null, "judge a", Token));
        Assert.Null(await Store.Rollouts.JudgedAsync(rollout, rollout.RoundStart, [first, second], null, "judge b", Token));
        Assert.NotNull(await Store.Rollouts.JudgedAsync(rollout, first.Window.End, [second], null, "judge a", Token));
        Assert.Equal([first, second], await Store.Rollouts.WindowsAsync(rollout.Number, 1, Token));
    }

    [Fact]
    public async Task When_somebody_moved_live_meanwhile_nothing_is_promoted_over_it()
    {
        var rollout = await ActAsync(await StartAsync(2, Plan with { Steps = [10, 100] }), new RolloutAct.Gate("gate a", new()));
        Assert.True(Registry.MoveAlias("news", AliasName.Live, Registry.Alias("news", AliasName.Live), Release(5), "ann", "by hand"));
        var after = await Store.Rollouts.JudgedAsync(rollout, rollout.RoundStart, [], Decided(Verdict.Promote, rollout.RoundStart), "judge a", Token);
        Assert.Equal((RolloutState.Aborted, ("5", null, "1")), (after!.State, Aliases()));
    }

    [Fact]
    public async Task Several_servers_counts_add_up()
    {
        var rollout = await StartAsync(2);
        var at = SideAt(rollout, 10);
        await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Task.Run(() => Store.Rollouts.AddCountsAsync([at with { IsCanary = true }, at, at with { Start = 12_000 }], Token), Token)));
        var counts = await Store.Rollouts.CountsAsync(rollout.Number, DateTimeOffset.FromUnixTimeMilliseconds(10_000), DateTimeOffset.FromUnixTimeMilliseconds(12_000), Token);
        Assert.Equal([(10_000L, true), (10_000L, false)], counts.Select(one => (one.Start, one.IsCanary)));
        Assert.All(counts, one => Assert.Equal(new SideCounts(12, 24, 36, 48, 60, 72), one.Counts));
    }

    static SideWindow SideAt(Rollout rollout, int seconds) => new(rollout.Number, seconds * 1_000, false, new(1, 2, 3, 4, 5, 6));

    [Fact]
    public async Task What_cannot_be_tried_is_refused()
    {
        Release(1);
        Assert.Contains("no live release", (await Assert.ThrowsAsync<InputFaultException>(() => Store.Rollouts.StartAsync(RolloutSubject.Release, "news", Release(2).ToString(), null, Plan, false, "ann", "", Token))).Message, StringComparison.Ordinal);
        Assert.Contains("is live already", (await Assert.ThrowsAsync<InputFaultException>(() => StartAsync(1))).Message, StringComparison.Ordinal);
        Assert.Contains("has no release", (await Assert.ThrowsAsync<InputFaultException>(() => Store.Rollouts.StartAsync(RolloutSubject.Release, "news", "20200101T000000Z-00000000", null, Plan, false, "ann", "", Token))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_route_or_a_version_needs_no_collection()
    {
        var route = await Store.Rollouts.StartAsync(RolloutSubject.Route, "/related", "new-api", "old-api", Plan with { Steps = [50, 100] }, false, "ann", "", Token);
        var version = await Store.Rollouts.StartAsync(RolloutSubject.Version, "cantor", "2.0", "1.9", Plan, false, "ann", "", Token);
        route = await ActAsync(route, new RolloutAct.Gate("gate a", new()));
        Assert.Equal((RolloutState.Promoted, 10_000), await ActAsync(route, new RolloutAct.Promote("ann", "fine")) is var done ? (done.State, done.Weight) : default);
        Assert.Equal([version.Number], (await Store.Rollouts.ActiveAsync(Token)).Select(one => one.Number));
    }

    [Fact]
    public async Task Servers_live_as_long_as_they_tell_of_themselves_and_a_version_is_judged_beside_what_the_stable_ones_run()
    {
        var one = new TellingServer { Name = "one", Version = "1.9", Ready = true };
        var two = new TellingServer { Name = "two", Version = "2.0", Track = Track.Canary, Asked = 7, Answered = new(9, 1, 2, 3), Weight = new("the route", 2.5, "no") };
        await Store.Servers.TellAsync(two, TimeSpan.FromSeconds(10), Token);
        await Store.Servers.TellAsync(one with { Version = "1.8" }, TimeSpan.FromSeconds(10), Token);
        await Store.Servers.TellAsync(one, TimeSpan.FromSeconds(20), Token);
        Assert.Equal([one, two], await Store.Servers.LivingAsync(Token));
        Assert.Equal("1.9", (await Store.Rollouts.StartAsync(RolloutSubject.Version, RolloutTable.ServerName, "2.0", null, Plan, false, "ann", "", Token)).Baseline);
        Time.Now += TimeSpan.FromSeconds(10);
        Assert.Equal([one], await Store.Servers.LivingAsync(Token));
        await Store.Servers.LeaveAsync("one", Token);
        Assert.Empty(await Store.Servers.LivingAsync(Token));
    }

    [Fact]
    public async Task The_newest_version_that_began_is_what_a_balancer_goes_by_and_only_it_is_taken_back()
    {
        Task<Rollout> StartAsync(string version, string stable) => Store.Rollouts.StartAsync(RolloutSubject.Version, RolloutTable.ServerName, version, stable, Plan with { OnNewRelease = OnNewRelease.Queue }, false, "ann", "", Token);
        async Task<(string, RolloutState)> BegunAsync() => await Store.Rollouts.BegunAsync(RolloutSubject.Version, RolloutTable.ServerName, Token) is { } begun ? (begun.Candidate, begun.State) : default;
        Assert.Null(await Store.Rollouts.BegunAsync(RolloutSubject.Version, RolloutTable.ServerName, Token));
        var first = await ActAsync(await StartAsync("2", "1"), new RolloutAct.Gate("gate a", new()));
        await StartAsync("3", "1");
        Assert.Equal(("2", RolloutState.Running), await BegunAsync()); // the other waits
        first = await ActAsync(first, new RolloutAct.Promote("ann", "fine"));
        Assert.Equal(("3", RolloutState.Gating), await BegunAsync());
        Assert.Equal((null, "it is promoted, and rollout 2 came after it"), await Store.Rollouts.ActAsync(first, new RolloutAct.Abort("ann", "back"), Token));
        var second = (await Store.Rollouts.ActiveAsync(Token)).Single();
        Assert.Equal("2", second.Baseline);
        second = await ActAsync(await ActAsync(second, new RolloutAct.Gate("gate a", new())), new RolloutAct.Promote("ann", "fine"));
        second = await ActAsync(second, new RolloutAct.Abort("ann", "back"));
        Assert.Equal((RolloutState.Aborted, 0), (second.State, second.Weight));
    }

    [Fact]
    public async Task With_its_collection_a_rollout_ends()
    {
        var rollout = await StartAsync(2);
        Assert.True(await Store.Collections.DeleteAsync("news", "ann", Token));
        Assert.Empty(await Store.Rollouts.ActiveAsync(Token));
        Assert.Equal(RolloutState.Aborted, (await Store.Rollouts.FindAsync(rollout.Number, Token))!.State);
    }

    [Fact]
    public async Task Of_what_people_did_while_the_store_was_away_the_newest_stands()
    {
        await StartAsync(2);
        var (one, three) = (Release(1), Release(3));
        Assert.True(Registry.MoveAlias("news", AliasName.Live, one, three, "ann", "by hand"));
        var before = Time.Now;
        Time.Now += TimeSpan.FromMinutes(1);
        // A judge elsewhere went on; a person here was later, or earlier.
        Assert.True(Registry.MoveAlias("news", AliasName.Live, three, Release(4), Registry.JudgePrefix + "b", "accepted"));
        Assert.Contains("that stands", Registry.Settle(new("news", one, new(before.AddSeconds(-1), "bob"), "too late")), StringComparison.Ordinal);
        Assert.Equal("4", Aliases().Live);
        Assert.Contains("live everywhere", Registry.Settle(new("news", one, new(before.AddSeconds(30), "bob"), "bad lists")), StringComparison.Ordinal);
        Assert.Equal("1", Aliases().Live);
        // Told again, by a server that died before it could forget it: what was built since stays live.
        Assert.True(Registry.MoveAlias("news", AliasName.Live, one, Release(5), "cantor", "build"));
        Assert.Contains("what came after stands", Registry.Settle(new("news", one, new(before.AddSeconds(30), "bob"), "bad lists")), StringComparison.Ordinal);
        Assert.Equal("5", Aliases().Live);
        // Another server's move, made earlier and told later.
        Assert.Contains("that stands", Registry.Settle(new("news", three, new(before.AddSeconds(20), "eve"), "")), StringComparison.Ordinal);
        Assert.Contains("no release of the store", Registry.Settle(new("news", ReleaseVersion.TryParse("20200101T000000Z-00000000", out var gone) ? gone : default, new(Time.Now.AddDays(1), "eve"), "")), StringComparison.Ordinal);
    }
}

public sealed class SqliteRolloutsTests : RolloutsContract
{
    protected override Task<TestStore> MakeAsync() => Task.FromResult<TestStore>(new SqliteTestStore());
}

public sealed class PostgresRolloutsTests : RolloutsContract
{
    protected override async Task<TestStore> MakeAsync() => await PostgresTestStore.MakeAsync();
}
