using Cantor.Server.Rollouts;
using Cantor.Storage.Rollouts;

namespace Cantor.Server.Tests;

/// <summary>What was asked last goes to the store without who asked, and every server's gate asks it again.</summary>
public sealed class QuestionTests
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/items/a/related", "/items/a/related")]
    [InlineData("/items/a/related?unit=alice", "/items/a/related")]
    [InlineData("/items/a/related?limit=5&unit=alice&offset=2", "/items/a/related?limit=5&offset=2")]
    [InlineData("/related?unit=alice&id=a%2Fb&fields=*&explain=true&lang=ja&minScore=.1&diversity=.2&release=canary", "/related?id=a%2Fb&fields=*&explain=true&lang=ja&minScore=.1&diversity=.2")]
    [InlineData("/items/a/related?email=alice&&=x&unit", "/items/a/related")]
    public void A_question_keeps_what_was_asked_and_not_who_asked(string target, string kept) => Assert.Equal(kept, QueryLog.WithoutUnit(target));

    [Fact]
    public async Task A_server_gives_the_store_what_it_was_asked_every_minute_once()
    {
        await using var world = await RolloutWorld.StartAsync();
        for (var i = 0; i < 30; i++)
        {
            await world.AskAsync(isCanary: false, 1, _ => RolloutWorld.Ids[i], "&limit=3");
            world.World.Time.Now += TimeSpan.FromSeconds(1);
        }
        await world.Driver.TickAsync(Token);
        Assert.Empty(await world.Store.Questions.LastAsync("news", 100, Token));
        for (var looks = 0; looks < 3; looks++)
        {
            world.World.Time.Now += TimeSpan.FromMinutes(1);
            await world.Driver.TickAsync(Token);
        }
        Assert.Equal(RolloutWorld.Ids.Take(30).Reverse().Select(id => $"{RolloutWorld.News}/items/{id}/related?limit=3"), await world.Store.Questions.LastAsync("news", 100, Token));
    }

    [Fact]
    public async Task The_gate_of_one_server_asks_what_others_were_asked()
    {
        await using var world = await RolloutWorld.StartAsync();
        await world.Store.Questions.KeepAsync("news", [.. RolloutWorld.Ids.Take(40).Select(id => $"{RolloutWorld.News}/items/{id}/related")], Token);
        await world.AskAsync(isCanary: false, 1);
        await world.TryAsync(await world.World.RegisterAsync("news", RolloutWorld.Ids, RolloutWorld.Lists(2)));
        Assert.Equal(41, (await world.GateAsync()).Gate!.Replayed.Requests);
    }

    [Fact]
    public async Task What_a_gateway_asks_beside_an_answer_is_answered_and_not_counted()
    {
        await using var world = await RolloutWorld.StartAsync("""{"rollout":{"steps":[10,100]}}""");
        await world.TryAsync(await world.World.RegisterAsync("news", RolloutWorld.Ids, RolloutWorld.Lists(2)));
        var rollout = await world.GateAsync();
        for (var i = 0; i < 30; i++)
            Assert.Equal(200, (await world.Server.GetAsync($"{RolloutWorld.News}/items/{RolloutWorld.Ids[i]}/related?unit=user-{i}", "X-Cantor-Shadow: 1")).Status);
        await world.WindowAsync(5, 4);
        Assert.Equal(9, (await world.Store.Rollouts.CountsAsync(rollout.Number, rollout.RoundStart, DateTimeOffset.MaxValue, Token)).Sum(one => one.Counts.Requests));
    }

    [Fact]
    public async Task While_a_rollout_is_paused_units_keep_what_they_have_and_nothing_is_counted()
    {
        await using var world = await RolloutWorld.StartAsync("""{"rollout":{"steps":[10,100]}}""");
        await world.TryAsync(await world.World.RegisterAsync("news", RolloutWorld.Ids, RolloutWorld.Lists(2)));
        var rollout = await world.GateAsync();
        await world.WindowAsync(5, 5);
        rollout = (await world.Store.Rollouts.ActAsync(await world.NowAsync(), new RolloutAct.Pause("ann", "lunch"), Token)).Next!;
        await world.SeenAsync();
        var paused = world.World.Time.Now;
        for (var i = 0; i < 5; i++) rollout = await world.WindowAsync(5, 5, _ => "item-that-is-not-there");
        Assert.Equal((RolloutState.Paused, 1_000), (rollout.State, rollout.Weight));
        Assert.Empty(await world.Store.Rollouts.CountsAsync(rollout.Number, paused, DateTimeOffset.MaxValue, Token));
        // A day of it changes nothing; resumed, the step begins anew and is counted.
        rollout = await world.PassAsync(TimeSpan.FromDays(2));
        Assert.Equal(RolloutState.Paused, rollout.State);
        rollout = (await world.Store.Rollouts.ActAsync(rollout, new RolloutAct.Resume("ann", "full"), Token)).Next!;
        await world.SeenAsync();
        await world.WindowAsync(5, 5);
        Assert.Equal(5, (await world.Store.Rollouts.CountsAsync(rollout.Number, rollout.RoundStart, DateTimeOffset.MaxValue, Token)).Where(one => one.IsCanary).Sum(one => one.Counts.Requests));
    }
}
