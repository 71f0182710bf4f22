using System.Text.Json;

namespace Cantor.Cli.Tests;

/// <summary>cantor build --shard and --assemble, as an array job runs them.</summary>
public sealed class ShardTests : IDisposable
{
    readonly Scratch _scratch = new();

    public ShardTests() => WriteItems(300);

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Shards_in_the_data_directory_make_the_release_of_a_build_by_one()
    {
        using var whole = await JsonAsync("--publish", "none");
        for (var i = 0; i < 3; i++)
        {
            using var shard = await JsonAsync("--shard", $"{i}/3");
            Assert.Equal((i, 3, 100, false), (shard.RootElement.GetProperty("shard").GetInt32(), shard.RootElement.GetProperty("of").GetInt32(), shard.RootElement.GetProperty("items").GetInt32(), shard.RootElement.GetProperty("wasThere").GetBoolean()));
        }
        using (var again = await JsonAsync("--shard", "1/3")) Assert.True(again.RootElement.GetProperty("wasThere").GetBoolean());
        Assert.Matches("items +100, which were ranked before", (await RunAsync("--items", "items.jsonl", "--shard", "1/3")).Out);

        // No source is read.
        File.Delete(_scratch.PathOf("items.jsonl"));
        using var assembled = await JsonAsync("--assemble", "3");
        Assert.Equal("live", assembled.RootElement.GetProperty("publishedAs").GetString());
        Assert.Equal(ContentOf(whole), ContentOf(assembled));
        Assert.Equal(await File.ReadAllBytesAsync(PathOf(whole), TestContext.Current.CancellationToken), await File.ReadAllBytesAsync(PathOf(assembled), TestContext.Current.CancellationToken));
        Assert.Empty(Directory.GetFiles(_scratch.PathOf("cantor-data", "shards")));
        Assert.Equal(0, (await _scratch.RunAsync("related", "news", "7")).Code);
    }

