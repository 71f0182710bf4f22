using System.Text.Json.Nodes;

namespace Cantor.Server.Tests;

public sealed class ItemIdTests : IAsyncLifetime
{
    World _world = null!;
    RunningServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _world = await World.OfOddIdsAsync();
        _server = await RunningServer.StartAsync(_world);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _world.Dispose();
    }

    public static TheoryData<string> OddIds => [.. World.OddIds];

    [Theory, MemberData(nameof(OddIds))]
    public async Task Every_id_is_found_escaped_in_the_path(string id)
    {
        await IsAnswered(id, $"/v1/collections/odd/items/{Uri.EscapeDataString(id)}/related", "/v1/collections/odd/items/" + Uri.EscapeDataString(id));
    }

    [Theory, MemberData(nameof(OddIds))]
    public async Task Every_id_is_found_as_a_parameter(string id)
    {
        await IsAnswered(id, $"/v1/collections/odd/related?id={Uri.EscapeDataString(id)}", $"/v1/collections/odd/items?id={Uri.EscapeDataString(id)}");
    }

    [Theory, MemberData(nameof(OddIds))]
    public async Task Every_id_is_found_when_every_byte_is_escaped(string id)
    {
        var escaped = string.Concat(System.Text.Encoding.UTF8.GetBytes(id).Select(b => $"%{b:x2}"));
        await IsAnswered(id, $"/v1/collections/odd/items/{escaped}/related", $"/v1/collections/odd/items?id={escaped}");
    }

    [Theory]
    [InlineData("a/b", "a/b"), InlineData("..", ".."), InlineData(".", "."), InlineData("../..", "../.."), InlineData("a//b", "a//b")]
    [InlineData("tail/", "tail/"), InlineData("/head", "/head"), InlineData("related", "related"), InlineData("a+b", "a+b"), InlineData("a/related", "a/related")]
    [InlineData("%2e%2E", ".."), InlineData("a%2fb", "a/b"), InlineData("a%252Fb", "a%2Fb"), InlineData("a%25252Fb", "a%252Fb")]
    public async Task In_the_path_of_related_only_percent_signs_are_special(string sent, string id)
    {
        await IsAnswered(id, $"/v1/collections/odd/items/{sent}/related");
    }

    [Fact]
    public async Task A_plus_is_a_space_in_the_query_and_a_plus_in_the_path()
    {
        await IsAnswered("x y", "/v1/collections/odd/related?id=x+y");
        await IsAnswered("a+b", "/v1/collections/odd/related?id=a%2Bb");
        await IsAnswered("a+b", "/v1/collections/odd/items/a+b");
    }

    [Fact]
    public async Task An_item_whose_id_ends_in_related_is_had_by_escaping_its_slash_or_by_the_parameter()
    {
        await IsAnswered("a/related", "/v1/collections/odd/items/a%2Frelated", "/v1/collections/odd/items?id=a/related", "/v1/collections/odd/items/a/related/related");
    }

    [Fact]
    public async Task The_absolute_form_of_a_target_is_the_same_address()
    {
        await IsAnswered("a/b", "http://test/v1/collections/odd/items/a%2Fb/related");
    }

    [Theory]
    [InlineData("%"), InlineData("%2"), InlineData("%zz"), InlineData("a%g0"), InlineData("%ff"), InlineData("%c3%28"), InlineData("%ed%a0%80")]
    [InlineData("%01"), InlineData("a%0Ab"), InlineData("%7f"), InlineData("%c2%85"), InlineData("")]
    public async Task What_is_no_id_is_refused_by_both_ways(string sent)
    {
        foreach (var target in new[] { $"/v1/collections/odd/items/{sent}/related", $"/v1/collections/odd/related?id={sent}", $"/v1/collections/odd/items/{sent}", $"/v1/collections/odd/items?id={sent}" })
        {
            var reply = await _server.GetAsync(target);
            Assert.True(reply.Status == 400, $"{target}: {reply.Status} {reply.Body}");
            Assert.Equal("invalid-id", (string?)JsonNode.Parse(reply.Body)!["code"]);
        }
    }

    [Fact]
    public async Task A_zero_byte_is_refused()
    {
        // In the path Kestrel itself refuses it, without a body.
        var refused = await _server.GetAsync("/v1/collections/odd/items/a%00b/related");
        Assert.Equal((400, ""), (refused.Status, refused.Body));
        Assert.Equal("invalid-id", (string?)JsonNode.Parse((await _server.GetAsync("/v1/collections/odd/related?id=a%00b")).Body)!["code"]);
    }

    [Fact]
    public async Task An_id_has_at_most_512_bytes()
    {
        var longest = await _server.GetAsync("/v1/collections/odd/related?id=" + string.Concat(Enumerable.Repeat("%c3%a9", 256)));
        Assert.Equal("unknown-item", (string?)JsonNode.Parse(longest.Body)!["code"]);
        var longer = await _server.GetAsync("/v1/collections/odd/related?id=" + string.Concat(Enumerable.Repeat("%c3%a9", 256)) + "x");
        Assert.Equal("invalid-id", (string?)JsonNode.Parse(longer.Body)!["code"]);
    }

    [Fact]
    public void Whatever_text_is_escaped_is_decoded_to_itself() =>
        Gen.String[Gen.Char[(char)1, '퟿'], 0, 60].Sample(text =>
        {
            var utf8 = new byte[512];
            return PercentText.Decode(Uri.EscapeDataString(text), plusIsSpace: true, utf8, out var length) is Decoding.Done
                && System.Text.Encoding.UTF8.GetString(utf8, 0, length) == text;
        });

    async Task IsAnswered(string id, params string[] targets)
    {
        foreach (var target in targets)
        {
            var reply = await _server.GetAsync(target);
            Assert.True(reply.Status == 200, $"{target}: {reply.Status} {reply.Body}");
            Assert.Equal(id, (string?)JsonNode.Parse(reply.Body)!["itemId"]);
        }
    }
}
