using System.Text.Json;

namespace Cantor.Cli.Tests;

/// <summary>Weights that are learned, written and built with.</summary>
public sealed class TuneTests : IDisposable
{
    readonly Scratch _scratch = new();

    /// <summary>One word of a text says which of twenty groups an item belongs to, tags name another group.</summary>
    public TuneTests()
    {
        File.WriteAllLines(_scratch.PathOf("items.jsonl"), Enumerable.Range(0, 120).Select(i => JsonSerializer.Serialize(new
        {
            id = $"i{i}",
            title = $"word{Mixed(i, 99) % 60}",
            body = $"group{i % 20} {string.Join(' ', Enumerable.Range(0, 9).Select(k => $"word{Mixed(i, k) % 60}"))}",
            tags = new[] { $"tag{i / 6}", $"kind{i / 6}" },
        })));
        File.WriteAllLines(_scratch.PathOf("judgments.tsv"), Enumerable.Range(0, 120).SelectMany(i =>
            Enumerable.Range(0, 120).Where(j => j != i && j % 20 == i % 20).Select(j => $"i{i}\ti{j}\t1")));
    }

    /// <summary>Numbers that follow no pattern, the same every time.</summary>
    static uint Mixed(int i, int k) => unchecked(((uint)i * 2654435761u + (uint)k * 40503u) * 2246822519u) >> 16;

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Learned_weights_are_written_and_a_build_takes_them()
    {
        var (code, output, error) = await _scratch.RunAsync("tune", "news", "--items", "items.jsonl", "--judgments", "judgments.tsv", "--out", "tuned.yaml", "--json");
        Assert.Equal((0, ""), (code, error));
        using var report = JsonDocument.Parse(output);
        Assert.True(report.RootElement.GetProperty("isBetter").GetBoolean());
        Assert.Equal(("judgments", 120), (report.RootElement.GetProperty("from").GetString(), report.RootElement.GetProperty("questions").GetInt32()));
        var tags = report.RootElement.GetProperty("weights").EnumerateArray().Single(weight => weight.GetProperty("signal").GetString() == "tags").GetProperty("learned").GetDouble();
        Assert.True(tags < .5);
        Assert.Matches($@"^# cantor tune news: 120 judged items, nDCG@10 .*\nsignals:\n  tags:\n    weight: {tags.ToString(System.Globalization.CultureInfo.InvariantCulture)}\n", File.ReadAllText(_scratch.PathOf("tuned.yaml")));

        await _scratch.RunAsync("build", "news", "--items", "items.jsonl");
        var before = await NdcgAsync();
        Assert.Equal((0, ""), await _scratch.RunAsync("build", "news", "--items", "items.jsonl", "--config", "tuned.yaml") is var (built, _, fault) ? (built, fault) : default);
        Assert.True(await NdcgAsync() > before);
    }

    [Fact]
    public async Task Weights_that_are_not_surely_better_are_not_written_and_the_file_says_so()
    {
        File.WriteAllLines(_scratch.PathOf("judgments.tsv"), Enumerable.Range(0, 600).Select(i => $"i{i / 5}\ti{Mixed(i / 5, 1000 + i % 5) % 120}\t1"));
        var (code, output, _) = await _scratch.RunAsync("tune", "news", "--items", "items.jsonl", "--judgments", "judgments.tsv", "--out", "tuned.yaml");
        Assert.Equal(0, code);
        Assert.Contains("The weights stay as they are", output, StringComparison.Ordinal);
        Assert.EndsWith("signals: {}\n", File.ReadAllText(_scratch.PathOf("tuned.yaml")), StringComparison.Ordinal);
        Assert.Equal(0, (await _scratch.RunAsync("build", "news", "--items", "items.jsonl", "--config", "tuned.yaml")).Code);
    }

    [Fact]
    public async Task Without_judgments_and_events_there_is_nothing_to_learn_from()
    {
        Assert.Equal((2, "cantor: --judgments: there is nothing to learn from; expected a file of judgments, or --events\n"), await RunAsync("--items", "items.jsonl"));
        Assert.Equal((2, "cantor: --items: no source is given, here or in --config\n"), await RunAsync("--judgments", "judgments.tsv"));
        File.WriteAllText(_scratch.PathOf("few.tsv"), "i1\ti2\t1\n");
        Assert.Equal((2, "cantor: judgments: questions about the items: 1; expected at least 50 to learn from\n"), await RunAsync("--items", "items.jsonl", "--judgments", "few.tsv"));
    }

    async Task<(int Code, string Error)> RunAsync(params string[] arguments) =>
        await _scratch.RunAsync(["tune", "news", .. arguments]) is var (code, _, error) ? (code, error) : default;

    async Task<double> NdcgAsync()
    {
        using var report = JsonDocument.Parse((await _scratch.RunAsync("evaluate", "news", "--judgments", "judgments.tsv", "--json")).Out);
        return report.RootElement.GetProperty("ndcgAt10").GetProperty("value").GetDouble();
    }
}
