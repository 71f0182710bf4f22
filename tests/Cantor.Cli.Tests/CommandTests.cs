using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Cantor.Cli.Tests;

/// <summary>The command as people start it: a process, its exit code and what it prints.</summary>
public sealed class CommandTests : IDisposable
{
    readonly Scratch _scratch = new();

    public CommandTests()
    {
        File.WriteAllLines(_scratch.PathOf("items.jsonl"),
        [
            """{"id":"1","title":"sea ship","body":"a ship at sea"}""",
            """{"id":"2","title":"sea wind","body":"wind over the sea and the ship"}""",
            """{"id":"3","title":"oven flour"}""",
            """{"id":"4","title":"flour yeast"}""",
            """{"id":"5","title":"alone"}""",
        ]);
        File.WriteAllText(_scratch.PathOf("cantor.yaml"), "collection: olds\nitems: items.jsonl\n");
        File.WriteAllText(_scratch.PathOf("wrong.yaml"), "items: items.jsonl\nkk: 5\n");
        File.WriteAllText(_scratch.PathOf("plan.yaml"), "items: items.jsonl\nrollout: {dwell: 25h}\n");
        File.WriteAllText(_scratch.PathOf("judgments.tsv"), "1\t2\t1\n4\t3\t1\n");
        File.WriteAllText(_scratch.PathOf("lists.tsv"), "query\titem\tscore\n1\t5\t7\n1\t3\t9\n2\tmissing\t1\n");
    }

    public void Dispose() => _scratch.Dispose();

    Task<(int Code, string Out, string Error)> RunAsync(params string[] arguments) => _scratch.RunAsync(arguments);

    async Task BuildAsync() => Assert.Equal((0, ""), await RunAsync("build", "news", "--items", "items.jsonl") is var (code, _, error) ? (code, error) : default);

