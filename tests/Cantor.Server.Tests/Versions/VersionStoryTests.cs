using Cantor.Releases;
using Cantor.Storage;
using Cantor.Storage.Rollouts;
using Microsoft.AspNetCore.Http;

namespace Cantor.Server.Tests.Versions;

/// <summary>
/// A version of the server rolled out for real: two processes of different versions behind a balancer that goes by the weights of a route in
/// a cluster, which the servers move as they judge what both answered.
/// </summary>
public sealed class VersionStoryTests : IAsyncLifetime
{
    // On a machine that does other things too.
    static readonly RolloutPlan Plan = new() { Steps = [40, 80, 100], Dwell = TimeSpan.Zero, SlowMs = 60_000 };

    readonly World _world = new();
    readonly DirectoryInfo _disks = Directory.CreateTempSubdirectory("cantor-versions-");
    readonly Dictionary<string, Uri> _backends = [];
    FakeKubernetes _kubernetes = null!;
    FakeWebhook _webhook = null!;
    Store _store = null!;
    HostProcess _stable = null!, _canary = null!;
    ReleaseVersion _release;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _world.Time.Now = TimeProvider.System.GetUtcNow();
        _release = await _world.PublishAsync("news", RolloutWorld.Ids, RolloutWorld.Lists());
        _store = await Store.OpenAsync(_world.Data, TimeProvider.System, Token);
        _kubernetes = await FakeKubernetes.StartAsync();
        _webhook = await FakeWebhook.StartAsync();
        _stable = await ServeAsync("stable", "1.0.0");
        _canary = await ServeAsync("canary", "2.0.0");
    }

    public async ValueTask DisposeAsync()
    {
        _stable?.Dispose();
        _canary?.Dispose();
        if (_webhook is not null) await _webhook.DisposeAsync();
        if (_kubernetes is not null) await _kubernetes.DisposeAsync();
        if (_store is not null) await _store.DisposeAsync();
        _world.Dispose();
        _disks.Delete(recursive: true);
    }

    string DiskOf(string track) => Path.Combine(_disks.FullName, track);

    async Task<HostProcess> ServeAsync(string track, string version)
    {
        var server = HostProcess.StartWith(HostProcess.Built,
            [("CANTOR_TRACK", track), ("CANTOR_VERSION", version), ("CANTOR_HTTPROUTE", _kubernetes.Address.Address.ToString()), ("CANTOR_WEBHOOK", _webhook.Url), ("CANTOR_ADDRESS", "http://news.test:8080")],
            "--data", DiskOf(track), "--store", _world.Data, "--blobs", _world.Registry.ReleasesDirectory, "--urls", "http://127.0.0.1:0");
        _backends[track] = await server.ListeningAsync();
        return server;
    }

    async Task<Rollout> NowAsync() => (await _store.Rollouts.ListAsync(RolloutSubject.Version, RolloutTable.ServerName, 1, Token)).Single();

    /// <summary>Begins the rollout, and waits until the canary has its first share.</summary>
    /// <param name="mayDie">False where the canary's answers alone are to decide: on a busy machine a process may not tell of itself for 10 s, and
    /// is taken for dead. One more of its version is then told of, that is not.</param>
    async Task<WeightedProxy> BeginAsync(bool mayDie = false)
    {
        await Wait.UntilAsync(async () => (await _store.Servers.LivingAsync(Token)).Count(server => server.Ready) == 2, () => _stable.Said + _canary.Said);
        await _store.Rollouts.StartAsync(RolloutSubject.Version, RolloutTable.ServerName, "2.0.0", null, Plan, false, "ann", "newer", Token);
        await Wait.UntilAsync(() => _kubernetes.Backends is [("stable", 6_000), ("canary", 4_000)], () => _stable.Said + _canary.Said);
        if (!mayDie) await _store.Servers.TellAsync(new() { Name = "one more", Version = "2.0.0", Track = Track.Canary, Ready = true }, TimeSpan.FromHours(1), Token);
        return new(_kubernetes, _backends);
    }

    async Task AskUntilAsync(WeightedProxy proxy, Func<Task<bool>> isSo) => await Wait.UntilAsync(async () =>
    {
        await Parallel.ForAsync(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = Token }, async (i, _) => await proxy.AskAsync($"{RolloutWorld.News}/items/{RolloutWorld.Ids[i % RolloutWorld.Items]}/related"));
        return await isSo();
    }, () => _stable.Said + _canary.Said);

    [Fact, Trait("Category", "Slow")] // waits out whole windows
    public async Task A_good_version_gets_all_requests_and_the_stable_servers_have_them_again_when_they_run_it()
    {
        using var proxy = await BeginAsync();
        await AskUntilAsync(proxy, () => Task.FromResult(_kubernetes.Backends is [("canary", 1)]));
        var rollout = await NowAsync();
        Assert.Equal((RolloutState.Promoted, 10_000), (rollout.State, rollout.Weight));
        Assert.All(proxy.Answers, answer => Assert.Equal(200, answer.Status));
        Assert.Equal([40, 80], (await _store.Rollouts.HistoryAsync(rollout.Number, Token)).Where(entry => entry.Act is "judge").Select(entry => Plan.Steps[entry.Step]));
        Assert.All(await _store.Rollouts.ReplayAsync(rollout, Token), again => Assert.Equal(RolloutView.Text(again.Entry.Decision!), RolloutView.Text(again.Again)));
        await _webhook.TellsAsync(text => text.StartsWith(":white_check_mark: *server* 2.0.0: live everywhere", StringComparison.Ordinal) && text.EndsWith("undo: cantor rollout abort --version --server http://news.test:8080", StringComparison.Ordinal));
        // kubectl apply puts the route back to what is rendered; the servers do not let it stay so.
        var route = _kubernetes.Route;
        route["spec"]!["rules"]![0]!["backendRefs"] = System.Text.Json.Nodes.JsonNode.Parse("""[{"name":"stable","port":80}]""");
        _kubernetes.Route = route;
        await Wait.UntilAsync(() => _kubernetes.Backends is [("canary", 1)]);
        _stable.Signal("TERM");
        Assert.Equal(0, await _stable.ExitCodeAsync());
        _stable.Dispose();
        _stable = await ServeAsync("stable", "2.0.0");
        await Wait.UntilAsync(() => _kubernetes.Backends is [("stable", 1)], () => _stable.Said + _canary.Said);
    }

    [Fact]
    public async Task A_bad_version_is_taken_back_to_nothing_and_people_are_told()
    {
        using var proxy = await BeginAsync();
        var begun = proxy.Answers.Count;
        RolloutWorld.Break(Path.Combine(DiskOf("canary"), "releases", Path.GetFileName(_world.Registry.PathOf("news", _release))), [.. Enumerable.Range(0, RolloutWorld.Items)]);
        await AskUntilAsync(proxy, () => Task.FromResult(_kubernetes.Backends is [("stable", 1)]));
        var rollout = await NowAsync();
        Assert.Equal((RolloutState.Aborted, Judging.Rule.Guard, 40, 0), (rollout.State, rollout.Rule, rollout.Plan.Steps[rollout.Step], rollout.Weight));
        Assert.Contains(proxy.Answers.Skip(begun), answer => answer == ("canary", 500));
        for (var i = 0; i < 50; i++) Assert.Equal(("stable", 200), await proxy.AskAsync($"{RolloutWorld.News}/items/item-{i}/related"));
        await _webhook.TellsAsync(text => text.StartsWith(":x: *server* 2.0.0: aborted\nrule guard at step 40 %: errors: ", StringComparison.Ordinal) && text.Contains("\nerrors: canary ", StringComparison.Ordinal));
    }

    [Fact, Trait("Category", "Slow")] // waits out whole windows
    public async Task A_version_that_dies_is_taken_back_though_it_counts_nothing_and_a_route_that_cannot_be_moved_is_told()
    {
        using var proxy = await BeginAsync(mayDie: true);
        _canary.Signal("KILL");
        // The share that it has may be looked at meanwhile; what is refused is to change it, three times.
        var left = 3;
        async Task<bool> RefuseChangesAsync(HttpContext context)
        {
            var changes = HttpMethods.IsPatch(context.Request.Method);
            if (!changes || --left > 0) _kubernetes.Troubles.Enqueue(RefuseChangesAsync);
            return changes && await FakeKubernetes.Refuse(403, "httproutes.gateway.networking.k8s.io is forbidden")(context);
        }
        _kubernetes.Troubles.Enqueue(RefuseChangesAsync);
        await Wait.UntilAsync(() => _kubernetes.Backends is [("stable", 1)], () => _stable.Said);
        Assert.Equal("no server of track canary that runs 2.0.0 has told of itself for 10 s", (await NowAsync()).Why);
        await _webhook.TellsAsync(text => text.StartsWith(":x: *server*: the canary's share should be ", StringComparison.Ordinal) && text.Contains("which a Role gives", StringComparison.Ordinal));
        await _webhook.TellsAsync(text => text.EndsWith("the HTTPRoute cantor has the canary's share again, 0 %", StringComparison.Ordinal));
    }
}
