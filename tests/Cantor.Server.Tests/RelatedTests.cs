using System.Text.Json.Nodes;

namespace Cantor.Server.Tests;

public sealed class RelatedTests : IAsyncLifetime
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

    [Theory]
    [InlineData("related.json", "/v1/collections/odd/items/hub/related?limit=3")]
    [InlineData("related-explained.json", "/v1/collections/odd/items/hub/related?limit=2&explain=true")]
    [InlineData("related-offset.json", "/v1/collections/odd/items/hub/related?limit=1&offset=24")]
    [InlineData("related-all-fields.json", "/v1/collections/odd/items/hub/related?limit=1&fields=*")]
    [InlineData("related-chosen-fields.json", "/v1/collections/odd/items/hub/related?limit=1&fields=stock,title,unheard-of")]
    [InlineData("related-lonely.json", "/v1/collections/odd/items/lonely/related")]
    [InlineData("item.json", "/v1/collections/odd/items/a%2Fb")]
    [InlineData("item-chosen-fields.json", "/v1/collections/odd/items/a%2Fb?fields=url")]
    [InlineData("collections.json", "/v1/collections")]
    public async Task An_answer_looks_like_this(string golden, string target)
    {
        var reply = await _server.GetAsync(target);
        Assert.Equal((200, "application/json"), (reply.Status, reply.Headers["Content-Type"]));
        Golden.Check(golden, reply.Steady());
    }

    [Fact]
    public async Task Ten_items_are_given_unless_another_limit_is_asked_for()
    {
        Assert.Equal(World.OddIds[..10], Ids(await Ask("")));
        Assert.Equal(World.OddIds, Ids(await Ask("?limit=100")));
    }

    [Fact]
    public async Task Ranks_count_over_the_whole_list()
    {
        var items = await Ask("?limit=2&offset=7");
        Assert.Equal(World.OddIds[7..9], Ids(items));
        Assert.Equal([8, 9], items.Select(item => (int)item!["rank"]!));
    }

    [Fact]
    public async Task Beyond_the_list_s_end_the_answer_is_empty()
    {
        Assert.Empty(await Ask("?offset=900"));
    }

    [Fact]
    public async Task Items_below_the_least_score_are_left_out()
    {
        var scores = (await Ask("?limit=100")).Select(item => (float)item!["score"]!).ToArray();
        Assert.Equal(scores.OrderDescending(), scores);
        var cut = scores[4];
        Assert.Equal(scores.Where(score => score >= cut), (await Ask($"?limit=100&minScore={cut:R}")).Select(item => (float)item!["score"]!));
    }

    [Fact]
    public async Task With_explain_the_weights_sum_to_the_strength_and_without_there_are_none()
    {
        foreach (var item in await Ask("?limit=100&explain=true"))
            Assert.Equal((double)item!["strength"]!, item["reasons"]!.AsArray().Sum(reason => (double)reason!["weight"]!), 1e-6);
        Assert.All(await Ask("?explain=false"), item => Assert.False(item!.AsObject().ContainsKey("reasons") || item.AsObject().ContainsKey("strength")));
    }

    [Fact]
    public async Task No_fields_may_be_asked_for()
    {
        Assert.Equal("{}", (await Ask("?limit=1&fields="))[0]!["fields"]!.ToJsonString());
    }

    [Fact]
    public async Task The_request_s_id_stands_in_header_and_body()
    {
        var first = await _server.GetAsync("/v1/collections/odd/items/hub/related");
        var second = await _server.GetAsync("/v1/collections/odd/items/hub/related");
        Assert.Equal(first.Headers["X-Request-Id"], (string?)JsonNode.Parse(first.Body)!["requestId"]);
        Assert.NotEqual(first.Headers["X-Request-Id"], second.Headers["X-Request-Id"]);
    }

    [Fact]
    public async Task The_tag_changes_with_parameters_and_release_and_not_otherwise()
    {
        const string target = "/v1/collections/odd/items/hub/related";
        var tag = (await _server.GetAsync(target)).Headers["ETag"];
        Assert.Equal(tag, (await _server.GetAsync(target)).Headers["ETag"]);
        Assert.Equal(tag, (await _server.GetAsync(target + "?limit=10&fields=url,title")).Headers["ETag"]);
        string[] others = ["?limit=9", "?offset=1", "?explain=true", "?minScore=0.5", "?diversity=0.5", "?explain=true&lang=ja", "?fields=*", "?fields=", "?fields=tags"];
        var tags = await Task.WhenAll(others.Select(async query => (await _server.GetAsync(target + query)).Headers["ETag"]));
        Assert.Equal(others.Length + 1, tags.Append(tag).Distinct().Count());

        await _world.PublishAsync("odd", ["hub", "a/b"], [("hub", "a/b", .5)]);
        await _server.GetUntilAsync(target, reply => reply.Headers["ETag"] != tag);
    }

    [Fact]
    public async Task A_client_that_has_the_answer_is_told_so()
    {
        const string target = "/v1/collections/odd/items/hub/related";
        var fresh = await _server.GetAsync(target);
        Assert.Equal("private, no-cache", fresh.Headers["Cache-Control"]);
        var tag = fresh.Headers["ETag"];
        foreach (var known in new[] { tag, tag[2..], $"\"x\", {tag}", "*" })
        {
            var reply = await _server.GetAsync(target, "If-None-Match: " + known);
            Assert.Equal((304, "", tag), (reply.Status, reply.Body, reply.Headers["ETag"]));
        }
        Assert.Equal(200, (await _server.GetAsync(target, "If-None-Match: \"x\"")).Status);
        Assert.Equal(404, (await _server.GetAsync("/v1/collections/odd/items/nobody", "If-None-Match: *")).Status);
    }

    [Fact]
    public async Task Head_is_get_without_the_body()
    {
        var get = await _server.GetAsync("/v1/collections/odd/items/hub/related");
        var head = await _server.SendAsync("HEAD", "/v1/collections/odd/items/hub/related");
        Assert.Equal((200, "", get.Headers["ETag"], get.Headers["Content-Type"]), (head.Status, head.Body, head.Headers["ETag"], head.Headers["Content-Type"]));
        Assert.Equal(get.Headers["Content-Length"].Length, head.Headers["Content-Length"].Length);
    }

    async Task<JsonArray> Ask(string query)
    {
        var reply = await _server.GetAsync("/v1/collections/odd/items/hub/related" + query);
        Assert.True(reply.Status == 200, reply.Body);
        return JsonNode.Parse(reply.Body)!["items"]!.AsArray();
    }

    static IEnumerable<string?> Ids(JsonArray items) => items.Select(item => (string?)item!["id"]);
}
