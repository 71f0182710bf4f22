using System.Text.Json;
using Cantor.Server;
using Cantor.Storage;

namespace Cantor.Cli.Tests;

/// <summary>Commands on a store to which things were pushed, and at a server.</summary>
public sealed class LiveStateTests : IDisposable
{
    readonly Scratch _scratch = new();

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public LiveStateTests() => File.WriteAllLines(_scratch.PathOf("items.jsonl"),
    [
        """{"id":"1","title":"sea ship","body":"a ship at sea"}""",
        """{"id":"2","title":"sea wind","body":"wind over the sea and the ship"}""",
        """{"id":"secret","title":"sea secret","body":"a ship and the wind at sea"}""",
        """{"id":"secret2","title":"secret flour","body":"yeast and an oven"}""",
        """{"id":"secret3","title":"sea secret","body":"wind at sea and no ship"}""",
        """{"id":"secret4","title":"sea and secret","body":"the ship, the wind, the sea"}""",
        """{"id":"4","title":"flour yeast"}""",
        """{"id":"5","title":"flour oven"}""",
    ]);

    public void Dispose() => _scratch.Dispose();

    async Task<string> RunAsync(params string[] arguments)
    {
        var (code, output, error) = await _scratch.RunAsync(arguments);
        Assert.True(code == 0, error);
        return output;
    }

    Task<string> BuildAsync(int k = 50) => RunAsync("build", "news", "--items", "items.jsonl", "--k", $"{k}");

    Task<Store> OpenAsync() => Store.OpenAsync(_scratch.PathOf("cantor-data"), TimeProvider.System, Token);

    async Task ChangeAsync(params NewChange[] changes)
    {
        await using var store = await OpenAsync();
        await store.Changes.AppendAsync("news", changes, "test", Token);
    }

    async Task<List<string>> WhereItIsNamedAsync()
    {
        var named = new List<string>();
        await RunAsync("export", "news", "--format", "parquet", "--out", "lists.parquet");
        await File.WriteAllLinesAsync(_scratch.PathOf("judgments.tsv"), ["1\t2\t1", "1\tsecret\t2", "2\tsecret4\t1", "secret\t1\t1", "secret2\tsecret3\t1"], Token);
        foreach (var arguments in (string[][])
        [
            ["related", "news", "1", "--limit", "100"], ["related", "news", "2", "--limit", "100", "--explain", "--diversity", "0.5", "--json"], ["related", "news", "secret"], ["related", "news", "secrets"],
            ["export", "news"], ["export", "news", "--variants"], ["export", "news", "--format", "jsonl"], ["releases", "news"],
            ["evaluate", "news", "--judgments", "judgments.tsv", "--slice", "title", "--against", "previous", "--most", "100", "--plot", "evaluate.html"],
            ["evaluate", "news", "--judgments", "judgments.tsv", "--slice", "title", "--json"],
            ["diff", "news", "previous", "live", "--most", "1000", "--html", "diff.html", "--out", "churn.tsv"], ["diff", "news", "previous", "live", "--most", "1000", "--json"],
        ])
        {
            var (_, output, error) = await _scratch.RunAsync(arguments);
            // Whoever asks for an id is told of it what they said.
            var said = (output + error).Replace($"there is no item {arguments[^1]} in", "", StringComparison.Ordinal);
            if (said.Contains("secret", StringComparison.Ordinal)) named.Add(string.Join(' ', arguments));
        }
        foreach (var file in (string[])["lists.parquet", "evaluate.html", "diff.html", "churn.tsv"])
            if (System.Text.Encoding.UTF8.GetString(await File.ReadAllBytesAsync(_scratch.PathOf(file), Token)).Contains("secret", StringComparison.Ordinal)) named.Add(file);
        return named;
    }

