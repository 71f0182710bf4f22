using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Cantor.Server.Rollouts;
using Cantor.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cantor.Server.Tests;

/// <summary>What happens while a new release is laid over, however long that takes.</summary>
public sealed class SlowLayingTests
{
    const string News = "/v1/collections/news";

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task On_SQLite_changes_go_on_while_a_release_is_laid_over_and_it_holds_them_all_when_it_is_swapped_in()
    {
        using var world = new World();
        var before = await world.BuildAsync("news", World.Articles(40));
        await using var server = await RunningServer.StartAsync(world);
        await CheckAsync(world, server, before.ToString());
    }

    [Fact]
    public async Task On_PostgreSQL_changes_go_on_while_a_release_is_laid_over_and_the_journal_holds_them_too()
    {
        await using var place = await PostgresWorld.MakeAsync();
        var before = await place.World.BuildAsync("news", World.Articles(40));
        string live;
        await using (var server = await place.StartAsync(1, options => options)) live = await CheckAsync(place.World, server, before.ToString());

        await place.Postgres.StopAsync();
        await using var again = await place.StartAsync(1, options => options);
        var related = await again.GetAsync($"{News}/items/article-11/related?limit=50");
        Assert.Contains(live, related.Body, StringComparison.Ordinal);
        Assert.Empty(Faults(related.Body, live, live));
    }

