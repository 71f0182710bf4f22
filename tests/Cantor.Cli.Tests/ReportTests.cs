using System.Text.Json;
using System.Text.RegularExpressions;

namespace Cantor.Cli.Tests;

/// <summary>What cantor evaluate and cantor diff tell, and the pages they write.</summary>
public sealed partial class ReportTests : IDisposable
{
    const string Attack = """<script>alert(1)</script>"><img src=x onerror=alert(2)>""";

    readonly Scratch _scratch = new();

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _scratch.Dispose();

    async Task<JsonElement> JsonAsync(int code, params string[] arguments)
    {
        var (exit, output, error) = await _scratch.RunAsync([.. arguments, "--json"]);
        Assert.Equal((code, ""), (exit, error));
        return JsonDocument.Parse(output).RootElement;
    }

    async Task RunAsync(params string[] arguments) =>
        Assert.Equal((0, ""), await _scratch.RunAsync(arguments) is var (code, _, error) ? (code, error) : default);

    /// <summary>Two releases of hostile items that share no list, and judgments.</summary>
    async Task ImportAsync()
    {
        string[] letters = ["a", "b", "c", "d"];
        await File.WriteAllLinesAsync(_scratch.PathOf("items.jsonl"), letters.Select(id => JsonSerializer.Serialize(new
        {
            id,
            title = $"{id} {Attack}",
            url = "javascript:alert(3)",
            tags = new[] { Attack },
            section = Attack,
            lang = "\"x",
            published_at = id == "a" ? "2026-01-01T00:00:00Z" : null,
        })), Cancel);
        await File.WriteAllTextAsync(_scratch.PathOf("judgments.tsv"), "a\tb\t1\nb\tc\t2\nc\ta\t1\nc\tc\t1\nd\ta\t0\nx\ta\t1\na\ty\t1\n", Cancel);
        foreach (var lists in new[] { "a\tb\t1\nb\tc\t1\nc\td\t1\n", "a\tc\t1\nb\tc\t1\nc\ta\t1\n" })
        {
            await File.WriteAllTextAsync(_scratch.PathOf("lists.tsv"), lists, Cancel);
            await RunAsync("import", "news", "--items", "items.jsonl", "--neighbors", "lists.tsv");
        }
    }

