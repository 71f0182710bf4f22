using System.Text.Json.Nodes;
using Cantor.Corpus;
using Cantor.Sources.Config;
using NJsonSchema;

namespace Cantor.Sources.Tests.Config;

/// <summary>The schema that editors use and the class that reads the file know the same fields and judge the same values alike.</summary>
public sealed class SchemaTests : IDisposable
{
    static readonly string SchemaText = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "cantor.schema.json"));

    readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task The_example_is_valid() =>
        Assert.Empty(await FaultsAsync(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "cantor.yaml"), TestContext.Current.CancellationToken)));

    [Fact]
    public void Every_field_has_a_description() =>
        Assert.All(Fields(JsonNode.Parse(SchemaText)!, ""), field => Assert.True(field.Schema["description"] is not null, field.Path));

    // The class names the fields it expects where it meets an unknown one.
    [Theory]
    [InlineData("", "{x: 1}"), InlineData("map", "{map: {x: 1}}"), InlineData("map.items", "{map: {items: {x: 1}}}"), InlineData("map.events", "{map: {events: {x: 1}}}")]
    [InlineData("signals", "{signals: {x: 1}}"), InlineData("signals.tags", "{signals: {tags: {x: 1}}}"), InlineData("signals.latent", "{signals: {latent: {x: 1}}}"), InlineData("signals.vectors", "{signals: {vectors: {x: 1}}}"), InlineData("signals.coviews", "{signals: {coviews: {x: 1}}}")]
    [InlineData("rollout", "{rollout: {x: 1}}"), InlineData("gate", "{gate: {x: 1}}")]
    public void The_fields_are_the_same(string at, string unknown)
    {
        var schema = Fields(JsonNode.Parse(SchemaText)!, "").Select(field => field.Path)
            .Where(path => (path.LastIndexOf('.') is var dot and >= 0 ? path[..dot] : "") == at)
            .Select(path => path[(path.LastIndexOf('.') + 1)..]);
        var expected = Assert.Throws<InputFaultException>(() => Load(unknown)).Fault.Split("expected one of ")[1].Split(", ");
        Assert.Equal(expected, schema);
    }

    [Theory]
    [InlineData("collection", "articles"), InlineData("collection", "9-a_b"), InlineData("collection", "Articles"), InlineData("collection", "_a"), InlineData("collection", "''")]
    [InlineData("items", "a.jsonl"), InlineData("items", "[a.jsonl, b.csv]"), InlineData("items", "[]"), InlineData("items", "''"), InlineData("items", "['']"), InlineData("items", "{a: b}"), InlineData("items", "[[a]]")]
    [InlineData("events", "a.tsv"), InlineData("events", "{}")]
    [InlineData("map", "{items: {body: text}, events: {unit: session}}"), InlineData("map", "{items: {text: body}}"), InlineData("map", "{items: {body: ''}}"), InlineData("map", "x"), InlineData("map", "{items: [a]}")]
    [InlineData("skipBad", "0"), InlineData("skipBad", "2147483647"), InlineData("skipBad", "2147483648"), InlineData("skipBad", "-1"), InlineData("skipBad", "'1'")]
    [InlineData("memoryLimitMiB", "256"), InlineData("memoryLimitMiB", "255"), InlineData("memoryLimitMiB", "1048576"), InlineData("memoryLimitMiB", "1048577")]
    [InlineData("statementTimeoutSeconds", "1"), InlineData("statementTimeoutSeconds", "0"), InlineData("statementTimeoutSeconds", "604800"), InlineData("statementTimeoutSeconds", "604801")]
    [InlineData("k", "1"), InlineData("k", "0"), InlineData("k", "1000"), InlineData("k", "1001"), InlineData("k", "1.5"), InlineData("k", "ten")]
    [InlineData("seed", "0"), InlineData("seed", "9007199254740993"), InlineData("seed", "-1"), InlineData("seed", "x")]
    [InlineData("asOf", "2026-11-23"), InlineData("asOf", "2026-11-23T10:00:00.5+09:00"), InlineData("asOf", "2026-11-23 10:00Z"), InlineData("asOf", "2026"), InlineData("asOf", "2026-11-23T10")]
    [InlineData("lang", "en"), InlineData("lang", "pt-BR"), InlineData("lang", "no"), InlineData("lang", "English"), InlineData("lang", "e")]
    [InlineData("signals", "{tags: {weight: 0}}"), InlineData("signals", "{tags: {weight: 2}}"), InlineData("signals", "{tags: {weight: 0.4}}"), InlineData("signals", "{tags: {weight: 2.01}}"), InlineData("signals", "{tags: {weight: -0.1}}"), InlineData("signals", "{tags: {weight: '1'}}"), InlineData("signals", "{tags: 1}")]
    [InlineData("signals", "{coviews: {weight: 2, ordered: true, halfLifeDays: 30, popularity: 0.5, maxItemsPerUnit: 2}}"), InlineData("signals", "{coviews: {weight: 3}}"), InlineData("signals", "{coviews: {ordered: yes}}"), InlineData("signals", "{coviews: {ordered: 'true'}}"), InlineData("signals", "{coviews: {halfLifeDays: 0}}"), InlineData("signals", "{coviews: {popularity: 1.1}}"), InlineData("signals", "{coviews: {maxItemsPerUnit: 1}}")]
    [InlineData("signals", "{latent: {weight: 0.1}}"), InlineData("signals", "{latent: {weight: 1.1}}")]
    [InlineData("signals", "{vectors: {weight: 0.3, method: pruned, minRecall: 0.9}}"), InlineData("signals", "{vectors: {weight: 2.1}}"), InlineData("signals", "{vectors: {method: Exact}}"), InlineData("signals", "{vectors: {minRecall: 1.1}}"), InlineData("signals", "{vectors: {encoder: model}}"), InlineData("signals", "{vectors: {encoder: ' '}}")]
    [InlineData("duplicates", "auto"), InlineData("duplicates", "collapse"), InlineData("duplicates", "keep"), InlineData("duplicates", "drop")]
    [InlineData("candidates", "all"), InlineData("candidates", "some"), InlineData("minRecall", "0.99"), InlineData("minRecall", "2")]
    [InlineData("age", "{weight: 0.3, halfLifeDays: 30}"), InlineData("age", "{weight: 0.95}"), InlineData("age", "{halfLifeDays: 0}"), InlineData("age", "{days: 3}"), InlineData("age", "0.3")]
    [InlineData("diversity", "0.3"), InlineData("diversity", "1.1"), InlineData("diversity", "much")]
    [InlineData("idWords", "true"), InlineData("idWords", "false"), InlineData("idWords", "maybe")]
    [InlineData("publish", "live"), InlineData("publish", "canary"), InlineData("publish", "none"), InlineData("publish", "Live"), InlineData("publish", "1")]
    [InlineData("releases", "{keep: 1}"), InlineData("releases", "{keep: 1000}"), InlineData("releases", "{keep: 0}"), InlineData("releases", "{keep: 1001}"), InlineData("releases", "{kept: 1}"), InlineData("releases", "5")]
    [InlineData("rollout", "{steps: [1, 5, 100], dwell: 5m, deadline: 24h, atDeadline: hold, onNewRelease: queue, anonymous: hash, slowMs: 50, clickMargin: 0.01, leastLive: 200}"), InlineData("rollout", "{steps: 10}"), InlineData("rollout", "{steps: [0]}"), InlineData("rollout", "{steps: [101]}"), InlineData("rollout", "{steps: [ten]}")]
    [InlineData("rollout", "{dwell: 5}"), InlineData("rollout", "{dwell: soon}"), InlineData("rollout", "{atDeadline: Hold}"), InlineData("rollout", "{anonymous: nobody}"), InlineData("rollout", "{slowMs: 0}"), InlineData("rollout", "{clickMargin: 1}"), InlineData("rollout", "{leastLive: 0}"), InlineData("rollout", "x")]
    [InlineData("gate", "{minItems: 0.8, maxCoverageLoss: 0.05, minOverlap: 0.5, judgments: j.tsv, maxQualityLoss: 0.01, replay: 2000}"), InlineData("gate", "{minItems: 1.1}"), InlineData("gate", "{judgments: ' '}"), InlineData("gate", "{replay: 10001}")]
    public async Task A_value_is_judged_alike(string field, string value)
    {
        var yaml = $"{field}: {value}\n";
        var faults = await FaultsAsync(yaml);
        string? fault = null;
        try
        {
            Load(yaml);
        }
        catch (InputFaultException e)
        {
            fault = e.Message;
        }
        Assert.True((faults.Count == 0) == (fault is null), $"schema: {string.Join("; ", faults)}; class: {fault}");
    }

    void Load(string text)
    {
        _scratch.Write("cantor.yaml", text);
        CollectionConfig.Load(Path.Combine(_scratch.Directory, "cantor.yaml"), _ => null);
    }

    static async Task<List<string>> FaultsAsync(string yaml)
    {
        var schema = await JsonSchema.FromJsonAsync(SchemaText, TestContext.Current.CancellationToken);
        return [.. schema.Validate(YamlJson.Parse(yaml).Single()!.ToJsonString()).Select(fault => fault.ToString())];
    }

    static IEnumerable<(string Path, JsonNode Schema)> Fields(JsonNode schema, string at) =>
        from field in schema["properties"] as JsonObject ?? []
        from found in Fields(field.Value!, $"{at}{field.Key}.").Prepend(($"{at}{field.Key}", field.Value!))
        select found;
}
