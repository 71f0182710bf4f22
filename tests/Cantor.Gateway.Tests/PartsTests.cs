using System.Text.Json;
using System.Text.Json.Nodes;
using Cantor.Gateway.Adapting;
using Cantor.Gateway.Config;
using Cantor.Gateway.Proxying;

namespace Cantor.Gateway.Tests;

/// <summary>The parts that need no socket.</summary>
public sealed class PartsTests
{
    [Theory]
    [InlineData("/items/{id}/related", "/items/a%2Fb/related", "a%2Fb"), InlineData("/items/{id}/related", "/items//related", null), InlineData("/items/{id}/related", "/items/1/related/", null), InlineData("/items/{id}/related", "/items/1", null)]
    [InlineData("/{rest*}", "/", ""), InlineData("/{rest*}", "/a/b/", "a/b/"), InlineData("/v/{rest*}", "/v", ""), InlineData("/v/{rest*}", "/v/x//y", "x//y"), InlineData("/v/{rest*}", "/w/x", null)]
    [InlineData("/a/", "/a/", ""), InlineData("/a/", "/a", null), InlineData("/a", "/a/", null), InlineData("/", "/", ""), InlineData("/{a}/{b}", "/1/2", "1|2"), InlineData("/a", "a", null), InlineData("/a", "", null)]
    public void A_path_fits_a_pattern_whole_or_not_at_all(string pattern, string path, string? filled)
    {
        var (parsed, fault) = PathPattern.Parse(pattern);
        Assert.Null(fault);
        var places = new Range[PathPattern.MostHoles];
        Assert.Equal(filled, parsed!.Matches(path, places) ? string.Join('|', parsed.Holes.Select((_, i) => path[places[i]])) : null);
    }

    [Theory]
    [InlineData("items"), InlineData("/a?b"), InlineData("/{a"), InlineData("/x{a}"), InlineData("/{}"), InlineData("/{a b}"), InlineData("/{a}/{a}"), InlineData("/{a*}/b"), InlineData("/{1}/{2}/{3}/{4}/{5}/{6}/{7}/{8}/{9}")]
    public void What_is_no_pattern_is_refused(string text) => Assert.NotNull(PathPattern.Parse(text).Fault);

    [Theory]
    [InlineData("/v1/{id}?n={n=10}&m={m=}", "/v1/a%2Fb?n=3&m="), InlineData("/v1/{id}/{missing}", null), InlineData("/v1/{x}", "/v1/%20y"), InlineData("/v1", "/v1")]
    [InlineData("/v1?a={missing?}&n={n?}&b={unit}", "/v1?n=3&b=ann%20%26"), InlineData("/v1?a={missing?}", "/v1"), InlineData("/v1?a={missing?}&b=1{missing}", null), InlineData("/v1?a={missing?}x&c", "/v1?c")]
    public void A_template_is_filled_from_path_and_query_as_they_were_sent(string template, string? target)
    {
        var pattern = PathPattern.Parse("/items/{id}").Item1!;
        var places = new Range[PathPattern.MostHoles];
        Assert.True(pattern.Matches("/items/a%2Fb", places));
        Assert.Equal(target, TargetTemplate.Parse(template).Item1!.Fill(pattern, "/items/a%2Fb", places, "nn=4&n=3&x=%20y&m", "ann &"));
    }

    [Theory, InlineData("v1"), InlineData("/v1/{a"), InlineData("/v1/a}"), InlineData("/v1/{}"), InlineData("/v1#a"), InlineData("/v1/{a?}"), InlineData("/v1?b={a=1?}"), InlineData("/v1?b=}")]
    public void What_is_no_template_is_refused(string text) => Assert.NotNull(TargetTemplate.Parse(text).Fault);

    const string Answer = """{"a":{"b":[{"id":"1","x":[1,2]},{"id":2},{"no":3},{"id":null}]},"with space":[["x"],["y"]]}""";

    [Theory]
    [InlineData("$.a.b[*].id", "\"1\" 2 null"), InlineData("$.a.b[1].id", "2"), InlineData("$.a.b[9].id", ""), InlineData("$[\"with space\"][*][0]", "\"x\" \"y\""), InlineData("$.a.b[*].x[*]", "1 2"), InlineData("$.a.id", ""), InlineData("$.a.b.id", "")]
    public void A_path_leads_to_what_stands_there(string path, string found)
    {
        using var document = JsonDocument.Parse(Answer);
        Assert.Equal(found, string.Join(' ', JsonPath.Parse(path)!.In(document.RootElement).Select(one => one.GetRawText())));
    }

