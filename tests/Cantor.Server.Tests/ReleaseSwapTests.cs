using System.Text.Json.Nodes;
using Cantor.Releases;
using Cantor.Server.Overlays;

namespace Cantor.Server.Tests;

public sealed class ReleaseSwapTests : IDisposable
{
    const string Target = "/v1/collections/news/items/hub/related?limit=100&explain=true";

    readonly World _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task No_request_is_lost_while_releases_swap_a_hundred_times()
    {
        // Two releases whose lists differ in every answer: a mixture of both would show.
        string[] left = [.. Enumerable.Range(0, 40).Select(i => $"left-{i}")], right = [.. Enumerable.Range(0, 40).Select(i => $"right-{i}")];
        var versions = new[]
        {
            await _world.RegisterAsync("news", ["hub", .. left], left.Select((id, i) => ("hub", id, 1 - i / 64.0))),
            await _world.RegisterAsync("news", ["hub", .. right], right.Select((id, i) => ("hub", id, 1 - i / 64.0))),
        };
        _world.MakeLive("news", versions[0]);
        await using var server = await RunningServer.StartAsync(_world);

        using var client = new HttpClient { BaseAddress = server.Url };
        using var enough = new CancellationTokenSource();
        var faults = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var answered = 0;
        var load = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested)
            {
                try
                {
                    var answer = JsonNode.Parse(await client.GetStringAsync(Target, CancellationToken.None))!;
                    var wanted = (string?)answer["release"] == versions[0].ToString() ? left : right;
                    if (!answer["items"]!.AsArray().Select(item => (string)item!["id"]!).SequenceEqual(wanted)) faults.Enqueue(answer.ToJsonString());
                    Interlocked.Increment(ref answered);
                }
                catch (HttpRequestException fault)
                {
                    faults.Enqueue(fault.Message);
                }
            }
        }, CancellationToken.None)).ToList();

        for (var swap = 1; swap <= 100; swap++)
        {
            var version = versions[swap % 2];
            Assert.True(_world.MakeLive("news", version));
            await server.GetUntilAsync("/v1/collections", reply => reply.Body.Contains(version.ToString(), StringComparison.Ordinal));
        }
        await enough.CancelAsync();
        await Task.WhenAll(load);
        Assert.Empty(faults);
        Assert.True(answered > 100, $"only {answered} requests were answered meanwhile");
    }

    [Fact]
    public async Task A_release_that_cannot_be_opened_leaves_the_one_before_in_place_and_is_told_until_it_is_mended()
    {
        var good = await _world.PublishAsync("news", ["hub", "a"], [("hub", "a", .5)]);
        await using var server = await RunningServer.StartAsync(_world);
        var bad = await _world.RegisterAsync("news", ["hub", "b"], [("hub", "b", .5)]);
        var file = _world.Registry.PathOf("news", bad);
        var whole = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(file, "not a release", TestContext.Current.CancellationToken);
        _world.MakeLive("news", bad);

        var ready = await server.GetUntilAsync("/health/ready", reply => reply.Body.Contains(bad.ToString(), StringComparison.Ordinal));
        Assert.Equal(200, ready.Status);
        Assert.Contains($"serving {good}", ready.Body, StringComparison.Ordinal);
        Assert.DoesNotContain(_world.Data, ready.Body, StringComparison.Ordinal);
        Assert.Equal(good.ToString(), ReleaseIn(await server.GetAsync(Target)));

        // The whole file arrives late; nobody touches the registry.
        await File.WriteAllBytesAsync(file, whole, TestContext.Current.CancellationToken);
        await server.GetUntilAsync(Target, reply => ReleaseIn(reply) == bad.ToString());
        Assert.Contains("\"faults\":[]", (await server.GetAsync("/health/ready")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_any_release_to_answer_from_a_server_is_not_ready()
    {
        var version = await _world.PublishAsync("news", ["hub"], []);
        var file = _world.Registry.PathOf("news", version);
        var away = file + ".away";
        File.Move(file, away);
        await using var server = await RunningServer.StartAsync(_world);
        var reply = await server.GetAsync("/health/ready");
        Assert.Equal(503, reply.Status);
        Golden.Check("problem-not-ready.json", reply.Steady());
        Assert.Equal(200, (await server.GetAsync("/health/live")).Status);
        Assert.Equal("no-release", (string?)JsonNode.Parse((await server.GetAsync(Target)).Body)!["code"]);

        File.Move(away, file);
        await server.GetUntilAsync("/health/ready", again => again.Status == 200);
        Assert.Equal(200, (await server.GetAsync(Target)).Status);
    }

    [Fact]
    public async Task A_server_without_collections_is_ready_and_finds_those_that_come()
    {
        await using var server = await RunningServer.StartAsync(_world);
        Assert.Equal(200, (await server.GetAsync("/health/ready")).Status);
        Assert.Equal(404, (await server.GetAsync(Target)).Status);
        await _world.PublishAsync("news", ["hub"], []);
        await server.GetUntilAsync(Target, reply => reply.Status == 200);
    }

    [Fact]
    public async Task Answers_go_on_when_the_database_is_gone()
    {
        var version = await _world.PublishAsync("news", ["hub"], []);
        await using var server = await RunningServer.StartAsync(_world);
        _world.DamageStore();
        File.Delete(_world.Registry.PathOf("news", version));
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(200, (await server.GetAsync(Target)).Status);
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task A_release_is_closed_when_the_last_lease_is_returned_and_not_before()
    {
        var version = await _world.RegisterAsync("news", ["hub"], []);
        var release = Release.Open(_world.Registry.PathOf("news", version));
        var served = new ServedRelease(release, "news", version, 0);
        var live = new LiveReleases();
        live.Swap(new([new("news", version, served, Overlay.Empty, null)]));
        Assert.True(live.TryLease("news", out var leased));
        Assert.Same(served, leased.Release);

        live.Swap(new([]));
        Assert.False(live.TryLease("news", out _));
        Assert.True(release.TryFind("hub"u8, out _));
        Assert.True(served.TryLease());
        served.Return();
        served.Return();
        Assert.False(served.TryLease());
    }

    [Fact]
    public async Task Leases_taken_and_returned_by_many_at_once_never_meet_a_closed_release()
    {
        var version = await _world.RegisterAsync("news", ["hub"], []);
        var path = _world.Registry.PathOf("news", version);
        var live = new LiveReleases();
        live.Swap(new([new("news", version, new(Release.Open(path), "news", version, 0), Overlay.Empty, null)]));
        using var enough = new CancellationTokenSource();
        using var reading = new CountdownEvent(4);
        var readers = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            var read = 0L;
            while (!enough.IsCancellationRequested)
            {
                Assert.True(live.TryLease("news", out var served));
                Assert.True(served.Release!.Release.TryFind("hub"u8, out var item));
                Assert.Equal("\"hub\""u8, served.Release.Release.IdJsonOf(item));
                served.Release.Return();
                if (read++ == 0) reading.Signal();
            }
        }, CancellationToken.None)).ToList();
        reading.Wait(TestContext.Current.CancellationToken);
        for (var i = 0; i < 300; i++) live.Swap(new([new("news", version, new(Release.Open(path), "news", version, 0), Overlay.Empty, null)]));
        await enough.CancelAsync();
        await Task.WhenAll(readers);
        live.Swap(new([]));
    }

    static string? ReleaseIn(Reply reply) => (string?)JsonNode.Parse(reply.Body)!["release"];
}
