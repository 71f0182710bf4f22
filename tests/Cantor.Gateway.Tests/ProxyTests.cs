using System.Collections.Concurrent;
using Cantor.Storage.Gateways;
using Microsoft.AspNetCore.Http;

namespace Cantor.Gateway.Tests;

public sealed class ProxyTests
{
    const string Rescued = "rescue: new\nroutes: {related: {path: '/items/{id}/related'}}";

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_route_that_nobody_set_is_the_old_sides()
    {
        await using var world = await World.MakeAsync();
        Assert.Equal((200, "old", "old"), await world.GetAsync("/items/1/related"));
        Assert.Empty(world.New.Asked);
    }

    [Theory]
    [InlineData("/items/a%2Fb/related?x=%20y&x=2"), InlineData("/items/a%252Fb/related"), InlineData("/items/../related"), InlineData("/items/%F0%9F%98%80/related?"), InlineData("/elsewhere//a/?b=c+d"), InlineData("/")]
    public async Task A_request_arrives_as_it_was_sent(string target)
    {
        await using var world = await World.MakeAsync();
        Assert.Equal((200, "old", "old"), await world.GetAsync(target, ("X-Mine", "a, b"), ("X-Cantor-Shadow", "1")));
        Assert.Equal([$"GET {target}"], world.Old.Asked);
        Assert.Equal("a, b", world.Old.Headers["X-Mine"]);
        Assert.Equal(new Uri(world.Old.Url).Authority, world.Old.Headers["Host"]);
        Assert.Equal(world.Client.BaseAddress!.Authority, world.Old.Headers["X-Forwarded-Host"]);
        Assert.Equal("127.0.0.1", world.Old.Headers["X-Forwarded-For"]);
    }

    [Fact]
    public async Task After_a_cutover_everybody_gets_the_new_side_and_after_back_nobody()
    {
        await using var world = await World.MakeAsync();
        await world.SetAsync(RouteMode.Cutover);
        Assert.Equal((200, "new", "new"), await world.GetAsync("/items/1/related"));
        Assert.Equal((200, "old", "old"), await world.GetAsync("/elsewhere"));
        await world.SetAsync(RouteMode.Old);
        Assert.Equal((200, "old", "old"), await world.GetAsync("/items/1/related"));
    }

    [Fact]
    public async Task Each_share_holds_the_units_of_those_before_it()
    {
        await using var world = await World.MakeAsync("units: ['header:X-User', 'cookie:sid', 'query:unit']\nroutes: {related: {path: '/items/{id}/related'}}");
        HashSet<string> before = [];
        foreach (var percent in (double[])[1, 5, 25, 50, 100])
        {
            await world.SetAsync(RouteMode.Canary, percent);
            HashSet<string> got = [];
            for (var user = 0; user < 400; user++)
                if ((await world.GetAsync("/items/1/related", ("X-User", $"user {user}"))).Side is "new") got.Add($"user {user}");
            Assert.Subset(got, before);
            Assert.InRange(got.Count, 4 * percent - 40, 4 * percent + 40);
            before = got;
        }
        await world.SetAsync(RouteMode.Canary, 50);
        foreach (var (name, value) in ((string, string)[])[("X-User", "ann"), ("Cookie", "sid=ann"), ("X-None", "x")])
            Assert.Equal((await world.GetAsync("/items/2/related?unit=ann")).Side, (await world.GetAsync($"/items/2/related{(name is "X-None" ? "?a=b&unit=ann" : "")}", (name, value))).Side);
        // Who does not say who they are keeps what they know.
        for (var i = 0; i < 50; i++) Assert.Equal("old", (await world.GetAsync("/items/1/related")).Side);
    }

