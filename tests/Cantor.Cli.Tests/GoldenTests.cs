using System.Text.Json;
using System.Text.RegularExpressions;

namespace Cantor.Cli.Tests;

/// <summary>What people and programs read is what is committed. Lists are imported, so a better engine changes none of it.</summary>
public sealed partial class GoldenTests : IDisposable
{
    readonly Scratch _scratch = new();

    public GoldenTests()
    {
        File.WriteAllLines(_scratch.PathOf("items.jsonl"),
        [
            """{"id":"sea/1","title":"A ship at sea","body":"the ship sails over the sea","tags":["sea"],"url":"https://example.org/1"}""",
            """{"id":"sea/2","title":"Wind for ships","body":"ships wait for wind at sea","tags":["sea","weather"]}""",
            """{"id":"oven","title":"Flour & yeast [bread]"}""",
            """{"id":"パン","title":"パンを焼く"}""",
            """{"id":"alone","title":"Alone"}""",
        ]);
        File.WriteAllText(_scratch.PathOf("lists.tsv"), "sea/1\tsea/2\t0.75\nsea/1\toven\t0.125\nsea/2\tsea/1\t0.5\noven\tパン\t0.25\nパン\toven\t1\n");
        File.WriteAllText(_scratch.PathOf("judgments.tsv"), "sea/1\tsea/2\t2\nsea/1\toven\t1\noven\tパン\t1\nalone\toven\t1\n");
    }

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Help_says_this_for_every_command()
    {
        var (_, help, _) = await _scratch.RunAsync("--help");
        Check("help.txt", help);
        var commands = CommandLine().Matches(help[help.IndexOf("Commands:", StringComparison.Ordinal)..]).Select(match => match.Groups[1].Value).ToList();
        Assert.Contains("build", commands);
        foreach (var command in commands) Check($"help-{command}.txt", (await _scratch.RunAsync(command, "--help")).Out);
    }

    [Theory]
    [InlineData("related.txt", "related", "stories", "sea/1")]
    [InlineData("related.json", "related", "stories", "sea/1", "--json")]
    [InlineData("related-explain.txt", "related", "stories", "sea/1", "--explain", "--limit", "1")]
    [InlineData("related-explain.json", "related", "stories", "sea/1", "--explain", "--limit", "1", "--json")]
    [InlineData("evaluate.txt", "evaluate", "stories", "--judgments", "judgments.tsv")]
    [InlineData("evaluate.json", "evaluate", "stories", "--judgments", "judgments.tsv", "--json")]
    [InlineData("export.tsv", "export", "stories")]
    [InlineData("export.jsonl", "export", "stories", "--format", "jsonl")]
    [InlineData("releases.txt", "releases", "stories")]
    [InlineData("releases.json", "releases", "stories", "--json")]
    public async Task Imported_lists_are_printed_like_this(string name, params string[] arguments)
    {
        await ImportAsync();
        var (code, output, error) = await _scratch.RunAsync(arguments);
        Assert.Equal((0, ""), (code, error));
        Check(name, output);
    }

    [Theory]
    [InlineData("evaluate-against.txt", 0, "evaluate", "stories", "--judgments", "judgments.tsv", "--against", "previous", "--slice", "tags", "age")]
    [InlineData("evaluate-against.json", 0, "evaluate", "stories", "--judgments", "judgments.tsv", "--against", "previous", "--slice", "tags", "--json", "--most", "1")]
    [InlineData("diff.txt", 1, "diff", "stories", "previous", "live")]
    [InlineData("diff.json", 1, "diff", "stories", "previous", "live", "--json", "--lang", "ja")]
    [InlineData("diff-none.txt", 0, "diff", "stories", "live", "live")]
    [InlineData("diff-none.json", 0, "diff", "stories", "live", "live", "--json")]
    public async Task Two_releases_are_compared_like_this(string name, int code, params string[] arguments)
    {
        await ImportTwoAsync();
        var (exit, output, error) = await _scratch.RunAsync(arguments);
        Assert.Equal((code, ""), (exit, error));
        Check(name, output);
    }

