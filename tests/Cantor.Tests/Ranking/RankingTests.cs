using System.Text;
using Cantor.Corpus;
using Cantor.Kernels;
using Cantor.Ranking;
using Cantor.Releases;
using Cantor.Tests.Releases;

namespace Cantor.Tests.Ranking;

public sealed class RankingTests : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cantor-ranking-");

    public void Dispose() => _folder.Delete(recursive: true);

    async Task<Release> BuildAsync(IEnumerable<Item> items, BuildOptions? options = null) =>
        Release.Open((await ReleaseBuilder.BuildAsync("world", SyntheticCorpus.Stream(items), null, options ?? new(), _folder.FullName, TimeProvider.System, null, TestContext.Current.CancellationToken)).Path);

    static Item Item(string id, string title, params string[] tags) => new() { Id = ItemId.Parse(id), Title = Encoding.UTF8.GetBytes(title), Tags = tags };

    static string[] Related(Release release, string id)
    {
        Assert.True(release.TryFind(Encoding.UTF8.GetBytes(id), out var item));
        return [.. release.NeighborsOf(item).ToArray().Select(neighbor => Encoding.UTF8.GetString(release.IdOf(neighbor.Item)))];
    }

    [Fact]
    public async Task A_shared_word_relates_and_an_item_is_not_its_own_neighbor()
    {
        using var release = await BuildAsync([Item("1", "sea ship"), Item("2", "sea wind"), Item("3", "oven flour"), Item("4", "flour yeast"), Item("5", "alone")]);
        Assert.Equal(["2"], Related(release, "1"));
        Assert.Equal(["3"], Related(release, "4"));
        Assert.Empty(Related(release, "5"));
    }

    [Fact]
    public async Task Of_two_items_of_one_id_the_later_counts()
    {
        using var release = await BuildAsync([Item("1", "sea"), Item("2", "sea"), Item("3", "flour"), Item("1", "flour")]);
        Assert.Equal(["3"], Related(release, "1"));
        Assert.Empty(Related(release, "2"));
    }

    static IEnumerable<Item> Siblings() =>
    [
        Item("plain", "Argus network monitor - server"), Item("docs", "Argus network monitor - documents"), Item("client", "Argus network monitor - client"),
        Item("other", "Zephyr network scanner"), Item("far", "bread and butter"), Item("near", "bread and jam"),
    ];

    static Item With(Item item, string body) => item with { Body = Encoding.UTF8.GetBytes(body) };

    const string Argus = "Argus watches every host of a network, keeps a history of outages and tells the operator by mail or by phone.";

    [Fact]
    public async Task Near_duplicates_become_variants_of_the_best_one_and_leave_the_list_of_the_item_they_repeat()
    {
        var items = Siblings().Select(item => item.Title.Span.StartsWith("Argus"u8) ? With(item, Argus) : With(item, "A scanner of hosts in a network for an operator.")).ToArray();
        using var collapsed = await BuildAsync(items, new() { Duplicates = Duplicates.Collapse });
        using var kept = await BuildAsync(items, new() { Duplicates = Duplicates.Keep });

        Assert.Contains("docs", Related(kept, "plain"));
        Assert.DoesNotContain("docs", Related(collapsed, "plain"));
        Assert.True(collapsed.TryFind("plain"u8, out var plain));
        Assert.Equal(["client", "docs"], collapsed.VariantsOf(plain).Select(item => Encoding.UTF8.GetString(collapsed.IdOf(item))).Order());

        var related = Related(collapsed, "other");
        Assert.Single(related, id => id is "plain" or "docs" or "client");
        Assert.True(collapsed.TryFind("other"u8, out var other));
        var rank = Array.FindIndex(related, id => id is "plain" or "docs" or "client");
        Assert.Equal(2, collapsed.VariantsOf(other, rank).Count);
        Assert.Empty(kept.VariantsOf(other, rank));
    }

    [Fact]
    public async Task Items_that_share_only_a_word_of_many_are_told_apart_by_their_tags()
    {
        static string Color(int item) => $"color-{item % 100}";
        using var release = await BuildAsync(Enumerable.Range(0, 400).Select(item => Item($"{item}", item % 2 == 0 ? "Shirt" : "Photo", Color(item))), new() { Duplicates = Duplicates.Collapse });
        foreach (var item in (int[])[0, 7, 399])
            Assert.Equal(Enumerable.Range(0, 400).Where(other => other != item && Color(other) == Color(item)).Select(other => $"{other}").Order(), Related(release, $"{item}").Take(3).Order());
    }

    [Fact]
    public async Task Words_of_ids_count_where_they_are_names()
    {
        Item[] items = [Item("clang-format", "formats code with clang"), Item("clang-doc", "clang manual"), Item("gimp-data", "gimp pictures"), Item("yeast", "yeast for bread")];
        using var named = await BuildAsync(items.Append(Item("gimp-extra", "more brushes")));
        Assert.Contains("gimp-data", Related(named, "gimp-extra"));
        using var not = await BuildAsync(items.Append(Item("gimp-extra", "more brushes")), new() { IdWords = false });
        Assert.Empty(Related(not, "gimp-extra"));
    }

    [Fact]
    public async Task Namespaces_of_code_are_places_and_not_names()
    {
        Item[] items =
        [
            Item("Acme.Text.Reader", "reader of words"), Item("Acme.Text.Writer", "writer of words"), Item("Acme.Web.Client", "client of servers"),
            Item("Acme.Text.Oven", "bakes bread"), // shares a namespace with the first, and nothing else
        ];
        using var release = await BuildAsync(items);
        Assert.Empty(Related(release, "Acme.Text.Oven"));
        Assert.Equal("Acme.Text.Writer", Related(release, "Acme.Text.Reader")[0]);
    }

    [Fact]
    public async Task Scores_are_calibrated_rise_with_strength_and_are_left_alone_in_a_collection_too_small_to_tell()
    {
        using var release = await BuildAsync(SyntheticCorpus.Items(300));
        Assert.True(release.Summary.Calibrated);
        for (var row = 0; row < release.Count; row++)
        {
            var list = release.NeighborsOf(new(row)).ToArray();
            Assert.Equal(list.OrderByDescending(neighbor => neighbor.Score).Select(neighbor => neighbor.Strength), list.Select(neighbor => neighbor.Strength));
            Assert.All(list, neighbor => Assert.InRange(neighbor.Score, 0f, 1f));
        }
        using var small = await BuildAsync(SyntheticCorpus.Items(19));
        Assert.False(small.Summary.Calibrated);
    }

    [Fact]
    public async Task What_units_look_at_together_is_related_though_no_word_is_shared()
    {
        Item[] items = [Item("1", "sea"), Item("2", "oven"), Item("3", "sea ship"), Item("4", "flour")];
        var events = Enumerable.Range(0, 5).SelectMany(unit => new[] { new Event($"u{unit}", ItemId.Parse("1"), null, EventType.View), new Event($"u{unit}", ItemId.Parse("2"), null, EventType.View) })
            .Append(new("u9", ItemId.Parse("4"), null, EventType.Impression)).Append(new("u9", ItemId.Parse("1"), null, EventType.View)).Append(new("u9", ItemId.Parse("nobody"), null, EventType.View));
        var report = await ReleaseBuilder.BuildAsync("world", SyntheticCorpus.Stream(items), events.ToAsyncEnumerable(), new(), _folder.FullName, TimeProvider.System, null, TestContext.Current.CancellationToken);
        using var release = Release.Open(report.Path);
        Assert.Contains("2", Related(release, "1"));
        Assert.DoesNotContain("4", Related(release, "1"));
        Assert.Equal((13, 1, 1, 6), (report.Events!.Read, report.Events.UnknownItems, report.Events.Impressions, report.Events.Units));
    }

    [Fact]
    public async Task A_tag_that_every_item_has_changes_no_strength()
    {
        var items = SyntheticCorpus.Items(200);
        using var before = await BuildAsync(items.Select(item => item with { Tags = [.. item.Tags.Where(tag => tag != "all")] }));
        using var after = await BuildAsync(items);
        for (var row = 0; row < before.Count; row++)
            Assert.Equal(before.NeighborsOf(new(row)).ToArray(), after.NeighborsOf(new(row)).ToArray());
    }

    [Fact]
    public async Task Reasons_weigh_together_what_the_strength_is_and_lists_descend()
    {
        using var release = await BuildAsync(SyntheticCorpus.Items(300));
        for (var row = 0; row < release.Count; row++)
        {
            var last = 1f;
            foreach (var neighbor in release.NeighborsOf(new(row)))
            {
                Assert.NotEqual(row, neighbor.Item.Row);
                Assert.InRange(neighbor.Score, 1e-9f, last);
                last = neighbor.Score;
                Assert.Equal(neighbor.Strength, release.ReasonsOf(new Ordinal(row), neighbor.Item).Sum(reason => reason.Weight), 1e-6);
            }
        }
    }

    [Fact]
    public async Task Strength_is_the_same_to_the_bit_with_the_two_items_changed_about()
    {
        using var release = await BuildAsync(SyntheticCorpus.Items(120), new() { K = 119 });
        var compared = 0;
        for (var row = 0; row < release.Count; row++)
            foreach (var neighbor in release.NeighborsOf(new(row)))
                foreach (var back in release.NeighborsOf(neighbor.Item))
                    if (back.Item.Row == row)
                    {
                        Assert.Equal(neighbor.Strength, back.Strength);
                        compared++;
                    }
        Assert.True(compared > 1000);
    }

    [Fact]
    public void The_index_finds_what_a_scan_of_all_rows_finds() =>
        Gen.Select(Gen.OneOf(Gen.Int[2, 90], Gen.Int[300, 1500]), Gen.Int[1, 40], Gen.Int[2, 60], Gen.ULong).Sample((items, features, rarity, seed) =>
        {
            // Whole numbers keep sums exact, so that order cannot differ by rounding; few of them, so that many sums are equal.
            var chance = new SeededRandom(seed);
            var dense = Enumerable.Range(0, items).Select(_ => Enumerable.Range(0, features).Select(_ => chance.NextInt(rarity) == 0 ? (float)(1 + chance.NextInt(4)) : 0).ToArray()).ToArray();
            foreach (var row in dense) // of a longer one the least values are not searched with
                foreach (var feature in Enumerable.Range(0, features).Where(feature => row[feature] > 0).Skip(8)) row[feature] = 0;
            var rows = dense.Select(row => row.Select((value, feature) => (value, feature)).Where(pair => pair.value > 0).ToArray()).ToArray();
            long end = 0;
            var table = new FeatureRows(features, Column<long>.Of(rows.Select(row => end += row.Length).ToArray()),
                Column<int>.Of(rows.SelectMany(row => row.Select(pair => pair.feature)).ToArray()), Column<float>.Of(rows.SelectMany(row => row.Select(pair => pair.value)).ToArray()));
            var searcher = new SparseSearcher(new(table), 7, blockItems: chance.NextInt(2) == 0 ? items : 1 + chance.NextInt(items));
            var batch = 1 + chance.NextInt(items);
            for (var item = 0; item < items; item++)
            {
                if (item % batch == 0) searcher.Search(item, Math.Min(items, item + batch));
                if (items > 90 && chance.NextInt(50) > 0) continue;
                var expected = Enumerable.Range(0, items).Where(other => other != item)
                    .Select(other => (Sum: dense[item].Zip(dense[other], (a, b) => a * b).Sum(), other)).Where(pair => pair.Sum > 0)
                    .OrderByDescending(pair => pair.Sum).ThenBy(pair => pair.other).Take(7).Select(pair => pair.other);
                Assert.Equal(expected, searcher.FoundFor(item).ToArray().OrderDescending().Select(TopK.Item));
            }
        });

    [Fact]
    public void Selection_moves_the_greatest_to_the_front() =>
        Gen.Select(Gen.ULong.HashSet[2, 200], Gen.Int[1, 199]).Where((keys, k) => k < keys.Count).Sample((distinct, k) =>
        {
            var keys = distinct.ToArray();
            var least = TopK.Select(keys, k);
            var expected = distinct.OrderDescending().Take(k).ToArray();
            Assert.Equal(expected[^1], least);
            Assert.Equal(expected, keys[..k].OrderDescending());
        });
}
