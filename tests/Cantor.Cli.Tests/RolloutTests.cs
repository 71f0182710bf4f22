using System.Text.Json.Nodes;
using Cantor.Judging;
using Cantor.Storage;
using Cantor.Storage.Rollouts;

namespace Cantor.Cli.Tests;

/// <summary>cantor rollout and cantor judge replay, on a store and at a server.</summary>
public sealed class RolloutTests : IDisposable
{
    readonly Scratch _scratch = new();

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public RolloutTests()
    {
        File.WriteAllLines(_scratch.PathOf("items.jsonl"), Enumerable.Range(0, 30).Select(i => $$"""{"id":"{{i}}","title":"sea ship wind number{{i}}","body":"a ship at sea {{i % 5}}"}"""));
        File.WriteAllText(_scratch.PathOf("cantor.yaml"), "items: items.jsonl\npublish: canary\nrollout: {steps: [10, 50], dwell: 0s, slowMs: 100}\ngate: {minItems: 0.5}\n");
    }

    public void Dispose() => _scratch.Dispose();

    string Data => _scratch.PathOf("cantor-data");

    Task<Store> OpenAsync() => Store.OpenAsync(Data, TimeProvider.System, Token);

    async Task<JsonNode> StatusAsync(params string[] where) => JsonNode.Parse((await _scratch.RunAsync(["rollout", "status", "news", "--json", .. where])).Out)!;

    async Task BuildAsync(string seed)
    {
        var (code, _, error) = await _scratch.RunAsync("build", "news", "--config", "cantor.yaml", "--seed", seed, "--as-of", $"2026-11-2{seed}");
        Assert.Equal((0, ""), (code, error));
    }

    [Fact]
    public async Task A_build_begins_a_rollout_that_people_pause_promote_and_read_about()
    {
        await BuildAsync("1");
        Assert.Equal(2, (await _scratch.RunAsync("rollout", "status", "news")).Code); // the first release is live at once
        await BuildAsync("2");
        var status = await StatusAsync();
        Assert.Equal(("gating", 0.0, "[10,50,100]"), ((string?)status["state"], (double)status["percent"]!, status["steps"]!.ToJsonString()));
        Assert.Equal((2, "cantor: rollout 1: it is gating; only one that is running can be paused\n"), await _scratch.RunAsync("rollout", "pause", "news") is var (refused, _, fault) ? (refused, fault) : default);
        Assert.Contains("\nwaits for the gate: a server that runs looks at it first\n", (await _scratch.RunAsync("rollout", "status", "news")).Out, StringComparison.Ordinal);
        await using (var store = await OpenAsync())
        {
            var rollout = (await store.Rollouts.ActiveAsync(Token)).Single();
            Assert.Equal((100, .5, TimeSpan.Zero), (rollout.Plan.SlowMs, rollout.Plan.Gate.MinItems, rollout.Plan.Dwell));
            Assert.NotNull((await store.Rollouts.ActAsync(rollout, new RolloutAct.Gate("gate", new() { Items = 30, LiveItems = 30, Overlap = 1 }), Token)).Next);
        }
        Assert.Contains("10 % of the units", (await _scratch.RunAsync("rollout", "pause", "news", "--why", "lunch")).Out, StringComparison.Ordinal);
        Assert.Equal(2, (await _scratch.RunAsync("rollout", "pause", "news")).Code);
        var (_, text, _) = await _scratch.RunAsync("rollout", "status", "news");
        foreach (var part in new[] { "paused, 10 % of the units; step 1 of 10, 50, 100 %", "lunch", "gate: 30 items asked (live 30)", "waits for somebody who resumes, aborts or promotes it" }) Assert.Contains(part, text, StringComparison.Ordinal);
        Assert.Equal(0, (await _scratch.RunAsync("rollout", "resume", "news")).Code);
        Assert.Contains("promoted, 100 %", (await _scratch.RunAsync("rollout", "promote", "news")).Out, StringComparison.Ordinal);
        Assert.Equal((string?)status["candidate"], (await _scratch.RunAsync("releases", "history", "news", "--json")) is var (_, history, _) ? (string?)JsonNode.Parse(history)!.AsArray().Last(move => (string?)move!["alias"] == "live")!["to"] : null);
        var (code, list, _) = await _scratch.RunAsync("rollout", "history", "news");
        Assert.Equal(0, code);
        Assert.Contains("promoted", list, StringComparison.Ordinal);
        Assert.Matches(@"  1 +[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}Z  ", list); // as in the history of releases
        Assert.Equal(["start", "gate", "pause", "resume", "promote"], JsonNode.Parse((await _scratch.RunAsync("rollout", "history", "news", "--rollout", "1", "--json")).Out)!.AsArray().Select(entry => (string?)entry!["act"]));
        Assert.Equal(0, (await _scratch.RunAsync("releases", "rollback", "news")).Code);
    }

