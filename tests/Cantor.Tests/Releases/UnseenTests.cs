using System.Text;
using Cantor.Corpus;
using Cantor.Ranking;
using Cantor.Releases;

namespace Cantor.Tests.Releases;

public sealed class UnseenTests : IDisposable
{
    const int Count = 1500;

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cantor-unseen-");
    readonly List<Item> _items = SyntheticCorpus.Items(Count);
    int _builds;

    public void Dispose() => _folder.Delete(recursive: true);

    async Task<Release> BuildAsync(IEnumerable<Item> items, BuildOptions? options = null, Item[]? notLookedAt = null) =>
        Release.Open((await ReleaseBuilder.BuildAsync("world", SyntheticCorpus.Stream(items), SyntheticCorpus.Stream(SyntheticCorpus.Events(_items, 2000).Where(seen => notLookedAt is null || !notLookedAt.Any(item => item.Id == seen.Item))),
            options ?? new() { Threads = 2, Duplicates = Duplicates.Keep }, _folder.CreateSubdirectory($"{_builds++}").FullName, TimeProvider.System, null, TestContext.Current.CancellationToken)).Path);

    static string Id(Release release, Ordinal item) => Encoding.UTF8.GetString(release.IdOf(item));

    [Fact]
    public async Task An_item_that_the_build_saw_is_placed_where_the_build_placed_it()
    {
        using var release = await BuildAsync(_items, new() { Threads = 2, Duplicates = Duplicates.Keep, CoViews = new() { Weight = 0 } });
        foreach (var item in _items.Take(100))
        {
            Assert.True(release.TryFind(Encoding.UTF8.GetBytes(item.Id.Value), out var known));
            var placed = release.Place(release.Weigh(item), 100).Neighbors.Where(neighbor => neighbor.Item != known).Take(release.NeighborsOf(known).Length).ToArray();
            // The build scored fewer candidates: what it has is here, with the same numbers, and nothing weaker before it.
            Assert.All(release.NeighborsOf(known).ToArray(), neighbor => Assert.True(placed.Contains(neighbor) || neighbor.Strength <= placed[^1].Strength));
        }
    }

    [Fact]
    public async Task A_new_item_has_the_neighbors_and_stands_in_the_lists_that_a_rebuild_gives_it()
    {
        var added = _items.Where((_, place) => place % 15 == 0).ToArray();
        using var before = await BuildAsync(_items.Except(added), null, added);
        using var after = await BuildAsync(_items, null, added);
        var (shared, wanted, listsShared, listsWanted) = (0, 0, 0, 0);
        foreach (var item in added)
        {
            Assert.True(after.TryFind(Encoding.UTF8.GetBytes(item.Id.Value), out var rebuilt));
            var old = added.Select(other => other.Id.Value).ToHashSet();
            var placed = before.Place(before.Weigh(item), 100);
            var expected = after.NeighborsOf(rebuilt).ToArray().Where(neighbor => !old.Contains(Id(after, neighbor.Item))).Take(10).ToDictionary(neighbor => Id(after, neighbor.Item), neighbor => neighbor.Strength);
            var found = placed.Neighbors.ToDictionary(neighbor => Id(before, neighbor.Item), neighbor => neighbor.Strength);
            wanted += expected.Count;
            shared += expected.Keys.Count(placed.Neighbors.Take(expected.Count).Select(neighbor => Id(before, neighbor.Item)).Contains);

            var lists = placed.Lists.Select(list => Id(before, list.Item)).ToHashSet();
            for (var row = 0; row < after.Count; row++)
                if (!old.Contains(Id(after, new(row))) && after.NeighborsOf(new(row))[..10].ToArray().Any(neighbor => neighbor.Item == rebuilt))
                {
                    listsWanted++;
                    if (lists.Contains(Id(after, new(row)))) listsShared++;
                }
        }
        Assert.True(wanted > 500 && shared >= .85 * wanted, $"{shared} of {wanted} neighbors are those of a rebuild");
        Assert.True(listsWanted > 300 && listsShared >= .95 * listsWanted, $"in {listsShared} of {listsWanted} lists of a rebuild");
    }

    [Fact]
    public async Task Reasons_of_an_unseen_item_sum_to_its_strength()
    {
        using var release = await BuildAsync(_items.Skip(1));
        var item = release.Weigh(_items[0]);
        var neighbors = release.Place(item, 10).Neighbors;
        Assert.Equal(10, neighbors.Count);
        Assert.All(neighbors, neighbor => Assert.Equal(neighbor.Strength, release.ReasonsOf(item, neighbor.Item).Sum(reason => reason.Weight), 1e-6f));
    }

