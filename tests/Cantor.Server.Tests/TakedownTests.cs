using Cantor.Corpus;
using Cantor.Storage;

namespace Cantor.Server.Tests;

/// <summary>
/// What must not be served is nowhere: in no answer of any route, whatever the way it was taken down and whatever happens to
/// releases and servers afterward. Routes are enumerated, so one that comes later is asked too.
/// </summary>
public sealed class TakedownTests : IDisposable
{
    const string News = "/v1/collections/news";

    // A word that stands in the item's title, id and url and nowhere else.
    const string Secret = "unspeakable";

    readonly World _world = new();

    public void Dispose() => _world.Dispose();

    static Item[] Articles()
    {
        var articles = World.Articles(40);
        var (id, hidden) = (ItemId.Parse($"{Secret}/item"), World.Article(3, World.Topics[3]));
        return [.. articles, hidden with { Id = id, Title = System.Text.Encoding.UTF8.GetBytes($"{Secret} moon and fuel number3"), Url = $"https://example.org/{Secret}" }];
    }

    /// <summary>Every way to ask for something that could name an item.</summary>
    static IEnumerable<string> Targets()
    {
        string[] ids = [$"{Secret}%2Fitem", .. Enumerable.Range(0, 40).Select(i => $"article-{i}"), "article-101"];
        foreach (var route in Enum.GetValues<Route>())
            foreach (var target in route switch
            {
                Route.Related => ids.SelectMany(id => new[] { $"{News}/items/{id}/related?limit=100&explain=true&fields=*", $"{News}/related?id={id}&limit=100&diversity=0.5&offset=5", $"{News}/related?id={id}&limit=100&explain=true&release=previous", $"{News}/related?id={id}&limit=100&release=canary" }),
                Route.Item => ids.SelectMany(id => new[] { $"{News}/items/{id}", $"{News}/items?id={id}", $"{News}/items/{id}?release=previous", $"{News}/items/{id}?release=canary" }),
                Route.Collection => [News],
                Route.Releases => [News + "/releases"],
                Route.Rollouts => [News + "/rollouts"],
                Route.Rollout => [News + "/rollouts/current", News + "/rollouts/1"],
                Route.Collections => ["/v1/collections"],
                Route.Keys => ["/v1/keys"],
                Route.Live => ["/health/live"],
                Route.Ready => ["/health/ready"],
                Route.OpenApi => ["/openapi/v1.json"],
                // Only written to.
                Route.None or Route.Hide or Route.Unhide or Route.Batch or Route.Events or Route.Build or Route.Promote or Route.Rollback or Route.Prune or Route.RolloutAct or Route.RotateKey or Route.RevokeKey => [],
                _ => throw new InvalidOperationException($"{route} is not asked whether it names items that must not be served"),
            })
                yield return target;
    }

    static async Task<List<string>> WhereItIsNamedAsync(RunningServer server)
    {
        var named = new List<string>();
        foreach (var target in Targets())
        {
            var reply = await server.GetAsync(target);
            // A refusal repeats what was asked for and says nothing else.
            if (reply.Status == 200 && reply.Body.Contains(Secret, StringComparison.Ordinal)) named.Add(target);
            if (reply.Status is not (200 or 404)) named.Add($"{target}: {reply.Status}");
        }
        return named;
    }

    static Task<RunningServer> StartAsync(World world) => RunningServer.StartAsync(world, options => options with { Time = world.Time });

    [Fact]
    public async Task Before_it_is_taken_down_it_is_named_in_many_places()
    {
        await _world.BuildAsync("news", Articles());
        await using var server = await StartAsync(_world);
        var named = await WhereItIsNamedAsync(server);
        Assert.True(named.Count > 10, $"named {named.Count} times");
    }

    [Theory]
    [InlineData("DELETE", $"{News}/items/{Secret}%2Fitem", "")]
    [InlineData("DELETE", $"{News}/items?id={Secret}/item", "")]
    [InlineData("POST", $"{News}/items/{Secret}%2Fitem:hide", "")]
    [InlineData("POST", $"{News}/items:hide?id={Secret}/item", "")]
    [InlineData("POST", $"{News}/items:batch", $$"""{"delete":"{{Secret}}/item"}""")]
    [InlineData("POST", $"{News}/items:batch", $$"""{"hide":"{{Secret}}/item"}""")]
    [InlineData("PUT", $"{News}/items/{Secret}%2Fitem", $$"""{"title":"{{Secret}}","expires_at":"2026-11-23T00:00:00Z"}""")]
    [InlineData("PUT", $"{News}/items/{Secret}%2Fitem", $$"""{"title":"{{Secret}}","published_at":"2026-12-24T00:00:00Z"}""")]
    [InlineData("PATCH", $"{News}/items/{Secret}%2Fitem", """{"expires_at":"2026-11-23T00:00:00Z"}""")]
    public async Task Taken_down_it_is_nowhere_through_restart_rollback_and_rebuild(string method, string target, string body)
    {
        var first = await _world.BuildAsync("news", Articles());
        await using (var server = await StartAsync(_world))
        {
            Assert.Equal(200, (await server.SendBodyAsync(method, target, body)).Status);
            Assert.Empty(await WhereItIsNamedAsync(server));
            await server.SendBodyAsync("PUT", $"{News}/items/article-101", World.Json(World.Article(101, World.Topics[3])));
            Assert.Empty(await WhereItIsNamedAsync(server));
            // Tried beside live, from a file that has it.
            Assert.True(_world.Registry.MoveAlias("news", AliasName.Canary, null, first, "test", "because"));
            await server.GetUntilAsync($"{News}/items/article-3?release=canary", reply => reply.Status == 200);
            Assert.Empty(await WhereItIsNamedAsync(server));

            // A build that knew nothing of it, and a way back to the release before.
            var second = await _world.BuildAsync("news", Articles());
            await server.GetUntilAsync(News, reply => reply.Body.Contains(second.ToString(), StringComparison.Ordinal));
            Assert.Empty(await WhereItIsNamedAsync(server));
            _world.MakeLive("news", first);
            await server.GetUntilAsync(News, reply => reply.Body.Contains(first.ToString(), StringComparison.Ordinal));
            Assert.Empty(await WhereItIsNamedAsync(server));
        }
        await using var again = await StartAsync(_world);
        Assert.Empty(await WhereItIsNamedAsync(again));
    }

