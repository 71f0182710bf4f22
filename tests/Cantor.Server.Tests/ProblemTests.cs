using System.Globalization;
using System.Text.Json.Nodes;

namespace Cantor.Server.Tests;

public sealed class ProblemTests : IAsyncLifetime
{
    World _world = null!;
    RunningServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _world = await World.OfOddIdsAsync();
        var version = await _world.PublishAsync("withdrawn", ["a"], []);
        _world.MakeLive("withdrawn", null);
        Assert.Null(_world.Registry.Alias("withdrawn", Cantor.Storage.AliasName.Live));
        Assert.NotNull(_world.Registry.Find("withdrawn", version));
        _server = await RunningServer.StartAsync(_world);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _world.Dispose();
    }

    [Theory]
    [InlineData(400, "invalid-id", "/v1/collections/odd/items/a%zz/related")]
    [InlineData(400, "invalid-parameter", "/v1/collections/odd/items/hub/related?limit=0")]
    [InlineData(400, "window-too-large", "/v1/collections/odd/items/hub/related?limit=100&offset=901")]
    [InlineData(404, "unknown-collection", "/v1/collections/nowhere/items/hub/related")]
    [InlineData(404, "unknown-item", "/v1/collections/odd/items/nobody/related")]
    [InlineData(404, "unknown-route", "/v2/collections")]
    [InlineData(503, "no-release", "/v1/collections/withdrawn/items/a/related")]
    public async Task A_refusal_looks_like_this(int status, string code, string target)
    {
        var reply = await _server.GetAsync(target);
        Assert.Equal((status, "application/problem+json", "no-store"), (reply.Status, reply.Headers["Content-Type"], reply.Headers["Cache-Control"]));
        Golden.Check($"problem-{code}.json", reply.Steady());
    }

    [Fact]
    public async Task A_file_that_breaks_while_it_is_served_fails_its_requests_and_not_the_server()
    {
        var version = await _world.PublishAsync("breaking", ["a", "b"], [("a", "b", 1)]);
        const string related = "/v1/collections/breaking/items/a/related";
        await _server.GetUntilAsync(related, reply => reply.Status == 200);
        Break(_world.Registry.PathOf("breaking", version), "neighbors.ends");

        var reply = await _server.GetAsync(related);
        Assert.Equal((500, "application/problem+json", "no-store"), (reply.Status, reply.Headers["Content-Type"], reply.Headers["Cache-Control"]));
        Assert.False(reply.Headers.ContainsKey("ETag"));
        Golden.Check("problem-internal.json", reply.Steady());
        Assert.Equal(200, (await _server.GetAsync("/v1/collections/breaking/items/a")).Status); // another section
        Assert.Equal(200, (await _server.GetAsync("/v1/collections/odd/items/hub/related")).Status);
    }

    /// <summary>Overwrites a section, found by the file's table, with numbers that point far outside.</summary>
    static void Break(string path, string section)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        var entry = new byte[64];
        file.Position = 64;
        do file.ReadExactly(entry);
        while (System.Text.Encoding.ASCII.GetString(entry, 0, 32).TrimEnd('\0') != section);
        file.Position = BitConverter.ToInt64(entry, 32);
        file.Write(Enumerable.Repeat((byte)0x7f, (int)BitConverter.ToInt64(entry, 40)).ToArray());
    }

    [Fact]
    public async Task A_method_that_writes_is_refused_with_those_that_are_allowed()
    {
        var reply = await _server.SendAsync("POST", "/v1/collections/odd/items/hub/related", "Content-Length: 0");
        Assert.Equal((405, "GET, HEAD"), (reply.Status, reply.Headers["Allow"]));
        Golden.Check("problem-method-not-allowed.json", reply.Steady());
    }

    [Theory]
    [InlineData("limit=0", "limit is \"0\"; expected a whole number from 1 to 100")]
    [InlineData("limit=101", "limit is \"101\"; expected a whole number from 1 to 100")]
    [InlineData("limit=-1", "limit is \"-1\"; expected a whole number from 1 to 100")]
    [InlineData("limit=1.5", "limit is \"1.5\"; expected a whole number from 1 to 100")]
    [InlineData("limit=ten", "limit is \"ten\"; expected a whole number from 1 to 100")]
    [InlineData("limit=", "limit has no value; expected a whole number from 1 to 100")]
    [InlineData("limit", "limit has no value; expected a whole number from 1 to 100")]
    [InlineData("limit=99999999999999999999", "limit is \"99999999999999999999\"; expected a whole number from 1 to 100")]
    [InlineData("offset=-1", "offset is \"-1\"; expected a whole number from 0")]
    [InlineData("offset=4294967296", "offset is \"4294967296\"; expected a whole number from 0")]
    [InlineData("minScore=1.01", "minScore is \"1.01\"; expected a number from 0 to 1")]
    [InlineData("minScore=-0.1", "minScore is \"-0.1\"; expected a number from 0 to 1")]
    [InlineData("minScore=NaN", "minScore is \"NaN\"; expected a number from 0 to 1")]
    [InlineData("minScore=0,5", "minScore is \"0,5\"; expected a number from 0 to 1")]
    [InlineData("explain=1", "explain is \"1\"; expected true or false")]
    [InlineData("lang=fr", "lang is \"fr\"; expected en or ja")]
    [InlineData("diversity=2", "diversity is \"2\"; expected a number from 0 to 1")]
    [InlineData("explain=True", "explain is \"True\"; expected true or false")]
    [InlineData("fields=a,,b", "fields is \"a,,b\"; expected * or at most 32 names with commas between them")]
    [InlineData("fields=title,*", "fields is \"title,*\"; expected * or at most 32 names with commas between them")]
    [InlineData("limit=5&limit=5", "limit is given twice; expected once")]
    [InlineData("filter=x", "the parameter \"filter\" is not known here; expected limit, offset, explain, lang, minScore, diversity, fields, unit, release")]
    [InlineData("id=hub", "the parameter \"id\" is not known here; expected limit, offset, explain, lang, minScore, diversity, fields, unit, release")]
    [InlineData("Limit=5", "the parameter \"Limit\" is not known here; expected limit, offset, explain, lang, minScore, diversity, fields, unit, release")]
    [InlineData("%F0%9F%98%80=5", "the parameter \"😀\" is not known here; expected limit, offset, explain, lang, minScore, diversity, fields, unit, release")]
    public async Task A_bad_parameter_is_named_with_what_was_found_and_expected(string query, string detail)
    {
        var reply = await _server.GetAsync("/v1/collections/odd/items/hub/related?" + query);
        Assert.Equal(400, reply.Status);
        var problem = JsonNode.Parse(reply.Body)!;
        Assert.Equal(("invalid-parameter", detail), ((string?)problem["code"], (string?)problem["detail"]));
    }

    [Theory]
    [InlineData("/v1/collections/odd/items/hub?limit=5", "the parameter \"limit\" is not known here; expected fields, unit, release")]
    [InlineData("/v1/collections/odd/items?x=1", "the parameter \"x\" is not known here; expected id, fields, unit, release")]
    [InlineData("/v1/collections/odd/related", "the parameter id is missing; expected the item's id")]
    [InlineData("/v1/collections/odd/items?fields=*", "the parameter id is missing; expected the item's id")]
    [InlineData("/v1/collections?limit=1", "the parameter \"limit\" is not known here; expected none")]
    [InlineData("/health/live?verbose", "the parameter \"verbose\" is not known here; expected none")]
    public async Task Each_route_knows_its_own_parameters(string target, string detail)
    {
        var problem = JsonNode.Parse((await _server.GetAsync(target)).Body)!;
        Assert.Equal(("invalid-parameter", detail), ((string?)problem["code"], (string?)problem["detail"]));
    }

    [Theory]
    [InlineData("/"), InlineData("/v1"), InlineData("/v1/"), InlineData("/v1/collections/"), InlineData("/v1/collections/odd/"), InlineData("/v1/collections/odd/things")]
    [InlineData("/v1/collectionsodd"), InlineData("/v1/collections/odd/item/hub"), InlineData("/V1/collections"), InlineData("/v1/collections//items/x"), InlineData("/health")]
    [InlineData("//v1/collections"), InlineData("http://test")]
    public async Task There_is_nothing_at_other_addresses(string target)
    {
        var reply = await _server.GetAsync(target);
        Assert.Equal((404, "unknown-route"), (reply.Status, (string?)JsonNode.Parse(reply.Body)!["code"]));
    }

    [Fact]
    public async Task Whatever_target_is_sent_the_answer_is_found_or_refused_and_never_a_failure()
    {
        string[] begins = ["/", "/v1/collections/odd/items/", "/v1/collections/odd/related?", "/v1/collections/odd/items/hub/related?"];
        string[] pieces = ["/v1/collections", "/odd", "/items/", "/related", "hub", "?", "&", "=", "id=", "limit=", "fields=", "minScore=", "%", "%2F", "%25", "..", "//", "%C3", "+", ",", "*"];
        var piece = Gen.OneOf(Gen.Int[0, pieces.Length - 1].Select(i => pieces[i]), Gen.Char['!', '~'].Select(c => c.ToString()));
        await Gen.Select(Gen.Int[0, begins.Length - 1], piece.Array[0, 12], (begin, rest) => begins[begin] + string.Concat(rest)).SampleAsync(async target =>
        {
            var reply = await _server.GetAsync(target);
            Assert.True(reply.Status is 200 or 400 or 404, $"{target}: {reply.Status} {reply.Body}");
        }, iter: 500, threads: 1);
    }

    [Fact]
    public async Task The_window_ends_at_a_thousand()
    {
        Assert.Equal(200, (await _server.GetAsync("/v1/collections/odd/items/hub/related?limit=100&offset=900")).Status);
        Assert.Equal(400, (await _server.GetAsync("/v1/collections/odd/items/hub/related?limit=1&offset=1000")).Status);
    }

    [Fact]
    public async Task A_collection_may_be_escaped_and_is_then_the_same()
    {
        Assert.Equal(200, (await _server.GetAsync("/v1/collections/%6fdd/items/hub")).Status);
        Assert.Equal(404, (await _server.GetAsync("/v1/collections/%zz/items/hub")).Status);
        Assert.Equal(404, (await _server.GetAsync($"/v1/collections/{new string('x', 500)}%61/items/hub")).Status);
    }

    [Fact]
    public async Task Without_a_traceparent_a_problem_has_a_trace_of_its_own()
    {
        var reply = await _server.SendRawAsync("GET /nothing HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"u8.ToArray());
        var trace = (string)JsonNode.Parse(reply.Body)!["traceId"]!;
        Assert.Matches("^[0-9a-f]{32}$", trace);
        Assert.NotEqual(RunningServer.TraceId, trace);
    }

    [Fact]
    public async Task What_is_no_request_or_beyond_its_bounds_is_refused_without_a_body()
    {
        foreach (var (status, reply) in new[]
        {
            (414, await _server.GetAsync("/v1/collections/odd/related?id=" + new string('x', 9000))),
            (431, await _server.GetAsync("/health/live", "X-Long: " + new string('x', 20_000))),
            (431, await _server.GetAsync("/health/live", [.. Enumerable.Range(0, 80).Select(i => $"X-{i}: x")])),
            (400, await _server.SendRawAsync("GET /health/live\r\n\r\n"u8.ToArray())),
        })
            Assert.Equal((status, ""), (reply.Status, reply.Body));
    }

    [Fact]
    public async Task More_connections_than_allowed_are_closed()
    {
        await using var small = await RunningServer.StartAsync(_world, options => options with { MaxConnections = 1 });
        using var first = new System.Net.Sockets.TcpClient();
        await first.ConnectAsync(small.Url.Host, small.Url.Port, TestContext.Current.CancellationToken);
        await first.GetStream().WriteAsync("GET /health/live HTTP/1.1\r\nHost: test\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.True(await first.GetStream().ReadAsync(new byte[1000], TestContext.Current.CancellationToken) > 0);
        using var second = new System.Net.Sockets.TcpClient();
        await second.ConnectAsync(small.Url.Host, small.Url.Port, TestContext.Current.CancellationToken);
        var closed = false;
        try { closed = await second.GetStream().ReadAsync(new byte[1], TestContext.Current.CancellationToken) == 0; }
        catch (IOException) { closed = true; }
        Assert.True(closed);
    }

    [Fact]
    public void The_documented_codes_are_those_of_the_program()
    {
        var rows = File.ReadAllLines(Path.Combine(Golden.Root(), "docs", "api.md"))
            .Select(line => line.Split('|'))
            .Where(cells => cells.Length > 3 && cells[2].Trim().Length == 3 && int.TryParse(cells[2], CultureInfo.InvariantCulture, out _))
            .Select(cells => (cells[1].Trim(' ', '`'), int.Parse(cells[2], CultureInfo.InvariantCulture)));
        Assert.Equal(ProblemKind.All.Select(kind => (kind.Code, kind.Status)), rows);
    }

    [Fact]
    public void Every_kind_of_problem_is_in_the_list()
    {
        var declared = typeof(ProblemKind).GetFields(System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic)
            .Where(field => field.FieldType == typeof(ProblemKind)).Select(field => (ProblemKind)field.GetValue(null)!);
        Assert.Equal(declared.Select(kind => kind.Code).Order(StringComparer.Ordinal), ProblemKind.All.Select(kind => kind.Code).Order(StringComparer.Ordinal));
        Assert.Equal(ProblemKind.All.Count, ProblemKind.All.Select(kind => kind.Code).Distinct().Count());
    }
}
