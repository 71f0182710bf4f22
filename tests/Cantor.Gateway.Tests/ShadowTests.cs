using Cantor.Gateway.Config;
using Cantor.Gateway.Proxying;
using Cantor.Gateway.Shadowing;
using Cantor.Judging;
using Cantor.Storage.Gateways;
using Microsoft.AspNetCore.Http;

namespace Cantor.Gateway.Tests;

/// <summary>What is compared beside the answers, over real sockets.</summary>
public sealed class ShadowTests
{
    const string All = "shadow: {sample: 1, mostPerSecond: 10000, noise: 1}\nroutes: {related: {path: '/items/{id}/related', newPath: '/v1/{id}/list', ids: {at: '$.related[*].id'}, newIds: {at: '$.items[*].id', strip: n-}}}";

    static CancellationToken Token => TestContext.Current.CancellationToken;

    static async Task<List<Pair>> PairsAsync(World world, int count)
    {
        IReadOnlyList<StoredPair> pairs = [];
        await Wait.UntilAsync(async () => (pairs = await world.Store.Gateways.PairsAsync("gateway", "related", DateTimeOffset.UnixEpoch, Token)).Count >= count, () => $"{pairs.Count} pairs");
        return [.. pairs.Select(pair => Pair.Parse(pair.Body))];
    }

    [Fact]
    public async Task Both_sides_answers_are_compared_beside_the_clients_and_marked()
    {
        await using var world = await World.MakeAsync(All);
        world.Old.Answer = FakeSide.Lists(id => ["1", "2", "3"]);
        world.New.Answer = FakeSide.Lists(id => ["n-1", "n-3", "n-4"], "items");
        await world.SetAsync(RouteMode.Shadow);
        var answer = await world.GetAsync("/items/a%2Fb/related?n=3", ("X-User", "ann"), ("If-None-Match", "\"1\""));
        Assert.Equal((200, "old"), (answer.Status, answer.Side));
        var pair = Assert.Single(await PairsAsync(world, 1));
        Assert.Equal(("/items/a%2Fb/related?n=3", "a/b"), (pair.Target, pair.Item));
        Assert.Equal((200, 200, 200), (pair.Old.Status, pair.New.Status, pair.Again!.Status));
        Assert.Equal(["1", "2", "3"], pair.Old.List!);
        Assert.Equal(["1", "3", "4"], pair.New.List!);
        Assert.Equal(2 / 3.0, pair.OverlapAt10!.Value, 12);
        Assert.InRange(pair.Distance, .1, .6);
        Assert.Equal((0.0, 1.0), (pair.Noise, pair.KendallTauB));
        Assert.Equal(["GET /v1/a%2Fb/list"], world.New.Shadows);
        Assert.Equal(["GET /items/a%2Fb/related?n=3"], world.Old.Shadows);
        Assert.Empty(world.New.Asked);
        Assert.True(pair.Old.Ms > 0 && pair.New.Ms > 0);
    }

    [Fact]
    public async Task Nobody_is_compared_but_at_shadow_and_never_what_changes_something()
    {
        await using var world = await World.MakeAsync(All);
        await world.GetAsync("/items/1/related");
        await world.SetAsync(RouteMode.Shadow);
        using var sent = new StringContent("x");
        (await world.Client.PostAsync(new Uri("/items/1/related", UriKind.Relative), sent, Token)).Dispose();
        await world.GetAsync("/elsewhere");
        await world.GetAsync("/items/2/related");
        Assert.Equal("/items/2/related", Assert.Single(await PairsAsync(world, 1)).Target);
        await world.SetAsync(RouteMode.Old);
        await world.GetAsync("/items/3/related");
        Assert.Equal(1, world.Counters().Compared);
    }

