using System.Text.Json.Nodes;
using Cantor.Releases;
using Cantor.Storage;
using Cantor.Storage.Rollouts;

namespace Cantor.Server.Tests;

/// <summary>Who is answered by which release.</summary>
public sealed class CanaryTests : IAsyncLifetime
{
    const string Related = "/v1/collections/news/items/hub/related";

    readonly World _world = new();
    Store _store = null!;
    ReleaseVersion _before, _live, _canary;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _before = await _world.PublishAsync("news", ["hub", "p"], [("hub", "p", .5)]);
        _live = await _world.PublishAsync("news", ["hub", "l"], [("hub", "l", .5)]);
        _canary = await _world.RegisterAsync("news", ["hub", "c", "x"], [("hub", "c", .5), ("hub", "x", .4)]);
        _store = await Store.OpenAsync(_world.Data, _world.Time, Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _world.Dispose();
    }

    /// <summary>A rollout that has passed its gate.</summary>
    async Task<Rollout> RunAsync(params double[] steps) => await RunAsync(new RolloutPlan { Steps = steps });

    async Task<Rollout> RunAsync(RolloutPlan plan)
    {
        var rollout = await _store.Rollouts.StartAsync(RolloutSubject.Release, "news", _canary.ToString(), null, plan, false, "ann", "because", Token);
        return (await _store.Rollouts.ActAsync(rollout, new RolloutAct.Gate("gate", new()), Token)).Next!;
    }

    // No driver: these tests move the rollout themselves.
    Task<RunningServer> StartAsync() => RunningServer.StartAsync(_world, options => options with { Time = _world.Time, RolloutInterval = TimeSpan.FromDays(1) });

    static string ReleaseIn(string body) => (string)JsonNode.Parse(body)!["release"]!;

    // The share is told before the canary is open, and live answers until then.
    static async Task UntilAsync(RunningServer server, double percent)
    {
        await server.GetUntilAsync("/v1/collections/news", reply => (double?)JsonNode.Parse(reply.Body)!["rollout"]?["percent"] == percent);
        await server.GetUntilAsync($"{Related}?release=canary", reply => reply.Status == 200);
    }

    static async Task<Dictionary<string, string>> AskAsync(RunningServer server, int units)
    {
        using var client = new HttpClient { BaseAddress = server.Url };
        var releases = new Dictionary<string, string>();
        for (var unit = 0; unit < units; unit++)
            releases.Add($"user-{unit}", ReleaseIn(await client.GetStringAsync($"{Related}?unit=user-{unit}", Token)));
        return releases;
    }

    [Fact]
    public async Task A_share_of_the_units_gets_the_canary_the_same_units_on_every_server_and_more_with_each_step()
    {
        var rollout = await RunAsync(10, 40, 100);
        await using var one = await StartAsync();
        await using var two = await StartAsync();
        await UntilAsync(one, 10);
        await UntilAsync(two, 10);
        var at10 = await AskAsync(one, 600);
        Assert.Equal(at10, await AskAsync(two, 600));
        var canaries = at10.Where(answer => answer.Value == _canary.ToString()).Select(answer => answer.Key).ToHashSet();
        Assert.InRange(canaries.Count, 30, 95); // 60 ± 5 standard deviations
        Assert.All(at10.Values, release => Assert.Contains(release, new[] { _canary.ToString(), _live.ToString() }));

        var decision = new Cantor.Judging.Decision(Cantor.Judging.Verdict.Promote, Cantor.Judging.Rule.Accepted, "fine", rollout.RoundStart, 0, [], null, []);
        rollout = (await _store.Rollouts.ActAsync(rollout, new RolloutAct.Judge("judge", decision), Token)).Next!;
        await UntilAsync(one, 40);
        var at40 = (await AskAsync(one, 600)).Where(answer => answer.Value == _canary.ToString()).Select(answer => answer.Key).ToHashSet();
        Assert.InRange(at40.Count, 180, 300);
        Assert.Superset(canaries, at40);

        // One that joins late answers at the right weight at once.
        await using var late = await StartAsync();
        Assert.Equal(at40, (await AskAsync(late, 600)).Where(answer => answer.Value == _canary.ToString()).Select(answer => answer.Key).ToHashSet());

        rollout = (await _store.Rollouts.ActAsync(rollout, new RolloutAct.Abort("ann", "enough"), Token)).Next!;
        await one.GetUntilAsync("/v1/collections/news", reply => !reply.Body.Contains("rollout", StringComparison.Ordinal));
        Assert.All((await AskAsync(one, 100)).Values, release => Assert.Equal(_live.ToString(), release));
    }