    [Fact]
    public async Task The_server_s_version_and_a_route_are_rolled_out_by_the_same_words()
    {
        await BuildAsync("1");
        async Task<string> FaultAsync(params string[] typed) => (await _scratch.RunAsync(typed)) is var (code, _, error) && code == 2 ? error : $"{code}";
        Assert.Equal("cantor: server: the servers of track stable are not known: none has told this store of itself; start them first\n", await FaultAsync("rollout", "start", "--version", "2"));
        await using (var store = await OpenAsync())
        {
            await store.Servers.TellAsync(new() { Name = "one", Version = "1", Ready = true }, TimeSpan.FromHours(1), Token);
            await store.Servers.TellAsync(new() { Name = "two", Version = "2", Track = Track.Canary, Weight = new("the HTTPRoute cantor", 0, "Kubernetes answered 403") }, TimeSpan.FromHours(1), Token);
        }
        File.WriteAllText(_scratch.PathOf("rollout.yaml"), "rollout: {steps: [20], dwell: 1m}\n");
        var (code, said, error) = await _scratch.RunAsync("rollout", "start", "--version", "2", "--config", "rollout.yaml", "--why", "newer");
        Assert.Equal((0, "", "rollout 1 of the server's version: 2 is gating; cantor rollout status --version --watch\n"), (code, error, said));
        await using (var store = await OpenAsync())
            Assert.NotNull((await store.Rollouts.ActAsync((await store.Rollouts.ActiveAsync(Token)).Single(), new RolloutAct.Gate("gate", new() { Servers = 1 }), Token)).Next);
        var (_, text, _) = await _scratch.RunAsync("rollout", "status", "--version");
        foreach (var part in new[] { "rollout 1 of the server's version: 2 beside 1", "running, 20 % of the requests; step 1 of 20, 100 %", "gate: 1 of the canary's servers ready", "stable: 1 at 1\n", "canary: 1 at 2, 1 not ready\n", "the HTTPRoute cantor: 0 % to the canary; Kubernetes answered 403\n" })
            Assert.Contains(part, text, StringComparison.Ordinal);
        Assert.Equal(20, (double)JsonNode.Parse((await _scratch.RunAsync("rollout", "status", "--version", "--json")).Out)!["percent"]!);
        Assert.Equal("rollout 1 of the server's version: promoted, 100 % of the requests get 2\n", (await _scratch.RunAsync("rollout", "promote", "--version")).Out);
        Assert.Equal("rollout 1 of the server's version: aborted, 0 % of the requests get 2\n", (await _scratch.RunAsync("rollout", "abort", "--version")).Out);
        Assert.Single(JsonNode.Parse((await _scratch.RunAsync("rollout", "history", "--version", "--json")).Out)!.AsArray());

        File.WriteAllText(_scratch.PathOf("gateway.yaml"), "old: {url: http://127.0.0.1:1}\nnew: {url: http://127.0.0.1:2}\nroutes: {related: {path: '/items/{id}/related', rollout: {steps: [5]}}}\n");
        Assert.Equal("rollout 2 of gateway/related: new is gating; cantor rollout status --route gateway/related --watch\n", (await _scratch.RunAsync("rollout", "start", "--route", "gateway/related")).Out);
        Assert.Contains("rollout 2 of gateway/related: new beside old", (await _scratch.RunAsync("rollout", "status", "--route", "gateway/related")).Out, StringComparison.Ordinal);
        Assert.Contains("aborted, 0 % of the units get new", (await _scratch.RunAsync("rollout", "abort", "--route", "gateway/related")).Out, StringComparison.Ordinal);

        Assert.Equal("cantor: COLLECTION: expected one of a collection, --route GATEWAY/ROUTE and --version\n", await FaultAsync("rollout", "status"));
        Assert.Equal("cantor: COLLECTION: expected one of a collection, --route GATEWAY/ROUTE and --version\n", await FaultAsync("rollout", "status", "news", "--version"));
        Assert.Equal("cantor: --version: expected nothing behind it, found 2; --rollout names another rollout than the last one\n", await FaultAsync("rollout", "abort", "--version", "2"));
        Assert.Equal("cantor: --version: expected the version that is to be tried behind it\n", await FaultAsync("rollout", "start", "--version"));
        Assert.Equal("cantor: RELEASE: expected the release's version; cantor releases news lists them\n", await FaultAsync("rollout", "start", "news"));
        Assert.Equal("cantor: RELEASE: expected the release's version; GET /v1/collections/news/releases lists them\n", await FaultAsync("rollout", "start", "news", "--server", "http://127.0.0.1:1"));
        Assert.Equal("cantor: --route: is in the gateway's store; expected --store or --data instead of --server\n", await FaultAsync("rollout", "status", "--route", "a/b", "--server", "http://127.0.0.1:1"));
        Assert.Equal("cantor: --route: expected GATEWAY/ROUTE, found related\n", await FaultAsync("rollout", "status", "--route", "related"));
    }

