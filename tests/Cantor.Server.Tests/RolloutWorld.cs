using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using Cantor.Judging;
using Cantor.Releases;
using Cantor.Server.Rollouts;
using Cantor.Storage;
using Cantor.Storage.Rollouts;

namespace Cantor.Server.Tests;

/// <summary>
/// A server with a collection that rolls out, asked over its socket by a unit that gets the canary at every step and by one that
/// never does. Time stands still unless a test moves it, and rollouts go on only when a test says so: what is counted, frozen and
/// judged is exact.
/// </summary>
sealed class RolloutWorld : IAsyncDisposable
{
    internal const string News = "/v1/collections/news";
    internal const int Items = 100;

    readonly HttpClient _client = new();
    string _canaryUnit = "anybody", _liveUnit = "anybody";

    RolloutWorld(World world, Store store, RunningServer server)
    {
        (World, Store, Server) = (world, store, server);
        _client.BaseAddress = server.Url;
    }

    internal World World { get; }

    internal Store Store { get; }

    internal RunningServer Server { get; }

    internal RolloutDriver Driver => Server.Part<RolloutDriver>();

    /// <summary>Whose answers take as long as this by the clock; none when null.</summary>
    internal Func<bool, int, TimeSpan>? Slowness { get; set; }

    static CancellationToken Token => TestContext.Current.CancellationToken;

    internal static string[] Ids { get; } = [.. Enumerable.Range(0, Items).Select(i => $"item-{i}")];

    /// <summary>Each item with its next five.</summary>
    internal static IEnumerable<(string, string, double)> Lists(int shift = 1) =>
        Enumerable.Range(0, Items).SelectMany(i => Enumerable.Range(0, 5).Select(j => (Ids[i], Ids[(i + shift + j) % Items], .9 - j / 10.0)));

    internal static async Task<RolloutWorld> StartAsync(string config = "{}", Func<ServerOptions, ServerOptions>? change = null)
    {
        var world = new World();
        world.Time.PerReading = TimeSpan.Zero;
        await world.PublishAsync("news", Ids, Lists());
        var store = await Store.OpenAsync(world.Data, world.Time, Token);
        var collection = await store.Collections.FindAsync("news", Token);
        Assert.NotNull(await store.Collections.ConfigureAsync("news", config, collection!.ConfigVersion, Token));
        CollectionSettings.Parse(config);
        var server = await RunningServer.StartAsync(world, options => (change ?? (same => same))(options with { Time = world.Time, RolloutInterval = TimeSpan.FromDays(1) }));
        return new(world, store, server);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await Server.DisposeAsync();
        await Store.DisposeAsync();
        World.Dispose();
    }

    /// <summary>Starts a rollout of a release, and waits until the server has it open.</summary>
    internal async Task<Rollout> TryAsync(ReleaseVersion candidate, bool force = false)
    {
        var settings = CollectionSettings.Parse((await Store.Collections.FindAsync("news", Token))!.Config);
        var rollout = await Store.Rollouts.StartAsync(RolloutSubject.Release, "news", candidate.ToString(), null, settings.Rollout, force, "ann", "because", Token);
        var assignment = new Assignment(rollout.Salt);
        var units = Enumerable.Range(0, 10_000).Select(i => $"user-{i}").ToList();
        _canaryUnit = units.First(unit => assignment.IsCanary(Encoding.UTF8.GetBytes(unit), 100));
        _liveUnit = units.First(unit => !assignment.IsCanary(Encoding.UTF8.GetBytes(unit), 9_000));
        await SeenAsync();
        return rollout;
    }

    internal async Task<Rollout> NowAsync() => (await Store.Rollouts.ListAsync(RolloutSubject.Release, "news", 1, Token)).Single();

    /// <summary>Waits until the server answers as the store says.</summary>
    internal async Task SeenAsync()
    {
        var rollout = await NowAsync();
        var live = Server.Part<LiveReleases>();
        while (!(live.Current.TryFind("news", out var collection) && (rollout.IsActive ? collection.Traffic?.Rollout.Revision == rollout.Revision && collection.Canary is not null : collection.Traffic is null)))
            await Task.Delay(5, Token);
    }

    /// <summary>Has the gate look, and waits for what it says.</summary>
    internal async Task<Rollout> GateAsync()
    {
        while ((await NowAsync()).State is RolloutState.Gating)
        {
            await Driver.TickAsync(Token);
            await Task.Delay(5, Token);
        }
        await SeenAsync();
        return await NowAsync();
    }

