using System.Text.Json;
using System.Text.RegularExpressions;
using Cantor.Storage;
using Cantor.Storage.Rollouts;

namespace Cantor.Cli.Tests;

/// <summary>--json is taken by every command that prints results, and what it prints then is JSON.</summary>
public sealed partial class JsonTests : IDisposable
{
    // serve and gateway print a log (--log json); export writes the lists themselves (--format jsonl).
    static readonly string[] WithoutResults = ["serve", "gateway", "export"];

    readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Every_command_that_prints_results_prints_them_as_JSON_when_asked()
    {
        await File.WriteAllLinesAsync(_scratch.PathOf("items.jsonl"), Enumerable.Range(0, 60).Select(i => $$"""{"id":"{{i}}","title":"sea ship {{i}}","body":"wind number{{i % 3}} at sea"}"""), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_scratch.PathOf("lists.tsv"), "query\titem\tscore\n1\t2\t1\n", TestContext.Current.CancellationToken);
        await File.WriteAllLinesAsync(_scratch.PathOf("judgments.tsv"), Enumerable.Range(0, 60).Select(i => $"{i}\t{(i + 3) % 60}\t1"), TestContext.Current.CancellationToken);
        var ran = new HashSet<string>(StringComparer.Ordinal);

        var first = (await JsonAsync("build", "build news --items items.jsonl")).GetProperty("release").GetString()!;
        var second = (await JsonAsync("import", "import news --items items.jsonl --neighbors lists.tsv --publish none")).GetProperty("release").GetString()!;
        await JsonAsync("releases", "releases news");
        var moved = await JsonAsync("releases promote", $"releases promote news {second}");
        Assert.Equal(("news", second, first), (moved.GetProperty("collection").GetString(), moved.GetProperty("live").GetString(), moved.GetProperty("before").GetString()));
        moved = await JsonAsync("releases rollback", "releases rollback news");
        Assert.Equal((first, second), (moved.GetProperty("live").GetString(), moved.GetProperty("before").GetString()));
        await JsonAsync("releases history", "releases history news");
        await JsonAsync("releases copy", "releases copy news live --to there");
        await JsonAsync("releases prune", "releases prune news");
        await JsonAsync("diff", "diff news previous live", code: 1);
        await JsonAsync("related", "related news 1 --explain");
        await JsonAsync("evaluate", "evaluate news --judgments judgments.tsv");
        await JsonAsync("tune", "tune news --items items.jsonl --judgments judgments.tsv");
        await JsonAsync("verify", $"verify cantor-data/releases/news-{first}.cantor");
        await JsonAsync("dump", "dump news news.dump");
        await JsonAsync("restore", "restore news.dump");
        await JsonAsync("collections create", "collections create more");
        await JsonAsync("collections list", "collections list");
        await JsonAsync("collections delete", "collections delete more --yes");
        var key = (await JsonAsync("keys create", "keys create website")).GetProperty("key").GetProperty("id").GetString();
        await JsonAsync("keys list", "keys list");
        await JsonAsync("keys rotate", $"keys rotate {key}");
        await JsonAsync("keys revoke", $"keys revoke {key}");
        await JsonAsync("rollout start", $"rollout start news {second}");
        await JsonAsync("rollout status", "rollout status news");
        await PassGateAsync();
        await JsonAsync("rollout pause", "rollout pause news");
        await JsonAsync("rollout resume", "rollout resume news");
        await JsonAsync("rollout abort", "rollout abort news");
        await JsonAsync("rollout history", "rollout history news");
        await JsonAsync("judge replay", "judge replay 1");
        await JsonAsync("rollout start", $"rollout start news {second}");
        await PassGateAsync();
        await JsonAsync("rollout promote", "rollout promote news");
        await JsonAsync("judge simulate", "judge simulate --runs 1 --minutes 1");
        Directory.CreateDirectory(_scratch.PathOf("fleet"));
        Directory.CreateDirectory(_scratch.PathOf("deploy", "kubernetes", "overlays"));
        foreach (var file in Directory.GetFiles(Path.Combine(Golden.Root(), "fleet"))) File.Copy(file, _scratch.PathOf("fleet", Path.GetFileName(file)));
        await JsonAsync("fleet validate", "fleet validate");
        await JsonAsync("fleet new", "fleet new recipes --owner kitchen --slack C0123456789");
        await JsonAsync("fleet render", "fleet render");
        await JsonAsync("fleet doctor", "fleet doctor");
        await JsonAsync("capacity", "capacity --items 1000 --rps 10");
        await File.WriteAllTextAsync(_scratch.PathOf("gateway.yaml"), "name: news\nold: {url: http://127.0.0.1:1}\nnew: {url: http://127.0.0.1:2}\nroutes:\n  related: {path: '/items/{id}', ids: {at: '$[*]'}}\n", TestContext.Current.CancellationToken);
        await JsonAsync("gateway set", "gateway set related shadow");
        await JsonAsync("gateway status", "gateway status");
        await JsonAsync("gateway report", "gateway report related", code: 3);
        ran.Add("demo"); // DemoTests

        Assert.Equal(await CommandsAsync(), ran.Concat(WithoutResults).Order(StringComparer.Ordinal));

        async Task<JsonElement> JsonAsync(string command, string line, int code = 0)
        {
            ran.Add(command);
            var (exit, output, error) = await _scratch.RunAsync([.. line.Split(' '), "--json"]);
            Assert.True((exit, error) == (code, ""), $"{line}: {exit} {error}");
            return JsonDocument.Parse(output).RootElement;
        }
    }

    async Task PassGateAsync()
    {
        await using var store = await Store.OpenAsync(_scratch.PathOf("cantor-data"), TimeProvider.System, TestContext.Current.CancellationToken);
        var rollout = (await store.Rollouts.ActiveAsync(TestContext.Current.CancellationToken)).Single();
        Assert.NotNull((await store.Rollouts.ActAsync(rollout, new RolloutAct.Gate("gate", new()), TestContext.Current.CancellationToken)).Next);
    }

    /// <summary>Every command that does something, by what help says.</summary>
    async Task<IEnumerable<string>> CommandsAsync(params string[] path)
    {
        var (_, help, _) = await _scratch.RunAsync([.. path, "--help"]);
        var below = help.Split("Commands:\n");
        var commands = new List<string>();
        if (below.Length > 1)
            foreach (Match match in Name().Matches(below[1])) commands.AddRange(await CommandsAsync([.. path, match.Groups[1].Value]));
        // A group alone does nothing, and so has no options of its own.
        if (path.Length > 0 && (below.Length == 1 || help.Contains("--data", StringComparison.Ordinal))) commands.Add(string.Join(' ', path));
        return commands.Order(StringComparer.Ordinal);
    }

    [GeneratedRegex("^  ([a-z]+)[ \n]", RegexOptions.Multiline)]
    private static partial Regex Name();
}
