using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using NJsonSchema;

namespace Cantor.Server.Tests;

/// <summary>The committed document is what is served, and what is served is what it says.</summary>
public sealed class OpenApiTests : IAsyncLifetime
{
    static readonly string Committed = File.ReadAllText(Path.Combine(Golden.Root(), "api", "openapi.json"));
    static readonly JsonNode Document = JsonNode.Parse(Committed)!;

    World _world = null!;
    RunningServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _world = await World.OfOddIdsAsync();
        await _world.PublishAsync("withdrawn", ["a"], []);
        _world.MakeLive("withdrawn", null);
        _server = await RunningServer.StartAsync(_world);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _world.Dispose();
    }

    [Fact]
    public async Task The_committed_document_is_served()
    {
        var reply = await _server.GetAsync("/openapi/v1.json");
        Assert.Equal(Committed, reply.Body);
        Assert.Equal(304, (await _server.GetAsync("/openapi/v1.json", "If-None-Match: " + reply.Headers["ETag"])).Status);
    }

    [Fact]
    public void The_document_is_valid_OpenAPI()
    {
        var read = OpenApiDocument.Parse(Committed, "json");
        Assert.Empty(read.Diagnostic!.Errors);
        Assert.Empty(read.Diagnostic.Warnings);
        Assert.Equal(OpenApiSpecVersion.OpenApi3_1, read.Diagnostic.SpecificationVersion);
        Assert.Empty(read.Document!.Validate(ValidationRuleSet.GetDefaultRuleSet()));
        Assert.NotEmpty(OpenApiDocument.Parse(Committed.Replace("\"version\": \"v1\",", "", StringComparison.Ordinal), "json").Diagnostic!.Errors);
    }

    [Fact]
    public void Every_route_of_the_program_is_documented_and_no_other()
    {
        // An address of each documented path leads to a route, and each route is led to.
        var reached = Paths().Select(path => (Path: path, Target.Parse(Address(path), isPost: MethodsOf(path).Contains("POST")).Route)).ToList();
        Assert.DoesNotContain(reached, one => one.Route is Route.None);
        Assert.Equal(Enum.GetValues<Route>().Where(route => route is not Route.None), reached.Select(one => one.Route).Distinct().Order());
        foreach (var (path, route) in reached)
            Assert.Equal(Api.MethodsOf(route).Where(method => method is not "HEAD").Order(), MethodsOf(path).Order());
    }

    [Fact]
    public void Ranges_defaults_and_codes_are_those_of_the_program()
    {
        var parameters = Document["components"]!["parameters"]!;
        Assert.Equal((1, Parameters.MaxLimit, Parameters.DefaultLimit), (Of("limit", "minimum"), Of("limit", "maximum"), Of("limit", "default")));
        Assert.Equal(Parameters.MaxWindow - 1, Of("offset", "maximum"));
        Assert.Equal(ProblemKind.All.Select(kind => kind.Code),
            Document["components"]!["schemas"]!["Problem"]!["properties"]!["code"]!["enum"]!.AsArray().Select(code => (string)code!));
        int Of(string name, string what) => (int)parameters[name]!["schema"]![what]!;
    }

    [Fact]
    public async Task Documented_parameters_are_taken_and_others_are_not()
    {
        var values = new Dictionary<string, string> { ["id"] = "hub", ["limit"] = "5", ["offset"] = "1", ["explain"] = "true", ["minScore"] = "0.5", ["lang"] = "ja", ["diversity"] = "0.5", ["fields"] = "*", ["unit"] = "user-1", ["release"] = "live" };
        foreach (var path in Paths().Where(path => MethodsOf(path).Contains("GET")))
        {
            var documented = ParametersOf(path).Where(parameter => (string?)parameter["in"] is "query").Select(parameter => (string)parameter["name"]!).ToHashSet();
            foreach (var (name, value) in values)
            {
                var twin = documented.Contains("id") && name != "id" ? "&id=hub" : "";
                var reply = await _server.GetAsync($"{Address(path)}?{name}={value}{twin}");
                Assert.True(reply.Status == (documented.Contains(name) ? 200 : 400), $"{path} {name}: {reply.Status} {reply.Body}");
            }
        }
    }

    [Theory]
    [InlineData("/v1/collections", "/v1/collections", 200)]
    [InlineData("/v1/collections", "/v1/collections?x", 400)]
    [InlineData("/v1/collections/{collection}/items/{id}/related", "/v1/collections/odd/items/hub/related?explain=true&fields=*&limit=100", 200)]
    [InlineData("/v1/collections/{collection}/items/{id}/related", "/v1/collections/odd/items/hub/related", 200)]
    [InlineData("/v1/collections/{collection}/items/{id}/related", "/v1/collections/odd/items/lonely/related", 200)]
    [InlineData("/v1/collections/{collection}/items/{id}/related", "/v1/collections/odd/items/%zz/related", 400)]
    [InlineData("/v1/collections/{collection}/items/{id}/related", "/v1/collections/odd/items/nobody/related", 404)]
    [InlineData("/v1/collections/{collection}/items/{id}/related", "/v1/collections/withdrawn/items/a/related", 503)]
    [InlineData("/v1/collections/{collection}/related", "/v1/collections/odd/related?id=a/b&fields=tags", 200)]
    [InlineData("/v1/collections/{collection}/related", "/v1/collections/odd/related", 400)]
    [InlineData("/v1/collections/{collection}/related", "/v1/collections/nowhere/related?id=a", 404)]
    [InlineData("/v1/collections/{collection}/items/{id}", "/v1/collections/odd/items/%F0%9F%98%80", 200)]
    [InlineData("/v1/collections/{collection}/items/{id}", "/v1/collections/odd/items/nobody", 404)]
    [InlineData("/v1/collections/{collection}/items", "/v1/collections/odd/items?id=..&fields=", 200)]
    [InlineData("/v1/collections/{collection}/items", "/v1/collections/odd/items", 400)]
    [InlineData("/v1/collections/{collection}", "/v1/collections/odd", 200)]
    [InlineData("/v1/collections/{collection}", "/v1/collections/nowhere", 404)]
    [InlineData("/v1/keys", "/v1/keys", 200)]
    [InlineData("/health/live", "/health/live", 200)]
    [InlineData("/health/ready", "/health/ready", 200)]
    [InlineData("/openapi/v1.json", "/openapi/v1.json", 200)]
    public async Task A_real_answer_is_as_documented(string path, string target, int status)
    {
        var reply = await _server.GetAsync(target);
        Assert.Equal(status, reply.Status);
        await Conforms(reply, path, "get");
    }

    [Theory]
    [InlineData("put", "/v1/collections/{collection}/items/{id}", "/v1/collections/odd/items/new", """{"title":"New"}""", 200)]
    [InlineData("put", "/v1/collections/{collection}/items/{id}", "/v1/collections/odd/items/new", """{"price":1}""", 400)]
    [InlineData("put", "/v1/collections/{collection}/items/{id}", "/v1/collections/nowhere/items/new", """{"title":"New"}""", 404)]
    [InlineData("put", "/v1/collections/{collection}/items", "/v1/collections/odd/items?id=a%252Fb", """{"title":"New"}""", 200)]
    [InlineData("patch", "/v1/collections/{collection}/items/{id}", "/v1/collections/odd/items/hub", """{"price":null}""", 200)]
    [InlineData("patch", "/v1/collections/{collection}/items/{id}", "/v1/collections/odd/items/nobody", """{"price":null}""", 404)]
    [InlineData("patch", "/v1/collections/{collection}/items", "/v1/collections/odd/items?id=hub", """{"price":"cheap"}""", 200)]
    [InlineData("delete", "/v1/collections/{collection}/items/{id}", "/v1/collections/odd/items/tail%2F", "", 200)]
    [InlineData("delete", "/v1/collections/{collection}/items", "/v1/collections/odd/items?id=x+y", "", 200)]
    [InlineData("post", "/v1/collections/{collection}/items/{id}:hide", "/v1/collections/odd/items/hub:hide", "", 200)]
    [InlineData("post", "/v1/collections/{collection}/items/{id}:unhide", "/v1/collections/odd/items/hub:unhide", "", 200)]
    [InlineData("post", "/v1/collections/{collection}/items:hide", "/v1/collections/odd/items:hide?id=hub", "", 200)]
    [InlineData("post", "/v1/collections/{collection}/items:unhide", "/v1/collections/odd/items:unhide", "", 400)]
    [InlineData("post", "/v1/collections/{collection}/items:batch", "/v1/collections/odd/items:batch", """{"delete":"é"}""", 200)]
    [InlineData("post", "/v1/collections/{collection}/events", "/v1/collections/odd/events", """[{"id":"1","unit":"u","item":"hub"}]""", 200)]
    [InlineData("post", "/v1/collections/{collection}/events", "/v1/collections/odd/events", """[{"id":"1","unit":"u"}]""", 400)]
    [InlineData("delete", "/v1/collections/{collection}/events", "/v1/collections/odd/events?unit=u", "", 200)]
    [InlineData("get", "/v1/collections/{collection}/releases", "/v1/collections/odd/releases", "", 200)]
    [InlineData("post", "/v1/collections/{collection}/releases/{version}:promote", "/v1/collections/odd/releases/nothing:promote", "", 404)]
    [InlineData("post", "/v1/collections/{collection}/releases:rollback", "/v1/collections/odd/releases:rollback", "", 404)]
    [InlineData("post", "/v1/collections/{collection}/releases:rollback", "/v1/collections/odd/releases:rollback", "[]", 400)]
    [InlineData("post", "/v1/collections/{collection}/releases:prune", "/v1/collections/odd/releases:prune", """{"keep":1}""", 200)]
    [InlineData("post", "/v1/collections/{collection}/releases:prune", "/v1/collections/odd/releases:prune", """{"keep":0}""", 400)]
    [InlineData("post", "/v1/collections/{collection}/releases:prune", "/v1/collections/nowhere/releases:prune", "", 404)]
    [InlineData("post", "/v1/keys", "/v1/keys", """{"label":"site","scopes":["read"],"collection":"odd","days":2}""", 200)]
    [InlineData("post", "/v1/keys", "/v1/keys", """{"label":"site"}""", 400)]
    [InlineData("post", "/v1/keys", "/v1/keys", """{"label":"site","scopes":["all"]}""", 400)]
    [InlineData("post", "/v1/keys/{key}:rotate", "/v1/keys/0123456789ab:rotate", "", 404)]
    [InlineData("post", "/v1/keys/{key}:rotate", "/v1/keys/0123456789ab:rotate", """{"overlapHours":-1}""", 400)]
    [InlineData("post", "/v1/keys/{key}:revoke", "/v1/keys/0123456789ab:revoke", "", 404)]
    [InlineData("post", "/v1/keys/{key}:revoke", "/v1/keys/0123456789ab:revoke?why=x", "", 400)]
    [InlineData("post", "/v1/collections/{collection}/releases:rollback", "/v1/collections/odd/releases:rollback?local=true", "", 400)]
    [InlineData("get", "/v1/collections/{collection}/rollouts", "/v1/collections/odd/rollouts", "", 200)]
    [InlineData("post", "/v1/collections/{collection}/rollouts", "/v1/collections/odd/rollouts", """{"release":"20261123T211201Z-00000000"}""", 404)]
    [InlineData("post", "/v1/collections/{collection}/rollouts", "/v1/collections/odd/rollouts", """{"release":1}""", 400)]
    [InlineData("get", "/v1/collections/{collection}/rollouts/{rollout}", "/v1/collections/odd/rollouts/current", "", 404)]
    [InlineData("post", "/v1/collections/{collection}/rollouts/{rollout}:abort", "/v1/collections/odd/rollouts/7:abort", "", 404)]
    [InlineData("put", "/v1/collections/{collection}", "/v1/collections/fresh", """{"rollout":{"steps":[10,100],"dwell":"1m"},"gate":{"minItems":0.9}}""", 200)]
    [InlineData("put", "/v1/collections/{collection}", "/v1/collections/fresh", """{"rollout":{"steps":[10,5]}}""", 400)]
    [InlineData("post", "/v1/collections/{collection}/releases:build", "/v1/collections/odd/releases:build", "", 202)]
    [InlineData("post", "/v1/collections/{collection}/releases:build", "/v1/collections/nowhere/releases:build", "", 404)]
    [InlineData("put", "/v1/collections/{collection}", "/v1/collections/fresh", "", 200)]
    [InlineData("put", "/v1/collections/{collection}", "/v1/collections/Not%20a%20name", "", 400)]
    [InlineData("delete", "/v1/collections/{collection}", "/v1/collections/odd", "", 200)]
    [InlineData("delete", "/v1/collections/{collection}", "/v1/collections/nowhere", "", 404)]
    public async Task A_write_is_answered_as_documented(string method, string path, string target, string body, int status)
    {
        var reply = await _server.SendBodyAsync(method.ToUpperInvariant(), target, body);
        Assert.True(reply.Status == status, reply.Body);
        await Conforms(reply, path, method);
    }

    [Fact]
    public async Task A_rollout_from_start_to_end_is_answered_as_documented()
    {
        const string rollouts = "/v1/collections/{collection}/rollouts";
        var release = await _world.RegisterAsync("odd", [.. World.OddIds, "hub"], [("hub", "a/b", .5)]);
        var started = await _server.SendBodyAsync("POST", "/v1/collections/odd/rollouts", $$"""{"release":"{{release}}","why":"newer","force":true}""");
        Assert.Equal(202, started.Status);
        await Conforms(started, rollouts, "post");
        foreach (var verb in new[] { "pause", "resume", "promote" })
        {
            await _server.GetUntilAsync("/v1/collections/odd/rollouts/current", reply => (string?)JsonNode.Parse(reply.Body)!["state"] is not "gating");
            var acted = await _server.SendBodyAsync("POST", $"/v1/collections/odd/rollouts/current:{verb}", """{"why":"a test"}""");
            Assert.True(acted.Status == 200, acted.Body);
            await Conforms(acted, $"{rollouts}/{{rollout}}:{verb}", "post");
            await Conforms(await _server.GetAsync("/v1/collections/odd"), "/v1/collections/{collection}", "get");
        }
        var refused = await _server.SendAsync("POST", "/v1/collections/odd/rollouts/current:abort");
        Assert.Equal(409, refused.Status);
        await Conforms(refused, rollouts + "/{rollout}:abort", "post");
        await Conforms(await _server.GetAsync("/v1/collections/odd/rollouts"), rollouts, "get");
        await Conforms(await _server.GetAsync("/v1/collections/odd/rollouts/current"), rollouts + "/{rollout}", "get");
        Assert.Equal(release.ToString(), (string?)JsonNode.Parse((await _server.GetAsync("/v1/collections/odd")).Body)!["release"]);
    }

    [Fact]
    public async Task Other_methods_are_refused_as_documented()
    {
        foreach (var path in Paths())
        {
            var reply = await _server.SendAsync("OPTIONS", Address(path));
            // Only what is posted ends with a verb: any other method sees an id that looks like one.
            Assert.True(reply.Status == 405, $"{path}: {reply.Status}");
            await Conforms(reply, path, MethodsOf(path)[0].ToLowerInvariant());
        }
    }

    [Fact]
    public async Task An_answer_with_a_member_too_many_or_too_few_would_be_noticed()
    {
        var schema = await SchemaOf(Document["components"]!["schemas"]!["LiveAnswer"]!);
        Assert.Empty(schema.Validate("""{"status":"live","version":"1","track":"stable"}"""));
        Assert.NotEmpty(schema.Validate("""{"status":"live","version":"1","track":"stable","more":1}"""));
        Assert.NotEmpty(schema.Validate("""{"version":"1","track":"stable"}"""));
        Assert.NotEmpty(schema.Validate("""{"status":"dead","version":"1","track":"stable"}"""));
    }

    [Theory]
    [InlineData("README.md"), InlineData("docs/api.md")]
    public async Task An_example_on_paper_could_be_a_real_answer(string page)
    {
        var block = File.ReadAllText(Path.Combine(Golden.Root(), page)).Split("```json\n")[1].Split("```")[0];
        var documented = Document["paths"]!["/v1/collections/{collection}/items/{id}/related"]!["get"]!["responses"]!["200"]!["content"]!["application/json"]!["schema"]!;
        Assert.Empty((await SchemaOf(documented)).Validate(block));
        foreach (var item in JsonNode.Parse(block)!["items"]!.AsArray())
            Assert.Equal((double)item!["strength"]!, item["reasons"]!.AsArray().Sum(reason => (double)reason!["weight"]!), 1e-6);
    }

    internal static async Task Conforms(Reply reply, string path, string method)
    {
        var documented = Document["paths"]![path]![method]!["responses"]![$"{reply.Status}"];
        Assert.True(documented is not null, $"{path}: {reply.Status} is not documented");
        foreach (var (header, _) in documented["headers"]!.AsObject())
            Assert.True(reply.Headers.ContainsKey(header), $"{path}: {reply.Status} has no {header}");
        var type = reply.Headers["Content-Type"];
        var content = documented["content"]![type];
        Assert.True(content is not null, $"{path}: {reply.Status} as {type} is not documented");
        var faults = (await SchemaOf(content["schema"]!)).Validate(reply.Body);
        Assert.True(faults.Count == 0, $"{path}: {string.Join("; ", faults)}\n{reply.Body}");
    }

    // The document leaves room for members to come; the test does not: whatever is sent must be documented.
    static Task<JsonSchema> SchemaOf(JsonNode schema)
    {
        var all = Document["components"]!["schemas"]!.DeepClone().AsObject();
        foreach (var (_, one) in all)
            if ((string?)one!["type"] is "object" && one["additionalProperties"] is null) one["additionalProperties"] = false;
        var root = schema["$ref"] is { } reference ? all[((string)reference!).Split('/')[^1]]!.DeepClone() : schema.DeepClone();
        root["additionalProperties"] ??= false;
        root["definitions"] = all;
        return JsonSchema.FromJsonAsync(root.ToJsonString().Replace("#/components/schemas/", "#/definitions/", StringComparison.Ordinal), TestContext.Current.CancellationToken);
    }

    static IEnumerable<string> Paths() => Document["paths"]!.AsObject().Select(path => path.Key);

    static List<string> MethodsOf(string path) => [.. Document["paths"]![path]!.AsObject().Select(operation => operation.Key.ToUpperInvariant())];

    static string Address(string path) => path.Replace("{collection}", "odd", StringComparison.Ordinal).Replace("{id}", "hub", StringComparison.Ordinal).Replace("{version}", "20261123T211201Z-00000000", StringComparison.Ordinal)
        .Replace("{rollout}", "current", StringComparison.Ordinal).Replace("{key}", "0123456789ab", StringComparison.Ordinal);

    static IEnumerable<JsonNode> ParametersOf(string path) =>
        (Document["paths"]![path]!["get"]!["parameters"]?.AsArray() ?? [])
            .Select(parameter => Document["components"]!["parameters"]![((string)parameter!["$ref"]!).Split('/')[^1]]!);
}
