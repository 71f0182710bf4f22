using System.Text.Json.Nodes;
using Cantor.Storage;

namespace Cantor.Server.Tests;

/// <summary>Servers on a real PostgreSQL that is stopped, frozen and killed under them.</summary>
public sealed class StoreDownTests : IAsyncLifetime
{
    const string News = "/v1/collections/news";

    PostgresWorld _place = null!;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    PostgresProcess Postgres => _place.Postgres;

    Store Store => _place.Store;

    World World => _place.World;

    public async ValueTask InitializeAsync()
    {
        _place = await PostgresWorld.MakeAsync();
        await World.BuildAsync("news", World.Articles(40));
    }

    public ValueTask DisposeAsync() => _place.DisposeAsync();

    Task<RunningServer> StartAsync(int number) => _place.StartAsync(number, options => options with { MaxStaleness = TimeSpan.FromSeconds(1) });

    static async Task<string> ItemsAsync(RunningServer server, string id) =>
        JsonNode.Parse((await server.GetAsync($"{News}/items/{id}/related?limit=50")).Body)!["items"]!.ToJsonString();

    /// <summary>Asks until told to stop; gives what was not answered by 200.</summary>
    static async Task<(int Asked, List<string> Failed)> LoadAsync(RunningServer server, CancellationToken stop)
    {
        var (asked, failed) = (0, new List<string>());
        for (; !stop.IsCancellationRequested; asked++)
        {
            var reply = await server.GetAsync($"{News}/items/article-{asked % 40}/related");
            if (reply.Status != 200) failed.Add($"{reply.Status} {reply.Body}");
        }
        return (asked, failed);
    }

    async Task<Reply> WriteUntilAsync(RunningServer server, int status)
    {
        Reply? reply = null;
        await Wait.UntilAsync(async () =>
        {
            reply = await server.SendBodyAsync("PUT", $"{News}/items/again", """{"title":"glacier ice"}""");
            Assert.True(reply.Status is 200 or 503, reply.Body);
            return reply.Status == status;
        }, () => reply!.Body);
        return reply!;
    }

    [Fact]
    public async Task Three_servers_on_one_store_answer_alike()
    {
        await using var one = await StartAsync(1);
        await using var two = await StartAsync(2);
        await using var three = await StartAsync(3);
        RunningServer[] servers = [one, two, three];
        for (var i = 0; i < 30; i++)
        {
            var reply = await servers[i % 3].SendBodyAsync("PUT", $"{News}/items/article-{100 + i}", World.Json(World.Article(100 + i, World.Topics[i % 4])));
            Assert.True(reply.Status == 200, reply.Body);
        }
        Assert.Equal(200, (await two.SendAsync("DELETE", $"{News}/items/article-7")).Status);
        foreach (var server in servers) await server.GetUntilAsync(News, reply => reply.Body.Contains("\"change\":31", StringComparison.Ordinal));
        for (var i = 0; i < 130; i += 3)
        {
            if (i is >= 40 and < 100) continue;
            var answer = await ItemsAsync(one, $"article-{i}");
            Assert.DoesNotContain("\"article-7\"", answer, StringComparison.Ordinal);
            Assert.Equal(answer, await ItemsAsync(two, $"article-{i}"));
            Assert.Equal(answer, await ItemsAsync(three, $"article-{i}"));
        }
    }

    [Fact]
    public async Task Nothing_that_a_server_says_while_its_store_is_away_holds_the_password()
    {
        Assert.Contains("secret", Postgres.Address, StringComparison.Ordinal);
        string[] arguments = ["--store", Postgres.Address, "--blobs", World.Registry.ReleasesDirectory, "--data", _place.DiskOf(1), "--urls", "http://127.0.0.1:0"];
        using (var first = HostProcess.Start(HostProcess.Built, arguments))
        {
            await first.ListeningAsync();
            first.Signal("KILL");
            await first.ExitCodeAsync();
        }
        await Postgres.StopAsync();
        var journal = Path.Combine(_place.DiskOf(1), "journal", "whole");
        foreach (var said in (string[])["from its journal", "the journal lacks"])
        {
            using var again = HostProcess.Start(HostProcess.Built, arguments);
            using var client = new HttpClient { BaseAddress = await again.ListeningAsync() };
            using var answer = await client.PutAsync($"{News}/items/x", new StringContent("""{"title":"glacier"}"""), Token);
            var body = await answer.Content.ReadAsStringAsync(Token);
            Assert.Equal(503, (int)answer.StatusCode);
            again.Signal("KILL");
            await again.ExitCodeAsync();
            Assert.Contains(said, again.Said, StringComparison.Ordinal);
            Assert.DoesNotContain("secret", again.Said + body, StringComparison.Ordinal);
            File.Delete(journal); // the second starts from a journal that lacks something
        }
        await Postgres.StartAgainAsync();
    }