    [Fact]
    public async Task Machines_that_share_nothing_but_a_place_of_releases_build_together()
    {
        for (var i = 0; i < 2; i++) await JsonAsync("--shard", $"{i}/2", "--data", $"machine{i}", "--blobs", "place");
        Assert.Equal(2, Directory.GetFiles(_scratch.PathOf("place"), "*.shard").Length);
        var (code, output, error) = await RunAsync("--assemble", "2", "--data", "another", "--blobs", "place", "--json");
        Assert.Equal((0, ""), (code, error));
        using var assembled = JsonDocument.Parse(output);
        Assert.Equal([$"news-{assembled.RootElement.GetProperty("release").GetString()}.cantor"], Directory.GetFiles(_scratch.PathOf("place")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_shard_that_is_killed_leaves_nothing_that_is_taken_and_is_made_by_starting_it_again()
    {
        using var whole = await JsonAsync("--publish", "none");
        await JsonAsync("--shard", "1/2");
        await _scratch.StopAsync("KILL", "build", "news", "--items", "-", "--shard", "0/2");
        Assert.Single(Directory.GetFiles(_scratch.PathOf("cantor-data", "shards"), "*.shard"));
        Assert.Contains(", 0 is missing in ", (await RunAsync("--assemble", "2")).Error, StringComparison.Ordinal);
        await JsonAsync("--shard", "0/2");
        using var assembled = await JsonAsync("--assemble", "2");
        Assert.Equal(ContentOf(whole), ContentOf(assembled));
    }

    [Fact]
    public async Task What_waits_for_shards_takes_them_when_the_last_one_is_there()
    {
        var assembled = RunAsync("--assemble", "2", "--wait", "300");
        await JsonAsync("--shard", "1/2");
        Assert.False(assembled.IsCompleted);
        await JsonAsync("--shard", "0/2");
        Assert.Equal((0, ""), await assembled is var (code, _, error) ? (code, error) : default);
    }

    [Fact]
    public async Task Shards_that_are_not_of_one_build_are_refused_with_what_differs()
    {
        Assert.StartsWith("cantor: news: there is no shard of 3 in ", (await RunAsync("--assemble", "3")).Error, StringComparison.Ordinal);
        await JsonAsync("--shard", "0/3");
        Assert.EndsWith(", but some of 3; expected those that cantor build news … --shard 0/2 to 1/2 write\n", (await RunAsync("--assemble", "2")).Error, StringComparison.Ordinal);
        WriteItems(301);
        await JsonAsync("--shard", "1/3");
        await JsonAsync("--shard", "2/3");
        var (code, output, error) = await RunAsync("--assemble", "3");
        Assert.Equal((2, ""), (code, output));
        Assert.Matches("^cantor: news: of the 3 shards [0-9a-f]{16} that were begun last, 0 is missing in .*/cantor-data/shards; 0 of [0-9a-f]{16} differs: it has 300 items, not 301\n$", error);

        await JsonAsync("--shard", "0/3");
        Assert.Matches("^cantor: news: the shards [0-9a-f]{16} were built otherwise than this command says: k is 50, not 9, seed is 0, not 4\n$", (await RunAsync("--assemble", "3", "--k", "9", "--seed", "4")).Error);
        Assert.Equal(0, (await RunAsync("--assemble", "3")).Code);
    }

    [Theory]
    [InlineData("--shard: expected I/N with N from 1 to 1,000 and I from 0 to N-1, found 3/3", "--shard", "3/3")]
    [InlineData("--shard: expected I/N with N from 1 to 1,000 and I from 0 to N-1, found 2", "--shard", "2")]
    [InlineData("--assemble: expected 1 to 1,000, found 0", "--assemble", "0")]
    [InlineData("--assemble: is given beside --shard; expected one of them: each shard first, then the release of all", "--assemble", "2", "--shard", "0/2")]
    [InlineData("--wait: is given without --assemble", "--wait", "5")]
    public async Task What_is_no_part_is_refused(string fault, params string[] arguments) =>
        Assert.Equal((2, "", $"cantor: {fault}\n"), await RunAsync([.. arguments, "--items", "items.jsonl"]));

    [Fact]
    public async Task A_variable_may_hold_the_configuration()
    {
        _scratch.Environment["NEWS"] = "collection: news\nitems: items.jsonl\nk: 3\n";
        Assert.Equal(0, (await _scratch.RunAsync("build", "--config", "env:NEWS")).Code);
        _scratch.Environment["NEWS"] = "collection: news\nkk: 3\n";
        Assert.StartsWith("cantor: env:NEWS:2: kk: there is no such field; did you mean k?", (await _scratch.RunAsync("build", "--config", "env:NEWS")).Error, StringComparison.Ordinal);
        Assert.Equal("cantor: env:OLDS: the variable is not set; expected one that holds a cantor.yaml\n", (await _scratch.RunAsync("build", "--config", "env:OLDS")).Error);
    }

    Task<(int Code, string Out, string Error)> RunAsync(params string[] arguments) => _scratch.RunAsync(["build", "news", .. arguments]);

    async Task<JsonDocument> JsonAsync(params string[] arguments)
    {
        string[] items = File.Exists(_scratch.PathOf("items.jsonl")) ? ["--items", "items.jsonl"] : [];
        var (code, output, error) = await RunAsync([.. arguments, .. items, "--json"]);
        Assert.Equal((0, ""), (code, error));
        return JsonDocument.Parse(output);
    }

    static string ContentOf(JsonDocument build) => build.RootElement.GetProperty("release").GetString()![^8..];

    static string PathOf(JsonDocument build) => build.RootElement.GetProperty("path").GetString()!;

    void WriteItems(int count) =>
        File.WriteAllLines(_scratch.PathOf("items.jsonl"), Enumerable.Range(0, count).Select(i => $$"""{"id":"{{i}}","title":"sea ship {{i % 7}}","body":"wind number{{i % 13}} at sea, harbor{{i % 29}}"}"""));
}
