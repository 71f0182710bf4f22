using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Cantor.Storage;

namespace Cantor.Server.Tests;

/// <summary>The real program, killed without warning at any moment while it writes.</summary>
public sealed class KillTests
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>What one kill leaves: each writer's ids that were acknowledged, and the one that was on its way.</summary>
    sealed class Written
    {
        internal ConcurrentDictionary<string, long> Acknowledged { get; } = new();

        internal ConcurrentBag<string> Events { get; } = [];

        internal ConcurrentDictionary<string, byte> Deleted { get; } = new();
    }

    static async Task WriteAsync(HttpClient client, int round, int writer, Written written)
    {
        try
        {
            for (var i = 0; ; i++)
            {
                var id = $"r{round}w{writer}n{i}";
                using (var put = await client.PutAsync($"/v1/collections/news/items/{id}", new StringContent($$"""{"title":"glacier {{id}}","check":"{{id}}"}""", Encoding.UTF8, "application/json"), Token))
                {
                    if (put.StatusCode is HttpStatusCode.OK) written.Acknowledged[id] = System.Text.Json.Nodes.JsonNode.Parse(await put.Content.ReadAsStringAsync(Token))!["change"]!.GetValue<long>();
                }
                using (var events = await client.PostAsync("/v1/collections/news/events", new StringContent($$"""[{"id":"{{id}}","unit":"u","item":"hub"}]"""), Token))
                {
                    if (events.StatusCode is HttpStatusCode.OK) written.Events.Add(id);
                }
                if (i % 3 != 2) continue;
                var gone = $"r{round}w{writer}n{i - 1}";
                using var delete = await client.DeleteAsync($"/v1/collections/news/items/{gone}", Token);
                if (delete.StatusCode is HttpStatusCode.OK) written.Deleted[gone] = 0;
            }
        }
        catch (Exception cut) when (cut is HttpRequestException or IOException)
        {
            // The server was killed.
        }
    }

    async Task CheckAsync(World world, string[] where, int times)
    {
        await world.PublishAsync("news", ["hub"], []);
        var written = new Written();
        var random = new Random(7);
        for (var round = 0; round < times; round++)
        {
            using var host = HostProcess.Start(HostProcess.Built, ["--urls", "http://127.0.0.1:0", "--overlay-max", "1000000", .. where]);
            using var client = new HttpClient { BaseAddress = await host.ListeningAsync() };
            var writers = Enumerable.Range(0, 4).Select(writer => WriteAsync(client, round, writer, written)).ToList();
            // In every other round at the earliest when something was acknowledged; in the others whenever.
            var before = written.Acknowledged.Count;
            if (round % 2 == 0) await Wait.UntilAsync(() => written.Acknowledged.Count > before);
            await Task.Delay(random.Next(5, 250), Token);
            host.Signal("KILL");
            await Task.WhenAll(writers);
            await host.ExitCodeAsync();
        }
        Assert.True(written.Acknowledged.Count >= times / 2, $"only {written.Acknowledged.Count} writes were acknowledged");

        await using var store = await Store.OpenAsync(where[^1], TimeProvider.System, Token);
        var states = await store.Changes.StatesAsync("news", 0, Token).ToDictionaryAsync(state => state.Id, cancellationToken: Token);
        foreach (var (id, number) in written.Acknowledged)
        {
            var state = Assert.Contains(id, states);
            Assert.True(state.Number >= number);
            // Whole or gone: nothing is half there.
            if (state.Deleted is null) Assert.Contains($"\"check\":\"{id}\"", state.Payload, StringComparison.Ordinal);
        }
        Assert.All(written.Deleted.Keys, id => Assert.NotNull(states[id].Deleted));
        var events = await store.Events.ReadAsync("news", DateTimeOffset.UnixEpoch, TimeProvider.System.GetUtcNow().AddDays(1), Token).Select(one => one.Id).ToHashSetAsync(cancellationToken: Token);
        Assert.Empty(written.Events.Except(events));
        var numbers = new List<long>();
        for (var page = await store.Changes.ReadAsync("news", 0, 10_000, Token); page.Changes.Count > 0; page = await store.Changes.ReadAsync("news", numbers[^1], 10_000, Token))
            numbers.AddRange(page.Changes.Select(change => change.Number));
        Assert.Equal(Enumerable.Range(1, numbers.Count).Select(i => (long)i), numbers);
    }

    async Task CheckOnSqliteAsync(int times)
    {
        using var world = new World();
        await CheckAsync(world, ["--data", world.Data], times);
    }

    async Task CheckOnPostgresAsync(int times)
    {
        await using var postgres = await PostgresProcess.StartAsync();
        await using var store = await postgres.OpenAsync();
        using var world = new World(store);
        var server = Directory.CreateTempSubdirectory("cantor-killed-");
        await CheckAsync(world, ["--data", server.FullName, "--blobs", world.Registry.ReleasesDirectory, "--store", postgres.Address], times);
        server.Delete(recursive: true);
    }

    [Fact]
    public Task Killed_five_times_while_it_writes_to_SQLite_a_server_lost_nothing_that_it_acknowledged() => CheckOnSqliteAsync(5);

    [Fact]
    public Task Killed_five_times_while_it_writes_to_PostgreSQL_a_server_lost_nothing_that_it_acknowledged() => CheckOnPostgresAsync(5);

    [Fact, Trait("Category", "Slow")]
    public Task Killed_a_hundred_times_while_it_writes_to_SQLite_a_server_lost_nothing_that_it_acknowledged() => CheckOnSqliteAsync(100);

    [Fact, Trait("Category", "Slow")]
    public Task Killed_a_hundred_times_while_it_writes_to_PostgreSQL_a_server_lost_nothing_that_it_acknowledged() => CheckOnPostgresAsync(100);
}
