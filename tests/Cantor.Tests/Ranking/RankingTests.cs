using System.Text;
using Cantor.Corpus;
using Cantor.Kernels;
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
                Assert.Equal(neighbor.Strength, release.ReasonsOf(new(row), neighbor.Item).Sum(reason => reason.Weight), 1e-6);
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
        Gen.Select(Gen.Int[2, 90], Gen.Int[1, 8], Gen.ULong).Sample((items, features, seed) =>
        {
            // Whole numbers keep sums exact, so that order cannot differ by rounding.
            var chance = new SeededRandom(seed);
            var dense = Enumerable.Range(0, items).Select(_ => Enumerable.Range(0, features).Select(_ => chance.NextInt(3) == 0 ? (float)(1 + chance.NextInt(9)) : 0).ToArray()).ToArray();
            var rows = dense.Select(row => row.Select((value, feature) => (value, feature)).Where(pair => pair.value > 0).ToArray()).ToArray();
            long end = 0;
            var table = new FeatureRows(features, Column<long>.Of(rows.Select(row => end += row.Length).ToArray()),
                Column<int>.Of(rows.SelectMany(row => row.Select(pair => pair.feature)).ToArray()), Column<float>.Of(rows.SelectMany(row => row.Select(pair => pair.value)).ToArray()));
            var searcher = new SparseIndex.Searcher(new(table), 7, 100);
            for (var item = 0; item < items; item++)
            {
                var expected = Enumerable.Range(0, items).Where(other => other != item)
                    .Select(other => (Sum: dense[item].Zip(dense[other], (a, b) => a * b).Sum(), other)).Where(pair => pair.Sum > 0)
                    .OrderByDescending(pair => pair.Sum).ThenBy(pair => pair.other).Take(7).Select(pair => pair.other);
                Assert.Equal(expected, searcher.Search(item).ToArray().OrderDescending().Select(TopK.Item));
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
