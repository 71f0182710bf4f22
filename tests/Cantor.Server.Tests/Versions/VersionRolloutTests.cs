using System.Text.Json.Nodes;
using Cantor.Corpus;
using Cantor.Judging;
using Cantor.Server.Rollouts.Versions;
using Cantor.Storage.Rollouts;

namespace Cantor.Server.Tests.Versions;

/// <summary>A version of the server, judged beside the one that all get by what both answered.</summary>
public sealed class VersionRolloutTests
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_says_which_version_it_is_and_on_which_track()
    {
        await using var world = await VersionWorld.MakeAsync();
        var server = await world.ServeAsync(Track.Canary, "2.0.0-rc.1+ab_c");
        foreach (var health in new[] { "live", "ready" })
        {
            var said = JsonNode.Parse((await server.GetAsync($"/health/{health}")).Body)!;
            Assert.Equal((health, "2.0.0-rc.1+ab_c", "canary"), ((string?)said["status"], (string?)said["version"], (string?)said["track"]));
        }
        var told = Assert.Single(await world.Store.Servers.LivingAsync(Token));
        Assert.Equal(("2.0.0-rc.1+ab_c", Track.Canary, true), (told.Version, told.Track, told.Ready));
        await world.EndAsync(server);
        Assert.Empty(await world.Store.Servers.LivingAsync(Token));
    }

    [Fact]
    public void Options_come_from_variables_and_what_is_none_is_refused_by_name()
    {
        var usual = new ServerOptions { DataDirectory = "data" };
        Assert.Matches("^[0-9]+\\.[0-9]+\\.[0-9]+", usual.Version);
        var told = usual.With(name => name switch { "CANTOR_VERSION" => "7", "CANTOR_TRACK" => "canary", "CANTOR_WEBHOOK" => "https://example.com/", "CANTOR_SERVICE" => "news.example.com", "CANTOR_ADDRESS" => "https://news.example.com", _ => "" });
        Assert.Equal(("7", Track.Canary, "https://example.com/", "news.example.com", new Uri("https://news.example.com"), null), (told.Version, told.Track, told.Webhook, told.Service, told.Address, told.HttpRoute));
        Assert.Equal("CANTOR_TRACK: expected stable or canary, found both", Assert.Throws<InputFaultException>(() => usual.With(name => name is "CANTOR_TRACK" ? "both" : null)).Message);
        foreach (var none in (string[])["news.example.com", "https://news.example.com/api", "https://ann:s3cret@news.example.com", "https://news.example.com?a=b", "https://news.example.com#a", "ftp://news.example.com"])
            Assert.Equal("CANTOR_ADDRESS: expected where people reach the servers, http://HOST:PORT or https://HOST and no path behind it", Assert.Throws<InputFaultException>(() => usual.With(name => name is "CANTOR_ADDRESS" ? none : null)).Message);
        Assert.Contains("CANTOR_SERVICE", Assert.Single((usual with { Service = "a\nb" }).Faults()), StringComparison.Ordinal);
        Assert.Contains("the version is \"a b\"; expected 1 to 64 letters, digits, dots, +, - and _", Assert.Single((usual with { Version = "a b" }).Faults()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_begun_where_the_stable_servers_all_run_one_other_version()
    {
        await using var world = await VersionWorld.MakeAsync();
        async Task<string> RefusedAsync(string version) => (await Assert.ThrowsAsync<InputFaultException>(() => world.StartAsync(version))).Message;
        Assert.Equal("server: the servers of track stable are not known: none has told this store of itself; start them first", await RefusedAsync("2"));
        var stable = await world.ServeAsync(Track.Stable, "1");
        Assert.Equal("server: the servers of track stable run 1 already", await RefusedAsync("1"));
        var other = await world.ServeAsync(Track.Stable, "1.5");
        Assert.Equal("server: the servers of track stable run 1 and 1.5; expected one version, which the other is judged beside", await RefusedAsync("2"));
        await world.EndAsync(other);
        var rollout = await world.StartAsync("2");
        Assert.Equal((RolloutState.Gating, "2", "1", 0), (rollout.State, rollout.Candidate, rollout.Baseline, rollout.Weight));
        Assert.Equal(rollout.Number, (await world.StartAsync("2")).Number); // it is under way
    }

    [Fact]
    public async Task Without_a_server_that_runs_it_nobody_is_given_it_and_the_gate_says_what_is_missing()
    {
        await using var world = await VersionWorld.MakeAsync();
        await world.ServeAsync(Track.Stable, "1");
        await world.ServeAsync(Track.Canary, "3");
        await world.StartAsync("2");
        await world.TickAsync();
        world.Time.Now += VersionRounds.OpeningTime - TimeSpan.FromSeconds(1);
        await world.TickAsync();
        Assert.Equal(RolloutState.Gating, (await world.NowAsync()).State);
        world.Time.Now += TimeSpan.FromSeconds(1);
        await world.TickAsync();
        var rollout = await world.NowAsync();
        Assert.Equal((RolloutState.Rejected, "no server of track canary runs 2; it is told by its option or variable CANTOR_VERSION, and its track by CANTOR_TRACK"), (rollout.State, rollout.Why));
    }

    [Fact]
    public async Task A_good_version_goes_step_by_step_to_all_and_home_when_the_stable_servers_run_it()
    {
        await using var world = await VersionWorld.MakeAsync();
        var (stable, canary) = (await world.ServeAsync(Track.Stable, "1"), await world.ServeAsync(Track.Canary, "2"));
        await world.AskAsync(stable, 1);
        world.Time.Now += TimeSpan.FromMinutes(2);
        await world.TickAsync();
        await world.StartAsync("2");
        var rollout = await world.GateAsync();
        Assert.Equal((RolloutState.Running, 100), (rollout.State, rollout.Weight));
        Assert.Equal((1, 1, 1), (rollout.Gate!.Servers, rollout.Gate.Replayed.Requests, rollout.Gate.ReplayedLive.Requests)); // what was asked before, asked of both
        for (var i = 0; i < 60 && rollout.IsActive; i++) rollout = await world.WindowAsync(canary, stable, 400, 100);
        Assert.Equal((RolloutState.Promoted, Rule.Accepted, 10_000), (rollout.State, rollout.Rule, rollout.Weight));
        var history = await world.Store.Rollouts.HistoryAsync(rollout.Number, Token);
        Assert.Equal([1, 5, 25, 50], history.Where(entry => entry.Act is "judge").Select(entry => rollout.Plan.Steps[entry.Step]));
        Assert.All(await world.Store.Rollouts.ReplayAsync(rollout, Token), again => Assert.Equal(RolloutView.Text(again.Entry.Decision!), RolloutView.Text(again.Again)));
        Assert.Equal(10_000, rollout.WantedWith(await world.Store.Servers.LivingAsync(Token)));
        // Nothing newer is begun from a version that is to go.
        Assert.StartsWith("server: 2 was promoted by rollout 1 and the servers of track stable run 1 still", (await Assert.ThrowsAsync<InputFaultException>(() => world.StartAsync("3"))).Message, StringComparison.Ordinal);
        await world.EndAsync(stable);
        await world.ServeAsync(Track.Stable, "2");
        Assert.Equal(0, rollout.WantedWith(await world.Store.Servers.LivingAsync(Token)));
        Assert.Equal("2", (await world.StartAsync("3")).Baseline);
    }

    [Fact]
    public async Task A_version_that_is_live_is_taken_back_by_one_act_unless_another_came_after_it()
    {
        await using var world = await VersionWorld.MakeAsync();
        await world.ServeAsync(Track.Stable, "1");
        await world.ServeAsync(Track.Canary, "2");
        await world.StartAsync("2");
        var running = await world.GateAsync();
        var live = (await world.Store.Rollouts.ActAsync(running, new RolloutAct.Promote("ann", "sure"), Token)).Next!;
        Assert.Equal(10_000, live.Weight);
        var back = (await world.Store.Rollouts.ActAsync(live, new RolloutAct.Abort("ann", "it leaks"), Token)).Next!;
        Assert.Equal((RolloutState.Aborted, 0, "it leaks"), (back.State, back.Weight, back.Why));
        await world.StartAsync("2");
        live = (await world.Store.Rollouts.ActAsync(await world.GateAsync(), new RolloutAct.Promote("ann", "fixed"), Token)).Next!;
        await world.Store.Servers.TellAsync(new() { Name = "other", Version = "2" }, TimeSpan.FromHours(1), Token);
        var texts = (await world.Store.Notices.WaitingAsync(Token)).Select(notice => notice.Text).ToList();
        Assert.Contains(":white_check_mark: *server* 2: live everywhere\nsure (ann)\nits servers get all requests; the stable ones, still at 1, are to be given it now\nundo: cantor rollout abort --version --server URL", texts);
        Assert.Contains(":x: *server* 2: aborted\nit leaks (ann)\nthe stable servers get all requests (1). To try it again: cantor rollout start --version 2 --server URL", texts);
    }

    [Theory]
    [InlineData("errors"), InlineData("empty")]
    public async Task A_version_that_fails_or_refuses_what_the_other_answers_is_taken_back(string how)
    {
        await using var world = await VersionWorld.MakeAsync();
        var (stable, canary) = (await world.ServeAsync(Track.Stable, "1"), await world.ServeAsync(Track.Canary, "2"));
        await world.StartAsync("2");
        await world.GateAsync();
        if (how is "errors") world.BreakCanary([.. Enumerable.Range(0, RolloutWorld.Items)]);
        var rollout = await world.NowAsync();
        for (var i = 0; i < 20 && rollout.IsActive; i++) rollout = await world.WindowAsync(canary, stable, 20, 20, how is "empty" ? _ => "unknown" : null);
        Assert.Equal((RolloutState.Aborted, Rule.Guard, 0), (rollout.State, rollout.Rule, rollout.Weight));
        Assert.StartsWith($"{how}: ", rollout.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_version_whose_servers_die_is_taken_back_and_one_whose_judge_was_blind_is_not()
    {
        await using var world = await VersionWorld.MakeAsync();
        var (stable, canary) = (await world.ServeAsync(Track.Stable, "1"), await world.ServeAsync(Track.Canary, "2"));
        await world.StartAsync("2");
        await world.GateAsync();
        // The stable server did not look for an hour: it cannot know who was silent.
        stable.Part<VersionRounds>().Failed();
        world.Time.Now += TimeSpan.FromHours(1);
        await stable.Part<Rollouts.RolloutDriver>().TickAsync(Token);
        Assert.Equal(RolloutState.Running, (await world.NowAsync()).State);
        await world.TickAsync();
        await canary.Part<Rollouts.RolloutDriver>().TickAsync(Token);
        await world.EndAsync(canary);
        world.Time.Now += VersionRounds.Silent - TimeSpan.FromSeconds(1);
        await world.TickAsync();
        Assert.Equal(RolloutState.Running, (await world.NowAsync()).State);
        world.Time.Now += TimeSpan.FromSeconds(1);
        await world.TickAsync();
        var rollout = await world.NowAsync();
        Assert.Equal((RolloutState.Aborted, "no server of track canary that runs 2 has told of itself for 10 s"), (rollout.State, rollout.Why));
    }

    [Fact]
    public async Task Paused_nothing_is_counted_or_judged_and_servers_that_join_late_count_for_their_side()
    {
        await using var world = await VersionWorld.MakeAsync();
        var stable = await world.ServeAsync(Track.Stable, "1");
        await world.ServeAsync(Track.Canary, "2");
        await world.StartAsync("2");
        await world.GateAsync();
        await world.Store.Rollouts.ActAsync(await world.NowAsync(), new RolloutAct.Pause("ann", "lunch"), Token);
        var late = await world.ServeAsync(Track.Canary, "2");
        await world.WindowAsync(late, stable, 30, 30, _ => "unknown");
        await world.WindowAsync(late, stable, 30, 30, _ => "unknown");
        Assert.Equal((RolloutState.Paused, 100), ((await world.NowAsync()).State, (await world.NowAsync()).Weight));
        var paused = await world.NowAsync();
        Assert.Empty(await world.Store.Rollouts.CountsAsync(paused.Number, DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue, Token));
        await world.Store.Rollouts.ActAsync(paused, new RolloutAct.Resume("ann", "back"), Token);
        for (var i = 0; i < 4; i++) await world.WindowAsync(late, stable, 30, 30, _ => "unknown");
        Assert.Equal(RolloutState.Aborted, (await world.NowAsync()).State);
    }

    [Fact]
    public async Task Over_the_API_it_is_begun_looked_at_and_ended()
    {
        await using var world = await VersionWorld.MakeAsync();
        var stable = await world.ServeAsync(Track.Stable, "1");
        foreach (var (body, fault) in new[] { ("{}", "expected {\"version\": a version of the server"), ("{\"release\":\"2\"}", "expected {\"version\""), ("{\"version\":\"2\",\"rollout\":{\"steps\":[5,1]}}", "rollout.steps"), ("{\"version\":\"1\"}", "run 1 already") })
            Assert.Contains(fault, (string?)JsonNode.Parse((await stable.SendBodyAsync("POST", "/v1/rollouts", body)).Body)!["detail"], StringComparison.Ordinal);
        Assert.Equal(404, (await stable.GetAsync("/v1/rollouts/current")).Status);
        var started = await stable.SendBodyAsync("POST", "/v1/rollouts", """{"version":"2","why":"newer","rollout":{"steps":[10,100],"dwell":"0s"}}""");
        await OpenApiTests.Conforms(started, "/v1/rollouts", "post");
        var list = await stable.GetAsync("/v1/rollouts");
        await OpenApiTests.Conforms(list, "/v1/rollouts", "get");
        Assert.Equal("2", (string?)JsonNode.Parse(list.Body)!["rollouts"]![0]!["candidate"]);
        var detail = await stable.GetAsync("/v1/rollouts/current");
        await OpenApiTests.Conforms(detail, "/v1/rollouts/{rollout}", "get");
        Assert.Equal(("gating", "[10,100]", "1"), ((string?)JsonNode.Parse(detail.Body)!["state"], JsonNode.Parse(detail.Body)!["steps"]!.ToJsonString(), (string?)JsonNode.Parse(detail.Body)!["servers"]![0]!["version"]));
        var ended = await stable.SendBodyAsync("POST", "/v1/rollouts/current:abort", """{"why":"no"}""");
        await OpenApiTests.Conforms(ended, "/v1/rollouts/{rollout}:abort", "post");
        Assert.Equal(("aborted", "no"), ((string?)JsonNode.Parse(ended.Body)!["state"], (string?)JsonNode.Parse(ended.Body)!["why"]));
        Assert.Equal(409, (await stable.SendAsync("POST", "/v1/rollouts/current:pause")).Status);
    }
}
