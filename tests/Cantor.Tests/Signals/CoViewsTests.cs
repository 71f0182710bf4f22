using Cantor.Corpus;
using Cantor.Kernels;
using Cantor.Signals.CoViews;
using Cantor.Tests.Releases;

namespace Cantor.Tests.Signals;

/// <summary>What order, age and popularity do to co-views.</summary>
public sealed class CoViewsTests
{
    static readonly ItemId[] Ids = [.. "abcdefgh".Select(letter => ItemId.Parse($"{letter}"))];

    static readonly DateTimeOffset Day0 = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>A unit that looks at the items of <paramref name="items"/> one after the other, a second between.</summary>
    static IEnumerable<Event> Unit(string name, string items, double day = 0) =>
        items.Select((letter, i) => new Event(name, ItemId.Parse($"{letter}"), Day0.AddDays(day).AddSeconds(i), EventType.View));

    static async Task<(Func<char, char, float> Score, EventCounts Counts)> FitAsync(IEnumerable<Event> events, CoViewOptions options, DateTimeOffset? asOf = null)
    {
        var stop = TestContext.Current.CancellationToken;
        var sessions = await Sessions.ReadAsync(SyntheticCorpus.Stream(events), Ids, options, asOf, stop);
        var sections = new Sections();
        CoViewsSignal.Fit(sessions, new int[Ids.Length], options, sections, 2, stop);
        var scorer = new CoViewsSignal(sections, Ids.Length, 1).NewScorer();
        return ((item, other) =>
        {
            scorer.Aim(item - 'a');
            return scorer.Score(other - 'a');
        }, sessions.Counts);
    }

    [Fact]
    public async Task Where_order_is_real_the_next_item_counts_most_and_the_way_back_half()
    {
        var events = Unit("1", "abcd").Concat(Unit("2", "abcd")).ToArray();
        var (ordered, _) = await FitAsync(events, new() { Ordered = true });
        Assert.True(ordered('a', 'b') > ordered('a', 'c') && ordered('a', 'c') > ordered('a', 'd'));
        Assert.Equal(ordered('a', 'b') * (float)Math.Pow(3, -.7), ordered('a', 'd'), 1e-6f);
        Assert.Equal(ordered('b', 'c') / 2, ordered('c', 'b'), 1e-6f);
        var (basket, _) = await FitAsync(events, new());
        Assert.Equal(basket('a', 'b'), basket('a', 'd'));
        Assert.Equal(basket('c', 'b'), basket('b', 'c'));
    }

    [Fact]
    public async Task The_order_is_that_of_the_times_whatever_the_order_of_the_rows()
    {
        var events = Unit("1", "abcd").Concat(Unit("2", "dcba", 1)).ToArray();
        var options = new CoViewOptions { Ordered = true };
        var (forward, _) = await FitAsync(events, options);
        var (backward, _) = await FitAsync(events.Reverse(), options);
        foreach (var item in "abcd")
            foreach (var other in "abcd".Where(other => other != item)) Assert.Equal(forward(item, other), backward(item, other));
    }

    [Theory]
    [InlineData(null), InlineData(30)]
    public async Task After_a_half_life_a_session_counts_half_from_the_asked_time_or_the_latest_event_on(int? askedDay)
    {
        var events = Unit("old", "ab").Concat(Unit("new", "cd", 10)).ToArray();
        var (aging, _) = await FitAsync(events, new() { HalfLifeDays = 10 }, askedDay is { } day ? Day0.AddDays(day) : null);
        var (ageless, _) = await FitAsync(events, new());
        Assert.Equal(ageless('a', 'b'), ageless('c', 'd'));
        Assert.Equal(aging('c', 'd') / 2, aging('a', 'b'), 1e-5f);
        Assert.Equal(ageless('c', 'd') * (askedDay is null ? 1 : .25f), aging('c', 'd'), 1e-5f);
    }

    [Fact]
    public async Task The_more_popularity_is_held_back_the_less_an_item_counts_that_everybody_looks_at()
    {
        // Both b and c are looked at with a twice; b by eight others too.
        var events = Unit("1", "abc").Concat(Unit("2", "abc")).Concat(Enumerable.Range(0, 8).SelectMany(unit => Unit($"b{unit}", "bd"))).ToArray();
        foreach (var popularity in new[] { 0, .4, 1 })
        {
            var (score, _) = await FitAsync(events, new() { Popularity = popularity });
            Assert.Equal(Math.Pow(10 / 2, -popularity), score('a', 'b') / score('a', 'c'), 1e-5);
        }
    }

    [Fact]
    public async Task Events_about_unknown_items_impressions_and_lone_looks_relate_nothing()
    {
        var (score, counts) = await FitAsync(
            Unit("1", "axyzb").Append(new("2", ItemId.Parse("c"), null, EventType.Impression)).Append(new("2", ItemId.Parse("d"), null, EventType.Click)).Append(new("3", ItemId.Parse("nobody"), null, EventType.View)),
            new());
        Assert.True(score('a', 'b') > 0);
        Assert.Equal(0, score('c', 'd'));
        Assert.Equal((8, 4, 1, 2), (counts.Read, counts.UnknownItems, counts.Impressions, counts.Units));
    }

    // The formula that the signal's comment states, computed in the plainest way.
    [Fact]
    public Task Scores_are_what_the_formula_says() =>
        Gen.Select(Gen.Int[0, Ids.Length - 1].Array[1, 6].Array[1, 8], Gen.Bool, Gen.Double[0, 1]).SampleAsync(async (looks, ordered, popularity) =>
        {
            var sessions = looks.Select(session => session.Distinct().ToArray()).ToArray();
            var (score, _) = await FitAsync(
                sessions.SelectMany((session, unit) => Unit($"{unit}", string.Concat(session.Select(item => (char)('a' + item))))), new() { Ordered = ordered, Popularity = popularity });
            var kappa = sessions.Sum(session => session.Length) / sessions.Sum(session => Math.Sqrt(session.Length));
            int CountOf(int item) => sessions.Count(session => session.Contains(item));
            for (var i = 0; i < Ids.Length; i++)
                for (var j = 0; j < Ids.Length; j++)
                {
                    if (i == j) continue;
                    var both = sessions.Where(session => session.Contains(i) && session.Contains(j)).ToArray();
                    var sum = both.Sum(session =>
                    {
                        var distance = Array.IndexOf(session, j) - Array.IndexOf(session, i);
                        return (ordered ? Math.Pow(Math.Abs(distance), -.7) * (distance < 0 ? .5 : 1) : 1) / Math.Sqrt(session.Length);
                    });
                    var expected = both.Length == 0 ? 0 : Math.Min(1, kappa * sum / (Math.Sqrt(CountOf(i)) * Math.Pow(CountOf(j), popularity)) * both.Length / (both.Length + 2.0));
                    Assert.Equal(expected, score((char)('a' + i), (char)('a' + j)), 1e-5);
                }
        }, iter: 200);
}
