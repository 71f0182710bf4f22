using System.Text.Json.Nodes;
using Cantor.Corpus;
using Cantor.Storage;

namespace Cantor.Server.Tests;

public sealed class AccessTests : IAsyncLifetime
{
    const string Item = "/v1/collections/news/items/hub";

    World _world = null!;
    RunningServer _server = null!;
    Store _store = null!;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _world = new();
        await _world.PublishAsync("news", ["hub", "a"], [("hub", "a", .5)]);
        await _world.PublishAsync("drugs", ["hub"], []);
        _store = await Store.OpenAsync(_world.Data, _world.Time, Token);
        _server = await RunningServer.StartAsync(_world, options => options with { Time = _world.Time });
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _store.DisposeAsync();
        _world.Dispose();
    }

    async Task<NewKey> KeyAsync(Scopes scopes, string? collection = null, TimeSpan? lifetime = null)
    {
        var key = await _store.Keys.CreateAsync("test", collection, scopes, lifetime, "ann", Token);
        await _server.GetUntilAsync("/v1/collections/nowhere/items/x", reply => reply.Status == 401);
        await _server.GetUntilAsync(Item, reply => reply.Status == 401);
        // The others follow the store a moment later.
        await _server.GetUntilAsync("/v1/collections", reply => reply.Status != 401, $"X-API-Key: {key.Secret}");
        return key;
    }

    static string? Code(Reply reply) => (string?)JsonNode.Parse(reply.Body)!["code"];

    [Fact]
    public async Task With_a_key_in_the_store_nothing_is_answered_without_one_but_health_and_the_document()
    {
        Assert.Equal(200, (await _server.GetAsync(Item)).Status);
        await KeyAsync(Scopes.Read);
        foreach (var target in (string[])[Item, Item + "/related", "/v1/collections", "/v1/collections/news"])
        {
            var reply = await _server.GetAsync(target);
            Assert.Equal((401, "unauthorized", "Bearer"), (reply.Status, Code(reply), reply.Headers["WWW-Authenticate"]));
        }
        foreach (var (method, target) in ((string, string)[])[("PUT", Item), ("DELETE", Item), ("POST", Item + ":hide"), ("POST", "/v1/collections/news/events"), ("DELETE", "/v1/collections/news")])
            Assert.Equal(401, (await _server.SendAsync(method, target)).Status);
        foreach (var target in (string[])["/health/live", "/health/ready", "/openapi/v1.json"])
            Assert.Equal(200, (await _server.GetAsync(target)).Status);
    }

    [Fact]
    public async Task A_key_opens_what_its_scopes_allow_and_nothing_else()
    {
        var keys = new Dictionary<Scopes, string>();
        foreach (var scope in (Scopes[])[Scopes.Read, Scopes.Write, Scopes.Events, Scopes.Admin]) keys[scope] = (await KeyAsync(scope)).Secret;
        var spare = await KeyAsync(Scopes.Read);
        foreach (var (scope, method, target, body) in ((Scopes, string, string, string)[])
        [
            (Scopes.Read, "GET", Item, ""), (Scopes.Read, "GET", Item + "/related", ""), (Scopes.Write, "PUT", Item, """{"title":"t"}"""), (Scopes.Write, "POST", Item + ":unhide", ""),
            (Scopes.Write, "POST", "/v1/collections/news/items:batch", ""), (Scopes.Events, "POST", "/v1/collections/news/events", "[]"), (Scopes.Admin, "DELETE", "/v1/collections/news/events?unit=u", ""),
            (Scopes.Admin, "PUT", "/v1/collections/other", ""), (Scopes.Admin, "POST", "/v1/collections/news/releases:prune", ""), (Scopes.Admin, "GET", "/v1/keys", ""),
            (Scopes.Admin, "POST", "/v1/keys", """{"label":"x","scopes":["read"]}"""), (Scopes.Admin, "POST", $"/v1/keys/{spare.Key.Id}:rotate", ""), (Scopes.Admin, "POST", $"/v1/keys/{spare.Key.Id}:revoke", ""),
        ])
            foreach (var (held, key) in keys)
            {
                var reply = await _server.SendBodyAsync(method, target, body, $"Authorization: Bearer {key}");
                Assert.True(reply.Status == (held == scope || held is Scopes.Admin ? 200 : 403), $"{held} {method} {target}: {reply.Status} {reply.Body}");
            }
    }

    [Fact]
    public async Task A_key_of_one_collection_sees_no_other()
    {
        var key = await KeyAsync(Scopes.Read | Scopes.Admin, "news");
        var header = $"X-API-Key: {key.Secret}";
        Assert.Equal(200, (await _server.GetAsync(Item, header)).Status);
        Assert.Equal((403, "forbidden"), await _server.GetAsync("/v1/collections/drugs/items/hub", header) is var reply ? (reply.Status, Code(reply)) : default);
        // Whether a collection exists is not told either.
        Assert.Equal(403, (await _server.GetAsync("/v1/collections/nowhere/items/hub", header)).Status);
        Assert.Equal(403, (await _server.SendAsync("DELETE", "/v1/collections/news", header)).Status);
        Assert.Equal(403, (await _server.GetAsync("/v1/keys", header)).Status);
        Assert.Equal(["news"], JsonNode.Parse((await _server.GetAsync("/v1/collections", header)).Body)!["collections"]!.AsArray().Select(collection => (string)collection!["name"]!));
    }

    [Fact]
    public async Task A_revoked_or_expired_key_is_refused_and_nobody_is_let_in_without_one()
    {
        var (revoked, expiring) = (await KeyAsync(Scopes.Read), await KeyAsync(Scopes.Read, lifetime: TimeSpan.FromHours(1)));
        Assert.Equal(200, (await _server.GetAsync(Item, $"X-API-Key: {expiring.Secret}")).Status);
        await _store.Keys.RevokeAsync(revoked.Key.Id, "ann", Token);
        await _server.GetUntilAsync(Item, reply => reply.Status == 401, $"X-API-Key: {revoked.Secret}");
        _world.Time.Now += TimeSpan.FromHours(2);
        Assert.Equal(401, (await _server.GetAsync(Item, $"X-API-Key: {expiring.Secret}")).Status);
        Assert.Equal(401, (await _server.GetAsync(Item)).Status);
    }

    [Fact]
    public async Task A_key_is_made_listed_replaced_and_revoked_over_the_API_and_its_secret_is_told_once()
    {
        var admin = $"X-API-Key: {(await KeyAsync(Scopes.Admin)).Secret}";
        var made = JsonNode.Parse((await _server.SendBodyAsync("POST", "/v1/keys", """{"label":"site","collection":"news","scopes":["read","events"]}""", admin)).Body)!;
        var (secret, id) = ((string)made["secret"]!, (string)made["key"]!["id"]!);
        // Valid at this server from the answer on.
        Assert.Equal(200, (await _server.GetAsync(Item, $"X-API-Key: {secret}")).Status);
        Assert.Equal(403, (await _server.SendAsync("DELETE", Item, $"X-API-Key: {secret}")).Status);

        var list = (await _server.GetAsync("/v1/keys", admin)).Body;
        Assert.DoesNotContain(secret[20..], list, StringComparison.Ordinal);
        Assert.Contains($"\"id\":\"{id}\",\"label\":\"site\",\"collection\":\"news\",\"scopes\":[\"read\",\"events\"]", list, StringComparison.Ordinal);

        var next = (string)JsonNode.Parse((await _server.SendBodyAsync("POST", $"/v1/keys/{id}:rotate", """{"overlapHours":1}""", admin)).Body)!["secret"]!;
        Assert.Equal((200, 200), ((await _server.GetAsync(Item, $"X-API-Key: {secret}")).Status, (await _server.GetAsync(Item, $"X-API-Key: {next}")).Status));
        _world.Time.Now += TimeSpan.FromHours(2);
        Assert.Equal((401, 200), ((await _server.GetAsync(Item, $"X-API-Key: {secret}")).Status, (await _server.GetAsync(Item, $"X-API-Key: {next}")).Status));

        Assert.Equal(200, (await _server.SendAsync("POST", $"/v1/keys/{next[7..19]}:revoke", admin)).Status);
        Assert.Equal(401, (await _server.GetAsync(Item, $"X-API-Key: {next}")).Status);
    }

    [Fact]
    public async Task A_key_that_was_revoked_at_one_server_is_refused_by_every_other()
    {
        var (admin, key) = ((await KeyAsync(Scopes.Admin)).Secret, await KeyAsync(Scopes.Read));
        await using var other = await RunningServer.StartAsync(_world, options => options with { Time = _world.Time });
        Assert.Equal(200, (await other.GetAsync(Item, $"X-API-Key: {key.Secret}")).Status);
        Assert.Equal(200, (await _server.SendAsync("POST", $"/v1/keys/{key.Key.Id}:revoke", $"X-API-Key: {admin}")).Status);
        await other.GetUntilAsync(Item, reply => reply.Status == 401, $"X-API-Key: {key.Secret}");
    }

    [Fact]
    public async Task Why_a_build_failed_is_told_to_those_who_may_build_alone_for_it_may_name_an_item_that_is_hidden()
    {
        var (read, admin) = ($"X-API-Key: {(await KeyAsync(Scopes.Read | Scopes.Write)).Secret}", $"X-API-Key: {(await KeyAsync(Scopes.Admin)).Secret}");
        await _server.SendBodyAsync("PUT", "/v1/collections/fresh", "", admin);
        await _server.SendBodyAsync("PUT", "/v1/collections/fresh/items/a", """{"title":"ice","vector":[1,2,3]}""", admin);
        await _server.SendBodyAsync("PUT", "/v1/collections/fresh/items/unspeakable", """{"title":"snow","vector":[1,2]}""", admin);
        await _server.SendAsync("POST", "/v1/collections/fresh/items/unspeakable:hide", admin);
        Assert.Equal(202, (await _server.SendAsync("POST", "/v1/collections/fresh/releases:build", admin)).Status);
        var told = await _server.GetUntilAsync("/v1/collections/fresh", reply => reply.Body.Contains("\"build\":\"failed\"", StringComparison.Ordinal), admin);
        Assert.Contains("unspeakable", told.Body, StringComparison.Ordinal);
        foreach (var target in (string[])["/v1/collections/fresh", "/v1/collections"])
            Assert.DoesNotContain("unspeakable", (await _server.GetAsync(target, read)).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"label":"\ud800","scopes":["read"]}"""), InlineData("""{"label":"a\u0000b","scopes":["read"]}"""), InlineData("""{"label":"x","scopes":["\udfff"]}"""), InlineData("[]"), InlineData("{")]
    public async Task A_key_with_a_text_that_is_none_is_refused(string body) =>
        Assert.Equal(400, (await _server.SendBodyAsync("POST", "/v1/keys", body)).Status);

    [Fact]
    public async Task What_a_key_did_is_on_record_under_its_id()
    {
        var key = await KeyAsync(Scopes.Write);
        await _server.SendAsync("DELETE", Item, $"X-API-Key: {key.Secret}");
        Assert.Equal(key.Key.Id, (await _store.Changes.FindAsync("news", "hub", Token))!.Deleted!.By);
    }

    [Fact]
    public async Task Without_keys_a_server_does_not_listen_to_other_machines_unless_told()
    {
        using var world = new World();
        var options = new ServerOptions { DataDirectory = world.Data, Urls = ["http://0.0.0.0:0"] };
        Assert.Contains("the store has no keys", (await Assert.ThrowsAsync<InputFaultException>(() => CantorServer.CreateAsync(options, Token))).Message, StringComparison.Ordinal);
        // Kestrel listens to all of the machine's addresses under each of these.
        foreach (var url in (string[])["http://*:0", "http://+:0", "http://[::]:0", "http://loopback:0", "http://localhost.:0", "http://127.0.0.1.example.org:0"])
            Assert.Contains("the store has no keys", (await Assert.ThrowsAsync<InputFaultException>(() => CantorServer.CreateAsync(options with { Urls = ["http://127.0.0.1:0", url] }, Token))).Message, StringComparison.Ordinal);
        Assert.Contains("cannot be listened on", (await Assert.ThrowsAsync<InputFaultException>(() => CantorServer.CreateAsync(options with { Urls = ["http://x@127.0.0.1:0"] }, Token))).Message, StringComparison.Ordinal);
        foreach (var url in (string[])["http://localhost:0", "http://[::1]:0", "http://127.0.0.2:0"]) await (await CantorServer.CreateAsync(options with { Urls = [url] }, Token)).DisposeAsync();
        await using var open = await CantorServer.CreateAsync(options with { Open = true }, Token);
        await using var store = await Store.OpenAsync(world.Data, world.Time, Token);
        await store.Keys.CreateAsync("test", null, Scopes.Read, null, "ann", Token);
        await using var keyed = await CantorServer.CreateAsync(options, Token);
    }
}