    [Theory]
    [InlineData("stop"), InlineData("kill"), InlineData("freeze")]
    public Task When_the_database_dies_no_question_fails_writes_are_refused_and_all_goes_on_after_it_comes_back(string how) => DieAsync(how, TimeSpan.Zero);

    [Theory, Trait("Category", "Slow")]
    [InlineData("stop"), InlineData("freeze")]
    public Task When_the_database_is_away_for_a_minute_no_question_fails_and_all_goes_on_after_it_comes_back(string how) => DieAsync(how, TimeSpan.FromMinutes(1));

    async Task DieAsync(string how, TimeSpan away)
    {
        // What is frozen is to be noticed.
        await using var server = await _place.StartAsync(1, options => options with { MaxStaleness = TimeSpan.FromSeconds(1), Store = Postgres.HurriedAddress });
        await WriteUntilAsync(server, 200);
        using var enough = new CancellationTokenSource();
        var load = Task.Run(() => LoadAsync(server, enough.Token), Token);

        if (how is "stop") await Postgres.StopAsync();
        else await Postgres.SignalAsync(how is "kill" ? "KILL" : "STOP");
        var refused = await WriteUntilAsync(server, 503);
        Assert.Equal(("store-unavailable", "1"), ((string?)JsonNode.Parse(refused.Body)!["code"], refused.Headers["Retry-After"]));
        await server.GetUntilAsync($"{News}/items/article-1", reply => reply.Headers.ContainsKey("Cantor-Stale"));
        Assert.Equal(200, (await server.GetAsync("/health/ready")).Status);
        await Task.Delay(away, Token);

        if (how is "freeze") await Postgres.SignalAsync("CONT");
        else await Postgres.StartAgainAsync();
        await WriteUntilAsync(server, 200);
        await server.GetUntilAsync($"{News}/items/article-1", reply => !reply.Headers.ContainsKey("Cantor-Stale"));
        await enough.CancelAsync();
        var (asked, failed) = await load;
        Assert.Empty(failed);
        Assert.True(asked > 20, $"only {asked} were asked");
    }