    /// <summary>Pushes, deletes and hides while a release is laid over.</summary>
    /// <returns>The release that is live in the end.</returns>
    static async Task<string> CheckAsync(World world, RunningServer server, string before)
    {
        for (var i = 100; i < 130; i++) Assert.Equal(200, (await server.SendBodyAsync("PUT", $"{News}/items/article-{i}", World.Json(World.Article(i, World.Topics[i % 4])))).Status);
        using var gate = new LogGate("Laid");
        try
        {
            server.Part<ILoggerFactory>().AddProvider(gate);
            var next = (await world.BuildAsync("news", World.Articles(41))).ToString(); // folds nothing in
            await Wait.UntilAsync(() => gate.IsReached);

            Assert.Equal(200, (await server.SendAsync("DELETE", $"{News}/items/article-3")).Status);
            Assert.Equal(200, (await server.SendAsync("DELETE", $"{News}/items/article-103")).Status);
            Assert.Equal(200, (await server.SendAsync("POST", $"{News}/items/article-7:hide")).Status);
            Assert.Equal(200, (await server.SendBodyAsync("PUT", $"{News}/items/late", World.Json(World.Article(131, World.Topics[3])))).Status);
            await server.GetUntilAsync(News, reply => reply.Body.Contains("\"change\":34", StringComparison.Ordinal));
            Assert.Contains($"\"release\":\"{before}\"", (await server.GetAsync(News)).Body, StringComparison.Ordinal);
            foreach (var gone in (string[])["article-3", "article-103", "article-7"]) Assert.Equal(404, (await server.GetAsync($"{News}/items/{gone}")).Status);
            Assert.Equal(200, (await server.GetAsync("/health/ready")).Status);

            var (faults, seen) = (new ConcurrentQueue<string>(), new ConcurrentDictionary<string, int>());
            using var enough = new CancellationTokenSource();
            var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
            {
                while (!enough.IsCancellationRequested)
                {
                    var body = (await server.GetAsync($"{News}/items/article-11/related?limit=50")).Body;
                    foreach (var fault in Faults(body, before, next)) faults.Enqueue(fault);
                    seen.AddOrUpdate((string?)JsonNode.Parse(body)!["release"] ?? "", 1, (_, count) => count + 1);
                }
            }, Token)).ToList();
            await Wait.UntilAsync(() => seen.GetValueOrDefault(before) > 5);
            gate.Open();
            await Wait.UntilAsync(() => seen.GetValueOrDefault(next) > 5);
            await enough.CancelAsync();
            await Task.WhenAll(readers);
            Assert.Empty(faults);
            Assert.Equal([before, next], seen.Keys.Order(StringComparer.Ordinal));
            return next;
        }
        finally
        {
            gate.Open();
        }
    }

    /// <summary>What an answer has of what was taken down, or lacks of what was pushed.</summary>
    static IEnumerable<string> Faults(string body, params string[] releases)
    {
        if (!releases.Any(release => body.Contains(release, StringComparison.Ordinal))) yield return body;
        foreach (var gone in (string[])["\"article-3\"", "\"article-103\"", "\"article-7\""])
            if (body.Contains(gone, StringComparison.Ordinal)) yield return $"{gone} in {body}";
        foreach (var pushed in (string[])["\"late\"", "\"article-107\""])
            if (!body.Contains(pushed, StringComparison.Ordinal)) yield return $"no {pushed} in {body}";
    }

    [Fact]
    public async Task A_release_that_is_no_longer_wanted_before_it_is_laid_over_is_closed_and_the_one_before_stays()
    {
        using var world = new World();
        var before = await world.BuildAsync("news", World.Articles(40));
        await using var server = await RunningServer.StartAsync(world);
        using var gate = new LogGate("Laid");
        try
        {
            server.Part<ILoggerFactory>().AddProvider(gate);
            await world.BuildAsync("news", World.Articles(41));
            await Wait.UntilAsync(() => gate.IsReached);
            Assert.True(world.MakeLive("news", before));
            var live = server.Part<LiveReleases>();
            await Wait.UntilAsync(() => live.Current.TryFind("news", out var served) && served is { IsOpening: false } && served.Wanted == before);
            // Its end is not waited for either: the gate is still closed.
            Assert.Equal(200, (await server.SendAsync("DELETE", $"{News}/items/article-3")).Status);
            await server.GetUntilAsync(News, reply => reply.Body.Contains("\"change\":1", StringComparison.Ordinal));
            Assert.Contains($"\"release\":\"{before}\"", (await server.GetAsync(News)).Body, StringComparison.Ordinal);
            gate.Open();
            Assert.Equal(200, (await server.SendAsync("DELETE", $"{News}/items/article-4")).Status);
            await server.GetUntilAsync(News, reply => reply.Body.Contains("\"change\":2", StringComparison.Ordinal));
            Assert.Contains($"\"release\":\"{before}\"", (await server.GetAsync(News)).Body, StringComparison.Ordinal);
        }
        finally
        {
            gate.Open();
        }
    }

    [Fact]
    public async Task What_is_laid_over_a_release_that_is_no_longer_wanted_ends_and_the_next_one_is_not_held_up()
    {
        const int changes = 3_000;
        using var world = new World();
        await using var store = await Store.OpenAsync(world.Data, TimeProvider.System, Token);
        RegisteredRelease[] releases = new RegisteredRelease[3];
        for (var i = 0; i < 3; i++) releases[i] = world.Registry.Find("news", await world.BuildAsync("news", World.Articles(40 + i)))!;
        using var held = new ManualResetEventSlim();
        var log = new Unreadables(_ => held.Wait(CancellationToken.None)); // once it is set it holds nobody
        var options = new ServerOptions { DataDirectory = world.Data, Urls = ["http://127.0.0.1:0"], Time = world.Time, Threads = 4 };
        var follower = new CollectionFollower(options, new(options, null, NullLogger.Instance), null, null, new(options, NullLogger<RolloutCounts>.Instance), new(), log);
        var collection = (await store.Collections.FindAsync("news", Token))!;
        var followed = new Dictionary<string, FollowedCollection>(StringComparer.Ordinal);
        Task OpenAsync(int release) => follower.OpenAsync(store, [new(collection, releases[release], null, null)], followed, first: followed.Count == 0, Token);
        await OpenAsync(0);
        var wanted = new CollectionReleases(collection, releases[0], null, null);
        followed["news"] = await follower.FollowAsync(store, wanted, follower.Ready(wanted, null)!, 0, null, null, Token);
        follower.Served();

        // Each is told when it is weighed: so much work was done.
        await store.Changes.AppendAsync("news", [.. Enumerable.Range(0, changes).Select(i => new NewChange(ChangeKind.Upsert, $"pushed-{i}", """{"id":5}"""))], "ann", Token);
        try
        {
            await OpenAsync(1);
            await Wait.UntilAsync(() => log.Seen > 0);
            await OpenAsync(2); // lays when the one before has let go
            Assert.False(follower.HasOpened());
            held.Set();
            await Wait.UntilAsync(async () =>
            {
                await OpenAsync(2);
                return follower.HasOpened();
            });
            Assert.InRange(log.Seen, changes + 1, changes + 2); // of the first what each of its two threads had in hand
            Assert.Equal(releases[0].Version, followed["news"].Live.Served.Release!.Version);
            Assert.Empty(followed["news"].Live.Served.Overlay.Items);
        }
        finally
        {
            held.Set();
            await follower.DisposeAsync();
            followed["news"].Live.Served.Release!.Return();
        }
    }

    [Fact]
    public async Task Nobody_is_let_in_before_the_keys_are_read_of_a_store_that_comes_back_after_the_server_started()
    {
        await using var place = await PostgresWorld.MakeAsync();
        await place.World.BuildAsync("news", World.Articles(40));
        await place.Store.Keys.CreateAsync("ops", null, Scopes.Admin, null, "ann", Token);
        await place.Postgres.StopAsync();
        await using var server = await place.StartAsync(1, options => options);
        using var gate = new LogGate("Laid");
        try
        {
            server.Part<ILoggerFactory>().AddProvider(gate);
            await place.Postgres.StartAgainAsync();
            await Wait.UntilAsync(() => gate.IsReached); // the store is open, and its first look waits for the release
            foreach (var (method, target, body) in ((string, string, string)[])
                [("POST", "/v1/keys", """{"label":"mine","scopes":["admin"]}"""), ("PUT", "/v1/collections/mine", ""), ("DELETE", News, ""), ("GET", "/v1/keys", "")])
                Assert.Equal((target, 503), (target, (await server.SendBodyAsync(method, target, body)).Status));
            gate.Open();
            await server.GetUntilAsync("/v1/keys", reply => reply.Status == 401);
            Assert.Single((await place.Store.Keys.ReadAsync(Token)).Keys);
        }
        finally
        {
            gate.Open();
        }
    }

    [Fact]
    public async Task What_is_taken_down_does_not_wait_for_what_was_pushed_before_it()
    {
        using var world = new World();
        await world.BuildAsync("news", World.Articles(40));
        await using var store = await Store.OpenAsync(world.Data, TimeProvider.System, Token);
        var options = new ServerOptions { DataDirectory = world.Data, Urls = ["http://127.0.0.1:0"], Time = world.Time };
        await using var follower = new CollectionFollower(options, new(options, null, NullLogger.Instance), null, null, new(options, NullLogger<RolloutCounts>.Instance), new(), NullLogger.Instance);
        var wanted = new CollectionReleases((await store.Collections.FindAsync("news", Token))!, Assert.Single((await world.Registry.NamedAsync(Token)).Values), null, null);
        await follower.OpenAsync(store, [wanted], new Dictionary<string, FollowedCollection>(), first: true, Token);
        var followed = await follower.FollowAsync(store, wanted, follower.Ready(wanted, null)!, 0, null, null, Token);

        var pushed = Enumerable.Range(100, 2 * CollectionFollower.ChangesPerTurn + 50).Select(i => new NewChange(ChangeKind.Upsert, $"article-{i}", World.Json(World.Article(i, World.Topics[i % 4])))).ToList();
        await store.Changes.AppendAsync("news", [.. pushed, new(ChangeKind.Delete, "article-3"), new(ChangeKind.Hide, "article-100")], "ann", Token);
        var editions = new HashSet<ulong> { followed.Live.Served.Overlay.Edition };
        for (var turn = 1; turn <= 3; turn++)
        {
            followed = await follower.LayOnAsync(store, followed, long.MaxValue, Token);
            var overlay = followed.Live.Served.Overlay;
            Assert.Null(overlay.Items["article-3"].Fields);
            Assert.Null(overlay.Items["article-100"].Fields);
            Assert.Equal(turn < 3, followed.IsBehind);
            Assert.True(editions.Add(overlay.Edition));
            // article-100 was hidden after it was pushed: its state stands last.
            Assert.Equal(Math.Min(turn * CollectionFollower.ChangesPerTurn + 1, pushed.Count + 2), overlay.Number);
        }
        followed.Live.Served.Release!.Return();
    }
}
