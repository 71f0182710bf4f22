using System.Globalization;
using System.Text.Json.Nodes;
using Cantor.Judging;
using Cantor.Releases;
using Cantor.Server.Rollouts;
using Cantor.Storage.Rollouts;

namespace Cantor.Server.Tests;

/// <summary>Releases that are bad on purpose: each is judged right, at the right step, by the right rule, by what was really counted.</summary>
public sealed class BadReleaseTests
{
    const string Quick = """{"rollout":{"dwell":"0s"}}""";

    static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(200);

    static CancellationToken Token => TestContext.Current.CancellationToken;

    static Task<ReleaseVersion> GoodAsync(RolloutWorld world) => world.World.RegisterAsync("news", RolloutWorld.Ids, RolloutWorld.Lists(shift: 2));

    static (RolloutState, Rule?, double) Stands(Rollout rollout) => (rollout.State, rollout.Rule, rollout.Plan.Steps[rollout.Step]);

    [Fact]
    public async Task A_good_release_goes_step_by_step_and_is_live()
    {
        await using var world = await RolloutWorld.StartAsync(Quick);
        var good = await GoodAsync(world);
        await world.TryAsync(good);
        Assert.Equal(RolloutState.Running, (await world.GateAsync()).State);
        var rollout = await world.WindowsAsync(40, canary: 400, live: 100);
        Assert.Equal((RolloutState.Promoted, Rule.Accepted, 100), Stands(rollout));
        Assert.Equal([1, 5, 25, 50], (await world.Store.Rollouts.HistoryAsync(rollout.Number, Token)).Where(entry => entry.Act == "judge").Select(entry => rollout.Plan.Steps[entry.Step]));
        Assert.Equal(good.ToString(), (string?)JsonNode.Parse((await world.Server.GetAsync(RolloutWorld.News)).Body)!["release"]);
        await world.ReplaysAsync(rollout);
    }

    [Fact]
    public async Task Who_has_a_release_keeps_it_while_it_becomes_live()
    {
        await using var world = await RolloutWorld.StartAsync(Quick);
        await world.TryAsync(await GoodAsync(world));
        var rollout = await world.GateAsync();
        while (rollout is { IsActive: true, Step: < 3 }) rollout = await world.WindowAsync(canary: 400, live: 100);
        var promoting = world.WindowsAsync(40, canary: 400, live: 100);
        var answers = new List<string?>();
        do answers.Add(await world.ReleaseAsync(isCanary: true));
        while (!promoting.IsCompleted);
        Assert.Equal((RolloutState.Promoted, Rule.Accepted, 100), Stands(await promoting));
        Assert.All(answers, release => Assert.Equal(rollout.Candidate, release));
    }

    [Fact]
    public async Task A_scorer_that_is_always_slow_is_caught_by_the_guard_within_seconds()
    {
        await using var world = await RolloutWorld.StartAsync(Quick);
        world.Slowness = (isCanary, _) => isCanary ? Slow : TimeSpan.Zero;
        await world.TryAsync(await GoodAsync(world));
        await world.GateAsync();
        var rollout = await world.WindowsAsync(5, canary: 20, live: 20);
        Assert.Equal((RolloutState.Aborted, Rule.Guard, 1), Stands(rollout));
        Assert.StartsWith("slow: ", rollout.Why, StringComparison.Ordinal);
        await world.ReplaysAsync(rollout);
    }

    [Fact]
    public async Task A_scorer_that_is_slow_now_and_then_is_caught_at_the_boundary()
    {
        await using var world = await RolloutWorld.StartAsync(Quick);
        world.Slowness = (isCanary, i) => isCanary && i % 25 == 0 ? Slow : TimeSpan.Zero;
        await world.TryAsync(await GoodAsync(world));
        await world.GateAsync();
        var rollout = await world.WindowsAsync(20, canary: 50, live: 100);
        Assert.Equal((RolloutState.Aborted, Rule.Boundary, 1), Stands(rollout));
        Assert.StartsWith("slow: ", rollout.Why, StringComparison.Ordinal);
        await world.ReplaysAsync(rollout);
    }