    [Fact]
    public async Task A_deleted_or_hidden_item_stays_so_in_a_release_that_folded_the_deletion_in_and_has_the_item_again()
    {
        await _world.BuildAsync("news", Articles());
        await using var server = await StartAsync(_world);
        await server.SendAsync("DELETE", $"{News}/items/{Secret}%2Fitem");
        var later = await _world.BuildAsync("news", Articles(), lastChange: 1);
        await server.GetUntilAsync(News, reply => reply.Body.Contains(later.ToString(), StringComparison.Ordinal));
        Assert.Empty(await WhereItIsNamedAsync(server));
    }

    [Fact]
    public async Task An_upsert_brings_a_deleted_item_back_and_unhide_a_hidden_one()
    {
        await _world.BuildAsync("news", Articles());
        await using var server = await StartAsync(_world);
        await server.SendAsync("DELETE", $"{News}/items/{Secret}%2Fitem");
        Assert.Equal(404, (await server.SendBodyAsync("PATCH", $"{News}/items/{Secret}%2Fitem", """{"price":1}""")).Status);
        await server.SendBodyAsync("PUT", $"{News}/items/{Secret}%2Fitem", $$"""{"title":"{{Secret}} moon fuel"}""");
        Assert.NotEmpty(await WhereItIsNamedAsync(server));
        await server.SendAsync("POST", $"{News}/items/{Secret}%2Fitem:hide");
        await server.SendBodyAsync("PUT", $"{News}/items/{Secret}%2Fitem", $$"""{"title":"{{Secret}} moon fuel"}""");
        Assert.Empty(await WhereItIsNamedAsync(server));
        await server.SendAsync("POST", $"{News}/items/{Secret}%2Fitem:unhide");
        Assert.NotEmpty(await WhereItIsNamedAsync(server));
    }

    [Fact]
    public async Task Items_come_and_go_by_their_own_times()
    {
        var now = _world.Time.Now;
        var articles = Articles();
        articles[^1] = articles[^1] with { PublishedAt = now.AddHours(1), ExpiresAt = now.AddHours(2) };
        await _world.BuildAsync("news", articles);
        await using var server = await StartAsync(_world);
        Assert.Empty(await WhereItIsNamedAsync(server));
        await server.SendBodyAsync("PUT", $"{News}/items/timed", $$"""{"title":"glacier ice snow","published_at":"{{now.AddHours(1):O}}","expires_at":"{{now.AddHours(2):O}}"}""");
        Assert.Equal(404, (await server.GetAsync($"{News}/items/timed")).Status);

        _world.Time.Now = now.AddMinutes(61);
        await server.SendAsync("DELETE", $"{News}/items/anything"); // a look at the clock without waiting for one
        Assert.NotEmpty(await WhereItIsNamedAsync(server));
        Assert.Equal(200, (await server.GetAsync($"{News}/items/timed")).Status);

        _world.Time.Now = now.AddMinutes(121);
        await server.SendAsync("DELETE", $"{News}/items/anything");
        Assert.Empty(await WhereItIsNamedAsync(server));
        Assert.Equal(404, (await server.GetAsync($"{News}/items/timed")).Status);
    }

    [Fact]
    public async Task Who_took_it_down_and_when_is_on_record()
    {
        await _world.BuildAsync("news", Articles());
        await using var server = await StartAsync(_world);
        await server.SendAsync("DELETE", $"{News}/items/{Secret}%2Fitem");
        await using var store = await Store.OpenAsync(_world.Data, _world.Time, TestContext.Current.CancellationToken);
        var state = await store.Changes.FindAsync("news", $"{Secret}/item", TestContext.Current.CancellationToken);
        Assert.Equal((Access.Anonymous, _world.Time.Now), (state!.Deleted!.By, state.Deleted.At));
    }
}
