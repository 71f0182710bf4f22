using System.Text;
using Cantor.Corpus.Rows;
using Cantor.Releases;
using Cantor.Server.Overlays;
using Cantor.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cantor.Server.Tests;

/// <summary>What is laid over a release does not depend on how it came there.</summary>
public sealed class OverlayLayerTests : IAsyncLifetime
{
    static readonly DateTimeOffset Now = new(2026, 11, 25, 0, 0, 0, TimeSpan.Zero);

    static CancellationToken Token => TestContext.Current.CancellationToken;

    readonly World _world = new();
    Release _release = null!;

    public async ValueTask InitializeAsync()
    {
        var version = await _world.BuildAsync("news", World.Articles(60));
        _release = Release.Open(_world.Registry.PathOf("news", version));
    }

    public ValueTask DisposeAsync()
    {
        _release.Dispose();
        _world.Dispose();
        return default;
    }

    // Every fiftieth is deleted, every sixtieth comes later, and some take the place of items of the release.
    static ItemState[] States(int count) => [.. Enumerable.Range(0, count).Select(i =>
    {
        var item = World.Article(i < 20 ? i : 1_000 + i, World.Topics[i * 7 % 4]);
        if (i % 60 == 59) item = item with { PublishedAt = Now.AddDays(1) };
        return new ItemState(item.Id.Value, i + 1, Encoding.UTF8.GetString(ItemJson.Of(item).Span), Whole: true, new(Now, "ann"), i % 50 == 49 ? new(Now, "ann") : null, null);
    })];

    OverlayLayer NewLayer()
    {
        var layer = new OverlayLayer("news", _release, 0, NullLogger.Instance);
        layer.Begin(Now);
        return layer;
    }

    static string Told(Overlay overlay)
    {
        string IdOf(LaidItem item) => Encoding.UTF8.GetString(item.IdJson.Span);
        string ListOf(IEnumerable<LaidNeighbor> list) => string.Join(' ', list.Select(neighbor => FormattableString.Invariant($"{IdOf(neighbor.Item)}:{neighbor.Score:R}:{neighbor.Strength:R}")));
        return string.Join('\n',
        [
            $"{overlay.Number} {overlay.Edition} {overlay.Pushed} {string.Join(' ', overlay.Masked)}",
            .. overlay.Items.Select(one => $"{one.Key} {one.Value.Row} {one.Value.Fields is null} {string.Join(' ', one.Value.Near)}").Order(StringComparer.Ordinal),
            .. overlay.InLists.OrderBy(one => one.Key).Select(one => $"{one.Key}: {ListOf(one.Value)}"),
            .. overlay.Among.Select(one => $"{IdOf(one.Key)}: {ListOf(one.Value)}").Order(StringComparer.Ordinal),
        ]);
    }

    [Fact]
    public void All_at_once_on_any_number_of_threads_is_what_one_after_another_gives()
    {
        var states = States(700);
        var slowly = NewLayer();
        Overlay overlay = Overlay.Empty;
        foreach (var state in states) overlay = slowly.Apply([state], state.Number, Now, 1, Token);
        var expected = Told(overlay);
        foreach (var threads in (int[])[1, 2, 7]) Assert.Equal(expected, Told(NewLayer().Apply(states, 700, Now, threads, Token)));
        Assert.True(overlay.Among.Count > 600 && overlay.InLists.Count > 30);
    }

    [Fact]
    public async Task Items_with_tags_over_a_release_without_any_are_laid_alike_together_and_one_by_one()
    {
        var version = await _world.BuildAsync("plain", World.Articles(60).Select(item => item with { Tags = [] }));
        using var release = Release.Open(_world.Registry.PathOf("plain", version));
        var states = States(600);
        var (slowly, together) = (new OverlayLayer("plain", release, 0, NullLogger.Instance), new OverlayLayer("plain", release, 0, NullLogger.Instance));
        Overlay overlay = Overlay.Empty;
        foreach (var state in states) overlay = slowly.Apply([state], state.Number, Now, 1, Token);
        Assert.Equal(Told(overlay), Told(together.Apply(states, 600, Now, 3, Token)));
        Assert.True(overlay.Among.Count > 500 && overlay.InLists.Count > 30);
    }

    [Fact]
    public void Of_more_than_are_compared_with_all_the_number_of_threads_changes_nothing_and_a_change_later_is_laid_on_as_ever()
    {
        var states = States(1_300);
        var (one, many) = (NewLayer(), NewLayer());
        Assert.Equal(Told(one.Apply(states, 1_300, Now, 1, Token)), Told(many.Apply(states, 1_300, Now, 5, Token)));
        var deleted = states[700] with { Number = 1_301, Deleted = new(Now, "ann") };
        Assert.Equal(Told(one.Apply([deleted], 1_301, Now, 1, Token)), Told(many.Apply([deleted], 1_301, Now, 1, Token)));
        Assert.Equal(Told(one.Apply([], 1_301, Now.AddDays(2), 1, Token)), Told(many.Apply([], 1_301, Now.AddDays(2), 3, Token)));
    }

    [Theory]
    [InlineData(1), InlineData(3)]
    public void What_is_given_up_ends_with_the_items_that_are_at_work(int threads)
    {
        using var giving = new CancellationTokenSource();
        var one = new Lock(); // whoever comes while it is given up waits until that is said
        var log = new Unreadables(seen =>
        {
            if (seen < 100) return;
            lock (one) giving.Cancel();
        });
        var layer = new OverlayLayer("news", _release, 0, log);
        layer.Begin(Now);
        // Each is told as it is weighed: so many were.
        var states = States(5_000).Select(state => state with { Payload = """{"id":5}""", Deleted = null });
        Assert.ThrowsAny<OperationCanceledException>(() => layer.Apply(states, 5_000, Now, threads, giving.Token));
        Assert.InRange(log.Seen, 100, 100 + threads);
    }

    [Fact]
    public void A_time_between_two_milliseconds_comes_neither_early_nor_never()
    {
        var item = World.Article(2_000, World.Topics[0]);
        ItemState State(string times) => new(item.Id.Value, 1, $$"""{"id":"article-2000","title":"glacier ice",{{times}}}""", Whole: true, new(Now, "ann"), null, null);
        foreach (var (times, before) in new[] { ("\"expires_at\":\"2026-11-25T00:00:01.0005007Z\"", true), ("\"published_at\":\"2026-11-25T00:00:01.0005007Z\"", false) })
        {
            var layer = NewLayer();
            bool IsShownAt(DateTimeOffset now) => layer.Apply([], 1, now, 1, Token).Items[item.Id.Value].Fields is not null;
            layer.Apply([State(times)], 1, Now, 1, Token);
            var at = Now.AddTicks(10_005_007);
            Assert.Equal(at, layer.NextDue);
            Assert.Equal((before, before, !before, !before), (IsShownAt(Now), IsShownAt(at.AddTicks(-1)), IsShownAt(at), IsShownAt(at.AddDays(1))));
            Assert.Null(layer.NextDue);
        }
    }
}