    [Theory]
    [InlineData("evaluate.html", "evaluate", "stories", "--judgments", "judgments.tsv", "--against", "previous", "--plot", "page.html")]
    [InlineData("diff.html", "diff", "stories", "previous", "live", "--html", "page.html")]
    public async Task Pages_are_written_like_this(string name, params string[] arguments)
    {
        await ImportTwoAsync();
        await _scratch.RunAsync(arguments);
        Check(name, await File.ReadAllTextAsync(_scratch.PathOf("page.html"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_churn_of_every_item_is_written_like_this()
    {
        await ImportTwoAsync();
        await _scratch.RunAsync("diff", "stories", "previous", "live", "--out", "churn.tsv");
        Check("churn.tsv", await File.ReadAllTextAsync(_scratch.PathOf("churn.tsv"), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("related-none.txt"), InlineData("related-none.json", "--json")]
    public async Task An_empty_answer_is_printed_like_this(string name, params string[] arguments)
    {
        await ImportAsync();
        var (code, output, error) = await _scratch.RunAsync(["related", "stories", "alone", .. arguments]);
        Assert.Equal((1, ""), (code, error));
        Check(name, output);
    }

    [Theory]
    [InlineData("verify.txt"), InlineData("verify.json", "--json")]
    public async Task A_verified_file_is_told_of_like_this(string name, params string[] arguments)
    {
        await ImportAsync();
        var (code, output, error) = await _scratch.RunAsync(["verify", Directory.GetFiles(_scratch.PathOf("cantor-data", "releases"), "*.cantor").Single(), .. arguments]);
        Assert.Equal((0, ""), (code, error));
        Check(name, output);
    }

    [Fact]
    public async Task Reasons_are_told_to_people_as_they_are_to_programs()
    {
        await _scratch.RunAsync("build", "stories", "--items", "items.jsonl");
        using var json = JsonDocument.Parse((await _scratch.RunAsync("related", "stories", "sea/1", "--explain", "--lang", "ja", "--json")).Out);
        var because = json.RootElement[0].GetProperty("because").GetString()!;
        Assert.Matches("「sea」.*が両方に出てきます", because);
        Assert.Contains(because[..12], (await _scratch.RunAsync("related", "stories", "sea/1", "--explain", "--lang", "ja")).Out, StringComparison.Ordinal);
    }

    async Task ImportAsync() =>
        Assert.Equal((0, ""), await _scratch.RunAsync("import", "stories", "--items", "items.jsonl", "--neighbors", "lists.tsv") is var made ? (made.Code, made.Error) : default);

    /// <summary>A second release: an item came, one went, one was renamed, and lists changed.</summary>
    async Task ImportTwoAsync()
    {
        await ImportAsync();
        var items = await File.ReadAllTextAsync(_scratch.PathOf("items.jsonl"), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_scratch.PathOf("items.jsonl"), items.Replace("""{"id":"alone","title":"Alone"}""", """{"id":"new","title":"New <b>& bold</b>","url":"javascript:alert(1)"}""", StringComparison.Ordinal)
            .Replace("Wind for ships", "Winds for ships", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_scratch.PathOf("lists.tsv"), "sea/1\tnew\t0.75\nsea/1\tsea/2\t0.5\nsea/1\toven\t0.25\noven\tパン\t0.25\nパン\toven\t1\nnew\tsea/1\t0.5\n", TestContext.Current.CancellationToken);
        await ImportAsync();
    }

    /// <summary>What differs between two runs, and the padding of tables, is blotted out.</summary>
    static void Check(string name, string output) =>
        Golden.Check(name, string.Join('\n', Bytes().Replace(Release().Replace(output, "RELEASE"), "\"bytes\": BYTES").Split('\n').Select(line => line.TrimEnd())));

    [GeneratedRegex(@"^  ([a-z]+)[ \n]", RegexOptions.Multiline)]
    private static partial Regex CommandLine();

    [GeneratedRegex("[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}(?!\\.cantor)")]
    private static partial Regex Release();

    [GeneratedRegex("\"bytes\": [0-9]+")]
    private static partial Regex Bytes();
}
