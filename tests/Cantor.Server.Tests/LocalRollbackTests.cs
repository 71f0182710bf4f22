using System.Text.Json.Nodes;
using Cantor.Releases;
using Cantor.Server.Rollouts;
using Cantor.Storage;
using Cantor.Storage.Rollouts;
using Microsoft.Extensions.Logging;

namespace Cantor.Server.Tests;

/// <summary>Going back while the store is away: server by server, through restarts, and told to the store when it answers again.</summary>
public sealed class LocalRollbackTests : IAsyncLifetime
{
    const string News = "/v1/collections/news", Back = $"{News}/releases:rollback?local=true";

    PostgresWorld _place = null!;
    ReleaseVersion _before, _live;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    PostgresProcess Postgres => _place.Postgres;

    Store Store => _place.Store;

    World World => _place.World;

    public async ValueTask InitializeAsync()
    {
        _place = await PostgresWorld.MakeAsync();
        _before = await World.PublishAsync("news", ["hub", "p"], [("hub", "p", .5)]);
        _live = await World.PublishAsync("news", ["hub", "l"], [("hub", "l", .5)]);
    }

    public ValueTask DisposeAsync() => _place.DisposeAsync();

    Task<RunningServer> StartAsync(int number) => _place.StartAsync(number, options => options with { RolloutInterval = TimeSpan.FromMilliseconds(100) });

    static async Task<string?> LiveAsync(RunningServer server) => (string?)JsonNode.Parse((await server.GetAsync(News)).Body)!["release"];

    static Task<Reply> UntilAsync(RunningServer server, ReleaseVersion version) =>
        server.GetUntilAsync(News, reply => (string?)JsonNode.Parse(reply.Body)!["release"] == version.ToString());

    [Fact]
    public async Task With_the_store_away_one_server_goes_back_keeps_to_it_through_a_restart_and_then_all_do()
    {
        await using var other = await StartAsync(2);
        await using (var one = await StartAsync(1))
        {
            await one.GetUntilAsync($"{News}/items/hub?release=previous", reply => reply.Status == 200);
            await Postgres.StopAsync();
            Assert.Equal(503, (await one.SendAsync("POST", $"{News}/releases:rollback")).Status);
            var moved = await one.SendBodyAsync("POST", Back, """{"why":"bad lists"}""");
            Assert.True(moved.Status == 200, moved.Body);
            Assert.Equal((_before.ToString(), _live.ToString()), ((string?)JsonNode.Parse(moved.Body)!["live"], (string?)JsonNode.Parse(moved.Body)!["before"]));
            Assert.Equal((_before.ToString(), _live.ToString()), (await LiveAsync(one), await LiveAsync(other)));
        }
        await using var again = await StartAsync(1);
        Assert.Equal(_before.ToString(), await LiveAsync(again));

        await Postgres.StartAgainAsync();
        await UntilAsync(other, _before);
        Assert.Equal(_before.ToString(), await LiveAsync(again));
        var last = World.Registry.History("news").Last(move => move.Alias is AliasName.Live);
        Assert.Equal((_before, "bad lists", Access.Anonymous), (last.To!.Value, last.Why, last.By));
        // From then on the store says what is live.
        Assert.True(World.MakeLive("news", _live));
        await UntilAsync(again, _live);
        await UntilAsync(other, _live);
    }

    [Fact]
    public async Task While_the_store_hears_of_it_nobody_gets_what_was_live_before()
    {
        var other = RolloutMachine.Start(RolloutSubject.Version, RolloutTable.ServerName, "2", "1", new(), false, new(World.Time.Now, "ann"), "") with { State = RolloutState.Aborted };
        await using var server = await StartAsync(1);
        await server.GetUntilAsync($"{News}/items/hub?release=previous", reply => reply.Status == 200);
        await Postgres.StopAsync();
        Assert.Equal(200, (await server.SendAsync("POST", Back)).Status);
        using var gate = new LogGate("Reconciled");
        try
        {
            server.Part<ILoggerFactory>().AddProvider(gate);
            await Postgres.StartAgainAsync();
            await Wait.UntilAsync(() => gate.IsReached); // the store knows, and what it says was not read yet
            server.Part<StoreWatch>().End(other); // whatever ends meanwhile, all is served anew
            Assert.Equal(_before.ToString(), await LiveAsync(server));
            Assert.Single(await MovesAsync());
            gate.Open();
            await Wait.UntilAsync(async () => (await MovesAsync()).Count == 0);
            Assert.Equal(_before.ToString(), await LiveAsync(server));
        }
        finally
        {
            gate.Open();
        }
    }

    async Task<IReadOnlyList<LocalMove>> MovesAsync()
    {
        await using var journal = await Journal.OpenAsync(_place.DiskOf(1), TimeProvider.System, Token);
        return await journal.MovesAsync(Token);
    }