    [Fact]
    public async Task No_arguments_print_help()
    {
        var (code, output, _) = await RunAsync();
        Assert.Equal(0, code);
        Assert.Contains("cantor [command] [options]", output, StringComparison.Ordinal);
        Assert.Contains("Example: cantor build", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_is_shown_once_listed_without_its_secret_and_revoked()
    {
        var (code, secret, told) = await RunAsync("keys", "create", "website", "--scopes", "read,events", "--collection", "news");
        Assert.Equal(0, code);
        Assert.Matches("^cantor_[0-9a-f]{12}_[A-Za-z0-9_-]{43}\n$", secret);
        var id = secret[7..19];
        Assert.Contains("shown this once", told, StringComparison.Ordinal);
        var (_, list, _) = await RunAsync("keys", "list", "--json");
        Assert.DoesNotContain(secret.Trim()[20..], list, StringComparison.Ordinal);
        Assert.Equal((id, "read,events"), JsonDocument.Parse(list).RootElement[0] is var key ? (key.GetProperty("id").GetString(), key.GetProperty("scopes").GetString()) : default);
        Assert.Equal(0, (await RunAsync("keys", "rotate", id, "--overlap-hours", "1")).Code);
        Assert.Equal(0, (await RunAsync("keys", "revoke", id)).Code);
        Assert.Contains("revoked", (await RunAsync("keys", "list")).Out, StringComparison.Ordinal);
        Assert.Equal((2, "cantor: KEY: there is no key 000000000000; cantor keys list shows all\n"), await RunAsync("keys", "revoke", "000000000000") is var (gone, _, fault) ? (gone, fault) : default);
        Assert.Equal((2, "cantor: scopes: there is no scope everything; expected some of read, write, events, admin\n"), await RunAsync("keys", "create", "x", "--scopes", "everything") is var (bad, _, why) ? (bad, why) : default);
    }

    [Fact]
    public async Task A_release_is_taken_back_and_promoted_and_the_history_tells()
    {
        await BuildAsync();
        Assert.Equal((2, "cantor: COLLECTION: news has no release before the live one to go back to\n"), await RunAsync("releases", "rollback", "news") is var (none, _, why) ? (none, why) : default);
        await RunAsync("build", "news", "--items", "items.jsonl", "--k", "3");
        var (_, list, _) = await RunAsync("releases", "news", "--json");
        var versions = JsonDocument.Parse(list).RootElement.EnumerateArray().Select(row => row.GetProperty("release").GetString()!).ToList();
        Assert.Equal(2, versions.Count);
        Assert.Equal($"news: {versions[1]} is live; before it was {versions[0]}\n", (await RunAsync("releases", "rollback", "news", "--why", "worse")).Out);
        Assert.Equal($"news: {versions[0]} is live; before it was {versions[1]}\n", (await RunAsync("releases", "promote", "news", versions[0])).Out);
        var (_, history, _) = await RunAsync("releases", "history", "news", "--json");
        Assert.Equal(["build", "build", "worse", "promote"], JsonDocument.Parse(history).RootElement.EnumerateArray().Where(move => move.GetProperty("alias").GetString() == "live").Select(move => move.GetProperty("why").GetString()));
        Assert.Contains("worse", (await RunAsync("releases", "history", "news")).Out, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync("releases", "promote", "news", "20200101T000000Z-00000000")).Code);
    }

    [Fact]
    public async Task What_was_pushed_is_dumped_restored_and_built_elsewhere_and_a_release_is_copied()
    {
        await BuildAsync();
        Assert.Equal((0, ""), await RunAsync("dump", "news", "news.dump.gz") is var (code, _, error) ? (code, error) : default);
        Assert.Equal((0, "news: 0 items, 0 rules, 0 events\n"), await RunAsync("restore", "news.dump.gz", "--data", "other") is var (again, said, _) ? (again, said) : default);
        Assert.Equal(2, (await RunAsync("dump", "nowhere", "x.dump")).Code);
        Assert.False(File.Exists(_scratch.PathOf("x.dump")));
        File.WriteAllText(_scratch.PathOf("bad.dump.gz"), "not packed");
        Assert.StartsWith("cantor: bad.dump.gz: cannot be unpacked", (await RunAsync("restore", "bad.dump.gz")).Error, StringComparison.Ordinal);
        Assert.Equal((0, ""), await RunAsync("releases", "copy", "news", "live", "--to", "other") is var (copied, _, fault) ? (copied, fault) : default);
        Assert.Equal((await RunAsync("related", "news", "1", "--json")).Out, (await RunAsync("related", "news", "1", "--json", "--data", "other")).Out);
    }

    [Fact]
    public async Task The_release_files_of_a_deleted_collection_do_not_bring_it_back_until_it_is_made_again()
    {
        await BuildAsync();
        Assert.Equal(0, (await RunAsync("collections", "delete", "news", "--yes")).Code);
        foreach (var arguments in (string[][])[["releases", "news"], ["related", "news", "1"], ["releases", "promote", "news", "20200101T000000Z-00000000"]])
            Assert.Equal(2, (await RunAsync(arguments)).Code);
        Assert.Equal(1, (await RunAsync("collections", "list")).Code);
        Assert.Single(Directory.GetFiles(_scratch.PathOf("cantor-data", "releases")));

        Assert.Equal(0, (await RunAsync("collections", "create", "news")).Code);
        var (_, list, _) = await RunAsync("releases", "news", "--json");
        var release = Assert.Single(JsonDocument.Parse(list).RootElement.EnumerateArray()).GetProperty("release").GetString()!;
        Assert.Equal(0, (await RunAsync("releases", "promote", "news", release)).Code);
        Assert.Equal(0, (await RunAsync("related", "news", "1")).Code);
    }

    [Fact]
    public async Task Collections_are_made_listed_and_deleted()
    {
        Assert.Equal((0, ""), await RunAsync("collections", "create", "news") is var (code, _, error) ? (code, error) : default);
        Assert.Contains("\"name\": \"news\"", (await RunAsync("collections", "list", "--json")).Out, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync("collections", "delete", "news")).Code);
        Assert.Equal(0, (await RunAsync("collections", "delete", "news", "--yes")).Code);
        Assert.Equal(1, (await RunAsync("collections", "list")).Code);
        Assert.Equal(2, (await RunAsync("collections", "create", "No Name")).Code);
        var (unreachable, _, fault) = await RunAsync("collections", "list", "--server", "http://127.0.0.1:1");
        Assert.Equal(2, unreachable);
        Assert.StartsWith("cantor: http://127.0.0.1:1/: cannot be reached", fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_build_needs_a_source_or_something_pushed()
    {
        await BuildAsync();
        await using (var store = await Cantor.Storage.Store.OpenAsync(_scratch.PathOf("cantor-data"), TimeProvider.System, TestContext.Current.CancellationToken))
            await store.Changes.AppendAsync("news", [new(Cantor.Storage.ChangeKind.Upsert, "1", """{"id":"1","title":"sea"}""")], "test", TestContext.Current.CancellationToken);
        Assert.Contains("4 of the 5 items of the live release came from sources", (await RunAsync("build", "news")).Error, StringComparison.Ordinal);
        var (code, _, error) = await RunAsync("build", "empty");
        Assert.Equal((2, "cantor: --items: no source is given, here or in --config, and nothing was pushed to the collection; expected one of them\n"), (code, error));
    }

    [Fact]
    public async Task The_judge_is_played_and_its_table_repeats_by_the_seed()
    {
        var (code, one, _) = await RunAsync("judge", "simulate", "--runs", "5", "--minutes", "2", "--json");
        Assert.Equal(0, code);
        using var table = JsonDocument.Parse(one);
        Assert.Equal((5, 99, "pass"), (table.RootElement.GetProperty("runs").GetInt32(), table.RootElement.GetProperty("cases").GetArrayLength(), table.RootElement.GetProperty("cases")[0].GetProperty("expected").GetString()));
        Assert.Equal(one, (await RunAsync("judge", "simulate", "--runs", "5", "--minutes", "2", "--json", "--threads", "1")).Out);
        Assert.Contains("abort p50", (await RunAsync("judge", "simulate", "--runs", "1", "--minutes", "1")).Out, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync("judge", "simulate", "--beta", "7")).Code);
    }

    [Fact]
    public async Task An_encoder_given_by_path_relates_items_without_a_word_in_common()
    {
        Directory.CreateDirectory(_scratch.PathOf("model"));
        File.WriteAllLines(_scratch.PathOf("model", "vocab.txt"), ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "flour", "yeast", "alone", "cafe"]);
        File.WriteAllBytes(_scratch.PathOf("model", "model.onnx"), Onnx.Tests.TinyModel.Write([[0, 0], [0, 1], [0, 0], [0, 0], [0, 0], [0, 1], [1, 0], [3, 0], [1, 0]]));
        File.WriteAllText(_scratch.PathOf("cantor.yaml"), "signals: {vectors: {encoder: model, weight: 2}}\n");

        Assert.Equal(0, (await RunAsync("build", "news", "--items", "items.jsonl", "--encoder", "model")).Code);
        var (_, one, _) = await RunAsync("related", "news", "5", "--explain", "--json");
        Assert.Equal((0, ""), await RunAsync("build", "news", "--items", "items.jsonl", "--config", "cantor.yaml") is var (code, _, error) ? (code, error) : default);
        var (_, two, _) = await RunAsync("related", "news", "5", "--explain", "--json");
        Assert.All([one, two], answer =>
        {
            using var json = JsonDocument.Parse(answer);
            Assert.Equal(("4", "vectors"), (json.RootElement[0].GetProperty("id").GetString(), json.RootElement[0].GetProperty("reasons")[0].GetProperty("signal").GetString()));
        });
        Assert.NotEqual(one, two);
        Assert.Equal(2, (await RunAsync("build", "news", "--items", "items.jsonl", "--encoder", "nowhere")).Code);
    }