    [Fact]
    public async Task Two_unseen_items_compare_alike_both_ways()
    {
        using var release = await BuildAsync(_items.Skip(40));
        var unseen = _items.Take(40).Select(release.Weigh).ToArray();
        var related = 0;
        foreach (var a in unseen)
            foreach (var b in unseen)
            {
                Assert.Equal(release.Compare(a, [b]), release.Compare(b, [a]));
                if (a != b && release.Compare(a, [b])[0].Strength > .05f) related++;
            }
        Assert.True(related > 0);
    }

    [Fact]
    public async Task The_closest_items_go_on_where_a_list_ends()
    {
        using var release = await BuildAsync(_items, new() { Threads = 2, Duplicates = Duplicates.Keep, K = 10 });
        for (var row = 0; row < release.Count; row += 50)
        {
            var (list, closest) = (release.NeighborsOf(new(row)).ToArray(), release.Closest(new(row), 200));
            Assert.All(list, neighbor => Assert.True(closest.Contains(neighbor) || neighbor.Strength <= closest[^1].Strength));
            Assert.True(closest.Count > list.Length);
            Assert.DoesNotContain(closest, neighbor => neighbor.Item.Row == row);
            Assert.Equal(closest.OrderByDescending(neighbor => neighbor.Strength), closest);
            Assert.All(list, neighbor => Assert.Equal(neighbor, release.Compare(new Ordinal(row), neighbor.Item)));
        }
    }

    [Fact]
    public async Task Reasons_for_an_unseen_item_in_a_list_sum_to_its_strength_there()
    {
        using var release = await BuildAsync(_items.Skip(20));
        var seen = 0;
        foreach (var unseen in _items.Take(20).Select(release.Weigh))
            foreach (var list in release.Place(unseen, 10).Lists)
            {
                Assert.Equal(list.Strength, release.ReasonsIn(list.Item, unseen).Sum(reason => reason.Weight), 1e-6f);
                seen++;
            }
        Assert.True(seen > 100);
    }

    [Fact]
    public async Task Reasons_for_two_unseen_items_sum_to_their_strength()
    {
        using var release = await BuildAsync(_items.Skip(40));
        var unseen = _items.Take(40).Select(release.Weigh).ToArray();
        foreach (var a in unseen)
            foreach (var (b, strength) in unseen.Zip(release.Compare(a, unseen), (b, compared) => (b, compared.Strength)))
                Assert.Equal(strength, release.ReasonsOf(a, b).Sum(reason => reason.Weight), 1e-6f);
    }

    [Fact]
    public async Task A_list_put_together_anew_is_spread_as_the_release_would_spread_it()
    {
        using var release = await BuildAsync(_items);
        for (var row = 0; row < release.Count; row += 100)
        {
            var list = release.NeighborsOf(new(row)).ToArray().Select(neighbor => new Listed(neighbor.Item, null, neighbor.Strength)).ToArray();
            Assert.Equal(release.DiverseOrder(new Ordinal(row), .5f), release.DiverseOrder(list, .5f));
        }
    }

    [Fact]
    public async Task Items_that_come_or_go_are_named_with_their_times()
    {
        var now = new DateTimeOffset(2026, 11, 24, 0, 0, 0, TimeSpan.Zero);
        var items = _items.Take(40).Select((item, i) => i switch
        {
            3 => item with { PublishedAt = now.AddHours(1) },
            4 => item with { PublishedAt = now.AddHours(-1) },
            5 => item with { ExpiresAt = now.AddHours(2) },
            6 => item with { ExpiresAt = now.AddHours(-2) },
            _ => item,
        }).ToArray();
        using var release = await BuildAsync(items);
        Assert.Equal(
            [(items[3].Id.Value, now.AddHours(1), DateTimeOffset.MaxValue), (items[5].Id.Value, DateTimeOffset.MinValue, now.AddHours(2)), (items[6].Id.Value, DateTimeOffset.MinValue, now.AddHours(-2))],
            release.ShownForATime(now).Select(timed => (Id(release, timed.Item), timed.From, timed.Until)).OrderBy(timed => Array.FindIndex(items, item => item.Id.Value == timed.Item1)));
    }

    [Fact]
    public async Task An_item_without_text_is_related_to_nobody()
    {
        using var release = await BuildAsync(_items);
        var (neighbors, lists) = release.Place(release.Weigh(new() { Id = ItemId.Parse("nothing") }), 10);
        Assert.Empty(neighbors);
        Assert.Empty(lists);
    }

    [Fact]
    public async Task Lists_that_someone_else_computed_cannot_weigh_an_unseen_item()
    {
        NeighborRow[] rows = [new(_items[0].Id, _items[1].Id, .5, null)];
        using var release = Release.Open((await ReleaseBuilder.ImportAsync("world", SyntheticCorpus.Stream(_items), rows.ToAsyncEnumerable(), new(), _folder.FullName, TimeProvider.System, null, TestContext.Current.CancellationToken)).Path);
        Assert.Contains("holds lists only", Assert.Throws<NotSupportedException>(() => release.Weigh(_items[0])).Message, StringComparison.Ordinal);
    }
}
