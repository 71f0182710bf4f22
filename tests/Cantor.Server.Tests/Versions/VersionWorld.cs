using Cantor.Releases;
using Cantor.Server.Rollouts;
using Cantor.Server.Rollouts.Versions;
using Cantor.Storage;
using Cantor.Storage.Rollouts;

namespace Cantor.Server.Tests.Versions;

/// <summary>
/// A stable and a canary server on one store, each with a disk of its own. Time stands still unless a test moves it, and the rollout
/// goes on only when a test says so.
/// </summary>
sealed class VersionWorld : IAsyncDisposable
{
    readonly World _world = new();
    readonly DirectoryInfo _disks = Directory.CreateTempSubdirectory("cantor-versions-");
    readonly List<RunningServer> _running = [];
    readonly HttpClient _client = new();

    internal static readonly RolloutPlan Quick = new() { Dwell = TimeSpan.Zero, SlowMs = 60_000 };

    static CancellationToken Token => TestContext.Current.CancellationToken;

    internal Store Store { get; private set; } = null!;

    internal ReleaseVersion Release { get; private set; }

    internal Clock Time => _world.Time;

    internal static async Task<VersionWorld> MakeAsync()
    {
        var made = new VersionWorld();
        made._world.Time.PerReading = TimeSpan.Zero;
        made.Release = await made._world.PublishAsync("news", RolloutWorld.Ids, RolloutWorld.Lists());
        made.Store = await Store.OpenAsync(made._world.Data, made.Time, Token);
        return made;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _running) await server.DisposeAsync();
        _client.Dispose();
        await Store.DisposeAsync();
        _world.Dispose();
        _disks.Delete(recursive: true);
    }

    internal async Task<RunningServer> ServeAsync(Track track, string version, Func<ServerOptions, ServerOptions>? change = null)
    {
        var server = await RunningServer.StartAsync(_world, options => (change ?? (same => same))(options with
        {
            DataDirectory = DiskOf(track),
            Store = _world.Data,
            Blobs = _world.Registry.ReleasesDirectory,
            Track = track,
            Version = version,
            Time = Time,
            RolloutInterval = TimeSpan.FromDays(1),
        }));
        _running.Add(server);
        await TickAsync();
        return server;
    }

    internal async Task EndAsync(RunningServer server)
    {
        _running.Remove(server);
        await server.DisposeAsync();
    }

    string DiskOf(Track track) => Path.Combine(_disks.FullName, $"{track}");

    /// <summary>Breaks the canary's own copy of the release: its answers fail from now on.</summary>
    internal void BreakCanary(params int[] rows) => RolloutWorld.Break(Path.Combine(DiskOf(Track.Canary), "releases", Path.GetFileName(_world.Registry.PathOf("news", Release))), rows);

    internal Task<Rollout> StartAsync(string version, RolloutPlan? plan = null) =>
        Store.Rollouts.StartAsync(RolloutSubject.Version, RolloutTable.ServerName, version, null, plan ?? Quick, false, "ann", "because", Token);

    internal async Task<Rollout> NowAsync() => (await Store.Rollouts.ListAsync(RolloutSubject.Version, RolloutTable.ServerName, 1, Token)).Single();

    /// <summary>Every server looks once, after it has heard of what the store says.</summary>
    internal async Task<Rollout?> TickAsync()
    {
        foreach (var server in _running)
        {
            await SeenAsync(server);
            await server.Part<RolloutDriver>().TickAsync(Token);
        }
        return await Store.Rollouts.BegunAsync(RolloutSubject.Version, RolloutTable.ServerName, Token);
    }

    async Task SeenAsync(RunningServer server)
    {
        var active = (await Store.Rollouts.ActiveAsync(Token)).SingleOrDefault();
        await Wait.UntilAsync(() => server.Part<VersionTraffic>().Rollout?.Revision == active?.Revision && server.Part<VersionTraffic>().Rollout?.Number == active?.Number);
    }

    /// <summary>Looks until the gate has said something.</summary>
    internal async Task<Rollout> GateAsync()
    {
        await Wait.UntilAsync(async () =>
        {
            await TickAsync();
            return (await NowAsync()).State is not RolloutState.Gating;
        });
        return await NowAsync();
    }

    internal async Task AskAsync(RunningServer server, int requests, Func<int, string>? item = null)
    {
        for (var i = 0; i < requests; i++)
        {
            using var answer = await _client.GetAsync(new Uri(server.Url, $"{RolloutWorld.News}/items/{item?.Invoke(i) ?? RolloutWorld.Ids[i % RolloutWorld.Items]}/related"), Token);
            Assert.True((int)answer.StatusCode is 200 or 404 or 500, $"{answer.StatusCode}");
        }
    }

    /// <summary>One window: so many requests of each side, then two seconds, then a look.</summary>
    internal async Task<Rollout> WindowAsync(RunningServer canary, RunningServer stable, int canaries, int stables, Func<int, string>? item = null)
    {
        foreach (var server in _running) await SeenAsync(server);
        await AskAsync(canary, canaries, item);
        await AskAsync(stable, stables);
        Time.Now += TimeSpan.FromSeconds(2);
        await TickAsync();
        return await NowAsync();
    }
}