    [Fact]
    public async Task The_new_side_is_asked_in_its_own_words_and_its_answer_is_told_in_the_old_ones()
    {
        await using var world = await World.MakeAsync("""
            routes:
              related:
                path: /items/{id}/related
                newPath: /v1/{id}?limit={n=10}&lang={lang=en}
                answer:
                  item: $.itemId
                  price: $$5
                  list: {each: '$.items[*]', of: {key: $.id, title: $.fields.title, kind: related, rank: $.rank}}
                  ids: $.items[*].id
            """);
        world.New.Answer = context =>
        {
            context.Response.ContentType = "application/json";
            return context.Response.WriteAsync("""{"itemId":"a/b","items":[{"id":"1","rank":1,"fields":{"title":"Ä <x>"}},{"id":"2","rank":2}]}""");
        };
        await world.SetAsync(RouteMode.Cutover);
        var answer = await world.GetAsync("/items/a%2Fb/related?n=3&m=4");
        Assert.Equal("""{"item":"a/b","price":"$5","list":[{"key":"1","title":"Ä <x>","kind":"related","rank":1},{"key":"2","title":null,"kind":"related","rank":2}],"ids":["1","2"]}""", answer.Body);
        Assert.Equal((200, "new"), (answer.Status, answer.Side));
        Assert.Equal(["GET /v1/a%2Fb?limit=3&lang=en"], world.New.Asked);
    }

    [Fact]
    public async Task What_the_new_side_cannot_be_asked_stays_with_the_old_one()
    {
        await using var world = await World.MakeAsync("routes: {related: {path: /related, newPath: '/v1/{doc}'}}");
        await world.SetAsync(RouteMode.Cutover);
        Assert.Equal("new", (await world.GetAsync("/related?doc=7")).Side);
        Assert.Equal("old", (await world.GetAsync("/related?document=7")).Side);
        Assert.Equal(["GET /v1/7"], world.New.Asked);
    }

    // ── the new side fails ──

    public static TheoryData<string> Failures => ["an error", "no answer", "half an answer", "no JSON"];

    static Task Fail(HttpContext context, string how)
    {
        switch (how)
        {
            case "an error":
                context.Response.StatusCode = 503;
                return context.Response.WriteAsync("away");
            case "no answer":
                context.Abort();
                return Task.CompletedTask;
            case "half an answer":
                context.Response.ContentLength = 100;
                return HalfAsync(context);
            default:
                context.Response.ContentType = "application/json";
                return context.Response.WriteAsync("<html>");
        }

        static async Task HalfAsync(HttpContext context)
        {
            await context.Response.WriteAsync("half");
            await context.Response.Body.FlushAsync();
            context.Abort();
        }
    }

    [Theory, MemberData(nameof(Failures))]
    public async Task Whoever_the_new_side_fails_is_answered_by_the_old_one_and_after_five_it_is_not_asked_any_more(string how)
    {
        await using var world = await World.MakeAsync("routes: {related: {path: '/items/{id}/related', answer: {id: $.id}}}");
        world.New.Answer = context => Fail(context, how);
        await world.SetAsync(RouteMode.Cutover);
        for (var i = 0; i < 20; i++) Assert.Equal((200, "old", "old"), await world.GetAsync("/items/1/related"));
        Assert.Equal(5, world.New.Asked.Count);
        var counters = world.Counters();
        Assert.Equal((20, 20, 15, 0, true), (counters.Old, counters.Rescued, counters.Diverted, counters.Failed, counters.NewOut));
    }

    [Fact]
    public async Task A_side_that_is_well_again_is_asked_again()
    {
        await using var world = await World.MakeAsync("breaker: {failures: 2, pause: 50ms}\nroutes: {related: {path: '/items/{id}/related'}}");
        world.New.Answer = context => Fail(context, "an error");
        await world.SetAsync(RouteMode.Cutover);
        for (var i = 0; i < 3; i++) await world.GetAsync("/items/1/related");
        Assert.True(world.Counters().NewOut);
        world.New.Answer = context => context.Response.WriteAsync("new");
        await Wait.UntilAsync(async () => (await world.GetAsync("/items/1/related")).Side is "new");
        Assert.False(world.Counters().NewOut);
    }

    [Fact]
    public async Task A_frozen_new_side_is_waited_for_no_longer_than_its_timeout()
    {
        // The old side has no more time than the new one.
        await using var world = await World.MakeAsync("timeout: 20s\nbudget: 1m\nbreaker: {failures: 1, pause: 60m}\nroutes: {related: {path: '/items/{id}/related'}}");
        world.New.Answer = FakeSide.Freeze;
        await world.SetAsync(RouteMode.Cutover);
        for (var i = 0; i < 10; i++) Assert.Equal((200, "old", "old"), await world.GetAsync("/items/1/related"));
        Assert.Single(world.New.Asked);
    }