    [Fact]
    public async Task People_are_told_while_the_store_is_away_and_again_when_it_has_heard_of_it()
    {
        await using var webhook = await FakeWebhook.StartAsync();
        await using var server = await _place.StartAsync(1, options => options with { Webhook = webhook.Url, RolloutInterval = TimeSpan.FromMilliseconds(100) });
        await server.GetUntilAsync($"{News}/items/hub?release=previous", reply => reply.Status == 200);
        await Postgres.StopAsync();
        Assert.Equal(200, (await server.SendBodyAsync("POST", Back, """{"why":"bad lists"}""")).Status);
        await webhook.TellsAsync(text => text.StartsWith($":hourglass: *news* {_before}: live on the server {Environment.MachineName} alone; before it was {_live}\nbad lists (anonymous)\n", StringComparison.Ordinal));
        await Postgres.StartAgainAsync();
        await webhook.TellsAsync(text => text.StartsWith($":white_check_mark: *news* {_before}: live everywhere; before it was {_live}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Going_back_on_one_server_ends_what_is_tried_there_at_once_and_everywhere_when_the_store_hears_of_it()
    {
        var candidate = await World.RegisterAsync("news", ["hub", "c"], [("hub", "c", .5)]);
        var plan = new RolloutPlan { Steps = [90, 100], Dwell = TimeSpan.FromHours(1), Gate = new() { Replay = 0 } };
        await Store.Rollouts.StartAsync(RolloutSubject.Release, "news", candidate.ToString(), null, plan, true, "ann", "", Token);
        await using var server = await StartAsync(1);
        await server.GetUntilAsync(News, reply => reply.Body.Contains("\"percent\":90", StringComparison.Ordinal));
        await server.GetUntilAsync($"{News}/items/hub?release=canary", reply => reply.Status == 200);
        await server.GetUntilAsync($"{News}/items/hub?release=previous", reply => reply.Status == 200);
        var canaries = 0;
        for (var i = 0; i < 20; i++) canaries += (await server.GetAsync($"{News}/items/hub/related?unit=user-{i}")).Body.Contains(candidate.ToString(), StringComparison.Ordinal) ? 1 : 0;
        Assert.InRange(canaries, 10, 20);
        await Postgres.StopAsync();
        Assert.Equal(200, (await server.SendAsync("POST", Back)).Status);
        for (var i = 0; i < 20; i++) Assert.Contains(_before.ToString(), (await server.GetAsync($"{News}/items/hub/related?unit=user-{i}")).Body, StringComparison.Ordinal);
        await Postgres.StartAgainAsync();
        Rollout rollout;
        while ((rollout = (await FindAsync())!).IsActive) await Task.Delay(50, Token);
        Assert.Equal((RolloutState.Aborted, $"live was moved to {_before} meanwhile"), (rollout.State, rollout.Why));
    }

    // The pool still has connections to the server that was stopped.
    async Task<Rollout?> FindAsync()
    {
        while (true)
            try
            {
                return (await Store.Rollouts.ListAsync(RolloutSubject.Release, "news", 1, Token)).Single();
            }
            catch (StoreUnavailableException)
            {
                await Task.Delay(50, Token);
            }
    }

    [Fact]
    public async Task What_was_counted_while_the_store_was_away_is_added_when_it_answers_again()
    {
        var candidate = await World.RegisterAsync("news", ["hub", "c"], [("hub", "c", .5)]);
        var plan = new RolloutPlan { Steps = [50, 100], Dwell = TimeSpan.FromHours(1), Gate = new() { Replay = 0 } };
        var rollout = await Store.Rollouts.StartAsync(RolloutSubject.Release, "news", candidate.ToString(), null, plan, true, "ann", "", Token);
        await using var server = await StartAsync(1);
        await server.GetUntilAsync(News, reply => reply.Body.Contains("\"percent\":50", StringComparison.Ordinal));
        await Postgres.StopAsync();
        for (var i = 0; i < 100; i++) Assert.Equal(200, (await server.GetAsync($"{News}/items/hub/related?unit=user-{i}")).Status);
        await Task.Delay(3_000, Token); // the window ends, and is not taken by anybody
        await Postgres.StartAgainAsync();
        await FindAsync();
        long counted;
        do
        {
            await Task.Delay(50, Token);
            counted = (await Store.Rollouts.CountsAsync(rollout.Number, default(DateTimeOffset).AddYears(1969), DateTimeOffset.MaxValue, Token)).Sum(one => one.Counts.Requests);
        }
        while (counted < 100);
        Assert.Equal(100, counted);
    }
}

/// <summary>What waits for the store is bounded.</summary>
public sealed class RolloutCountsTests
{
    [Fact]
    public void Beyond_the_bound_the_oldest_counts_are_dropped()
    {
        var clock = new Clock();
        var counts = new RolloutCounts(new() { DataDirectory = "none", Time = clock }, Microsoft.Extensions.Logging.Abstractions.NullLogger<RolloutCounts>.Instance);
        var tally = counts.Of(1, isCanary: true);
        for (var i = 0; i < RolloutCounts.MaxWaiting + 500; i++)
        {
            tally.Add(clock.Now, Outcome.Good);
            clock.Now += TimeSpan.FromSeconds(2);
            counts.Gather();
        }
        Assert.Equal(RolloutCounts.MaxWaiting, counts.Waiting);
    }

    [Fact]
    public void Every_request_is_counted_once_whoever_counts_and_takes_at_the_same_time()
    {
        var clock = new Clock();
        var tally = new SideTally(1, isCanary: false);
        const int Requests = 200_000;
        var taken = default(Cantor.Judging.SideCounts);
        var done = 0;
        var counting = Enumerable.Range(0, 4).Select(part => new Thread(() =>
        {
            for (var i = 0; i < Requests / 4; i++) tally.Add(clock.Now, i % 2 == 0 ? Outcome.Slow | Outcome.Failed : Outcome.Empty);
            Interlocked.Increment(ref done);
        })).ToList();
        foreach (var thread in counting) thread.Start();
        for (var step = 0; Volatile.Read(ref done) < 4; step++)
        {
            // Not past the half minute for which a window is kept: a thread that the system holds up meanwhile still counts into it.
            if (step < 30) clock.Now += TimeSpan.FromMilliseconds(700);
            foreach (var (_, counts) in tally.Take(clock.Now)) taken += counts;
        }
        foreach (var thread in counting) thread.Join();
        clock.Now += TimeSpan.FromSeconds(4);
        foreach (var (_, counts) in tally.Take(clock.Now)) taken += counts;
        Assert.Equal(new(Requests, Requests / 2, Requests / 2, Requests / 2), taken);
    }
}