    [Fact]
    public async Task What_was_taken_down_is_named_by_no_command_whatever_way_it_was()
    {
        await BuildAsync(k: 3);
        await BuildAsync();
        Assert.Equal(15, (await WhereItIsNamedAsync()).Count); // everywhere but among releases
        await ChangeAsync(new(ChangeKind.Delete, "secret"), new(ChangeKind.Hide, "secret2"),
            new(ChangeKind.Upsert, "secret3", """{"id":"secret3","title":"sea secret","expires_at":"2020-01-01T00:00:00Z"}"""),
            new(ChangeKind.Patch, "secret4", """{"published_at":"2999-01-01T00:00:00Z"}"""));
        Assert.Empty(await WhereItIsNamedAsync());
        await BuildAsync();
        Assert.Empty(await WhereItIsNamedAsync());
    }

    [Fact]
    public async Task What_was_pushed_is_related_and_exported_as_a_server_answers()
    {
        await BuildAsync();
        await ChangeAsync(new NewChange(ChangeKind.Upsert, "new", """{"id":"new","title":"sea ship wind","body":"a ship at sea"}"""), new NewChange(ChangeKind.Patch, "2", """{"title":"another title"}"""));
        await using var server = await CantorServer.CreateAsync(new() { DataDirectory = _scratch.PathOf("cantor-data"), Urls = ["http://127.0.0.1:0"] }, Token);
        await server.StartAsync(Token);
        using var client = new HttpClient { BaseAddress = new(CantorServer.Addresses(server).Single()) };
        foreach (var id in (string[])["1", "2", "new", "4"])
        {
            using var answered = JsonDocument.Parse(await client.GetStringAsync($"/v1/collections/news/items/{id}/related?limit=100&explain=true", Token));
            using var printed = JsonDocument.Parse(await RunAsync("related", "news", id, "--limit", "100", "--explain", "--json"));
            Assert.Equal(answered.RootElement.GetProperty("items").EnumerateArray().Select(item => (item.GetProperty("id").GetString(), item.GetProperty("score").GetSingle(), item.GetProperty("because").GetString(), item.GetProperty("fields").GetProperty("title").GetString())),
                printed.RootElement.EnumerateArray().Select(item => (item.GetProperty("id").GetString(), item.GetProperty("score").GetSingle(), item.GetProperty("because").GetString(), item.GetProperty("title").GetString())));
        }
        var exported = await RunAsync("export", "news");
        Assert.Contains("\nnew\t", exported, StringComparison.Ordinal);
        Assert.Contains("\n2\tnew\t", exported, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Old_releases_go_by_the_build_and_by_prune_and_those_of_aliases_stay()
    {
        File.WriteAllText(_scratch.PathOf("cantor.yaml"), "items: items.jsonl\nreleases:\n  keep: 2\n");
        string[] Files() => Directory.GetFiles(_scratch.PathOf("cantor-data", "releases"), "*.cantor");
        for (var k = 1; k <= 4; k++) await RunAsync("build", "news", "--config", "cantor.yaml", "--k", $"{k}", "--publish", "none");
        // The first one went live; of the others the two newest stay.
        Assert.Equal(3, Files().Length);
        Assert.Equal("news: nothing to delete\n", await RunAsync("releases", "prune", "news"));
        Assert.StartsWith("news: deleted 2", await RunAsync("releases", "prune", "news", "--keep", "1"), StringComparison.Ordinal);
        Assert.Equal(2, Files().Length);
        await RunAsync("related", "news", "1");
        var (code, _, error) = await _scratch.RunAsync("releases", "prune", "news", "--keep", "0");
        Assert.Equal((2, "cantor: --keep: expected 1 to 1,000, found 0\n"), (code, error));
    }

    [Fact]
    public async Task Changes_are_forgotten_behind_the_oldest_release_that_an_alias_names()
    {
        await BuildAsync();
        await ChangeAsync(new NewChange(ChangeKind.Upsert, "6", """{"id":"6","title":"sea"}"""));
        await BuildAsync(); // live holds change 1, previous does not
        await using (var store = await OpenAsync()) Assert.Equal((1, 0), await store.Changes.ReadAsync("news", 0, 10, Token) is var page ? (page.Changes.Count, page.Trimmed) : default);
        await ChangeAsync(new NewChange(ChangeKind.Delete, "6"));
        await BuildAsync();
        await using (var store = await OpenAsync()) Assert.Equal((1, 1), await store.Changes.ReadAsync("news", 0, 10, Token) is var page ? (page.Changes.Count, page.Trimmed) : default);
    }

    [Fact]
    public async Task Keys_and_releases_are_managed_at_a_server()
    {
        await BuildAsync();
        _scratch.Environment["CANTOR_KEY"] = (await RunAsync("keys", "create", "me", "--scopes", "admin")).Trim();
        await using var server = await CantorServer.CreateAsync(new() { DataDirectory = _scratch.PathOf("cantor-data"), Urls = ["http://127.0.0.1:0"] }, Token);
        await server.StartAsync(Token);
        var url = CantorServer.Addresses(server).Single();
        using var client = new HttpClient { BaseAddress = new(url) };
        async Task<int> AskAsync(string key)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/collections/news/items/1/related") { Headers = { { "X-API-Key", key } } };
            using var answer = await client.SendAsync(request, Token);
            return (int)answer.StatusCode;
        }
        // Told at once, and on a busy machine seen a moment later.
        async Task UntilAsync(int status, string key)
        {
            while (await AskAsync(key) != status) await Task.Delay(50, Token);
        }

        var secret = (await RunAsync("keys", "create", "site", "--scopes", "read", "--collection", "news", "--days", "7", "--server", url)).Trim();
        await UntilAsync(200, secret);
        var listed = await RunAsync("keys", "list", "--json", "--server", url);
        Assert.Equal(await RunAsync("keys", "list", "--json"), listed);
        Assert.DoesNotContain(secret[20..], listed, StringComparison.Ordinal);
        var next = (await RunAsync("keys", "rotate", secret[7..19], "--overlap-hours", "0", "--server", url)).Trim();
        await UntilAsync(200, next);
        await UntilAsync(401, secret);
        await RunAsync("keys", "revoke", next[7..19], "--server", url);
        await UntilAsync(401, next);
        Assert.Equal((2, $"cantor: {url}/: there is no valid key \"nobody\"; GET /v1/keys lists all (unknown-key)\n"), await _scratch.RunAsync("keys", "revoke", "nobody", "--server", url) is var (gone, _, why) ? (gone, why) : default);

        await RunAsync("build", "news", "--items", "items.jsonl", "--k", "3");
        await RunAsync("build", "news", "--items", "items.jsonl", "--k", "4");
        Assert.StartsWith("news: deleted 2", await RunAsync("releases", "prune", "news", "--keep", "1", "--server", url), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_release_is_copied_to_a_store_and_its_blobs_and_served_there()
    {
        await BuildAsync();
        await RunAsync("releases", "copy", "news", "live", "--to", "there", "--to-blobs", "blobs", "--publish", "live");
        var file = Path.GetFileName(Assert.Single(Directory.GetFiles(_scratch.PathOf("cantor-data", "releases"), "*.cantor")));
        Assert.Equal(await File.ReadAllBytesAsync(_scratch.PathOf("cantor-data", "releases", file), Token), await File.ReadAllBytesAsync(_scratch.PathOf("blobs", file), Token));
        // A server there has the file of nobody but the blobs.
        await using var server = await CantorServer.CreateAsync(new() { DataDirectory = _scratch.PathOf("server"), Store = _scratch.PathOf("there"), Blobs = _scratch.PathOf("blobs"), Urls = ["http://127.0.0.1:0"] }, Token);
        await server.StartAsync(Token);
        using var client = new HttpClient { BaseAddress = new(CantorServer.Addresses(server).Single()) };
        Assert.Contains("\"state\":\"ready\"", await client.GetStringAsync("/v1/collections/news/items/1/related", Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_store_says_lies_over_a_release_that_was_copied_to_it_or_left_in_it_however_many_changes_of_another_store_that_holds()
    {
        await BuildAsync();
        await ChangeAsync([.. Enumerable.Range(0, 9).Select(i => new NewChange(ChangeKind.Upsert, $"pushed{i}", $$"""{"id":"pushed{{i}}","title":"flour {{i}}"}"""))]);
        await BuildAsync();
        await RunAsync("releases", "copy", "news", "live", "--to", "there", "--publish", "live");
        // As somebody who lost the database does, and has the files.
        Directory.CreateDirectory(_scratch.PathOf("again", "releases"));
        foreach (var file in Directory.GetFiles(_scratch.PathOf("there", "releases"))) File.Copy(file, _scratch.PathOf("again", "releases", Path.GetFileName(file)));
        await RunAsync("collections", "create", "news", "--data", "again");
        await RunAsync("releases", "promote", "news", JsonDocument.Parse(await RunAsync("releases", "news", "--json", "--data", "again")).RootElement[0].GetProperty("release").GetString()!, "--data", "again");
        foreach (var place in (string[])["there", "again"])
        {
            await using (var store = await Store.OpenAsync(_scratch.PathOf(place), TimeProvider.System, Token))
                await store.Changes.AppendAsync("news",
                [
                    new(ChangeKind.Patch, "secret", """{"published_at":"2999-01-01T00:00:00Z"}"""), new(ChangeKind.Upsert, "mine", """{"id":"mine","title":"sea ship wind"}"""),
                ], "test", Token);
            foreach (var arguments in (string[][])
            [
                ["related", "news", "1", "--limit", "100", "--json"],
                ["export", "news", "--format", "jsonl", "--release", Directory.GetFiles(_scratch.PathOf(place, "releases")).Single()],
            ])
            {
                var related = await RunAsync([.. arguments, "--data", place]);
                Assert.DoesNotContain("\"secret\"", related, StringComparison.Ordinal);
                Assert.Contains("\"mine\"", related, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task A_dump_is_readable_by_whoever_made_it_alone()
    {
        await BuildAsync();
        await RunAsync("dump", "news", "news.dump.gz");
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(_scratch.PathOf("news.dump.gz")) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Theory]
    [InlineData("serve", "postgres://ann:s3cret@db/cantor"), InlineData("collections", "list", "--server", "http://ann:s3cret@127.0.0.1:1"), InlineData("collections", "list", "--store", "postgres://ann:s3cret/cantor")]
    [InlineData("collections", "list", "--store", "Host=db;Username=ann;Password=s3cret"), InlineData("releases", "news", "--blobs", "s3://AKIA:s3cret@bucket")]
    public async Task A_command_that_refuses_an_address_does_not_repeat_its_password(params string[] arguments)
    {
        await BuildAsync();
        foreach (var file in Directory.GetFiles(_scratch.PathOf("cantor-data", "releases"))) File.Delete(file);
        var (code, output, error) = await _scratch.RunAsync(arguments);
        Assert.Equal(2, code);
        Assert.DoesNotContain("s3cret", output + error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_release_is_copied_to_PostgreSQL_and_commands_look_there()
    {
        await using var postgres = await Storage.Tests.PostgresTestStore.MakeAsync();
        await BuildAsync(k: 3);
        await RunAsync("releases", "copy", "news", "live", "--to", postgres.Address, "--to-blobs", "blobs");
        await BuildAsync();
        await RunAsync("releases", "copy", "news", "live", "--to", postgres.Address, "--to-blobs", "blobs", "--publish", "live");
        _scratch.Environment["CANTOR_STORE"] = postgres.Address;
        Assert.Equal("live", JsonDocument.Parse(await RunAsync("releases", "news", "--json")).RootElement.EnumerateArray().SelectMany(row => row.GetProperty("aliases").EnumerateArray()).Select(alias => alias.GetString()).Order(StringComparer.Ordinal).First());
        await using (var store = await Store.OpenAsync(postgres.Address, TimeProvider.System, Token))
            await store.Changes.AppendAsync("news", [.. ((string[])["secret", "secret2", "secret3", "secret4"]).Select(id => new NewChange(ChangeKind.Delete, id))], "test", Token);
        Assert.Empty(await WhereItIsNamedAsync());
    }
}