    [Fact]
    public async Task A_new_side_that_is_frozen_slows_nobody_and_what_does_not_fit_is_dropped()
    {
        await using var world = await World.MakeAsync("queue: 5\nworkers: 2\ntimeout: 1m\nbudget: 1m\n" + All);
        world.New.Answer = FakeSide.Freeze;
        await world.SetAsync(RouteMode.Shadow);
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal((200, "old", "old"), await world.GetAsync($"/items/{i}/related"));
            if (i == 1) await Wait.UntilAsync(() => world.New.Shadows.Count == 2); // both workers wait for it
        }
        await Wait.UntilAsync(() => world.Counters().Dropped == 50 - 5 - 2);
        Assert.Equal((50, 0), (world.Counters().Old, world.Counters().Failed));
    }

    [Fact]
    public async Task A_new_side_that_fails_is_on_record_with_what_it_did()
    {
        await using var world = await World.MakeAsync("timeout: 4s\n" + All);
        world.Old.Answer = FakeSide.Lists(_ => ["1"]);
        await world.SetAsync(RouteMode.Shadow);
        foreach (var (number, how) in ((Func<HttpContext, Task>[])[FakeSide.Freeze, context => { context.Abort(); return Task.CompletedTask; }, context => { context.Response.StatusCode = 500; return Task.CompletedTask; }, context => context.Response.WriteAsync("<html>"), FakeSide.Lists(_ => [], "items")]).Index())
        {
            world.New.Answer = how;
            // On a busy machine the old side may not answer in time either, and then nothing is compared.
            await Wait.UntilAsync(async () => (await world.GetAsync($"/items/{number}/related")).Status == 200);
            await PairsAsync(world, number + 1);
            // What comes after the silence has the time that it needs.
            world.Configure(All);
            world.Part<ConfigReload>().Look();
        }
        Assert.Equal([(0, null, 1.0), (0, null, 1), (500, null, 1), (200, null, 1), (200, 0, 1)], (await PairsAsync(world, 5)).Select(pair => (pair.New.Status, pair.New.List?.Count, pair.Distance)));
    }

    [Fact]
    public async Task Packed_answers_are_unpacked_and_of_long_ones_no_list_is_read()
    {
        await using var world = await World.MakeAsync(All);
        world.Old.Answer = world.New.Answer = async context =>
        {
            context.Response.ContentType = "application/json";
            if (context.Request.Path.Value!.Contains("long", StringComparison.Ordinal))
            {
                await context.Response.WriteAsync($"[\"{new string('x', Body.MostBytes)}\"]");
                return;
            }
            context.Response.Headers.ContentEncoding = "gzip";
            await using var gzip = new System.IO.Compression.GZipStream(context.Response.Body, System.IO.Compression.CompressionLevel.Fastest);
            await gzip.WriteAsync("""{"related":[{"id":1}],"items":[{"id":"n-1"}]}"""u8.ToArray());
        };
        await world.SetAsync(RouteMode.Shadow);
        Assert.Equal(Body.MostBytes + 4, (await world.GetAsync("/items/long/related")).Body.Length);
        await world.GetAsync("/items/1/related");
        var pairs = await PairsAsync(world, 2);
        Assert.Equal([null, null], pairs.Where(pair => pair.Item is "long").SelectMany(pair => new[] { pair.Old.List, pair.New.List }));
        Assert.Equal([["1"], ["1"]], pairs.Where(pair => pair.Item is "1").SelectMany(pair => new[] { pair.Old.List, pair.New.List }));
    }
}

/// <summary>What pairs amount to.</summary>
public sealed class ShadowReportTests
{
    static readonly RouteConfig Same = new() { Name = "related" };

    static SideAnswer List(params string[] ids) => new(200, 5, ids);

    static Pair Of(SideAnswer old, SideAnswer young, SideAnswer? again, int number = 0) => Pair.Of($"/{number}", "0", DateTimeOffset.UnixEpoch, old, young, again);

    static ShadowReport Report(RouteConfig route, params IEnumerable<Pair>[] pairs) => ShadowReport.Of(route, DateTimeOffset.UnixEpoch, [.. pairs.SelectMany(some => some)], 3);

    static IEnumerable<Pair> Alike(int count) => Enumerable.Range(0, count).Select(i => Of(List("1", "2", "3"), List("1", "2", "3"), List("1", "2", "3"), i));