    [Fact]
    public async Task What_is_built_is_live_and_answers_with_reasons()
    {
        await BuildAsync();
        var (code, output, _) = await RunAsync("related", "news", "1", "--explain", "--json");
        Assert.Equal(0, code);
        using var json = JsonDocument.Parse(output);
        Assert.Equal("2", json.RootElement[0].GetProperty("id").GetString());
        Assert.Equal("text", json.RootElement[0].GetProperty("reasons")[0].GetProperty("signal").GetString());
    }

    [Fact]
    public async Task Copies_are_variants_of_the_best_one_and_are_exported_behind_it_when_asked_for()
    {
        File.WriteAllText(_scratch.PathOf("copies.jsonl"), """
            {"id":"a","title":"harbor pilots","body":"pilots bring ships into the harbor"}
            {"id":"b","title":"harbor tides","body":"tides move the ships in a harbor at night"}
            {"id":"c","title":"harbor tides","body":"tides move the ships in a harbor at night"}
            """);
        Assert.Equal(0, (await RunAsync("build", "copies", "--items", "copies.jsonl")).Code);
        Assert.Equal(["a", "b"], await ListOfAAsync());
        Assert.Equal(["a", "b", "a", "c"], await ListOfAAsync("--variants"));
        Assert.Contains("harbor tides (and 1 like it)", (await RunAsync("related", "copies", "a")).Out, StringComparison.Ordinal);

        async Task<string[]> ListOfAAsync(params string[] more) =>
            [.. (await RunAsync(["export", "copies", .. more])).Out.Split('\n').Where(line => line.StartsWith("a\t", StringComparison.Ordinal)).SelectMany(line => line.Split('\t')[..2])];
    }

