using System.Globalization;
using System.Text.Json.Nodes;
using Cantor.Corpus;
using Cantor.Gateway.Config;
using NJsonSchema;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Cantor.Gateway.Tests.Config;

/// <summary>The class that reads the file, and the schema that editors use: they know the same fields and judge the same values alike.</summary>
public sealed class GatewayFileTests : IDisposable
{
    const string Sides = "old: {url: http://old}\nnew: {url: http://new}\n";
    const string Whole = Sides + "routes: {r: {path: /x}}\n";

    static readonly string SchemaText = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "gateway.schema.json"));

    readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("cantor-gateway-");

    public void Dispose() => _directory.Delete(recursive: true);

    GatewayConfig Load(string text)
    {
        var path = Path.Combine(_directory.FullName, "gateway.yaml");
        File.WriteAllText(path, text);
        return GatewayFile.Load(path, name => name is "KEY" ? "secret" : null);
    }

    string Fault(string text) => Assert.Throws<InputFaultException>(() => Load(text)).Message.Replace(_directory.FullName + "/", "", StringComparison.Ordinal);

    [Fact]
    public async Task The_example_is_valid_and_is_read()
    {
        var example = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "gateway.yaml"), TestContext.Current.CancellationToken);
        Assert.Empty(await FaultsAsync(example));
        var config = Load(example.Replace("CANTOR_KEY", "KEY", StringComparison.Ordinal));
        Assert.Equal(("articles", "http://127.0.0.1:7001", "http://127.0.0.1:8080"), (config.Name, config.Old.Url, config.New.Url));
        Assert.Equal(KeyValuePair.Create("X-API-Key", "secret"), Assert.Single(config.New.Headers));
        var route = Assert.Single(config.Routes);
        Assert.Equal((Rescue.New, 200, TimeSpan.FromSeconds(2)), (route.Rescue, route.SlowMs, route.Timeout));
    }

    [Fact]
    public void A_route_has_what_stands_above_the_routes_and_over_it_its_own()
    {
        var config = Load(Sides + "timeout: 1s\nrescue: retry\nshadow: {sample: 0.5}\nrollout: {dwell: 1m}\nroutes: {a: {path: /a}, b: {path: /b, timeout: 300ms, rescue: none, shadow: {noise: 1}, rollout: {slowMs: 9}}}");
        var (a, b) = (config.Routes[0], config.Routes[1]);
        Assert.Equal((TimeSpan.FromSeconds(1), Rescue.Retry, .5, .5, TimeSpan.FromMinutes(1)), (a.Timeout, a.Rescue, a.Sample, a.Noise, a.Rollout.Dwell));
        Assert.Equal((TimeSpan.FromMilliseconds(300), Rescue.None, .5, 1.0, 9), (b.Timeout, b.Rescue, b.Sample, b.Noise, b.Rollout.SlowMs));
        Assert.Equal(Rescue.Retry, config.Other.Rescue);
    }

    [Theory]
    [InlineData("new: {url: http://new}\nroutes: {r: {path: /x}}", "gateway.yaml: old: expected url: http://HOST:PORT, found nothing")]
    [InlineData("old: {url: ftp://x}\nnew: {url: http://new}\nroutes: {r: {path: /x}}", "gateway.yaml:1: old.url: expected http://HOST:PORT or https://HOST, a path behind it if need be, found \"ftp://x\"")]
    [InlineData(Sides, "gateway.yaml: routes: expected at least one route, such as related: {path: /articles/{id}/related}, found nothing")]
    [InlineData(Sides + "routes:\n  R: {path: /x}", "gateway.yaml:4: routes: expected 1 to 64 of a-z, 0-9, - and _, a letter or digit first, found \"R\"")]
    [InlineData(Sides + "routes:\n  r: {path: x}", "gateway.yaml:4: routes.r.path: expected a path such as /articles/{id}/related or /{rest*}, found \"x\"")]
    [InlineData(Sides + "routes:\n  r:\n    path: /x\n    newpath: /y", "gateway.yaml:6: routes.r.newpath: there is no such field; did you mean newPath? expected one of path, methods, newPath, ids, newIds, self, answer, timeout, budget, rescue, breaker, shadow, lists, rollout")]
    [InlineData(Whole + "timeout: 2", "gateway.yaml:4: timeout: expected a time such as 500ms, 2s or 1m, found \"2\"")]
    [InlineData(Whole + "timeout: 10s", "gateway.yaml:3: routes.r.timeout: expected a budget that is not shorter than the timeout, found nothing")]
    [InlineData(Whole + "rescue: old", "gateway.yaml:4: rescue: expected none, retry or new, found \"old\"")]
    [InlineData(Whole + "units: [cookie]", "gateway.yaml:4: units: expected header:NAME, cookie:NAME or query:NAME")]
    [InlineData(Whole + "rollout:\n  steps: [5, 1]", "gateway.yaml:5: rollout.steps: expected percentages from 0.01 to 100 with at most two decimals, each greater than the one before")]
    [InlineData(Whole + "rollout: {dwell: 2d, deadline: 1d}", "gateway.yaml:4: rollout: rollout: ")]
    [InlineData(Sides + "routes: {r: {path: /x, answer: {a: $b}}}", "gateway.yaml:3: routes.r.answer.a: expected a path such as $.items[*].id: $, then .name, [\"name\"], [2] or [*]; $$ stands for $ itself, found \"$b\"")]
    [InlineData(Sides + "routes: {r: {path: /x, answer: {each: $.a}}}", "gateway.yaml:3: routes.r.answer: expected a list as the two fields each, a path such as $.items[*], and of, what is made of each place, found fields")]
    [InlineData(Sides + "routes: {r: {path: /x, ids: {strip: a}}}", "gateway.yaml:3: routes.r.ids.at: expected a path such as $.items[*].id")]
    [InlineData(Sides + "routes: {r: {path: /x, ids: {at: $.a}, answer: {a: $.b}}}", "gateway.yaml:3: routes.r.answer: expected newIds too")]
    [InlineData("old: {url: http://old, headers: {X-Key: '${NONE}'}}\nnew: {url: http://new}\nroutes: {r: {path: /x}}", "gateway.yaml:1: old.headers.X-Key: the variable NONE is not set; expected one that is")]
    public void A_fault_names_line_and_field(string text, string fault) => Assert.StartsWith(fault, Fault(text), StringComparison.Ordinal);

    [Fact]
    public void A_file_of_ids_is_read_and_its_faults_name_its_line()
    {
        const string config = Sides + "routes: {r: {path: /x, ids: {at: $.a, map: ids.tsv}}}";
        File.WriteAllText(Path.Combine(_directory.FullName, "ids.tsv"), "1\tone\n2\ttwo\n");
        Assert.Equal("two", Load(config).Routes[0].OldIds!.Shared("2"));
        File.WriteAllText(Path.Combine(_directory.FullName, "ids.tsv"), "1\tone\n2 two\n");
        Assert.Equal("ids.tsv:2: expected two ids with a tab between them", Fault(config));
        File.WriteAllText(Path.Combine(_directory.FullName, "ids.tsv"), "1\tone\n1\ttwo\n");
        Assert.Equal("ids.tsv:2: the id 1 is there twice", Fault(config));
        File.Delete(Path.Combine(_directory.FullName, "ids.tsv"));
        Assert.StartsWith("ids.tsv: cannot be read", Fault(config), StringComparison.Ordinal);
    }

    // The class names the fields it expects where it meets an unknown one.
    [Theory]
    [InlineData("", "x: 1"), InlineData("breaker", "breaker: {x: 1}"), InlineData("shadow", "shadow: {x: 1}"), InlineData("rollout", "rollout: {x: 1}")]
    [InlineData("old", "", "{x: 1}"), InlineData("route", "", null, "{x: 1}"), InlineData("ids", "", null, "{path: /x, ids: {x: 1}}")]
    public void The_fields_are_the_same(string at, string top, string? old = null, string? route = null)
    {
        var schema = JsonNode.Parse(SchemaText)!;
        var part = at switch
        {
            "" => schema,
            "route" => schema["properties"]!["routes"]!["patternProperties"]!.AsObject().Single().Value!,
            "old" => schema["definitions"]!["side"]!,
            _ => schema["definitions"]![at]!,
        };
        var fault = Fault($"old: {old ?? "{url: http://old}"}\nnew: {{url: http://new}}\nroutes: {{r: {route ?? "{path: /x}"}}}\n{top}\n");
        Assert.Equal(part["properties"]!.AsObject().Select(field => field.Key), fault.Split("expected one of ")[1].Split(", "));
    }

    [Theory]
    [InlineData("name", "articles"), InlineData("name", "A"), InlineData("name", "''"), InlineData("urls", "http://127.0.0.1:1"), InlineData("urls", "[http://127.0.0.1:1, https://x]"), InlineData("urls", "here"), InlineData("urls", "http://127.0.0.1:http"), InlineData("urls", "http://127.0.0.1:1/base"), InlineData("urls", "'http://[::1]:80/'"), InlineData("urls", "{a: b}")]
    [InlineData("units", "header:X"), InlineData("units", "['cookie:a', 'query:b']"), InlineData("units", "[x]"), InlineData("units", "'header:a b'")]
    [InlineData("queue", "1"), InlineData("queue", "0"), InlineData("queue", "100001"), InlineData("workers", "256"), InlineData("workers", "257"), InlineData("workers", "'4'")]
    [InlineData("timeout", "500ms"), InlineData("timeout", "1s"), InlineData("timeout", "1h"), InlineData("timeout", "s"), InlineData("timeout", "5"), InlineData("budget", "1m"), InlineData("budget", "soon")]
    [InlineData("rescue", "none"), InlineData("rescue", "retry"), InlineData("rescue", "new"), InlineData("rescue", "New"), InlineData("lists", "same"), InlineData("lists", "any"), InlineData("lists", "other")]
    [InlineData("breaker", "{failures: 1, pause: 1s}"), InlineData("breaker", "{failures: 0}"), InlineData("breaker", "{pause: 1}"), InlineData("breaker", "x")]
    [InlineData("shadow", "{sample: 1, mostPerSecond: 1, noise: 0}"), InlineData("shadow", "{sample: 1.1}"), InlineData("shadow", "{mostPerSecond: 0}"), InlineData("shadow", "{noise: all}")]
    [InlineData("rollout", "{steps: [1, 100], dwell: 5m, deadline: 24h, atDeadline: hold, anonymous: hash, slowMs: 50, leastLive: 200}"), InlineData("rollout", "{steps: 10}"), InlineData("rollout", "{steps: [0]}"), InlineData("rollout", "{dwell: 5}"), InlineData("rollout", "{anonymous: old}"), InlineData("rollout", "{slowMs: 0}"), InlineData("rollout", "{onNewRelease: queue}")]
    [InlineData("routes", "{s: {path: '/a/{id}', methods: [GET, HEAD], newPath: '/b/{id}?n={n=1}', ids: {at: '$.a[*]', strip: a, prefix: b}, newIds: {at: '$[\"a b\"][0]'}, self: id, answer: {a: 1}}}"), InlineData("routes", "{s: {}}"), InlineData("routes", "{s: {path: a}}"), InlineData("routes", "{s: {path: /a, methods: get}}"), InlineData("routes", "{s: {path: /a, newPath: b}}"), InlineData("routes", "{s: {path: /a, ids: {at: a}}}"), InlineData("routes", "{s: {path: /a, ids: {strip: a}}}"), InlineData("routes", "{s: {path: /a, self: 'a b'}}"), InlineData("routes", "{}"), InlineData("routes", "{S: {path: /a}}")]
    [InlineData("old", "{url: http://x}"), InlineData("old", "{url: http://x/base/}"), InlineData("old", "{url: x}"), InlineData("old", "{}"), InlineData("old", "{url: http://x, headers: {X-A: b}}"), InlineData("old", "{url: http://x, headers: {'X A': b}}"), InlineData("old", "{url: 'http://x?a'}")]
    public async Task A_value_is_judged_alike(string field, string value)
    {
        var fields = new Dictionary<string, string> { ["old"] = "{url: http://old}", ["new"] = "{url: http://new}", ["routes"] = "{r: {path: /x}}", ["budget"] = "2m", [field] = value };
        var yaml = string.Concat(fields.Select(one => $"{one.Key}: {one.Value}\n"));
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

    static async Task<List<string>> FaultsAsync(string yaml)
    {
        var schema = await JsonSchema.FromJsonAsync(SchemaText, TestContext.Current.CancellationToken);
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return [.. schema.Validate(ToJson(stream.Documents[0].RootNode)!.ToJsonString()).Select(fault => fault.ToString())];
    }

    // As an editor sees it: YAML 1.2's core schema.
    static JsonNode? ToJson(YamlNode node) => node switch
    {
        YamlMappingNode mapping => new JsonObject(mapping.Children.Select(field => KeyValuePair.Create(((YamlScalarNode)field.Key).Value!, ToJson(field.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(ToJson)]),
        YamlScalarNode { Style: not ScalarStyle.Plain } quoted => JsonValue.Create(quoted.Value),
        YamlScalarNode { Value: null or "" or "~" or "null" } => null,
        YamlScalarNode scalar when decimal.TryParse(scalar.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => JsonValue.Create(number),
        _ => JsonValue.Create(((YamlScalarNode)node).Value),
    };
}