    [Fact]
    public async Task The_example_of_the_documentation_is_what_the_commands_print()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Testing.Golden.Root(), "docs", "evaluating.md"), Cancel);
        var section = page[page.IndexOf("## An example to do by hand", StringComparison.Ordinal)..page.IndexOf("## How to read an interval", StringComparison.Ordinal)];
        foreach (Match file in NamedBlock().Matches(section))
            await File.WriteAllTextAsync(_scratch.PathOf(file.Groups[1].Value), file.Groups[2].Value, Cancel);
        var blocks = Block().Matches(section).Select(block => block.Groups[1].Value).ToList();
        var commands = blocks[3].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, commands.Length);
        var outputs = new List<string>();
        foreach (var command in commands)
        {
            var (code, output, error) = await _scratch.RunAsync(command.Split(' ')[1..]);
            Assert.Equal((0, ""), (code, error));
            outputs.Add(string.Join('\n', output.Split('\n').Select(line => line.TrimEnd())).Trim('\n') + '\n');
        }
        Assert.Equal(blocks[4], outputs[1]);
        // What is done by hand below it.
        double[] rose = [2.5 / (3 + 1 / Math.Log2(3)), .4, 1, 1, 2 / 3.0], tomato = [1 / Math.Log2(3), .2, 1, .5, .5];
        var rows = section.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Select(line => line.Split('|')).ToDictionary(row => row[1].Trim(), row => row);
        string[] measures = ["nDCG@10", "P@5", "recall@20", "MRR@10", "judged@10"];
        for (var i = 0; i < measures.Length; i++)
        {
            Assert.EndsWith(FormattableString.Invariant($" {rose[i]:0.####}"), rows[measures[i]][2].TrimEnd(), StringComparison.Ordinal);
            Assert.EndsWith(FormattableString.Invariant($" {tomato[i]:0.####}"), rows[measures[i]][3].TrimEnd(), StringComparison.Ordinal);
            Assert.Matches(FormattableString.Invariant($@"{Regex.Escape(measures[i])} +{(rose[i] + tomato[i]) / 2:F4} "), outputs[1]);
        }
    }

    [Fact]
    public async Task What_the_judgments_ask_and_the_collection_lacks_is_said()
    {
        await ImportAsync();
        var counts = (await JsonAsync(0, "evaluate", "news", "--judgments", "judgments.tsv")).GetProperty("judgments");
        Assert.Equal("4 1 1 6 1 1", string.Join(' ', new[] { "queries", "unknownQueries", "withoutGood", "pairs", "unknownItems", "ofThemselves" }.Select(name => counts.GetProperty(name).GetInt32())));
        var (_, output, _) = await _scratch.RunAsync("evaluate", "news", "--judgments", "judgments.tsv");
        Assert.Contains("Note: 1 of 4 judged queries are not in the collection; they score 0.", output, StringComparison.Ordinal);
        Assert.Contains("Note: 1 of 6 judgments are of items that are not in the collection", output, StringComparison.Ordinal);
        Assert.Contains("Note: 1 judgments are of an item for itself", output, StringComparison.Ordinal);
        Assert.Contains("Note: 1 queries have no item of grade 1 or above and were passed over.", output, StringComparison.Ordinal);
        File.WriteAllText(_scratch.PathOf("judgments.tsv"), "x\ta\t1\n");
        Assert.Equal((2, "cantor: judgments.tsv: none of its queries is an item of the release\n"), await _scratch.RunAsync("evaluate", "news", "--judgments", "judgments.tsv") is var (code, _, error) ? (code, error) : default);
    }

    [Fact]
    public async Task Releases_are_compared_query_by_query_from_the_one_that_against_names()
    {
        await ImportAsync();
        var against = (await JsonAsync(0, "evaluate", "news", "--judgments", "judgments.tsv", "--against", "previous")).GetProperty("against");
        Assert.Equal("1 1 2", string.Join(' ', new[] { "wins", "losses", "ties" }.Select(name => against.GetProperty(name).GetInt32())));
        Assert.Equal(["c", "a"], against.GetProperty("mostChanged").EnumerateArray().Select(query => query.GetProperty("lists").GetProperty("item").GetProperty("id").GetString()));
        var turned = (await JsonAsync(0, "evaluate", "news", "--judgments", "judgments.tsv", "--release", "previous", "--against", "live")).GetProperty("against");
        Assert.Equal(["a", "c"], turned.GetProperty("mostChanged").EnumerateArray().Select(query => query.GetProperty("lists").GetProperty("item").GetProperty("id").GetString()));
        Assert.Equal(-against.GetProperty("differences").GetProperty("ndcgAt10").GetProperty("value").GetDouble(), turned.GetProperty("differences").GetProperty("ndcgAt10").GetProperty("value").GetDouble(), 12);
    }

    [Fact]
    public async Task A_query_counts_in_every_slice_that_it_belongs_to()
    {
        File.WriteAllText(_scratch.PathOf("items.jsonl"), """
            {"id":"a","title":"sea ship","tags":["x:1","y:2","x:3"],"published_at":"2026-01-01T00:00:00Z","section":"home"}
            {"id":"b","title":"sea ship wind","tags":["y:2"],"published_at":"1990-01-01T00:00:00Z","section":["home","away"]}
            {"id":"c","title":"ship wind"}
            """);
        File.WriteAllText(_scratch.PathOf("views.tsv"), "unit\titem\ttime\nu\ta\t2026-01-01T00:00:00Z\nu\tc\t2026-01-01T00:01:00Z\nv\ta\t2026-01-01T00:00:00Z\nv\tc\t2026-01-01T00:01:00Z\n");
        File.WriteAllText(_scratch.PathOf("judgments.tsv"), "a\tb\t1\nb\ta\t1\nc\ta\t1\nz\ta\t1\n");
        await RunAsync("build", "news", "--items", "items.jsonl", "--events", "views.tsv", "--as-of", "2026-01-10T00:00:00Z");
        var slices = (await JsonAsync(0, "evaluate", "news", "--judgments", "judgments.tsv", "--slice", "tags:x", "tags", "section", "age", "events")).GetProperty("slices");
        Assert.Equal(
            [
                "tags:x (none) 2, (not in the collection) 1, x:1 1, x:3 1",
                "tags y:2 2, (none) 1, (not in the collection) 1, x:1 1, x:3 1",
                "section home 2, (none) 1, (not in the collection) 1, away 1",
                "age 30 days 1, older 1, undated 1, (not in the collection) 1",
                "events looked at with others 2, (none) 1, (not in the collection) 1",
            ],
            slices.EnumerateArray().Select(by => by.GetProperty("by").GetString() + " " + string.Join(", ", by.GetProperty("slices").EnumerateArray().Select(slice => $"{slice.GetProperty("name").GetString()} {slice.GetProperty("queries").GetInt32()}"))));
    }

    [Fact]
    public async Task Diff_exits_with_0_when_nothing_differs_and_with_1_when_anything_does()
    {
        await ImportAsync();
        Assert.False((await JsonAsync(0, "diff", "news", "live", "live")).GetProperty("different").GetBoolean());
        Assert.True((await JsonAsync(1, "diff", "news", "previous", "live")).GetProperty("different").GetBoolean());
        var files = Directory.GetFiles(_scratch.PathOf("cantor-data", "releases"), "*.cantor");
        Assert.Equal(2, files.Length);
        foreach (var file in files) await JsonAsync(0, "diff", "news", file, file);
        await JsonAsync(1, "diff", "news", files[0], files[1]);
        // A title alone is what readers see.
        await File.WriteAllTextAsync(_scratch.PathOf("items.jsonl"), (await File.ReadAllTextAsync(_scratch.PathOf("items.jsonl"), Cancel)).Replace("\"a ", "\"A ", StringComparison.Ordinal), Cancel);
        await RunAsync("import", "news", "--items", "items.jsonl", "--neighbors", "lists.tsv");
        var difference = await JsonAsync(1, "diff", "news", "previous", "live");
        Assert.Equal((0, "a"), (difference.GetProperty("relisted").GetInt32(), difference.GetProperty("otherFields")[0].GetString()));
    }

    [Theory]
    [InlineData("evaluate", "news", "--judgments", "judgments.tsv", "--against", "previous", "--slice", "section", "tags", "lang", "--plot", "page.html")]
    [InlineData("diff", "news", "previous", "live", "--html", "page.html")]
    public async Task No_text_of_an_item_becomes_a_part_of_a_page(params string[] arguments)
    {
        await ImportAsync();
        await _scratch.RunAsync(arguments);
        var page = await File.ReadAllTextAsync(_scratch.PathOf("page.html"), Cancel);
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&gt;&lt;img src=x", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("javascript:", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("lang=\"\"x", page, StringComparison.Ordinal);
        Assert.Contains("default-src 'none'", page, StringComparison.Ordinal);
        Assert.Empty(Loads().Matches(page));
    }

    [Theory]
    [Trait("Category", "Slow")]
    [InlineData("evaluate", "demo", "--judgments", "judgments.tsv", "--against", "previous", "--plot", "page.html")]
    [InlineData("diff", "demo", "previous", "live", "--html", "page.html")]
    public async Task A_browser_shows_a_page_without_a_fault_or_a_request_and_a_phone_need_not_scroll_sideways(params string[] arguments)
    {
        await BuildTwoAsync();
        await _scratch.RunAsync(arguments);
        // A page around it looks into the page, which runs nothing itself. It loads an image and logs a line, to see that both are seen.
        await File.WriteAllTextAsync(_scratch.PathOf("look.html"), """
            <!DOCTYPE html><iframe src="page.html" style="width:360px;height:800px;border:0"></iframe><img src="http://127.0.0.1:1/control.png"><pre id="seen"></pre><script>
            const loaded = window => window.performance.getEntriesByType('resource').map(entry => entry.name.replace(/.*\//, ''));
            onload = () => {
              const frame = document.querySelector('iframe'), page = frame.contentDocument, charts = [...page.querySelectorAll('svg[role=img]')];
              console.log('control');
              document.getElementById('seen').textContent = `width ${page.documentElement.scrollWidth} of ${page.documentElement.clientWidth}, scripts ${page.scripts.length}, ` +
                `charts ${charts.length}, unnamed ${charts.filter(chart => !chart.getAttribute('aria-label')).length}, ` +
                `loaded by the page [${loaded(frame.contentWindow)}], around it [${loaded(window).filter(name => name !== 'page.html')}]`;
            };
            </script>
            """, Cancel);
        var (dom, log) = await BrowseAsync("look.html");
        Assert.Matches(@"width 360 of 360, scripts 0, charts [1-9][0-9]*, unnamed 0, loaded by the page \[\], around it \[control\.png\]", dom);
        Assert.Contains("control", Assert.Single(log.Split('\n'), line => line.Contains("CONSOLE", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    /// <summary>Two releases of real lists with titles long and short, dates, links.</summary>
    async Task BuildTwoAsync()
    {
        string[] words = ["harbor", "tide", "pilot", "anchor", "storm", "lighthouse", "sail", "rope", "deck", "cargo"];
        await File.WriteAllLinesAsync(_scratch.PathOf("items.jsonl"), Enumerable.Range(0, 80).Select(i => JsonSerializer.Serialize(new
        {
            id = $"articles/{i}",
            title = string.Join(' ', Enumerable.Range(0, 1 + i % 12).Select(at => words[(i * (at + 3) + at) % 10])),
            body = $"{words[i % 10]} {words[i * 7 % 10]} {words[i * 3 % 9]}",
            url = $"https://example.org/{i}",
            published_at = $"{2000 + i % 26}-05-01T00:00:00Z",
            lang = i % 3 == 0 ? "ja" : "en",
            tags = new[] { words[i % 4] },
        })), Cancel);
        await File.WriteAllLinesAsync(_scratch.PathOf("judgments.tsv"), Enumerable.Range(0, 60).Select(i => $"articles/{i}\tarticles/{(i + 10) % 80}\t{1 + i % 3}"), Cancel);
        await RunAsync("build", "demo", "--items", "items.jsonl");
        await File.WriteAllTextAsync(_scratch.PathOf("cantor.yaml"), "signals: {tags: {weight: 2}}\n", Cancel);
        await File.WriteAllLinesAsync(_scratch.PathOf("items.jsonl"), (await File.ReadAllLinesAsync(_scratch.PathOf("items.jsonl"), Cancel)).Skip(5), Cancel);
        await RunAsync("build", "demo", "--items", "items.jsonl", "--config", "cantor.yaml");
    }

    /// <summary>Opens a page in Chromium without a window: what is in it in the end, and what the browser said.</summary>
    async Task<(string Dom, string Log)> BrowseAsync(string page)
    {
        try
        {
            var (code, dom, log) = await _scratch.RunProgramAsync("chromium",
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--hide-scrollbars", "--allow-file-access-from-files", $"--user-data-dir={_scratch.PathOf("browser")}", "--enable-logging=stderr", "--timeout=60000", "--dump-dom",
                $"file://{_scratch.PathOf(page)}");
            Assert.Equal(0, code);
            return (dom, log);
        }
        catch (System.ComponentModel.Win32Exception) when (Environment.GetEnvironmentVariable("CI") is null or "" or "false")
        {
            Assert.Skip("chromium is not installed; ./test --all installs it");
            throw;
        }
    }

    [GeneratedRegex("`([a-z]+\\.[a-z]+)`[^`]*```\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex NamedBlock();

    [GeneratedRegex("```\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("<(?:link|iframe|object|embed|audio|video|source|form|base)\\b|\\bsrc=\"|url\\((?!#)|@import|\\bon[a-z]+=\"", RegexOptions.IgnoreCase)]
    private static partial Regex Loads();
}