    [Fact]
    public async Task A_known_item_without_neighbors_exits_with_1()
    {
        await BuildAsync();
        Assert.Equal(1, (await RunAsync("related", "news", "5")).Code);
    }

    [Theory]
    [InlineData("cantor: ID: there is no item 9 in release", "related", "news", "9")]
    [InlineData("cantor: COLLECTION: there is no collection olds", "related", "olds", "1")]
    [InlineData("cantor: COLLECTION: there is no collection newz in ./cantor-data; did you mean news?", "releases", "newz")]
    [InlineData("; did you mean 1 or 2?", "related", "news", "12")]
    [InlineData("cantor: --limit: expected 1 to 100, found 0", "related", "news", "1", "--limit", "0")]
    [InlineData("cantor: --release: news has no release x", "export", "news", "--release", "x")]
    [InlineData("cantor: --release: there is no file ./x.cantor", "export", "news", "--release", "./x.cantor")]
    [InlineData("cantor: --against: news has no previous release", "evaluate", "news", "--judgments", "judgments.tsv", "--against", "previous")]
    [InlineData("cantor: --slice: no item has a field langg; did you mean lang?", "evaluate", "news", "--judgments", "judgments.tsv", "--slice", "langg")]
    [InlineData("cantor: --plot: does not go with --holdout", "evaluate", "news", "--holdout", "events", "--plot", "x.html")]
    [InlineData("cantor: --most: expected 0 to 100, found 101", "evaluate", "news", "--judgments", "judgments.tsv", "--most", "101")]
    [InlineData("cantor: nowhere/x.html: there is no directory", "evaluate", "news", "--judgments", "judgments.tsv", "--plot", "nowhere/x.html")]
    [InlineData("cantor: A: news has no canary release", "diff", "news", "canary", "live")]
    [InlineData("cantor: B: news has no release yesterday; expected a version that cantor releases news lists, live, canary, previous, or a .cantor file", "diff", "news", "live", "yesterday")]
    [InlineData("cantor: cantor diff: B is missing", "diff", "news", "live")]
    [InlineData("cantor: --out: expected a file", "export", "news", "--format", "parquet")]
    [InlineData("cantor: nowhere/lists: there is no directory", "export", "news", "--out", "nowhere/lists")]
    [InlineData("missing.jsonl", "build", "news", "--items", "missing.jsonl")]
    [InlineData("nowhere.cantor", "verify", "nowhere.cantor")]
    [InlineData("cantor: cantor does not know frobnicate; cantor --help lists what it knows", "frobnicate")]
    [InlineData("cantor: cantor does not know relatedd; did you mean related?", "relatedd", "news", "1")]
    [InlineData("cantor: cantor build does not know --itemz; did you mean --items?", "build", "news", "--itemz", "items.jsonl")]
    [InlineData("cantor: cantor related: ID is missing; cantor related --help says what it takes", "related", "news")]
    [InlineData("cantor: cantor import: --neighbors is missing", "import", "news", "--items", "items.jsonl")]
    [InlineData("cantor: cantor keys: no command is given; expected create, list, ", "keys")]
    [InlineData("cantor: --k: expected a whole number, found many", "build", "news", "--k", "many")]
    [InlineData("cantor: --items: nothing is given before --data; expected a value\n", "build", "news", "--items", "--data", "d")]
    [InlineData("cantor: --items: nothing is given; expected a value\n", "build", "news", "--items")]
    [InlineData("cantor: --why: nothing is given before --server; expected a value\n", "rollout", "abort", "news", "--why", "--server", "http://127.0.0.1:1")]
    [InlineData("cantor: --server: expected a server's address, http://HOST:PORT or https://HOST and no path behind it, and the key in the variable CANTOR_KEY\n", "collections", "list", "--server", "http://127.0.0.1:1/behind")]
    [InlineData("cantor: --limit: nothing is given before --json; expected a whole number\n", "related", "news", "1", "--limit", "--json")]
    [InlineData("cantor: --publish: nothing is given before -h; expected live, canary or none\n", "build", "news", "--publish", "-h")]
    [InlineData("cantor: --out: nothing is given before --fleett=x; expected a value\n", "fleet", "render", "--out", "--fleett=x")]
    [InlineData("cantor: cantor build does not know --itms; did you mean --items?\n", "build", "news", "--items", "items.jsonl", "--itms", "more.jsonl")]
    [InlineData("cantor: cantor related does not know --explian; did you mean --explain?\n", "related", "news", "--explian")]
    [InlineData("cantor: ID: there is no item --explain in release", "related", "news", "--", "--explain")]
    [InlineData("cantor: missing: there is no such", "build", "news", "--items=missing", "--data=d")]
    [InlineData("cantor: --k: given 2 times; expected once", "build", "news", "--k", "1", "--k", "2")]
    [InlineData("cantor: --seed: expected a whole number from 0 on, found -1", "build", "news", "--seed", "-1")]
    [InlineData("cantor: --diversity: expected a number, found much", "related", "news", "1", "--diversity", "much")]
    [InlineData("cantor: --publish: expected live, canary or none, found nowhere", "build", "news", "--publish", "nowhere")]
    [InlineData("cantor: --format: expected jsonl, parquet or tsv, found xml", "export", "news", "--format", "xml")]
    [InlineData("cantor: --as-of: expected ISO 8601 such as 2026-11-23 or 2026-11-23T21:12:00Z, found \"soon\"", "build", "news", "--items", "items.jsonl", "--as-of", "soon")]
    [InlineData("cantor: --skip-bad: expected 0 to 2,147,483,647, found -1", "build", "news", "--items", "items.jsonl", "--skip-bad", "-1")]
    [InlineData("cantor: COLLECTION: cantor.yaml is about olds, found news", "build", "news", "--config", "cantor.yaml")]
    [InlineData("cantor: plan.yaml: rollout: deadline is 1.00:00:00; expected a time above dwell", "build", "news", "--config", "plan.yaml")]
    [InlineData("cantor: wrong.yaml:2: kk: there is no such field", "build", "news", "--config", "wrong.yaml")]
    [InlineData("cantor: --k: expected 1 to 1,000, found 0", "build", "news", "--items", "items.jsonl", "--k", "0")]
    [InlineData("cantor: --threads: expected 1 to 1,024, found 0", "import", "news", "--items", "items.jsonl", "--neighbors", "lists.tsv", "--threads", "0")]
    public async Task A_fault_exits_with_2_and_says_what_is_wrong(string said, params string[] arguments)
    {
        await BuildAsync();
        var (code, _, error) = await RunAsync(arguments);
        Assert.Equal(2, code);
        Assert.Contains(said, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_release_is_judged_exported_listed_and_verified()
    {
        await BuildAsync();
        var (_, judged, _) = await RunAsync("evaluate", "news", "--judgments", "judgments.tsv", "--json");
        using var json = JsonDocument.Parse(judged);
        Assert.Equal(1, json.RootElement.GetProperty("ndcgAt10").GetProperty("value").GetDouble());

        var (_, lists, _) = await RunAsync("export", "news");
        Assert.StartsWith("1\t2\t1\t0.", lists, StringComparison.Ordinal);
        Assert.Equal(4, lists.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);

        Assert.Contains("live", (await RunAsync("releases", "news")).Out, StringComparison.Ordinal);
        var file = Assert.Single(Directory.GetFiles(_scratch.PathOf("cantor-data", "releases"), "*.cantor"));
        Assert.Equal(0, (await RunAsync("verify", file)).Code);
        Assert.Equal((0, lists, ""), await RunAsync("export", "news", "--release", file));
        // What the file system holds for something else is written to, and stays what it is.
        Assert.Equal((0, lists, ""), await RunAsync("export", "news", "--out", "/dev/fd/1"));
        File.WriteAllText(_scratch.PathOf("target.tsv"), "before");
        File.CreateSymbolicLink(_scratch.PathOf("link.tsv"), "target.tsv");
        Assert.Equal((0, "", ""), await RunAsync("export", "news", "--out", "link.tsv"));
        Assert.Equal(("target.tsv", lists), (new FileInfo(_scratch.PathOf("link.tsv")).LinkTarget, File.ReadAllText(_scratch.PathOf("target.tsv"))));

        var bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        bytes[^100] ^= 1;
        await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);
        var (code, _, error) = await RunAsync("verify", file);
        Assert.Equal(2, code);
        Assert.Contains("section ", error, StringComparison.Ordinal);
        Assert.Equal((2, "", error), await RunAsync("export", "news"));
        Assert.Equal((2, "", error), await RunAsync("related", "news", "1"));
    }

    [Theory]
    [InlineData(false), InlineData(true)]
    public async Task Who_reads_the_file_by_its_documentation_alone_reads_the_same_lists(bool imported)
    {
        Assert.SkipUnless(Scratch.Has("python3"), "there is no python3");
        var (code, _, error) = imported ? await RunAsync("import", "news", "--items", "items.jsonl", "--neighbors", "lists.tsv") : await RunAsync("build", "news", "--items", "items.jsonl");
        Assert.Equal((0, ""), (code, error));
        var file = Assert.Single(Directory.GetFiles(_scratch.PathOf("cantor-data", "releases"), "*.cantor"));
        (code, var read, error) = await _scratch.RunProgramAsync("python3", Reader(), file);
        Assert.Equal((0, ""), (code, error));
        Assert.Equal(Numbers((await RunAsync("export", "news")).Out), Numbers(read));

        static List<(string, string, int, float)> Numbers(string lists) => [.. lists.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t'))
            .Select(row => (row[0], row[1], int.Parse(row[2], CultureInfo.InvariantCulture), float.Parse(row[3], CultureInfo.InvariantCulture)))];
    }

    static string Reader([CallerFilePath] string caller = "") => Path.Combine(Path.GetDirectoryName(caller)!, "../../tools/read_release.py");

    [Fact]
    public async Task Imported_lists_keep_their_order_and_leave_unknown_items_out()
    {
        var (code, output, error) = await RunAsync("import", "old", "--items", "items.jsonl", "--neighbors", "lists.tsv", "--json");
        Assert.Equal((0, ""), (code, error));
        using var json = JsonDocument.Parse(output);
        Assert.Equal(1, json.RootElement.GetProperty("rowsLeftOut").GetInt32());
        Assert.StartsWith("1\t3\t1\t1\n1\t5\t2\t", (await RunAsync("export", "old")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_build_says_how_many_events_are_of_items_that_are_not_there()
    {
        await File.WriteAllTextAsync(_scratch.PathOf("events.tsv"), "unit\titem\ttype\nu\t1\tview\nu\t2\tview\nu\tnobody\tview\nv\tnobody\tview\nw\t1\timpression\n", TestContext.Current.CancellationToken);
        var (code, output, error) = await RunAsync("build", "news", "--items", "items.jsonl", "--events", "events.tsv");
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("events    5 read, of items that are not there 2, impressions 1; units that count 1 ", output, StringComparison.Ordinal);
        (_, output, _) = await RunAsync("build", "news", "--items", "items.jsonl", "--events", "events.tsv", "--json");
        using var json = JsonDocument.Parse(output);
        Assert.Equal("""{"read":5,"unknownItems":2,"impressions":1,"units":1,"unitsCut":0}""", JsonSerializer.Serialize(json.RootElement.GetProperty("events")));
        (_, output, _) = await RunAsync("build", "news", "--items", "items.jsonl", "--json");
        Assert.DoesNotContain("events", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exported_lists_of_an_import_show_the_scores_that_were_imported()
    {
        await RunAsync("import", "old", "--items", "items.jsonl", "--neighbors", "lists.tsv");
        Assert.Equal(
            "{\"query\":\"1\",\"item\":\"3\",\"rank\":1,\"score\":1,\"raw\":9}\n{\"query\":\"1\",\"item\":\"5\",\"rank\":2,\"score\":0,\"raw\":7}\n",
            (await RunAsync("export", "old", "--format", "jsonl")).Out);
    }

    [Fact]
    public async Task A_line_is_standard_output()
    {
        await BuildAsync();
        Assert.Equal((await RunAsync("export", "news")).Out, (await RunAsync("export", "news", "--out", "-")).Out);
        Assert.False(File.Exists(_scratch.PathOf("-")));
    }

    [Fact]
    public async Task Who_reads_the_first_lines_only_gets_them_and_no_complaint()
    {
        var body = string.Join(' ', Enumerable.Range(0, 30).Select(word => $"word{word}"));
        File.WriteAllLines(_scratch.PathOf("many.jsonl"), Enumerable.Range(0, 400).Select(id => $$"""{"id":"{{id}}","title":"word{{id % 30}}","body":"{{body}}"}"""));
        await RunAsync("build", "many", "--items", "many.jsonl", "--duplicates", "keep");
        var (code, output, error) = await _scratch.RunProgramAsync("bash", "-c", $"set -o pipefail; {Scratch.Program} export many | head -n 2");
        Assert.Equal((0, "", 2), (code, error, output.Count(letter => letter == '\n')));
    }

    [Theory]
    [InlineData("INT"), InlineData("TERM")]
    public async Task A_build_that_is_stopped_leaves_no_release_and_nothing_half_written(string signal)
    {
        await BuildAsync();
        var before = Directory.GetFiles(_scratch.PathOf("cantor-data", "releases"));
        var (code, error) = await _scratch.StopAsync(signal, "build", "news", "--items", "-");
        Assert.Equal((2, "cantor: stopped\n"), (code, error));
        Assert.Equal(before, Directory.GetFiles(_scratch.PathOf("cantor-data", "releases")));
        Assert.Equal(0, (await RunAsync("related", "news", "1")).Code);
    }

    [Theory]
    [InlineData("live", true), InlineData("live", false), InlineData("canary", true)]
    public async Task A_build_that_another_overtakes_is_not_published_over_it(string publish, bool asJson)
    {
        await BuildAsync();
        using var slow = _scratch.Start(Scratch.Program, ["build", "news", "--items", "-", "--publish", publish, .. asJson ? ["--json"] : Array.Empty<string>()]);
        // More than a pipe holds: when all is written, it has begun.
        for (var id = 0; id < 10_000; id++) await slow.StandardInput.WriteLineAsync($$"""{"id":"{{id}}","title":"old sea ship"}""");
        await slow.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        var begun = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        while (TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() <= begun) await Task.Delay(50, TestContext.Current.CancellationToken); // a version tells seconds apart
        File.WriteAllText(_scratch.PathOf("new.jsonl"), """{"id":"1","title":"new sea ship"}""" + "\n" + """{"id":"2","title":"new sea port"}""");
        using var quick = JsonDocument.Parse((await RunAsync("build", "news", "--items", "new.jsonl", "--publish", publish, "--json")).Out);
        slow.StandardInput.Close();
        var told = await slow.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await slow.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, slow.ExitCode);
        var newer = quick.RootElement.GetProperty("release").GetString()!;
        var listed = (await RunAsync("releases", "news")).Out.Split('\n');
        Assert.Contains(publish, listed.Single(line => line.Contains(newer, StringComparison.Ordinal)), StringComparison.Ordinal);
        if (!asJson)
        {
            var older = Regex.Match(told, @"^release       news (\S+) \(none\) *\nnot published the build of (\S+) began later and ended sooner; cantor releases promote news (\S+) makes this one live all the same", RegexOptions.Multiline);
            Assert.True(older.Success, told);
            Assert.Equal((newer, older.Groups[1].Value), (older.Groups[2].Value, older.Groups[3].Value));
            Assert.Contains(listed, line => line.Contains(older.Groups[1].Value, StringComparison.Ordinal));
            return;
        }
        using var overtaken = JsonDocument.Parse(told);
        Assert.Equal(("none", newer), (overtaken.RootElement.GetProperty("publishedAs").GetString(), overtaken.RootElement.GetProperty("overtakenBy").GetString()));
        Assert.Contains(listed, line => line.Contains(overtaken.RootElement.GetProperty("release").GetString()!, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("INT"), InlineData("TERM")]
    public async Task A_server_that_gets_a_signal_drains_as_long_as_it_was_told_and_exits_with_0(string signal)
    {
        await BuildAsync();
        var (code, log) = await _scratch.StopServerAsync(signal, "serve", "--urls", "http://127.0.0.1:0", "--drain", "4");
        Assert.True(code == 0, $"{code}: {log}");
    }

    [Fact]
    public async Task What_is_exported_as_parquet_is_what_the_text_says()
    {
        await BuildAsync();
        var (code, _, error) = await RunAsync("export", "news", "--format", "parquet", "--out", "lists.parquet");
        Assert.Equal((0, ""), (code, error));
        var (_, text, _) = await RunAsync("export", "news");
        using var duck = new DuckDB.NET.Data.DuckDBConnection("DataSource=:memory:");
        duck.Open();
        using var query = duck.CreateCommand();
        query.CommandText = $"SELECT query, item, rank, score FROM '{_scratch.PathOf("lists.parquet")}'";
        using var rows = query.ExecuteReader();
        var lines = "";
        while (rows.Read()) lines += FormattableString.Invariant($"{rows.GetString(0)}\t{rows.GetString(1)}\t{rows.GetInt32(2)}\t{rows.GetFloat(3):R}\n");
        Assert.Equal(text, lines);
    }

    [Theory]
    [InlineData("tsv"), InlineData("jsonl"), InlineData("parquet")]
    public async Task An_export_that_fails_leaves_nothing_behind(string format)
    {
        await BuildAsync();
        var file = _scratch.PathOf("lists");
        Directory.CreateDirectory(file); // nothing can be renamed to it
        var (code, _, error) = await RunAsync("export", "news", "--format", format, "--out", "lists");
        Assert.Equal(2, code);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_scratch.Folder, "*.tmp"));
    }

    [Theory]
    [InlineData("build news --items items.jsonl", "rank"), InlineData("import news --items items.jsonl --neighbors lists.tsv", "import")]
    public async Task Bars_show_on_a_terminal_and_not_where_a_machine_reads(string arguments, string stage)
    {
        // The command script of util-linux gives its child a terminal; what comes on it is printed.
        Assert.Contains(stage, await OnTerminalAsync($"{Scratch.Program} {arguments} >/dev/null"), StringComparison.Ordinal);
        Assert.DoesNotContain(stage, await OnTerminalAsync($"{Scratch.Program} {arguments} --json >/dev/null"), StringComparison.Ordinal);
        Assert.Equal("", (await RunAsync(arguments.Split(' '))).Error);
    }

    async Task<string> OnTerminalAsync(string command)
    {
        var (code, output, _) = await _scratch.RunProgramAsync("env", "TERM=xterm", "script", "--quiet", "--return", "--command", command, "/dev/null");
        Assert.Equal(0, code);
        return output;
    }

    [Fact]
    public async Task A_bad_row_stops_the_build_unless_it_is_allowed()
    {
        await File.AppendAllTextAsync(_scratch.PathOf("items.jsonl"), "{\"title\":\"no id\"}\n", TestContext.Current.CancellationToken);
        var (code, _, error) = await RunAsync("build", "news", "--items", "items.jsonl");
        Assert.Equal(2, code);
        Assert.Contains("items.jsonl:6", error, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("build", "news", "--items", "items.jsonl", "--skip-bad", "1")).Code);
    }
}