    [Fact]
    public async Task A_decision_is_replayed_and_one_that_does_not_come_out_again_is_told_by_the_exit_code()
    {
        await BuildAsync("1");
        await BuildAsync("2");
        long number;
        await using (var store = await OpenAsync())
        {
            var rollout = (await store.Rollouts.ActAsync((await store.Rollouts.ActiveAsync(Token)).Single(), new RolloutAct.Gate("gate", new()), Token)).Next!;
            number = rollout.Number;
            var judge = new StepJudge(rollout.Judge, rollout.RoundStart);
            var window = new Window(rollout.RoundStart, rollout.RoundStart.AddSeconds(2), new(40, 20), new(400, 1));
            Assert.Equal(Verdict.Abort, judge.Add(window));
            Assert.NotNull(await store.Rollouts.JudgedAsync(rollout, rollout.RoundStart, [new("traffic", window)], judge.Decide(), "judge test", Token));
        }
        var (code, output, error) = await _scratch.RunAsync("judge", "replay", $"{number}");
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("the same", output, StringComparison.Ordinal);
        await using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(Data, "cantor.db")};Pooling=False"))
        {
            await connection.OpenAsync(Token);
            await using var command = connection.CreateCommand();
            command.CommandText = "UPDATE rollout_windows SET canary = '41 20 0 0 0 0'";
            Assert.Equal(1, await command.ExecuteNonQueryAsync(Token));
        }
        Assert.Equal(1, (await _scratch.RunAsync("judge", "replay", $"{number}")).Code);
        Assert.Equal((2, $"cantor: ROLLOUT: there is no rollout 99 in {Path.Combine(Data, "cantor.db")}\n"), await _scratch.RunAsync("judge", "replay", "99") is var (none, _, why) ? (none, why) : default);
    }

    [Fact]
    public async Task At_a_server_the_same_is_done_over_its_API_and_the_gate_runs_by_itself()
    {
        await BuildAsync("1");
        await using var server = await Server.CantorServer.CreateAsync(new() { DataDirectory = Data, Urls = ["http://127.0.0.1:0"] }, Token);
        await server.StartAsync(Token);
        string[] where = ["--server", Server.CantorServer.Addresses(server).Single()];
        Assert.Equal(0, (await _scratch.RunAsync("build", "news", "--config", "cantor.yaml", "--publish", "none", "--as-of", "2026-11-22")).Code);
        var version = (string)JsonNode.Parse((await _scratch.RunAsync("releases", "news", "--json")).Out)![0]!["release"]!;
        var (code, said, error) = await _scratch.RunAsync(["rollout", "start", "news", version, "--why", "newer", .. where]);
        Assert.Equal((0, ""), (code, error));
        Assert.Equal($"rollout 1 of news: {version} is gating; cantor rollout status news --watch --server {where[1]}\n", said);
        JsonNode status;
        while ((string?)(status = await StatusAsync(where))["state"] is "gating") await Task.Delay(100, Token);
        Assert.Equal(("running", 10.0), ((string?)status["state"], (double)status["percent"]!));
        Assert.Equal(30, (int)status["gate"]!["items"]!);
        Assert.Contains("aborted, 0 %", (await _scratch.RunAsync(["rollout", "abort", "news", "--why", "no", .. where])).Out, StringComparison.Ordinal);
        Assert.Equal("no", (string?)(await StatusAsync(where))["why"]);
        Assert.Contains("is live already", (await _scratch.RunAsync(["rollout", "start", "news", (string)status["baseline"]!, .. where])).Error, StringComparison.Ordinal);
        Assert.Single(JsonNode.Parse((await _scratch.RunAsync(["rollout", "history", "news", "--json", .. where])).Out)!.AsArray());
        // Watching ends with the rollout.
        Assert.Equal(0, (await _scratch.RunAsync(["rollout", "status", "news", "--watch", .. where])).Code);
        Assert.Equal((2, "cantor: --local: is for one server; expected --server too\n"), await _scratch.RunAsync("releases", "rollback", "news", "--local") is var (local, _, fault) ? (local, fault) : default);
        await server.StopAsync(Token);
    }

    [Fact]
    public async Task What_a_message_gives_people_to_type_acts_at_the_server_and_on_nothing_else()
    {
        var elsewhere = _scratch.PathOf("elsewhere");
        foreach (var seed in (string[])["1", "2"])
            Assert.Equal(0, (await _scratch.RunAsync("build", "news", "--config", "cantor.yaml", "--data", elsewhere, "--seed", seed, "--as-of", $"2026-11-2{seed}")).Code);
        await using var server = await Server.CantorServer.CreateAsync(new() { DataDirectory = elsewhere, Urls = ["http://127.0.0.1:0"], RolloutInterval = TimeSpan.FromDays(1) }, Token);
        await server.StartAsync(Token);
        await using var store = await Store.OpenAsync(elsewhere, TimeProvider.System, Token);
        foreach (var told in (string[])["begun, at its gate", "aborted", "live everywhere", "live everywhere"])
        {
            var text = (await store.Notices.WaitingAsync(Token))[^1].Text;
            Assert.Contains($": {told}", text, StringComparison.Ordinal);
            var (code, _, error) = await TypeAsync(text);
            Assert.Equal((2, "cantor: --server: expected a server's address, http://HOST:PORT or https://HOST and no path behind it, and the key in the variable CANTOR_KEY\n"), (code, error));
            (code, _, error) = await TypeAsync(NoticeText.At(text, new(Server.CantorServer.Addresses(server).Single())));
            Assert.Equal((0, ""), (code, error));
        }
        Assert.Equal(5, (await store.Notices.WaitingAsync(Token)).Count);
        Assert.False(Directory.Exists(Data));
        await server.StopAsync(Token);

        Task<(int Code, string Out, string Error)> TypeAsync(string text) => _scratch.RunAsync(text[(text.LastIndexOf("cantor ", StringComparison.Ordinal) + "cantor ".Length)..].Split(' '));
    }
}