    [Fact]
    public void The_same_lists_are_equivalent_once_there_are_enough()
    {
        Assert.Equal(Likeness.NotEnoughData, Report(Same, []).Verdict);
        Assert.Equal(["nothing was compared yet"], Report(Same, []).Reasons);
        var few = Report(Same, Alike(200));
        Assert.Equal(Likeness.NotEnoughData, few.Verdict);
        Assert.Contains("200 pairs are too few", few.Reasons.Single(), StringComparison.Ordinal);
        Assert.Equal((Likeness.Equivalent, 600, 600), Report(Same, Alike(600)) is var many ? (many.Verdict, many.Pairs, many.Noises) : default);
    }

    [Fact]
    public void Without_a_second_answer_of_the_old_side_nothing_is_said() =>
        Assert.Equal((Likeness.NotEnoughData, "the old side was never asked a second time: shadow.noise is 0"),
            Report(Same, Alike(1_000).Select(pair => pair with { Again = null, Noise = null })) is var report ? (report.Verdict, report.Reasons.Single()) : default);

    [Fact]
    public void Lists_in_another_order_are_different_unless_the_old_side_orders_them_anew_each_time()
    {
        var (one, other) = (List("1", "2", "3", "4"), List("4", "3", "2", "1"));
        Assert.Equal(Likeness.Different, Report(Same, Enumerable.Range(0, 300).Select(i => Of(one, other, one, i))).Verdict);
        Assert.Equal(Likeness.Equivalent, Report(Same, Enumerable.Range(0, 3_000).Select(i => Of(one, i % 2 == 0 ? other : one, i / 2 % 2 == 0 ? other : one, i))).Verdict);
        Assert.Equal(Likeness.Equivalent, Report(Same with { Lists = Lists.Any }, Enumerable.Range(0, 600).Select(i => Of(one, other, one, i))).Verdict);
    }

    public static TheoryData<Trouble> Troubles => [.. Enum.GetValues<Trouble>()];

    [Theory, MemberData(nameof(Troubles))]
    public void A_trouble_that_the_old_side_has_not_makes_them_different(Trouble trouble)
    {
        var old = List("1", "2", "3");
        var young = trouble switch
        {
            Trouble.Status => new(404, 5, null),
            Trouble.Empty => List(),
            Trouble.Shorter => List("1", "2"),
            Trouble.Twice => old with { Twice = 1 },
            Trouble.Self => old with { Self = true },
            _ => old with { Ms = 1_000 },
        };
        var few = trouble is Trouble.Slow ? 20 : 2;
        foreach (var route in (RouteConfig[])[Same, Same with { Lists = Lists.Any }])
        {
            var report = Report(route, Alike(998), Enumerable.Range(0, few).Select(i => Of(old, young, old, 2_000 + i)));
            Assert.Equal((Likeness.Different, trouble), (report.Verdict, report.Findings.Single(finding => finding.Counts).Trouble));
            Assert.Equal(few, report.Findings.Single(finding => finding.Counts).New);
        }
        // As often as when the old side is asked again, it is noise.
        var noise = Report(Same, Alike(998), Enumerable.Range(0, few).Select(i => Of(old, young, old, i)), Enumerable.Range(0, few).Select(i => Of(old, old, young, i)));
        Assert.DoesNotContain(noise.Findings, finding => finding.Counts);
    }

    [Fact]
    public void The_worst_examples_are_those_furthest_apart_beyond_noise_each_request_once()
    {
        var (one, far, near) = (List("1", "2", "3"), List("7", "8", "9"), List("1", "3", "2"));
        var report = Report(Same, Alike(10), [Of(one, near, one, 50), Of(one, far, far, 51), Of(one, far, one, 52), Of(one, far, one, 52)]);
        Assert.Equal(["/52", "/50", "/51"], report.Worst.Select(pair => pair.Target));
    }

    [Fact]
    public void A_pair_is_read_back_as_it_was_stored()
    {
        var pair = Of(List("1", "é"), new(0, 1.5, null), List(), 1);
        Assert.Equal(pair.ToJson(), Pair.Parse(pair.ToJson()).ToJson());
        Assert.Equal((1.0, 1.0), (pair.Distance, pair.Noise));
    }
}