    [Fact]
    public async Task Slow_only_under_more_load_it_is_caught_at_the_step_where_it_shows()
    {
        await using var world = await RolloutWorld.StartAsync(Quick);
        await world.TryAsync(await GoodAsync(world));
        var rollout = await world.GateAsync();
        while (rollout is { IsActive: true, Step: < 2 }) rollout = await world.WindowAsync(canary: 400, live: 100);
        world.Slowness = (isCanary, _) => isCanary ? Slow : TimeSpan.Zero;
        rollout = await world.WindowsAsync(5, canary: 20, live: 20);
        Assert.Equal((RolloutState.Aborted, Rule.Guard, 25), Stands(rollout));
    }

    [Fact]
    public async Task Empty_lists_are_refused_at_the_gate_and_nobody_gets_one()
    {
        await using var world = await RolloutWorld.StartAsync(Quick);
        await world.TryAsync(await world.World.RegisterAsync("news", RolloutWorld.Ids, RolloutWorld.Lists().Where(row => row.Item1 != "item-0" && row.Item1.Length > 6)));
        var rollout = await world.GateAsync();
        Assert.Equal(RolloutState.Rejected, rollout.State);
        Assert.Contains("90.0% of its items have a list, of live's 100.0%", rollout.Why.Replace(" %", "%", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal((100, 10), (rollout.Gate!.Items, rollout.Gate.Empty));
        var answers = await world.AskAsync(isCanary: true, 20);
        Assert.DoesNotContain(answers, id => id.EndsWith(rollout.Candidate[^8..], StringComparison.Ordinal));
    }

    [Fact]
    public async Task Forced_through_the_gate_empty_lists_are_caught_by_the_guard()
    {
        await using var world = await RolloutWorld.StartAsync(Quick);
        await world.TryAsync(await world.World.RegisterAsync("news", RolloutWorld.Ids, []), force: true);
        var rollout = await world.GateAsync();
        Assert.Equal(RolloutState.Running, rollout.State);
        Assert.StartsWith("forced, although", rollout.Why, StringComparison.Ordinal);
        rollout = await world.WindowsAsync(5, canary: 20, live: 20);
        Assert.Equal((RolloutState.Aborted, Rule.Guard, 1), Stands(rollout));
        Assert.StartsWith("empty: ", rollout.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Items_that_a_release_has_lost_count_as_empty_lists()
    {
        await using var world = await RolloutWorld.StartAsync("""{"rollout":{"dwell":"0s"},"gate":{"minItems":0}}""");
        var few = RolloutWorld.Ids[..50];
        await world.TryAsync(await world.World.RegisterAsync("news", few, RolloutWorld.Lists().Where(row => few.Contains(row.Item1) && few.Contains(row.Item2))));
        Assert.Equal(RolloutState.Running, (await world.GateAsync()).State);
        var rollout = await world.WindowsAsync(5, canary: 100, live: 20);
        Assert.Equal((RolloutState.Aborted, Rule.Guard, 1), Stands(rollout));
        Assert.StartsWith("empty: ", rollout.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Errors_on_some_items_are_refused_at_the_gate_however_rare_they_are()
    {
        await using var world = await RolloutWorld.StartAsync(Quick);
        var bad = await GoodAsync(world);
        await world.TryAsync(bad);
        world.Break(bad, 77);
        var rollout = await world.GateAsync();
        Assert.Equal((RolloutState.Rejected, "the answers of 1 of 100 items fail"), (rollout.State, rollout.Why));
    }

    [Fact]
    public async Task Errors_on_some_items_that_come_after_the_gate_are_caught_at_the_boundary()
    {
        await using var world = await RolloutWorld.StartAsync(Quick);
        var bad = await GoodAsync(world);
        await world.TryAsync(bad);
        await world.GateAsync();
        world.Break(bad, 3, 33, 63, 93);
        var rollout = await world.WindowsAsync(20, canary: 50, live: 100);
        Assert.Equal((RolloutState.Aborted, Rule.Boundary, 1), Stands(rollout));
        Assert.StartsWith("errors: ", rollout.Why, StringComparison.Ordinal);
        await world.ReplaysAsync(rollout);
    }

    [Fact]
    public async Task Worse_click_through_is_caught_where_it_is_judged()
    {
        await using var world = await RolloutWorld.StartAsync("""{"rollout":{"dwell":"0s","clickMargin":0.05}}""");
        await world.TryAsync(await GoodAsync(world));
        await world.GateAsync();
        var rollout = await world.NowAsync();
        for (var window = 0; window < 20 && rollout.IsActive; window++)
        {
            // Lists are seen alike; of live's three in ten are clicked, of the canary's one in twenty. Each is told twice.
            var (canary, live) = (await world.AskAsync(isCanary: true, 60), await world.AskAsync(isCanary: false, 60));
            await SendAsync(world, canary.Concat(live), "impression");
            await SendAsync(world, canary.Concat(live), "impression");
            await SendAsync(world, canary.Where((_, i) => i % 20 == 0).Concat(live.Where((_, i) => i % 10 < 3)), "click");
            rollout = await world.PassAsync(TimeSpan.FromSeconds(2));
        }
        Assert.Equal((RolloutState.Aborted, Rule.ClickThrough, 1), Stands(rollout));
        var clicks = (await world.DecidedAsync(rollout)).Decision!.Clicks!;
        Assert.Equal(.05, clicks.Canary.Bad / (double)clicks.Canary.Total, 1e-9);
        Assert.Equal(.3, clicks.Live.Bad / (double)clicks.Live.Total, 1e-9);
        await world.ReplaysAsync(rollout);
    }

    static async Task SendAsync(RolloutWorld world, IEnumerable<string> requests, string type)
    {
        var body = new JsonArray([.. requests.Select(id => (JsonNode)new JsonObject { ["id"] = $"{type} {id}", ["unit"] = "u", ["item"] = "item-1", ["type"] = type, ["requestId"] = id })]);
        Assert.Equal(200, (await world.Server.SendBodyAsync("POST", $"{RolloutWorld.News}/events", body.ToJsonString())).Status);
    }

    [Fact]
    public async Task An_outage_that_hits_both_sides_aborts_nothing_and_the_release_is_live_after_it()
    {
        await using var world = await RolloutWorld.StartAsync(Quick);
        await world.TryAsync(await GoodAsync(world));
        await world.GateAsync();
        await world.WindowsAsync(2, canary: 50, live: 100);
        world.Slowness = (_, _) => Slow;
        var rollout = await world.WindowsAsync(8, canary: 50, live: 100);
        Assert.Equal((RolloutState.Running, 0), (rollout.State, rollout.Step));
        Assert.Equal(Rule.LiveIsIll, (await world.Store.Rollouts.StandAsync(rollout, Token))!.Rule);
        world.Slowness = null;
        // The guard looks back 20 s.
        await world.PassAsync(TimeSpan.FromSeconds(30));
        rollout = await world.WindowsAsync(60, canary: 400, live: 100);
        Assert.Equal((RolloutState.Promoted, Rule.Accepted, 100), Stands(rollout));
        await world.ReplaysAsync(rollout);
    }

    [Fact]
    public async Task With_one_request_a_minute_what_was_asked_before_is_evidence_and_the_release_gets_through()
    {
        await using var world = await RolloutWorld.StartAsync();
        for (var i = 0; i < 1_200; i++)
        {
            await world.AskAsync(isCanary: false, 1, _ => RolloutWorld.Ids[i % RolloutWorld.Items]);
            world.World.Time.Now += TimeSpan.FromMinutes(1);
        }
        await world.TryAsync(await GoodAsync(world));
        var rollout = await world.GateAsync();
        Assert.Equal((1_200, 0), (rollout.Gate!.Replayed.Requests, rollout.Gate.Replayed.Errors));
        var minutes = 0;
        for (; rollout.IsActive && minutes < 60; minutes++)
        {
            await world.AskAsync(isCanary: minutes % 20 == 0, 1);
            rollout = await world.PassAsync(TimeSpan.FromMinutes(1));
        }
        Assert.Equal((RolloutState.Promoted, Rule.Accepted), (rollout.State, rollout.Rule));
        Assert.InRange(minutes, 20, 30); // four steps of five minutes each, and looks of a minute
        Assert.Equal(["gate"], (await world.Store.Rollouts.WindowsAsync(rollout.Number, 2, Token)).Where(window => window.Source is not "traffic").Select(window => window.Source));
        await world.ReplaysAsync(rollout);
    }

    [Theory]
    [InlineData("hold", RolloutState.Running), InlineData("abort", RolloutState.Aborted), InlineData("promote", RolloutState.Promoted)]
    public async Task Without_evidence_a_step_is_held_until_its_deadline_and_then_the_policy_decides(string policy, RolloutState expected)
    {
        await using var world = await RolloutWorld.StartAsync($$$"""{"rollout":{"steps":[10,100],"atDeadline":"{{{policy}}}"},"gate":{"replay":0}}""");
        await world.TryAsync(await GoodAsync(world));
        var rollout = await world.GateAsync();
        for (var minutes = 0; minutes < 24 * 60; minutes += 20)
        {
            Assert.Equal((RolloutState.Running, false, 1_000), (rollout.State, rollout.Held, rollout.Weight));
            await world.AskAsync(isCanary: minutes % 200 == 0, 1);
            rollout = await world.PassAsync(TimeSpan.FromMinutes(20));
        }
        for (var i = 0; i < 3; i++) rollout = await world.PassAsync(TimeSpan.FromSeconds(3));
        Assert.Equal((expected, Rule.Deadline), (rollout.State, rollout.Rule));
        Assert.Equal(policy == "hold", rollout.Held);
        Assert.Single(await world.Store.Rollouts.HistoryAsync(rollout.Number, Token), entry => entry.Act == "judge"); // told once
        await world.ReplaysAsync(rollout);
    }

    [Fact]
    public async Task A_release_that_says_other_things_than_live_is_refused_where_that_is_not_wanted()
    {
        await using var world = await RolloutWorld.StartAsync("""{"gate":{"minOverlap":0.5,"minItems":0.9}}""");
        await world.TryAsync(await world.World.RegisterAsync("news", RolloutWorld.Ids, RolloutWorld.Lists(shift: 40)));
        var rollout = await world.GateAsync();
        Assert.Equal((RolloutState.Rejected, 0.0), (rollout.State, rollout.Gate!.Overlap));
        var (few, some) = (RolloutWorld.Ids[..80], RolloutWorld.Ids[..90]);
        await world.TryAsync(await world.World.RegisterAsync("news", few, RolloutWorld.Lists().Where(row => few.Contains(row.Item1) && few.Contains(row.Item2))));
        Assert.Contains("it has 80 items, live 100", (await world.GateAsync()).Why, StringComparison.Ordinal);
        await world.TryAsync(await world.World.RegisterAsync("news", some, RolloutWorld.Lists().Where(row => some.Contains(row.Item1) && some.Contains(row.Item2))));
        rollout = await world.GateAsync();
        Assert.True(rollout.State is RolloutState.Running, rollout.Why);
        Assert.InRange(rollout.Gate!.Overlap!.Value, .9, 1);
    }

    [Fact]
    public async Task A_release_that_answers_judgments_worse_is_refused()
    {
        using var files = new TemporaryFile(string.Concat(Enumerable.Range(0, RolloutWorld.Items).Select(i => string.Create(CultureInfo.InvariantCulture, $"item-{i}\titem-{(i + 1) % RolloutWorld.Items}\t2\n"))));
        await using var world = await RolloutWorld.StartAsync(new JsonObject { ["gate"] = new JsonObject { ["judgments"] = files.Path } }.ToJsonString());
        await world.TryAsync(await world.World.RegisterAsync("news", RolloutWorld.Ids, RolloutWorld.Lists(shift: 30)));
        var rollout = await world.GateAsync();
        Assert.Equal(RolloutState.Rejected, rollout.State);
        Assert.StartsWith("nDCG@10 changes by −1".Replace('−', '-'), rollout.Why, StringComparison.Ordinal);
        // The same lists again are no worse.
        await world.TryAsync(await world.World.RegisterAsync("news", [.. RolloutWorld.Ids, "new"], RolloutWorld.Lists()));
        rollout = await world.GateAsync();
        Assert.Equal((RolloutState.Running, 0.0), (rollout.State, rollout.Gate!.Quality));
    }

    [Fact]
    public async Task Judgments_that_cannot_be_read_are_no_pass()
    {
        await using var world = await RolloutWorld.StartAsync("""{"gate":{"judgments":"/nowhere/judgments.tsv"}}""");
        await world.TryAsync(await GoodAsync(world));
        var rollout = await world.GateAsync();
        Assert.Equal(RolloutState.Rejected, rollout.State);
        Assert.Contains("the judgments cannot be read", rollout.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_release_that_cannot_be_opened_is_rejected_and_no_older_canary_stands_in_for_it()
    {
        await using var world = await RolloutWorld.StartAsync(Quick);
        await world.TryAsync(await GoodAsync(world));
        await world.GateAsync();
        var torn = await world.World.RegisterAsync("news", RolloutWorld.Ids, RolloutWorld.Lists(shift: 3));
        await File.WriteAllTextAsync(world.World.Registry.PathOf("news", torn), "torn", Token);
        await world.Store.Rollouts.StartAsync(RolloutSubject.Release, "news", torn.ToString(), null, new(), false, "ann", "newer", Token);
        var live = world.Server.Part<LiveReleases>();
        while (!(live.Current.TryFind("news", out var seen) && seen.Traffic?.Rollout.Candidate == torn.ToString())) await Task.Delay(5, Token);
        Assert.Null(live.Current.TryFind("news", out var collection) ? collection.Canary : null);
        Assert.Equal(404, (await world.Server.GetAsync($"{RolloutWorld.News}/items/item-1/related?release=canary")).Status);
        await world.Driver.TickAsync(Token); // the file may yet arrive
        Assert.Equal(RolloutState.Gating, (await world.NowAsync()).State);
        world.World.Time.Now += TimeSpan.FromMinutes(3);
        var rollout = await world.GateAsync();
        Assert.Equal((RolloutState.Rejected, "its file cannot be opened; the log of the servers says why"), (rollout.State, rollout.Why));
    }

    [Fact]
    public async Task When_the_server_that_judges_dies_another_goes_on_from_the_frozen_windows_within_ten_seconds()
    {
        await using var world = await RolloutWorld.StartAsync(Quick);
        await using var other = await RunningServer.StartAsync(world.World, options => options with { Time = world.World.Time, RolloutInterval = TimeSpan.FromDays(1) });
        await world.TryAsync(await GoodAsync(world));
        await world.GateAsync();
        await world.WindowsAsync(3, canary: 300, live: 100);
        var frozen = (await world.Store.Rollouts.WindowsAsync(1, 1, Token)).Count;
        Assert.True(frozen > 0);
        var next = other.Part<RolloutDriver>();
        while (!(other.Part<LiveReleases>().Current.TryFind("news", out var collection) && collection.Traffic is { Weight: > 0 })) await Task.Delay(5, Token);
        world.World.Time.Now += TimeSpan.FromSeconds(4);
        await next.TickAsync(Token); // the other still holds the lease
        Assert.Equal(frozen, (await world.Store.Rollouts.WindowsAsync(1, 1, Token)).Count);
        world.World.Time.Now += TimeSpan.FromSeconds(2);
        await next.TickAsync(Token);
        Assert.True((await world.Store.Rollouts.WindowsAsync(1, 1, Token)).Count > frozen);
        await world.Driver.TickAsync(Token); // and the one that comes back does not judge beside it
        for (var i = 0; i < 3; i++)
        {
            await world.AskAsync(isCanary: true, 400);
            await world.AskAsync(isCanary: false, 100);
            world.World.Time.Now += TimeSpan.FromSeconds(2);
            await world.Driver.TickAsync(Token); // counts what it answered
            await next.TickAsync(Token);
        }
        Assert.Equal(1, (await world.NowAsync()).Step);
        await world.ReplaysAsync(await world.NowAsync());
    }

    sealed class TemporaryFile : IDisposable
    {
        internal TemporaryFile(string text) => File.WriteAllText(Path, text);

        internal string Path { get; } = System.IO.Path.GetTempFileName();

        public void Dispose() => File.Delete(Path);
    }
}
