namespace Cantor.Gateway.Tests;

/// <summary>docs/migrate.md, run from its first command to its last, with users who never pause.</summary>
public sealed class StoryTests
{
    const int Articles = 400;

    [Fact]
    [Trait("Category", "Slow")]
    public async Task The_page_on_moving_is_true_and_no_client_sees_a_failure_once_the_gateway_is_in()
    {
        var (old, young, gateway) = (FreePort.Next(), FreePort.Next(), FreePort.Next());
        using var story = new Story(Path.Combine(Golden.Root(), "docs", "migrate.md"), new()
        {
            ["dotnet run --project samples/legacy -- serve articles.jsonl lists.tsv"] = $"{Built("legacy", "legacy")} serve articles.jsonl lists.tsv http://127.0.0.1:{old} 40 3",
            ["dotnet run --project samples/legacy --"] = Built("legacy", "legacy"),
            ["./cantor serve"] = $"{Built("Cantor.Cli", "Cantor.Cli")} serve --urls http://127.0.0.1:{young}",
            ["./cantor"] = Built("Cantor.Cli", "Cantor.Cli"),
            ["http://127.0.0.1:7001"] = $"http://127.0.0.1:{old}",
            ["http://127.0.0.1:8080"] = $"http://127.0.0.1:{young}",
            ["http://127.0.0.1:9090"] = $"http://127.0.0.1:{gateway}",
            // Steps that a test can wait for.
            ["{steps: [1, 5, 25, 50, 100], dwell: 5m"] = "{steps: [50, 100], dwell: 1s",
            ["rescue: new\n"] = "rescue: new\nbreaker: {pause: 300ms}\n",
            // What a busy machine takes is no failure; the old side's silence of 10 s is.
            ["timeout: 1s\nbudget: 4s\n"] = "timeout: 6s\nbudget: 30s\n",
            ["slowMs: 200"] = "slowMs: 30000",
            ["slowMs: 50"] = "slowMs: 30000",
        });
        using var client = new HttpClient();
        Task UpAsync(int port, string target) => Wait.UntilAsync(async () =>
        {
            try
            {
                return (await client.GetAsync(new Uri($"http://127.0.0.1:{port}{target}"), TestContext.Current.CancellationToken)).IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });

        await story.TellUntilAsync("2. ");
        await UpAsync(old, "/articles/1/related");
        await using (var direct = new Load(new($"http://127.0.0.1:{old}"), 2, Articles))
            await Wait.UntilAsync(() => !direct.Failed.IsEmpty); // the service as it is
        await story.TellUntilAsync("3. ");
        await UpAsync(young, "/health/ready");
        await story.TellUntilAsync("4. ");
        await UpAsync(gateway, "/.gateway/ready");

        await using var load = new Load(new($"http://127.0.0.1:{gateway}"), 4, Articles);
        async Task EndedAsync(string look, string well, string otherwise)
        {
            var said = "";
            await Wait.UntilAsync(async () => (said = (await story.RunAsync(look)).Out).Contains(well, StringComparison.Ordinal) || said.Contains(otherwise, StringComparison.Ordinal), () => said);
            Assert.Contains(well, said, StringComparison.Ordinal);
        }
        void NobodyFailed() => Assert.True(load.Failed.IsEmpty, $"{load.Failed.Count} of {load.Answered} failed, such as {string.Join("; ", load.Failed.Take(3))}");

        // 4: enough pairs, and an outage meanwhile.
        await story.TellUntilAsync("5. ");
        Assert.Contains("equivalent", await File.ReadAllTextAsync(Path.Combine(story.Folder, "related.html"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        await Wait.UntilAsync(() => load.Sides.GetValueOrDefault("new") > 0); // who was rescued
        NobodyFailed();

        // 5: up and back by hand, and then by the judge.
        await story.TellUntilAsync("6. ");
        await EndedAsync("./cantor gateway status --json", "\"mode\": \"cutover\"", "\"mode\": \"old\"");
        NobodyFailed();

        // The new side dies and comes back; who was on it gets the old one.
        await story.RunAsync("./cantor gateway set related canary 50");
        await Wait.UntilAsync(async () => (await story.RunAsync("./cantor gateway status")).Out.Contains("follows", StringComparison.Ordinal));
        // The old side has just been away for its 3 s of every 40: who then has no new one either has none at all.
        async Task<bool> OldAnswersAsync() => (await client.GetAsync(new Uri($"http://127.0.0.1:{old}/articles/1/related"), TestContext.Current.CancellationToken)).IsSuccessStatusCode;
        await Wait.UntilAsync(async () => !await OldAnswersAsync());
        await Wait.UntilAsync(OldAnswersAsync);
        story.Running(" serve --urls").Kill();
        var then = load.Answered;
        await Wait.UntilAsync(() => load.Answered > then + 500);
        story.Start("./cantor serve");
        await UpAsync(young, "/health/ready");
        NobodyFailed();

        // 6: the engine's own release.
        await story.RunAsync("./cantor gateway set related cutover");
        await story.TellUntilAsync("7. ");
        await EndedAsync("./cantor rollout status articles --json", "\"state\": \"promoted\"", "\"endedAt\": \"");
        NobodyFailed();

        // 7: the old service ends.
        story.Running(" serve articles.jsonl").Kill();
        then = load.Answered;
        await Wait.UntilAsync(() => load.Answered > then + 1_000);
        NobodyFailed();
        TestContext.Current.SendDiagnosticMessage($"{load.Answered} requests, {load.Failed.Count} failed, {string.Join(", ", load.Sides.Select(side => $"{side.Key} {side.Value}"))}, slowest {load.Slowest.TotalMilliseconds} ms");
    }

    static string Built(string project, string program) => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../..", project, "debug", program));
}