    /// <summary>One window: so many requests of each side, then two seconds, then a look at the rollout.</summary>
    internal async Task<Rollout> WindowAsync(int canary, int live, Func<int, string>? item = null, string query = "")
    {
        await AskAsync(isCanary: true, canary, item, query);
        await AskAsync(isCanary: false, live, item, query);
        return await PassAsync(TimeSpan.FromSeconds(2));
    }

    internal async Task<Rollout> PassAsync(TimeSpan time)
    {
        World.Time.Now += time;
        var before = await NowAsync();
        await Driver.TickAsync(Token);
        var after = await NowAsync();
        if (after.Revision != before.Revision) await SeenAsync();
        return after;
    }

    /// <summary>Windows until the rollout has ended, or as many as told.</summary>
    internal async Task<Rollout> WindowsAsync(int most, int canary, int live, Func<int, string>? item = null, string query = "")
    {
        var rollout = await NowAsync();
        for (var i = 0; i < most && rollout.IsActive; i++) rollout = await WindowAsync(canary, live, item, query);
        return rollout;
    }

    /// <summary>Asks as one side, and gives the ids of the requests.</summary>
    internal async Task<List<string>> AskAsync(bool isCanary, int requests, Func<int, string>? item = null, string query = "")
    {
        var ids = new List<string>();
        for (var i = 0; i < requests; i++)
        {
            World.Time.PerReading = Slowness?.Invoke(isCanary, i) ?? TimeSpan.Zero;
            using var answer = await _client.GetAsync($"{News}/items/{item?.Invoke(i) ?? Ids[i % Items]}/related?unit={UnitOf(isCanary)}{query}", Token);
            World.Time.PerReading = TimeSpan.Zero;
            Assert.True((int)answer.StatusCode is 200 or 404 or 500, $"{answer.StatusCode}");
            ids.Add(answer.Headers.GetValues("X-Request-Id").Single());
        }
        return ids;
    }

    /// <summary>The release that answers one side.</summary>
    internal async Task<string?> ReleaseAsync(bool isCanary) =>
        (string?)JsonNode.Parse(await _client.GetStringAsync($"{News}/items/{Ids[0]}/related?unit={UnitOf(isCanary)}", Token))!["release"];

    string UnitOf(bool isCanary) => isCanary ? _canaryUnit : _liveUnit;

    /// <summary>The judge's last decision that is on record.</summary>
    internal async Task<RolloutEntry> DecidedAsync(Rollout rollout) => (await Store.Rollouts.HistoryAsync(rollout.Number, Token)).Last(entry => entry.Decision is not null);

    /// <summary>Every stored decision comes out of its windows again, to the last bit.</summary>
    internal async Task ReplaysAsync(Rollout rollout)
    {
        var again = await Store.Rollouts.ReplayAsync(rollout, Token);
        Assert.NotEmpty(again);
        Assert.All(again, one => Assert.Equal(RolloutView.Text(one.Entry.Decision!), RolloutView.Text(one.Again)));
    }

    /// <summary>
    /// Breaks a release that is open already: the lists of some items name rows that there are not. It was whole when it was
    /// opened and checked; what is mapped shows what is written now.
    /// </summary>
    internal void Break(ReleaseVersion version, params int[] rows) => Break(World.Registry.PathOf("news", version), rows);

    /// <inheritdoc cref="Break(ReleaseVersion, int[])"/>
    internal static void Break(string path, params int[] rows)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        var head = new byte[64 + 64 * 64];
        file.ReadExactly(head);
        long Start(string name) => Enumerable.Range(0, BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(12))).Select(entry => 64 + 64 * entry)
            .Where(at => Encoding.ASCII.GetString(head, at, 32).TrimEnd('\0') == name).Select(at => BinaryPrimitives.ReadInt64LittleEndian(head.AsSpan(at + 32))).Single();
        var (neighbors, ends) = (Start("neighbors"), Start("neighbors.ends"));
        var end = new byte[8];
        long End(int row)
        {
            if (row < 0) return 0;
            file.Position = ends + 8 * row;
            file.ReadExactly(end);
            return BinaryPrimitives.ReadInt64LittleEndian(end);
        }
        foreach (var row in rows)
            for (var neighbor = End(row - 1); neighbor < End(row); neighbor++)
            {
                file.Position = neighbors + 12 * neighbor;
                file.Write([0xff, 0xff, 0xff, 0x3f]);
            }
    }
}
