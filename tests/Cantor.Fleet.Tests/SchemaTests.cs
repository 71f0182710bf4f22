using NJsonSchema;

namespace Cantor.Fleet.Tests;

/// <summary>api/service.schema.json and api/environments.schema.json say what the reader takes.</summary>
public sealed class SchemaTests : IDisposable
{
    readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task The_committed_fleet_is_valid()
    {
        var folder = Path.Combine(Scratch.Repository, "fleet");
        Assert.Empty(await FaultsAsync("environments", await File.ReadAllTextAsync(Path.Combine(folder, Fleet.EnvironmentsFile), TestContext.Current.CancellationToken)));
        Assert.Empty(await FaultsAsync("prices", await File.ReadAllTextAsync(Path.Combine(folder, Capacity.Prices.File), TestContext.Current.CancellationToken)));
        var files = Fleet.Files(folder).ToList();
        Assert.NotEmpty(files);
        foreach (var file in files) Assert.Empty(await FaultsAsync("service", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)));
    }

    [Theory]
    [InlineData("owner", "team"), InlineData("owner", "' '"), InlineData("owner", "[a]")]
    [InlineData("slack", "G012345678"), InlineData("slack", "general")]
    [InlineData("description", "one line"), InlineData("description", "null")]
    [InlineData("collections", "{a: , b: {k: 10}}"), InlineData("collections", "{}"), InlineData("collections", "{A: }"), InlineData("collections", "{a: {k: 0}}"), InlineData("collections", "{a: {x: 1}}"), InlineData("collections", "[a]")]
    [InlineData("schedule", "0 3 * * *"), InlineData("schedule", "daily")]
    [InlineData("release", "{publish: canary, rollout: {dwell: 5m}, gate: {minItems: 1}, releases: {keep: 3}}"), InlineData("release", "{k: 10}"), InlineData("release", "{publish: soon}")]
    [InlineData("slo", "{availability: 99.95, fast: 95, withinMs: 20}"), InlineData("slo", "{availability: 100}"), InlineData("slo", "{fast: 10}"), InlineData("slo", "{withinMs: 0}"), InlineData("slo", "{latency: 1}")]
    [InlineData("size", "{items: 1, rps: 1}"), InlineData("size", "{items: 0, rps: 1}"), InlineData("size", "{items: 1}"), InlineData("size", "{items: 1, rps: 1000001}")]
    [InlineData("resources", "{cores: 0.5, memoryMiB: 512, buildMemoryMiB: 128}"), InlineData("resources", "{buildMemoryMiB: 127}"), InlineData("resources", "{cores: 0}"), InlineData("resources", "{memoryMiB: 63}"), InlineData("resources", "{disk: 1}")]
    [InlineData("build", "{shards: 5}"), InlineData("build", "{shards: 101}"), InlineData("build", "{pods: 2}")]
    [InlineData("gateway", "{routes: {a: {path: /a}}}"), InlineData("gateway", "{routes: {}}"), InlineData("gateway", "{rescue: new, new: {headers: {X: y}}, units: [header:X], routes: {a: {path: /a, timeout: 1s}}}"), InlineData("gateway", "{old: {url: 'http://a'}, routes: {a: {path: /a}}}"), InlineData("gateway", "{new: {url: 'http://a'}, routes: {a: {path: /a}}}")]
    [InlineData("secrets", "{CANTOR_WEBHOOK: hook}"), InlineData("secrets", "{webhook: hook}"), InlineData("secrets", "{A: 'a b'}")]
    [InlineData("environments", "{dev: , prod: {version: 1.0.1, replicas: {min: 1}, canary: {version: 2, weight: 99}}}"), InlineData("environments", "{}"), InlineData("environments", "{prod: {canary: {version: a}}}"), InlineData("environments", "{prod: {canary: {version: a, judged: true}}}"), InlineData("environments", "{prod: {canary: {version: a, judged: false}}}"), InlineData("environments", "{prod: {canary: {version: a, judged: true, weight: 5}}}"), InlineData("environments", "{prod: {canary: {version: a, judged: false, weight: 5}}}"), InlineData("environments", "{prod: {canary: {version: a, weight: 100}}}"), InlineData("environments", "{prod: {replicas: {min: 0}}}"), InlineData("environments", "{other: }")]
    [InlineData("other", "1")]
    public async Task A_value_of_a_service_is_judged_alike(string field, string value)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["service"] = "articles",
            ["owner"] = "team",
            ["slack"] = "C0123456789",
            ["collections"] = "{articles: }",
            ["size"] = "{items: 1, rps: 1}",
            ["environments"] = "{prod: }",
        };
        fields[field] = value;
        var yaml = string.Concat(fields.Select(one => $"{one.Key}: {one.Value}\n"));
        _scratch.Write("articles.yaml", yaml);
        await AlikeAsync("service", yaml);
    }

    [Theory]
    [InlineData("images", "registry.example.com:5000/a/b"), InlineData("images", "cantor"), InlineData("images", "r.example.com/cantor:1.0")]
    [InlineData("environments", "{}"), InlineData("environments", "{test: {}}"), InlineData("environments", "{dev: {project: example-dev, region: europe-west1, domain: example.com}}")]
    [InlineData("environments", "{dev: {project: example-dev, region: europe, domain: example.com, version: 1}}"), InlineData("environments", "{dev: {project: example-dev, region: europe-west1, domain: -x.com, version: 1}}")]
    [InlineData("other", "1")]
    public async Task A_value_of_the_environments_is_judged_alike(string field, string value)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["images"] = "r.example.com/cantor",
            ["environments"] = "{dev: {project: example-dev, region: europe-west1, domain: example.com, version: 1.0.0}}",
        };
        fields[field] = value;
        var yaml = string.Concat(fields.Select(one => $"{one.Key}: {one.Value}\n"));
        _scratch.Write("environments.yaml", yaml);
        await AlikeAsync("environments", yaml);
    }

    [Theory]
    [InlineData("currency", "EUR"), InlineData("currency", "euro"), InlineData("asOf", "'2026-06-18'"), InlineData("asOf", "June"), InlineData("source", "' '")]
    [InlineData("hour", "{core: 0.04, gib: 0.004, mostGibPerCore: 6.5}"), InlineData("hour", "{core: 0.04}"), InlineData("hour", "{core: -1, gib: 0}"), InlineData("hour", "{core: 1, gib: 1, disk: 1}")]
    [InlineData("month", "{cluster: 73, dust: 0}"), InlineData("month", "{cluster: much}"), InlineData("month", "{}"), InlineData("other", "1")]
    public async Task A_value_of_the_prices_is_judged_alike(string field, string value)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal) { ["currency"] = "USD", ["asOf"] = "'2026-01-31'", ["source"] = "a list", ["hour"] = "{core: 1, gib: 2}" };
        fields[field] = value;
        var yaml = string.Concat(fields.Select(one => $"{one.Key}: {one.Value}\n"));
        _scratch.Write(Capacity.Prices.File, yaml);
        await AlikeAsync("prices", yaml);
    }

    async Task AlikeAsync(string schema, string yaml)
    {
        // Numbers that stand for texts are texts to the reader, and YAML for editors knows no better.
        var faults = await FaultsAsync(schema, yaml.Replace("version: 2,", "version: '2',", StringComparison.Ordinal).Replace("version: 1}", "version: '1'}", StringComparison.Ordinal));
        string? fault = null;
        try
        {
            _scratch.Load();
        }
        catch (FleetFaultException wrong)
        {
            fault = wrong.Message;
        }
        Assert.True((faults.Count == 0) == (fault is null), $"schema: {string.Join("; ", faults)}; reader: {fault}");
    }

    static async Task<List<string>> FaultsAsync(string name, string yaml)
    {
        var schema = await JsonSchema.FromFileAsync(Path.Combine(Scratch.Repository, "api", $"{name}.schema.json"), TestContext.Current.CancellationToken);
        return [.. schema.Validate(YamlJson.Parse(yaml).Single()!.ToJsonString()).Select(fault => fault.ToString())];
    }
}