    [Fact]
    public async Task A_new_side_that_is_killed_at_half_of_the_load_fails_nobody()
    {
        await using var world = await World.MakeAsync("units: ['header:X-User']\nroutes: {related: {path: '/items/{id}/related'}}");
        await world.SetAsync(RouteMode.Canary, 50);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var (failed, answered) = (new ConcurrentBag<string>(), 0);
        var callers = Enumerable.Range(0, 8).Select(caller => Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                var answer = await world.GetAsync($"/items/{i}/related", ("X-User", $"{caller} {i}"));
                if (answer.Status != 200) failed.Add($"{answer}");
                Interlocked.Increment(ref answered);
            }
        }, Token)).ToArray();
        await Wait.UntilAsync(() => Volatile.Read(ref answered) > 200 && world.Counters().New > 50);
        await world.New.KillAsync();
        var then = Volatile.Read(ref answered);
        await Wait.UntilAsync(() => Volatile.Read(ref answered) > then + 500);
        await stop.CancelAsync();
        await Task.WhenAll(callers);
        Assert.Empty(failed);
        Assert.True(world.Counters().Rescued > 0);
    }

    // ── the old side fails ──

    [Fact]
    public async Task Without_rescue_the_client_gets_what_the_old_side_says()
    {
        await using var world = await World.MakeAsync();
        world.Old.Answer = context => Fail(context, "an error");
        Assert.Equal((503, "old", "away"), await world.GetAsync("/items/1/related"));
        Assert.Single(world.Old.Asked);
        world.Old.Answer = context => Fail(context, "no answer");
        var answer = await world.GetAsync("/items/1/related");
        Assert.Equal(502, answer.Status);
        Assert.Contains("\"no-side\"", answer.Body, StringComparison.Ordinal);
        Assert.Equal(2, world.Counters().Failed);
    }

    [Fact]
    public async Task With_a_retry_the_old_side_is_asked_twice_and_the_new_one_never()
    {
        await using var world = await World.MakeAsync("rescue: retry\nroutes: {related: {path: '/items/{id}/related'}}");
        world.Old.Answer = context => world.Old.Asked.Count % 2 == 1 ? Fail(context, "no answer") : context.Response.WriteAsync("second");
        Assert.Equal((200, "old", "second"), await world.GetAsync("/items/1/related"));
        world.Old.Answer = context => Fail(context, "an error");
        Assert.Equal((503, "old", "away"), await world.GetAsync("/items/1/related"));
        Assert.Equal(4, world.Old.Asked.Count);
        Assert.Empty(world.New.Asked);
    }

    [Theory, InlineData("an error"), InlineData("no answer"), InlineData("half an answer")]
    public async Task With_rescue_new_the_new_side_answers_when_the_old_one_fails_twice_and_first_while_it_is_out(string how)
    {
        await using var world = await World.MakeAsync(Rescued);
        world.Old.Answer = context => Fail(context, how);
        for (var i = 0; i < 10; i++) Assert.Equal((200, "new", "new"), await world.GetAsync("/items/1/related"));
        Assert.InRange(world.Old.Asked.Count, 5, 7);
        Assert.Equal((10, 0, true), (world.Counters().Rescued, world.Counters().Failed, world.Counters().OldOut));
    }

    [Fact]
    public async Task A_frozen_old_side_is_not_asked_a_second_time()
    {
        await using var world = await World.MakeAsync("timeout: 20s\nbudget: 1m\n" + Rescued);
        world.Old.Answer = FakeSide.Freeze;
        Assert.Equal((200, "new", "new"), await world.GetAsync("/items/1/related"));
        Assert.Single(world.Old.Asked);
    }

    [Fact]
    public async Task When_both_sides_fail_the_client_gets_the_last_failure()
    {
        await using var world = await World.MakeAsync(Rescued);
        world.Old.Answer = context => Fail(context, "no answer");
        world.New.Answer = context => Fail(context, "an error");
        Assert.Equal((503, "new", "away"), await world.GetAsync("/items/1/related"));
        world.New.Answer = FakeSide.Freeze;
        world.Configure("timeout: 3s\nbudget: 10s\n" + Rescued);
        var slow = new HttpClient { BaseAddress = await world.AddGatewayAsync() };
        using (slow) Assert.Equal(504, (int)(await slow.GetAsync(new Uri("/items/1/related", UriKind.Relative), Token)).StatusCode);
    }

    [Fact]
    public async Task What_changes_something_is_never_sent_twice()
    {
        await using var world = await World.MakeAsync(Rescued);
        world.Old.Answer = context => Fail(context, "an error");
        using var sent = new StringContent("a=b");
        using var answer = await world.Client.PostAsync(new Uri("/items/1/related", UriKind.Relative), sent, Token);
        Assert.Equal(503, (int)answer.StatusCode);
        Assert.Equal(["POST /items/1/related"], world.Old.Asked);
        Assert.Empty(world.New.Asked);
    }

    // ── answers ──

    [Fact]
    public async Task Answers_that_are_no_failure_pass_as_they_are()
    {
        await using var world = await World.MakeAsync(Rescued);
        world.Old.Answer = context =>
        {
            context.Response.StatusCode = 404;
            context.Response.Headers["X-Theirs"] = "1";
            return context.Response.WriteAsync("none such");
        };
        Assert.Equal((404, "old", "none such"), await world.GetAsync("/items/1/related"));
        Assert.Empty(world.New.Asked);
    }

    [Fact]
    public async Task Long_answers_and_requests_pass_whole()
    {
        await using var world = await World.MakeAsync(Rescued);
        var text = string.Concat(Enumerable.Range(0, 400_000).Select(i => $"{i} "));
        world.Old.Answer = async context =>
        {
            if (context.Request.Method is "POST")
            {
                await context.Request.Body.CopyToAsync(context.Response.Body);
                return;
            }
            context.Response.ContentType = "application/json"; // without a length: as long as it is, it is held back at first
            for (var at = 0; at < text.Length; at += 100_000) await context.Response.WriteAsync(text.Substring(at, Math.Min(100_000, text.Length - at)));
        };
        Assert.Equal(text, (await world.GetAsync("/items/1/related")).Body);
        using var sent = new StringContent(text);
        using var back = await world.Client.PostAsync(new Uri("/items/1/related", UriKind.Relative), sent, Token);
        Assert.Equal(text, await back.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task An_answer_that_comes_bit_by_bit_is_passed_on_so()
    {
        await using var world = await World.MakeAsync(Rescued);
        var more = new TaskCompletionSource();
        world.Old.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("first");
            await context.Response.Body.FlushAsync();
            await more.Task;
            await context.Response.WriteAsync(" second");
        };
        using var answer = await world.Client.GetAsync(new Uri("/items/1/related", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Token);
        await using var stream = await answer.Content.ReadAsStreamAsync(Token);
        var buffer = new byte[100];
        Assert.Equal(5, await stream.ReadAtLeastAsync(buffer, 5, cancellationToken: Token));
        more.SetResult();
        Assert.Equal(7, await stream.ReadAtLeastAsync(buffer, 7, cancellationToken: Token));
    }

    [Fact]
    public async Task Answers_without_a_body_stay_without_one()
    {
        await using var world = await World.MakeAsync(Rescued);
        world.Old.Answer = context =>
        {
            context.Response.StatusCode = context.Request.Method is "HEAD" ? 200 : 304;
            context.Response.Headers.ETag = "\"1\"";
            if (context.Request.Method is "HEAD") context.Response.ContentLength = 12_345;
            return Task.CompletedTask;
        };
        Assert.Equal((304, "old", ""), await world.GetAsync("/items/1/related"));
        using var head = new HttpRequestMessage(HttpMethod.Head, "/items/1/related");
        using var answer = await world.Client.SendAsync(head, Token);
        Assert.Equal((200, 12_345L), ((int)answer.StatusCode, answer.Content.Headers.ContentLength));
    }

    [Fact]
    public async Task The_gateway_says_that_it_lives_and_by_what_it_goes()
    {
        await using var world = await World.MakeAsync();
        await world.SetAsync(RouteMode.Canary, 5);
        Assert.Equal(200, (await world.GetAsync("/.gateway/live")).Status);
        Assert.Contains("\"change\":1", (await world.GetAsync("/.gateway/ready")).Body, StringComparison.Ordinal);
        Assert.Empty(world.Old.Asked);
    }
}
