using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Cantor.Storage;

namespace Cantor.Server.Tests;

/// <summary>Disks that are full: that of an embedded store, of PostgreSQL, of a server whose store is elsewhere.</summary>
public sealed class FullDiskTests
{
    const string News = "/v1/collections/news";

    readonly ConcurrentDictionary<string, byte> _acknowledged = new();
    readonly Random _random = new(11);

    static CancellationToken Token => TestContext.Current.CancellationToken;

    // Long and not to be packed: pages and logs of a database must grow for it.
    string Item(string id) => new JsonObject { ["title"] = $"glacier {id}", ["check"] = id, ["filling"] = Convert.ToBase64String(Bytes(150_000)) }.ToJsonString();

    byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        _random.NextBytes(bytes);
        return bytes;
    }

    async Task<(int Status, JsonNode? Body, bool RetryAfter)> PutAsync(HttpClient client, string id)
    {
        using var answer = await client.PutAsync($"{News}/items/{id}", new StringContent(Item(id), Encoding.UTF8, "application/json"), Token);
        if (answer.StatusCode is HttpStatusCode.OK) _acknowledged[id] = 0;
        return ((int)answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync(Token)), answer.Headers.RetryAfter is not null);
    }

    /// <summary>Writes, always another item, until the answer has a status.</summary>
    async Task<JsonNode?> PutUntilAsync(HttpClient client, int status, Action? between = null)
    {
        (int Status, JsonNode? Body, bool RetryAfter) last = default;
        await Wait.UntilAsync(async () =>
        {
            between?.Invoke();
            last = await PutAsync(client, $"item-{Guid.CreateVersion7()}");
            Assert.True(last is (200, _, _) or (503, _, true), $"{last.Status} {last.Body}");
            return last.Status == status;
        }, () => $"{last.Status} {last.Body}");
        return last.Body;
    }

    /// <summary>Asks until told to stop; gives what was not answered by 200.</summary>
    static Task<List<string>> LoadAsync(HttpClient client, CancellationToken stop) => Task.Run(async () =>
    {
        var failed = new List<string>();
        for (var asked = 0; !stop.IsCancellationRequested; asked++)
        {
            using var answer = await client.GetAsync($"{News}/items/article-{asked % 40}/related", Token);
            if (answer.StatusCode is not HttpStatusCode.OK) failed.Add($"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(Token)}");
        }
        return failed;
    }, Token);

    async Task AllIsThereAsync(Store store)
    {
        Assert.NotEmpty(_acknowledged);
        var states = await store.Changes.StatesAsync("news", 0, Token).ToDictionaryAsync(state => state.Id, cancellationToken: Token);
        foreach (var id in _acknowledged.Keys) Assert.Contains($"\"check\":\"{id}\"", Assert.Contains(id, states).Payload, StringComparison.Ordinal);
        // Nothing half-applied: every state is that of a change, and changes are without a gap.
        var numbers = new List<long>();
        for (var page = await store.Changes.ReadAsync("news", 0, 100, Token); page.Changes.Count > 0; page = await store.Changes.ReadAsync("news", numbers[^1], 100, Token)) numbers.AddRange(page.Changes.Select(change => change.Number));
        Assert.Equal(Enumerable.Range(1, numbers.Count).Select(i => (long)i), numbers);
        Assert.All(states.Values, state => Assert.Contains(state.Number, numbers));
    }

    [Fact]
    public async Task On_a_full_disk_an_embedded_store_refuses_writes_answers_go_on_and_all_resumes_when_there_is_room()
    {
        using var world = new World();
        await world.BuildAsync("news", World.Articles(40));
        using var disk = new SmallDisk(32);
        var data = Path.Combine(disk.Path, "data");
        Directory.CreateDirectory(Path.Combine(data, "releases"));
        foreach (var file in Directory.GetFiles(world.Registry.ReleasesDirectory)) File.Copy(file, Path.Combine(data, "releases", Path.GetFileName(file)));
        await using (var store = await Store.OpenAsync(data, TimeProvider.System, Token))
        {
            using var registry = store.Registry(data);
            var release = Assert.Single(registry.Reconcile().Found);
            registry.MoveAlias("news", AliasName.Live, null, release.Version, "test", "");
        }
        using (var host = HostProcess.Start(HostProcess.Built, "--data", data, "--urls", "http://127.0.0.1:0"))
        {
            using var client = new HttpClient { BaseAddress = await host.ListeningAsync() };
            using var enough = new CancellationTokenSource();
            var load = LoadAsync(client, enough.Token);
            for (var i = 0; i < 5; i++) await PutUntilAsync(client, 200);

            Assert.Equal("store-unavailable", (string?)(await PutUntilAsync(client, 503, disk.Fill))!["code"]);
            using (var events = await client.PostAsync($"{News}/events", new StringContent($$"""[{"id":"e1","unit":"u","item":"article-1","requestId":"{{new string('x', 200)}}"}]"""), Token))
                Assert.True(events.StatusCode is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable, $"{events.StatusCode}");
            // A build has no room for its release either; the one that is live stays.
            var live = (string)JsonNode.Parse(await client.GetStringAsync(News, Token))!["release"]!;
            using (await client.PostAsync($"{News}/releases:build", null, Token)) { }
            Assert.Equal(live, (string)JsonNode.Parse(await client.GetStringAsync(News, Token))!["release"]!);

            disk.Free();
            for (var i = 0; i < 5; i++) await PutUntilAsync(client, 200);
            await enough.CancelAsync();
            Assert.Empty(await load);
            host.Signal("KILL");
            await host.ExitCodeAsync();
        }
        await using var after = await Store.OpenAsync(data, TimeProvider.System, Token);
        await AllIsThereAsync(after);
    }

    [Fact]
    public async Task On_a_full_disk_of_PostgreSQL_writes_are_refused_answers_go_on_and_all_resumes_when_there_is_room()
    {
        using var disk = new SmallDisk(128);
        var places = Directory.CreateTempSubdirectory("cantor-server-");
        await using (var postgres = await PostgresProcess.StartAsync(Directory.CreateDirectory(Path.Combine(disk.Path, "postgres"))))
        {
            await using var store = await postgres.OpenAsync();
            using var world = new World(store);
            await world.BuildAsync("news", World.Articles(40));
            await using (var server = await RunningServer.StartAsync(world, options => options with { DataDirectory = places.FullName, Store = postgres.Address, Blobs = world.Registry.ReleasesDirectory }))
            {
                using var client = new HttpClient { BaseAddress = server.Url };
                using var enough = new CancellationTokenSource();
                var load = LoadAsync(client, enough.Token);
                for (var i = 0; i < 5; i++) await PutUntilAsync(client, 200);
                Assert.Equal("store-unavailable", (string?)(await PutUntilAsync(client, 503, disk.Fill))!["code"]);
                await Task.Delay(1000, Token); // under load, full

                disk.Free();
                // Where its log has no room PostgreSQL goes down; whoever watches over it starts it again.
                await Wait.UntilAsync(async () =>
                {
                    if (!postgres.IsRunning) await postgres.StartAgainAsync();
                    return (await PutAsync(client, $"item-{Guid.CreateVersion7()}")).Status == 200;
                });
                for (var i = 0; i < 5; i++) await PutUntilAsync(client, 200);
                await enough.CancelAsync();
                Assert.Empty(await load);
            }
            await AllIsThereAsync(store);
        }
        places.Delete(recursive: true);
    }

    [Fact]
    public async Task A_server_whose_own_disk_is_full_still_takes_down_and_its_journal_catches_up_when_there_is_room()
    {
        await using var postgres = await PostgresProcess.StartAsync();
        await using var store = await postgres.OpenAsync();
        using var world = new World(store);
        var first = await world.BuildAsync("news", World.Articles(40));
        using var disk = new SmallDisk(16);
        Task<RunningServer> StartAsync() => RunningServer.StartAsync(world, options => options with { DataDirectory = Path.Combine(disk.Path, "server"), Store = postgres.Address, Blobs = world.Registry.ReleasesDirectory });
        await using (var server = await StartAsync())
        {
            disk.Fill();
            var deleted = 0;
            // The journal may have a little room left in what it holds already: until it says that it has none.
            await Wait.UntilAsync(async () =>
            {
                disk.Fill();
                Assert.Equal(200, (await server.SendAsync("DELETE", $"{News}/items/article-{deleted % 20}")).Status);
                await server.GetUntilAsync($"{News}/items/article-{deleted % 20}", reply => reply.Status == 404);
                return ++deleted >= 200;
            });
            var second = await world.BuildAsync("news", World.Articles(41));
            var ready = await server.GetUntilAsync("/health/ready", reply => reply.Body.Contains(second.ToString(), StringComparison.Ordinal));
            Assert.Contains(first.ToString(), (await server.GetAsync(News)).Body, StringComparison.Ordinal);
            Assert.Equal(200, ready.Status);

            disk.Free();
            await server.GetUntilAsync(News, reply => reply.Body.Contains(second.ToString(), StringComparison.Ordinal));
            Assert.Equal(200, (await server.SendAsync("DELETE", $"{News}/items/article-30")).Status);
            await using var journal = await Journal.OpenAsync(Path.Combine(disk.Path, "server"), TimeProvider.System, Token);
            await Wait.UntilAsync(async () => journal.IsWhole && (await journal.Kept.Changes.StatesAsync("news", 0, Token).ToListAsync(Token)).Count(state => state.Deleted is not null) == 21);
        }
        await postgres.StopAsync();
        await using var again = await StartAsync();
        foreach (var number in (int[])[0, 19, 30]) Assert.Equal(404, (await again.GetAsync($"{News}/items/article-{number}")).Status);
        Assert.Equal(200, (await again.GetAsync($"{News}/items/article-21/related")).Status);
        await postgres.StartAgainAsync();
    }

    [Fact]
    public async Task A_server_whose_disk_was_full_serves_nothing_after_a_restart_until_the_store_tells_what_was_taken_down()
    {
        await using var postgres = await PostgresProcess.StartAsync();
        await using var store = await postgres.OpenAsync();
        using var world = new World(store);
        await world.BuildAsync("news", World.Articles(40));
        using var disk = new SmallDisk(16);
        var data = Path.Combine(disk.Path, "server");
        Task<RunningServer> StartAsync() => RunningServer.StartAsync(world, options => options with { DataDirectory = data, Store = postgres.Address, Blobs = world.Registry.ReleasesDirectory });
        await using (var journal = await Journal.OpenAsync(data, TimeProvider.System, Token))
        {
            Assert.False(journal.IsWhole);
            await using (var server = await StartAsync())
            {
                Assert.True(journal.IsWhole);
                // Long, so that the journal runs out of what room it has.
                for (var i = 100; journal.IsWhole; i++)
                {
                    disk.Fill();
                    Assert.Equal(200, (await server.SendBodyAsync("PUT", $"{News}/items/item-{i}", Item($"item-{i}"))).Status);
                    await server.GetUntilAsync($"{News}/items/item-{i}", reply => reply.Status == 200);
                }
                Assert.Equal(200, (await server.SendAsync("DELETE", $"{News}/items/article-3")).Status);
                await server.GetUntilAsync($"{News}/items/article-3", reply => reply.Status == 404);
                await postgres.StopAsync();
            }
        }
        disk.Free();
        await using var again = await StartAsync();
        foreach (var route in (string[])["/health/ready", "/v1/collections", News, $"{News}/items/article-3", $"{News}/items/article-4/related"])
        {
            var reply = await again.GetAsync(route);
            Assert.Equal((503, "not-ready"), (reply.Status, (string?)JsonNode.Parse(reply.Body)!["code"]));
        }
        Assert.Equal(503, (await again.SendAsync("DELETE", $"{News}/items/article-4")).Status);
        await postgres.StartAgainAsync();
        await again.GetUntilAsync($"{News}/items/article-4", reply => reply.Status == 200);
        Assert.Equal(404, (await again.GetAsync($"{News}/items/article-3")).Status);
    }
}