    [Fact]
    public async Task A_server_that_starts_while_the_store_is_away_serves_what_it_saw_last_and_nothing_that_was_taken_down()
    {
        await using (var server = await StartAsync(1))
        {
            Assert.Equal(200, (await server.SendAsync("DELETE", $"{News}/items/article-3")).Status);
            Assert.Equal(200, (await server.SendAsync("POST", $"{News}/items/article-7:hide")).Status);
            Assert.Equal(200, (await server.SendBodyAsync("PUT", $"{News}/items/pushed", World.Json(World.Article(101, World.Topics[3])))).Status);
        }
        await Postgres.StopAsync();
        await using var again = await StartAsync(1);
        Assert.Equal(200, (await again.GetAsync("/health/ready")).Status);
        var reply = await again.GetAsync($"{News}/items/article-11/related?limit=50");
        Assert.Equal(200, reply.Status);
        Assert.True(reply.Headers.ContainsKey("Cantor-Stale"));
        Assert.Contains("\"pushed\"", reply.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("\"article-3\"", reply.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("\"article-7\"", reply.Body, StringComparison.Ordinal);
        Assert.Equal(404, (await again.GetAsync($"{News}/items/article-3")).Status);
        Assert.Equal(503, (await again.SendAsync("DELETE", $"{News}/items/article-4")).Status);

        // One that never saw the store has nothing to serve, and waits for it.
        await using var never = await StartAsync(2);
        Assert.Equal(503, (await never.GetAsync("/health/ready")).Status);
        await Postgres.StartAgainAsync();
        await never.GetUntilAsync("/health/ready", ready => ready.Status == 200);
        Assert.Equal(404, (await never.GetAsync($"{News}/items/article-3")).Status);
        await again.GetUntilAsync($"{News}/items/article-11", fresh => !fresh.Headers.ContainsKey("Cantor-Stale"));
    }

    [Fact]
    public async Task A_release_that_is_half_copied_to_where_servers_get_it_is_not_served_until_it_is_whole()
    {
        var blobs = Directory.CreateDirectory(_place.DiskOf(0));
        foreach (var file in Directory.GetFiles(World.Registry.ReleasesDirectory)) File.Copy(file, Path.Combine(blobs.FullName, Path.GetFileName(file)));
        await using var server = await RunningServer.StartAsync(World, options => options with { DataDirectory = _place.DiskOf(1), Store = Postgres.Address, Blobs = blobs.FullName });
        var before = (string)JsonNode.Parse((await server.GetAsync(News)).Body)!["release"]!;
        var version = await World.BuildAsync("news", World.Articles(41));
        var (whole, there) = (await File.ReadAllBytesAsync(World.Registry.PathOf("news", version), Token), Path.Combine(blobs.FullName, Path.GetFileName(World.Registry.PathOf("news", version))));
        byte[] damaged = [.. whole];
        damaged[^1000] ^= 1;
        foreach (var bytes in (byte[][])[whole[..(whole.Length / 2)], damaged])
        {
            await File.WriteAllBytesAsync(there, bytes, Token);
            await server.GetUntilAsync("/health/ready", reply => reply.Status == 200 && reply.Body.Contains(version.ToString(), StringComparison.Ordinal));
            Assert.Contains(before, (await server.GetAsync(News)).Body, StringComparison.Ordinal);
            Assert.Equal(200, (await server.GetAsync($"{News}/items/article-1/related")).Status);
            Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_place.DiskOf(1), "releases"), $"*{version}.cantor"));
        }
        await File.WriteAllBytesAsync(there, whole, Token);
        await server.GetUntilAsync(News, reply => reply.Body.Contains(version.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_deletes_its_copies_of_releases_that_the_store_forgot()
    {
        var clock = new Clock { Now = TimeProvider.System.GetUtcNow().AddDays(3) };
        await using var server = await RunningServer.StartAsync(World, options => options with
        {
            DataDirectory = _place.DiskOf(1),
            Store = Postgres.Address,
            Blobs = World.Registry.ReleasesDirectory,
            RetentionInterval = TimeSpan.FromMilliseconds(50),
            Time = clock,
        });
        string[] Copies() => [.. Directory.GetFiles(Path.Combine(_place.DiskOf(1), "releases"), "*.cantor").Select(Path.GetFileName).Order(StringComparer.Ordinal)!];
        var versions = new List<string> { Assert.Single(Copies()) };
        for (var i = 0; i < 3; i++)
        {
            var version = await World.BuildAsync("news", World.Articles(41 + i));
            await server.GetUntilAsync(News, reply => reply.Body.Contains(version.ToString(), StringComparison.Ordinal));
            versions.Add(Path.GetFileName(World.Registry.PathOf("news", version)));
        }
        Assert.Equal(versions, Copies());
        await Store.PruneAsync(World.Registry, null, "news", keep: 1, Token);
        await Wait.UntilAsync(() => Copies().SequenceEqual(versions[2..]), () => string.Join(' ', Copies())); // live and previous
        Assert.Equal(200, (await server.SendAsync("POST", $"{News}/releases:rollback")).Status);
    }

    [Fact]
    public async Task A_server_that_is_told_so_refuses_to_answer_when_it_may_have_missed_a_takedown()
    {
        await using var server = await RunningServer.StartAsync(World, options => options with
        {
            DataDirectory = _place.DiskOf(1),
            Store = Postgres.Address,
            Blobs = World.Registry.ReleasesDirectory,
            MaxStaleness = TimeSpan.FromSeconds(1),
            RefuseWhenStale = true,
        });
        // On a busy machine the store may not answer for a second.
        await server.GetUntilAsync($"{News}/items/article-1", reply => reply.Status == 200);
        await Postgres.StopAsync();
        var refused = await server.GetUntilAsync($"{News}/items/article-1", reply => reply.Status != 200);
        Assert.Equal((503, "stale"), (refused.Status, (string?)JsonNode.Parse(refused.Body)!["code"]));
    }
}
