using System.Globalization;
using System.Text.Json.Nodes;
using Cantor.Corpus;
using Cantor.Storage;

namespace Cantor.Server.Tests;

/// <summary>What is pushed, deleted and hidden shows at once, in the item's own answers and in those of others.</summary>
public sealed class LiveTests : IAsyncLifetime
{
    const string News = "/v1/collections/news";

    readonly Item[] _articles = World.Articles(60);
    World _world = null!;
    RunningServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _world = new();
        await _world.BuildAsync("news", _articles);
        _server = await RunningServer.StartAsync(_world, options => options with { Time = _world.Time });
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _world.Dispose();
    }

    async Task<long> SendAsync(string method, string id, string body = "")
    {
        var reply = await _server.SendBodyAsync(method, $"{News}/items/{id}", body);
        Assert.True(reply.Status == 200, reply.Body);
        return (long)JsonNode.Parse(reply.Body)!["change"]!;
    }

    async Task<List<(string Id, float Score)>> RelatedAsync(string id, string query = "limit=100")
    {
        var reply = await _server.GetAsync($"{News}/items/{id}/related?{query}");
        Assert.True(reply.Status == 200, reply.Body);
        return [.. JsonNode.Parse(reply.Body)!["items"]!.AsArray().Select(item => ((string)item!["id"]!, (float)item["score"]!))];
    }

    [Fact]
    public async Task A_pushed_item_has_a_list_and_stands_in_the_lists_of_those_it_is_closest_to()
    {
        var pushed = World.Article(101, World.Topics[1]);
        await SendAsync("PUT", "article-101", World.Json(pushed));
        var own = await RelatedAsync("article-101");
        Assert.True(own.Count >= 10);
        Assert.All(own.Take(10), hit => Assert.Equal(1, int.Parse(hit.Id["article-".Length..], CultureInfo.InvariantCulture) % 4));
        var there = 0;
        foreach (var (id, score) in own.Take(10))
        {
            var list = await RelatedAsync(id);
            Assert.Equal(list.OrderByDescending(hit => hit.Score), list);
            if (list.Find(hit => hit.Id == "article-101") is { Id: not null } found)
            {
                there++;
                Assert.Equal(score, found.Score); // without visits strengths are alike both ways
            }
        }
        Assert.True(there >= 5, $"it stands in {there} lists");
        Assert.Contains("\"title\":\"The bow and the string number101\"", (await _server.GetAsync($"{News}/items/article-101")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_scores_of_a_pushed_item_are_those_of_a_build_that_sees_it_up_to_its_statistics()
    {
        var pushed = World.Article(101, World.Topics[2]);
        await SendAsync("PUT", "article-101", World.Json(pushed));
        var before = await RelatedAsync("article-101", "limit=10");
        await _world.BuildAsync("news", [.. _articles, pushed], lastChange: 1);
        await _server.GetUntilAsync($"{News}", reply => reply.Body.Contains("\"items\":61", StringComparison.Ordinal));
        var after = (await RelatedAsync("article-101", "limit=10")).ToDictionary(hit => hit.Id, hit => hit.Score);
        Assert.True(before.Count(hit => after.ContainsKey(hit.Id)) >= 8);
        Assert.All(before.Where(hit => after.ContainsKey(hit.Id)), hit => Assert.Equal(after[hit.Id], hit.Score, .05f));
    }

    [Fact]
    public async Task Pushed_items_find_each_other()
    {
        await SendAsync("PUT", "article-101", World.Json(World.Article(101, World.Topics[3])));
        await SendAsync("PUT", "article-105", World.Json(World.Article(105, World.Topics[3])));
        Assert.Contains(await RelatedAsync("article-101"), hit => hit.Id == "article-105");
        Assert.Contains(await RelatedAsync("article-105"), hit => hit.Id == "article-101");
        await SendAsync("DELETE", "article-105");
        Assert.DoesNotContain(await RelatedAsync("article-101"), hit => hit.Id == "article-105");
    }

    [Fact]
    public async Task Reasons_of_pushed_items_sum_to_their_strength_in_every_direction_and_what_is_shown_of_one_to_its_weight()
    {
        var rest = 0;
        await SendAsync("PUT", "article-101", World.Json(World.Article(101, World.Topics[3])));
        await SendAsync("PUT", "article-105", World.Json(World.Article(105, World.Topics[3])));
        foreach (var id in (string[])["article-101", "article-3", "article-7"])
        {
            var items = JsonNode.Parse((await _server.GetAsync($"{News}/items/{id}/related?limit=50&explain=true")).Body)!["items"]!.AsArray();
            Assert.NotEmpty(items);
            Assert.All(items, item => Assert.Equal((float)item!["strength"]!, item["reasons"]!.AsArray().Sum(reason => (float)reason!["weight"]!), 1e-5f));
            Assert.All(items, item => Assert.NotEmpty((string)item!["because"]!));
            foreach (var reason in items.SelectMany(item => item!["reasons"]!.AsArray()))
            {
                var parts = reason!["parts"]!.AsArray();
                Assert.Equal((double)reason["weight"]!, parts.Sum(part => (double)part!["weight"]!), 1e-6);
                Assert.DoesNotContain(parts.SkipLast(1), part => (string)part!["kind"]! == "rest");
                if ((string)parts[^1]!["kind"]! == "rest") rest += (int)parts[^1]!["count"]!;
            }
        }
        Assert.True(rest > 0);
    }

    [Fact]
    public async Task An_item_that_is_pushed_anew_is_related_by_what_it_says_now()
    {
        Assert.All((await RelatedAsync("article-0", "limit=5")).Select(hit => hit.Id), id => Assert.True(int.Parse(id["article-".Length..], CultureInfo.InvariantCulture) % 4 == 0));
        await SendAsync("PUT", "article-0", World.Json(World.Article(0, World.Topics[2]) with { Id = ItemId.Parse("article-0") }));
        Assert.All((await RelatedAsync("article-0", "limit=5")).Select(hit => hit.Id), id => Assert.True(int.Parse(id["article-".Length..], CultureInfo.InvariantCulture) % 4 == 2));
        foreach (var list in (string[])["article-4", "article-8", "article-12"])
            Assert.DoesNotContain(await RelatedAsync(list, "limit=10"), hit => hit.Id == "article-0");
        Assert.DoesNotContain(await RelatedAsync("article-0"), hit => hit.Id == "article-0");
    }

    [Fact]
    public async Task A_patch_changes_fields_at_once_and_leaves_lists_as_they_are()
    {
        var before = await RelatedAsync("article-3");
        await SendAsync("PATCH", "article-3", """{"price":12,"url":"https://example.org/3"}""");
        Assert.Equal(before, await RelatedAsync("article-3"));
        var fields = JsonNode.Parse((await _server.GetAsync($"{News}/items/article-3")).Body)!["fields"]!;
        Assert.Equal((12, "https://example.org/3"), ((int)fields["price"]!, (string?)fields["url"]));
        var other = JsonNode.Parse((await _server.GetAsync($"{News}/items/{before[0].Id}/related?limit=100&fields=price")).Body)!["items"]!.AsArray();
        Assert.Equal(12, (int)other.Single(item => (string)item!["id"]! == "article-3")!["fields"]!["price"]!);
        await SendAsync("PATCH", "article-3", """{"price":null}""");
        Assert.Null(JsonNode.Parse((await _server.GetAsync($"{News}/items/article-3")).Body)!["fields"]!["price"]);
    }

    [Fact]
    public async Task A_patch_of_a_pushed_item_weighs_it_anew()
    {
        await SendAsync("PUT", "new", World.Json(World.Article(101, World.Topics[0])));
        var other = JsonNode.Parse(World.Json(World.Article(101, World.Topics[1])))!;
        await SendAsync("PATCH", "new", other.ToJsonString());
        Assert.All((await RelatedAsync("new", "limit=5")).Select(hit => hit.Id), id => Assert.True(int.Parse(id["article-".Length..], CultureInfo.InvariantCulture) % 4 == 1));
    }

    [Theory]
    [InlineData("PATCH", "nobody", """{"price":1}""", 404, "unknown-item")]
    [InlineData("PATCH", "article-1", """{"title":3}""", 400, "invalid-item")]
    [InlineData("PUT", "x", """{"title":3}""", 400, "invalid-item")]
    [InlineData("PUT", "x", """{"id":"y","title":"t"}""", 400, "invalid-item")]
    [InlineData("PUT", "x", """{"title":"t","title":"u"}""", 400, "invalid-item")]
    [InlineData("PUT", "x", """["title"]""", 400, "invalid-item")]
    [InlineData("PUT", "x", "", 400, "invalid-item")]
    [InlineData("PUT", "x", """{"title":"\ud800"}""", 400, "invalid-item")]
    [InlineData("PUT", "x", """{"title":"t","expires_at":"soon"}""", 400, "invalid-item")]
    [InlineData("PUT", "%00", """{"title":"t"}""", 400, null)]
    [InlineData("PUT", "%zz", """{"title":"t"}""", 400, "invalid-id")]
    public async Task A_bad_write_is_refused_and_changes_nothing(string method, string id, string body, int status, string? code)
    {
        var reply = await _server.SendBodyAsync(method, $"{News}/items/{id}", body);
        Assert.True(reply.Status == status, reply.Body);
        if (code is not null) Assert.Equal(code, (string?)JsonNode.Parse(reply.Body)!["code"]);
        Assert.Contains("\"change\":0,", (await _server.GetAsync(News)).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_is_too_long_is_refused()
    {
        await using var server = await RunningServer.StartAsync(_world, options => options with { MaxItemBytes = 1024 });
        var reply = await server.SendBodyAsync("PUT", $"{News}/items/x", $$"""{"title":"{{new string('x', 2000)}}"}""");
        Assert.Equal((413, "too-large"), (reply.Status, (string?)JsonNode.Parse(reply.Body)!["code"]));
    }

    [Fact]
    public async Task More_than_the_overlay_holds_is_refused_until_a_build_but_never_a_deletion()
    {
        await using var server = await RunningServer.StartAsync(_world, options => options with { OverlayMax = 2 });
        foreach (var (id, status) in ((string, int)[])[("a", 200), ("b", 200), ("c", 429)])
        {
            var reply = await server.SendBodyAsync("PUT", $"{News}/items/{id}", """{"title":"glacier ice"}""");
            Assert.Equal(status, reply.Status);
            if (status == 429) Assert.Equal(("rebuild-needed", "60"), ((string?)JsonNode.Parse(reply.Body)!["code"], reply.Headers["Retry-After"]));
        }
        Assert.Equal(200, (await server.SendAsync("DELETE", $"{News}/items/article-9")).Status);
        Assert.Equal(404, (await server.GetAsync($"{News}/items/article-9")).Status);
    }

    [Fact]
    public async Task A_batch_answers_line_by_line_and_makes_what_can_be_made()
    {
        var lines = new[]
        {
            """{"upsert":{"id":"b1","title":"glacier ice snow","body":"glacier ice snow melt"}}""", """{"patch":{"id":"b1","price":3}}""", """{"delete":"article-4"}""",
            """{"upsert":{"id":"b2"}}""", """{"hide":"article-8"}""", "nonsense", """{"patch":{"id":"nobody","price":3}}""", """{"upsert":{"title":"no id"}}""", "", """{"unhide":7}""",
        };
        var reply = await _server.SendBodyAsync("POST", $"{News}/items:batch", string.Join("\r\n", lines) + "\n\n");
        Assert.Equal(200, reply.Status);
        var results = reply.Body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToList();
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 10], results.Select(result => (int)result["line"]!));
        Assert.Equal([1L, 2L, 3L, null, 4L, null, null, null, 5L], results.Select(result => (long?)result["change"]));
        Assert.Equal([null, null, null, "invalid-item", null, "invalid-item", "unknown-item", "invalid-item", null], results.Select(result => (string?)result["code"]));
        Assert.Equal(3, (int)JsonNode.Parse((await _server.GetAsync($"{News}/items/b1")).Body)!["fields"]!["price"]!);
        Assert.Equal(404, (await _server.GetAsync($"{News}/items/article-4")).Status);
        Assert.Equal(404, (await _server.GetAsync($"{News}/items/article-8")).Status);
    }

    [Fact]
    public async Task An_answer_is_asked_for_again_only_when_something_changed()
    {
        var target = $"{News}/items/article-3/related";
        var tag = (await _server.GetAsync(target)).Headers["ETag"];
        Assert.Equal(304, (await _server.GetAsync(target, "If-None-Match: " + tag)).Status);
        await SendAsync("DELETE", "article-7");
        var after = await _server.GetAsync(target, "If-None-Match: " + tag);
        Assert.Equal(200, after.Status);
        Assert.Equal(304, (await _server.GetAsync(target, "If-None-Match: " + after.Headers["ETag"])).Status);
    }

    [Fact]
    public async Task A_collection_is_made_filled_and_asked_before_any_release_exists()
    {
        Assert.Equal(200, (await _server.SendBodyAsync("PUT", "/v1/collections/fresh", "")).Status);
        Assert.Equal(200, (await _server.SendBodyAsync("PUT", "/v1/collections/fresh/items/a", """{"title":"First"}""")).Status);
        var related = JsonNode.Parse((await _server.GetAsync("/v1/collections/fresh/items/a/related")).Body)!;
        Assert.Equal(("pending", 0, null), ((string?)related["state"], related["items"]!.AsArray().Count, (string?)related["release"]));
        Assert.Equal("First", (string?)JsonNode.Parse((await _server.GetAsync("/v1/collections/fresh/items/a")).Body)!["fields"]!["title"]);
        Assert.Equal(404, (await _server.GetAsync("/v1/collections/fresh/items/b/related")).Status);
        Assert.Equal(200, (await _server.SendAsync("DELETE", "/v1/collections/fresh")).Status);
        await _server.GetUntilAsync("/v1/collections/fresh", reply => reply.Status == 404);
    }

    [Fact]
    public async Task A_collection_that_was_only_pushed_to_is_built_on_demand_and_answers_go_on_meanwhile()
    {
        await using var server = await RunningServer.StartAsync(_world);
        Assert.Equal(200, (await server.SendBodyAsync("PUT", "/v1/collections/fresh", """{"build":{"k":7,"lang":"en"}}""")).Status);
        var lines = string.Join('\n', World.Articles(80).Select(item => $$"""{"upsert":{{World.Json(item).Insert(1, $"\"id\":\"{item.Id}\",")}}}"""));
        Assert.Equal(200, (await server.SendBodyAsync("POST", "/v1/collections/fresh/items:batch", lines)).Status);
        Assert.Equal("pending", (string?)JsonNode.Parse((await server.GetAsync("/v1/collections/fresh/items/article-3/related")).Body)!["state"]);
        var asked = await server.SendAsync("POST", "/v1/collections/fresh/releases:build");
        Assert.Equal((202, "started"), (asked.Status, (string?)JsonNode.Parse(asked.Body)!["build"]));
        var built = await server.GetUntilAsync("/v1/collections/fresh", reply => !reply.Body.Contains("\"build\":\"running\"", StringComparison.Ordinal));
        Assert.Contains("\"build\":\"done\"", built.Body, StringComparison.Ordinal);
        var related = await server.GetUntilAsync("/v1/collections/fresh/items/article-3/related", reply => reply.Body.Contains("\"ready\"", StringComparison.Ordinal));
        Assert.All(JsonNode.Parse(related.Body)!["items"]!.AsArray().Take(5), hit => Assert.Equal(3, int.Parse(((string)hit!["id"]!)["article-".Length..], CultureInfo.InvariantCulture) % 4));
        Assert.Contains("\"pushed\":0", (await server.GetAsync("/v1/collections/fresh")).Body, StringComparison.Ordinal);
        // What is pushed from now on lies over the release.
        await server.SendBodyAsync("PUT", "/v1/collections/fresh/items/article-101", World.Json(World.Article(101, World.Topics[3])));
        Assert.Contains("article-101", (await server.GetAsync("/v1/collections/fresh/items/article-3/related?limit=50")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_collection_is_built_by_itself_when_its_configuration_says_so_and_something_changed()
    {
        await using var server = await RunningServer.StartAsync(_world);
        await server.SendBodyAsync("PUT", "/v1/collections/fresh", """{"build":{"every":"10s"}}""");
        await server.SendBodyAsync("PUT", "/v1/collections/fresh/items/a", """{"title":"glacier ice"}""");
        await server.SendBodyAsync("PUT", "/v1/collections/fresh/items/b", """{"title":"glacier snow"}""");
        await server.GetUntilAsync("/v1/collections/fresh/items/a/related", reply => reply.Body.Contains("\"ready\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Units_are_hashed_before_they_are_stored_where_the_collection_says_so_and_old_events_go()
    {
        await using var server = await RunningServer.StartAsync(_world, options => options with { Time = _world.Time, RetentionInterval = TimeSpan.FromMilliseconds(20) });
        await server.SendBodyAsync("PUT", News, """{"events":{"hashUnits":true,"keepDays":30}}""");
        await server.SendBodyAsync("PUT", News, """{"events":{"hashUnits":true,"keepDays":31}}""");
        foreach (var (own, given) in new[] { ("salt", "\"00\""), ("formerSalts", "[\"00\"]") })
        {
            var refused = await server.SendBodyAsync("PUT", News, $$$"""{"events":{"hashUnits":true,"{{{own}}}":{{{given}}}}}""");
            Assert.Equal(400, refused.Status);
            Assert.Contains($"events.{own}: is Cantor's own; expected keepDays, hashUnits", JsonNode.Parse(refused.Body)!["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        }
        var sent = await server.SendBodyAsync("POST", $"{News}/events", """[{"id":"1","unit":"ann@example.org","item":"article-1"},{"id":"2","unit":"ann@example.org","item":"article-2"},{"id":"3","unit":"bob","item":"article-2"},{"id":"4","unit":"bob","item":"article-3","time":"2026-01-01"}]""");
        Assert.Equal(200, sent.Status);
        await using var store = await Store.OpenAsync(_world.Data, _world.Time, TestContext.Current.CancellationToken);
        async Task<List<StoredEvent>> EventsAsync() => await store.Events.ReadAsync("news", DateTimeOffset.UnixEpoch, _world.Time.Now.AddDays(1), TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
        while ((await EventsAsync()).Count > 3) await Task.Delay(5, TestContext.Current.CancellationToken);
        var stored = await EventsAsync();
        Assert.DoesNotContain(stored, one => one.Unit.Contains("ann", StringComparison.Ordinal) || one.Unit == "bob");
        Assert.Equal(stored.Single(one => one.Id == "1").Unit, stored.Single(one => one.Id == "2").Unit);
        Assert.NotEqual(stored.Single(one => one.Id == "1").Unit, stored.Single(one => one.Id == "3").Unit);
        // One from before anybody said that units are to be hashed.
        await store.Events.AddAsync("news", [new("0", EventType.View, "ann@example.org", "article-1", _world.Time.Now)], TestContext.Current.CancellationToken);
        var forgotten = await server.SendAsync("DELETE", $"{News}/events?unit=ann%40example.org");
        Assert.Contains("\"deleted\":3", forgotten.Body, StringComparison.Ordinal);
        Assert.Equal(["3"], (await EventsAsync()).Select(one => one.Id));

        // What is hashed is found after hashing was taken away, and hashed alike once it is back.
        var hashed = (await EventsAsync())[0].Unit;
        await server.SendBodyAsync("PUT", News, """{"build":{"k":7}}""");
        var settings = CollectionSettings.Parse((await store.Collections.FindAsync("news", TestContext.Current.CancellationToken))!.Config);
        Assert.Equal(("bob", 7), (settings.Unit("bob"), settings.K));
        await Wait.UntilAsync(() => server.Part<LiveReleases>().Current.TryFind("news", out var served) && served.Settings.UnitSalt is null);
        Assert.Contains("\"deleted\":1", (await server.SendAsync("DELETE", $"{News}/events?unit=bob")).Body, StringComparison.Ordinal);
        Assert.Empty(await EventsAsync());
        await server.SendBodyAsync("PUT", News, """{"events":{"hashUnits":true}}""");
        Assert.Equal(hashed, CollectionSettings.Parse((await store.Collections.FindAsync("news", TestContext.Current.CancellationToken))!.Config).Unit("bob"));
    }

    [Fact]
    public async Task Units_are_hashed_by_an_older_server_too_whatever_else_a_newer_one_stored_in_the_configuration()
    {
        await using var server = await RunningServer.StartAsync(_world);
        await using var store = await Store.OpenAsync(_world.Data, _world.Time, TestContext.Current.CancellationToken);
        var stored = (await store.Collections.FindAsync("news", TestContext.Current.CancellationToken))!;
        Assert.NotNull(await store.Collections.ConfigureAsync("news", """{"events":{"keepDays":"ever","hashUnits":true,"salt":"00ff","later":1},"later":{"of":1},"build":{"k":7},"rollout":{"steps":"none"}}""", stored.ConfigVersion, TestContext.Current.CancellationToken));
        var live = server.Part<LiveReleases>();
        await Wait.UntilAsync(() => live.Current.TryFind("news", out var served) && served.Settings is { UnitSalt: "00ff", K: 7, KeepDays: null });
        Assert.Equal(200, (await server.SendBodyAsync("POST", $"{News}/events", """[{"id":"1","unit":"ann","item":"article-1"}]""")).Status);
        Assert.Equal(CollectionSettings.Known("""{"events":{"salt":"00ff"}}""").Unit("ann"),
            Assert.Single(await store.Events.ReadAsync("news", DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken)).Unit);
    }

    [Theory]
    [InlineData("POST", "events", """[{"id":"1","unit":"a\u0000b","item":"article-1"}]""")]
    [InlineData("POST", "events", """[{"id":"1\n","unit":"ann","item":"article-1"}]""")]
    [InlineData("POST", "events", """[{"id":"1","unit":"\ud800","item":"article-1"}]""")]
    [InlineData("DELETE", "events?unit=a%00b", "")]
    [InlineData("POST", "releases:rollback", """{"why":"a\u0000b"}""")]
    [InlineData("POST", "releases:rollback", """{"why":"\ud800"}""")]
    [InlineData("PUT", "", """{"build":{"lang":"\ud800"}}""")]
    public async Task A_text_that_cannot_be_stored_is_the_caller_s_fault(string method, string path, string body)
    {
        await _world.BuildAsync("news", World.Articles(20));
        var reply = await _server.SendBodyAsync(method, $"{News}/{path}".TrimEnd('/'), body);
        Assert.True(reply.Status == 400, reply.Body);
    }

    /// <summary>Events that fill the queue, and are on their way to the store until they are let go.</summary>
    sealed class HeldEvents : IReadOnlyList<StoredEvent>, IDisposable
    {
        readonly ManualResetEventSlim _open = new();

        public int Count => EventQueue.MaxWaiting;

        public StoredEvent this[int index] => throw new NotSupportedException();

        public IEnumerator<StoredEvent> GetEnumerator()
        {
            _open.Wait(CancellationToken.None);
            return Enumerable.Empty<StoredEvent>().GetEnumerator();
        }

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();

        public void Dispose() => _open.Set();
    }

    [Fact]
    public async Task More_events_than_can_wait_are_refused_and_taken_again_when_those_before_are_stored()
    {
        const string sent = """[{"id":"1","unit":"ann","item":"article-1"}]""";
        using var held = new HeldEvents();
        var written = _server.Part<EventQueue>().Offer("news", held)!;
        var refused = await _server.SendBodyAsync("POST", $"{News}/events", sent);
        Assert.Equal((429, "too-many", "1"), (refused.Status, (string?)JsonNode.Parse(refused.Body)!["code"], refused.Headers["Retry-After"]));
        held.Dispose();
        await written;
        await Wait.UntilAsync(async () => (await _server.SendBodyAsync("POST", $"{News}/events", sent)).Status == 200);
    }

    [Fact]
    public async Task A_write_to_a_collection_that_was_deleted_at_another_server_a_moment_ago_finds_none()
    {
        await using var slow = await RunningServer.StartAsync(_world, options => options with { PollInterval = TimeSpan.FromMinutes(1) });
        await using var store = await Store.OpenAsync(_world.Data, _world.Time, TestContext.Current.CancellationToken);
        Assert.True(await store.Collections.DeleteAsync("news", "ann", TestContext.Current.CancellationToken));
        foreach (var (method, path, body) in ((string, string, string)[])
            [("PUT", "/items/x", """{"title":"t"}"""), ("DELETE", "/items/x", ""), ("POST", "/items:batch", """{"delete":"x"}"""), ("POST", "/events", """[{"id":"1","unit":"u","item":"x"}]""")])
            Assert.Equal((path, 404, "unknown-collection"), await slow.SendBodyAsync(method, News + path, body) is var reply ? (path, reply.Status, (string?)JsonNode.Parse(reply.Body)!["code"]) : default);
    }

    [Fact]
    public async Task A_build_is_due_by_the_age_of_the_newest_release_whoever_built_it()
    {
        await using var server = await RunningServer.StartAsync(_world, options => options with { Time = _world.Time });
        await server.SendBodyAsync("PUT", "/v1/collections/fresh", """{"build":{"every":"1h"}}""");
        var newest = await _world.BuildAsync("fresh", World.Articles(20));
        await server.GetUntilAsync("/v1/collections/fresh", reply => reply.Body.Contains(newest.ToString(), StringComparison.Ordinal));
        Assert.Equal(200, (await server.SendBodyAsync("PUT", "/v1/collections/fresh/items/a", """{"title":"glacier ice"}""")).Status);
        var builds = server.Part<Builds>();
        await builds.StartDueAsync(TestContext.Current.CancellationToken);
        Assert.Null(builds.StateOf("fresh"));
        _world.Time.Now += TimeSpan.FromHours(1);
        await builds.StartDueAsync(TestContext.Current.CancellationToken);
        Assert.NotNull(builds.StateOf("fresh"));
        await Wait.UntilAsync(() => builds.StateOf("fresh") is not { State: "running" });
    }

    [Fact]
    public async Task A_build_that_fails_says_why_and_leaves_what_is_served()
    {
        await using var server = await RunningServer.StartAsync(_world);
        await server.SendBodyAsync("PUT", "/v1/collections/fresh", "");
        Assert.Equal(202, (await server.SendAsync("POST", "/v1/collections/fresh/releases:build")).Status);
        var failed = await server.GetUntilAsync("/v1/collections/fresh", reply => reply.Body.Contains("\"build\":\"failed\"", StringComparison.Ordinal));
        Assert.Contains("the sources gave no item", failed.Body, StringComparison.Ordinal);
        Assert.Equal(400, (await server.SendBodyAsync("PUT", "/v1/collections/fresh", """{"build":{"every":"1s"}}""")).Status);
        Assert.Equal(400, (await server.SendBodyAsync("PUT", "/v1/collections/fresh", """{"bild":{}}""")).Status);
    }

    [Fact]
    public async Task A_build_from_what_was_pushed_does_not_lose_what_came_from_sources()
    {
        await SendAsync("PUT", "article-101", World.Json(World.Article(101, World.Topics[0])));
        Assert.Equal(202, (await _server.SendAsync("POST", $"{News}/releases:build")).Status);
        var failed = await _server.GetUntilAsync(News, reply => reply.Body.Contains("\"build\":\"failed\"", StringComparison.Ordinal));
        Assert.Contains("60 of the 60 items of the live release came from sources and were never pushed", failed.Body, StringComparison.Ordinal);
        Assert.Equal(200, (await _server.GetAsync($"{News}/items/article-5")).Status);
    }

    [Fact]
    public async Task A_release_is_promoted_and_taken_back_by_one_call_each_and_the_history_says_who_and_why()
    {
        var first = _world.Registry.Alias("news", AliasName.Live)!.Value.ToString();
        Assert.Equal(404, (await _server.SendAsync("POST", $"{News}/releases:rollback")).Status);
        var second = await _world.RegisterAsync("news", ["hub"], []);
        var promoted = await _server.SendBodyAsync("POST", $"{News}/releases/{second}:promote", """{"why":"better"}""");
        Assert.Equal(200, promoted.Status);
        Assert.Equal((second.ToString(), first), JsonNode.Parse(promoted.Body) is { } moved ? ((string?)moved["live"], (string?)moved["before"]) : default);
        // It is opened beside what is served, which may take longer than the answer waits.
        await _server.GetUntilAsync($"{News}/items/hub", reply => reply.Status == 200);
        Assert.Equal(200, (await _server.SendAsync("POST", $"{News}/releases:rollback")).Status);
        Assert.Equal(404, (await _server.GetAsync($"{News}/items/hub")).Status);
        Assert.Equal(200, (await _server.GetAsync($"{News}/items/article-1")).Status);
        var releases = JsonNode.Parse((await _server.GetAsync($"{News}/releases")).Body)!;
        Assert.Equal((first, second.ToString(), 2), ((string?)releases["live"], (string?)releases["previous"], releases["releases"]!.AsArray().Count));
        Assert.Equal(["rollback", "better"], releases["history"]!.AsArray().Where(move => (string?)move!["alias"] == "live").Take(2).Select(move => (string?)move!["why"]));
    }

    [Fact]
    public async Task Pushed_items_stand_further_down_too_where_they_belong()
    {
        for (var i = 100; i < 108; i++) await SendAsync("PUT", $"article-{i}", World.Json(World.Article(i, World.Topics[i % 4])));
        var all = await RelatedAsync("article-3", "limit=100");
        Assert.Equal(all.OrderByDescending(hit => hit.Score), all);
        Assert.Contains(all, hit => hit.Id == "article-103");
        Assert.Contains(all, hit => hit.Id == "article-107");
        Assert.Equal(all.Select(hit => hit.Id).Distinct().Count(), all.Count);
        foreach (var (id, score) in all.Where(hit => hit.Id is "article-103" or "article-107"))
            Assert.Equal(score, (await RelatedAsync(id, "limit=100")).Single(hit => hit.Id == "article-3").Score);
    }

    [Fact]
    public async Task Positions_past_the_ready_list_are_found_and_go_on_with_it()
    {
        var ten = await RelatedAsync("article-3", "limit=10");
        var thirty = await RelatedAsync("article-3", "limit=30");
        Assert.Equal(ten, thirty.Take(10));
        Assert.Equal(14, thirty.Count(hit => int.Parse(hit.Id["article-".Length..], CultureInfo.InvariantCulture) % 4 == 3));
        Assert.Equal(thirty.Skip(8).Take(5), await RelatedAsync("article-3", "limit=5&offset=8"));
        Assert.Equal(thirty.Select(hit => hit.Id).Distinct().Count(), thirty.Count);
    }
}