    [Fact]
    public async Task Without_a_unit_a_request_gets_live_unless_the_plan_draws_by_request()
    {
        await RunAsync(50, 100);
        await using var server = await StartAsync();
        await UntilAsync(server, 50);
        for (var i = 0; i < 40; i++) Assert.Equal(_live.ToString(), ReleaseIn((await server.GetAsync(Related)).Body));

        await _store.Rollouts.ActAsync((await _store.Rollouts.ActiveAsync(Token)).Single(), new RolloutAct.Abort("ann", ""), Token);
        await RunAsync(new RolloutPlan { Steps = [50.01, 100], Anonymous = Anonymous.Hash });
        await UntilAsync(server, 50.01);
        var releases = new List<string>();
        for (var i = 0; i < 60; i++) releases.Add(ReleaseIn((await server.GetAsync(Related)).Body));
        Assert.Equal(2, releases.Distinct().Count());
    }

    [Fact]
    public async Task Any_release_that_is_open_can_be_asked_for_by_its_alias_or_version_and_tags_differ()
    {
        await RunAsync(1, 100);
        await using var server = await StartAsync();
        await UntilAsync(server, 1);
        var tags = new HashSet<string>();
        foreach (var (wanted, version) in new[] { ("live", _live), ("canary", _canary), ("previous", _before), ($"{_live}", _live), ($"{_canary}", _canary), ($"{_before}", _before) })
        {
            var reply = await server.GetAsync($"{Related}?release={wanted}");
            Assert.Equal((200, version.ToString()), (reply.Status, ReleaseIn(reply.Body)));
            tags.Add(reply.Headers["ETag"]);
            Assert.Equal(304, (await server.GetAsync($"{Related}?release={wanted}", "If-None-Match: " + reply.Headers["ETag"])).Status);
            Assert.Equal(200, (await server.GetAsync($"/v1/collections/news/items/hub?release={wanted}")).Status);
        }
        Assert.Equal(3, tags.Count);
        Assert.Equal(404, (await server.GetAsync($"{Related}?release=20200101T000000Z-00000000")).Status);
        Assert.Equal(400, (await server.GetAsync($"{Related}?release=newest")).Status);
        Assert.Equal(400, (await server.GetAsync($"{Related}?unit=")).Status);
        Assert.Equal(400, (await server.GetAsync($"{Related}?unit={new string('u', 513)}")).Status);
        Assert.Equal(200, (await server.GetAsync($"{Related}?unit={new string('u', 512)}")).Status);
    }

    [Fact]
    public async Task What_is_changed_or_taken_down_lies_over_each_of_them()
    {
        await RunAsync(1, 100);
        await using var server = await StartAsync();
        Assert.Equal(200, (await server.SendAsync("DELETE", "/v1/collections/news/items/c")).Status);
        Assert.Equal(200, (await server.SendAsync("DELETE", "/v1/collections/news/items/p")).Status);
        Assert.Equal(200, (await server.SendBodyAsync("PATCH", "/v1/collections/news/items/hub", """{"title":"Patched"}""")).Status);
        foreach (var wanted in new[] { "live", "canary", "previous" })
            Assert.Contains("Patched", (await server.GetAsync($"/v1/collections/news/items/hub?release={wanted}")).Body, StringComparison.Ordinal);
        Assert.DoesNotContain("\"c\"", (await server.GetAsync($"{Related}?release=canary")).Body, StringComparison.Ordinal);
        Assert.Contains("\"x\"", (await server.GetAsync($"{Related}?release=canary")).Body, StringComparison.Ordinal);
        Assert.DoesNotContain("\"p\"", (await server.GetAsync($"{Related}?release=previous")).Body, StringComparison.Ordinal);
    }
}