    [Theory, InlineData("a"), InlineData(""), InlineData("$."), InlineData("$.a["), InlineData("$.a[x]"), InlineData("$a"), InlineData("$[\"a]"), InlineData("$.a..b"), InlineData("$.a[-1]")]
    public void What_is_no_path_is_refused(string path) => Assert.Null(JsonPath.Parse(path));

    [Fact]
    public void Ids_are_read_stripped_mapped_and_prefixed_and_each_once()
    {
        var ids = new IdReader(JsonPath.Parse("$[*]")!, "art-", "n/", new Dictionary<string, string> { ["7"] = "seven" });
        var body = """["art-7", 8, "art-9", 8, true, null, "", {"a":1}]"""u8.ToArray();
        Assert.Equal(["seven", "n/8", "n/9"], ids.Read(body, "", out var twice)!.Select(id => id.Value));
        Assert.Equal(1, twice);
        Assert.Null(ids.Read("<html>"u8.ToArray(), "", out _));
        Assert.Null(ids.Read(body, "gzip", out _));
        using var packed = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(body);
        Assert.Equal(3, ids.Read(packed.ToArray(), "gzip", out _)!.Count);
    }

    [Fact]
    public void A_shape_may_hold_lists_in_lists_and_what_is_missing_is_null()
    {
        var shape = AnswerShape.Of(JsonNode.Parse("""{"all":{"each":"$.a.b[*]","of":{"key":"$.id","xs":{"each":"$.x[*]","of":["$"]}}},"first":"$.a.b[0].id","none":"$.z","fixed":[1,true,null,"$$x"]}"""));
        Assert.Equal("""{"all":[{"key":"1","xs":[[1],[2]]},{"key":2,"xs":[]},{"key":null,"xs":[]},{"key":null,"xs":[]}],"first":"1","none":null,"fixed":[1,true,null,"$x"]}""",
            System.Text.Encoding.UTF8.GetString(shape.Apply(System.Text.Encoding.UTF8.GetBytes(Answer)).Span));
        Assert.Throws<FormatException>(() => AnswerShape.Of(JsonNode.Parse("""{"each":"a","of":1}""")));
        Assert.Throws<FormatException>(() => AnswerShape.Of(JsonNode.Parse("""{"each":"$.a","of":1,"more":2}""")));
    }

    [Fact]
    public void A_breaker_opens_after_failures_in_a_row_and_lets_one_a_pause_through()
    {
        var clock = new ManualTime();
        var breaker = new Breaker(3, TimeSpan.FromSeconds(10), clock);
        Assert.False(breaker.Failed());
        Assert.False(breaker.Failed());
        breaker.Succeeded();
        Assert.False(breaker.Failed());
        Assert.False(breaker.Failed());
        Assert.True(breaker.Allows());
        Assert.True(breaker.Failed());
        Assert.False(breaker.Failed());
        Assert.False(breaker.Allows());
        clock.Ticks += TimeSpan.FromSeconds(10).Ticks;
        Assert.True(breaker.Allows());
        Assert.False(breaker.Allows());
        breaker.Failed();
        clock.Ticks += TimeSpan.FromSeconds(10).Ticks;
        Assert.True(breaker.Allows());
        breaker.Succeeded();
        Assert.True(breaker.Allows());
        Assert.True(breaker.Allows());
    }

    [Fact]
    public void Of_many_requests_a_share_is_drawn_and_so_many_in_a_second()
    {
        var clock = new ManualTime();
        var health = new RouteHealth(new() { Name = "r" }, clock);
        Assert.Equal(0, Enumerable.Range(0, 1000).Count(_ => health.Draw(0, 10)));
        Assert.InRange(Enumerable.Range(0, 10_000).Count(_ => health.Draw(.1, int.MaxValue)), 900, 1_100);
        clock.Ticks += TimeSpan.FromSeconds(1).Ticks;
        Assert.Equal(7, Enumerable.Range(0, 1000).Count(_ => health.Draw(1, 7)));
        clock.Ticks += TimeSpan.FromSeconds(1).Ticks;
        Assert.Equal(7, Enumerable.Range(0, 1000).Count(_ => health.Draw(1, 7)));
    }

    sealed class ManualTime : TimeProvider
    {
        internal long Ticks { get; set; } = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Ticks;
    }
}
