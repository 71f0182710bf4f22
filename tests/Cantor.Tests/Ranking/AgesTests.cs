using System.Text;
using Cantor.Corpus;
using Cantor.Ranking;
using Cantor.Releases;
using Cantor.Tests.Releases;

namespace Cantor.Tests.Ranking;

public sealed class AgesTests : IDisposable
{
    static readonly DateTimeOffset Newest = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cantor-ages-");
    int _builds;

    public void Dispose() => _folder.Delete(recursive: true);

    async Task<Release> BuildAsync(IEnumerable<Item> items, BuildOptions options) => Release.Open((await ReleaseBuilder.BuildAsync(
        "world", SyntheticCorpus.Stream(items), null, options with { Threads = 2, Duplicates = Duplicates.Keep }, _folder.CreateSubdirectory($"{_builds++}").FullName, TimeProvider.System, null, TestContext.Current.CancellationToken)).Path);

    /// <summary>Items of the synthetic corpus, a third of them new, a third four years old and a third without a time.</summary>
    static List<Item> Items(int count) => [.. SyntheticCorpus.Items(count).Select((item, place) => item with
    {
        PublishedAt = (place % 3) switch { 0 => Newest, 1 => Newest.AddDays(-1460), _ => null },
    })];

    static string Id(Release release, Ordinal item) => Encoding.UTF8.GetString(release.IdOf(item));

    [Theory]
    [InlineData(.3, 365, 0, 1), InlineData(.3, 365, 365, .85), InlineData(.3, 365, 730, .775), InlineData(.9, 10, 36500, .1), InlineData(.5, 10, -50, 1), InlineData(0, 10, 50, 1)]
    public void An_item_keeps_what_the_formula_leaves_it(double weight, double halfLifeDays, double days, double share)
    {
        var ages = Ages.Of(new(Math.Max(weight, 1e-9), halfLifeDays), [Newest.ToUnixTimeMilliseconds()], Newest)!;
        Assert.Equal(share, ages.Of(Newest.AddDays(-days)), 1e-6);
        Assert.Equal(1, ages.Of(null));
    }

    [Fact]
    public void Without_times_or_without_weight_ages_do_not_count()
    {
        Assert.Null(Ages.Of(new(.3, 30), [ItemTable.NoTime, ItemTable.NoTime], Newest));
        Assert.Null(Ages.Of(new(0, 30), [5], Newest));
        Assert.Null(Ages.Of(null, [5], Newest));
        Assert.Null(Ages.Of(new(), [], null));
    }

    [Fact]
    public async Task Old_items_stand_behind_new_ones_that_are_as_related_and_stand_in_fewer_heads()
    {
        var items = Items(600);
        using var plain = await BuildAsync(items, new());
        using var aged = await BuildAsync(items, new() { Age = new(.5, 365) });
        Assert.Equal(new AgeOptions(.5, 365), aged.Summary.Age);
        static double OldShare(Release release) => Enumerable.Range(0, release.Count).SelectMany(row => release.NeighborsOf(new(row))[..10].ToArray())
            .Average(neighbor => release.PublishedAtOf(neighbor.Item) < Newest ? 1.0 : 0);
        Assert.True(OldShare(aged) < .5 * OldShare(plain), $"{OldShare(aged):F3} of {OldShare(plain):F3}");

        for (var row = 0; row < plain.Count; row += 7)
            foreach (var neighbor in aged.NeighborsOf(new(row)))
            {
                var share = aged.PublishedAtOf(neighbor.Item) < Newest ? .5 + .5 / 16 : 1;
                Assert.Equal(plain.Compare(new(row), neighbor.Item).Strength * share, neighbor.Strength, 1e-6);
            }
    }

    [Fact]
    public async Task Reasons_sum_to_the_strength_that_age_leaves()
    {
        var items = Items(300);
        using var release = await BuildAsync(items.Skip(2), new() { Age = new(.6, 365) });
        for (var row = 0; row < release.Count; row += 5)
            foreach (var neighbor in release.NeighborsOf(new(row))[..5])
            {
                var reasons = release.ReasonsOf(new Ordinal(row), neighbor.Item);
                Assert.Equal(neighbor.Strength, reasons.Sum(reason => reason.Weight), 1e-5);
                Assert.All(reasons.Where(reason => reason.Parts.Count > 0), reason => Assert.Equal(reason.Weight, reason.Parts.Sum(part => part.Weight), 1e-5));
            }
        var unseen = release.Weigh(items[1]); // an old one
        Assert.All(release.Place(unseen, 10).Lists, list =>
        {
            var reasons = release.ReasonsIn(list.Item, unseen);
            Assert.Equal(list.Strength, reasons.Sum(reason => reason.Weight), 1e-5);
            Assert.All(reasons.Where(reason => reason.Parts.Count > 0), reason => Assert.Equal(reason.Weight, reason.Parts.Sum(part => part.Weight), 1e-5));
        });
    }

    [Fact]
    public async Task An_item_is_placed_with_the_strengths_that_the_build_gave_it_whatever_its_age()
    {
        var items = Items(600);
        using var release = await BuildAsync(items, new() { Age = new(.5, 365) });
        foreach (var item in items.Take(60))
        {
            Assert.True(release.TryFind(Encoding.UTF8.GetBytes(item.Id.Value), out var known));
            var unseen = release.Weigh(item);
            var (neighbors, lists) = release.Place(unseen, 100);
            var placed = neighbors.Where(neighbor => neighbor.Item != known).ToDictionary(neighbor => neighbor.Item, neighbor => neighbor.Strength);
            foreach (var neighbor in release.NeighborsOf(known)[..10]) Assert.Equal(neighbor.Strength, placed[neighbor.Item]);
            foreach (var list in lists.Where(list => list.Item != known))
            {
                Assert.Equal(release.Compare(list.Item, known).Strength, list.Strength, 1e-6);
                Assert.Equal(list.Strength, release.Compare(list.Item, [unseen])[0].Strength, 1e-6);
            }
        }
    }

    [Fact]
    public async Task Ages_count_back_from_the_newest_item_or_from_the_time_of_the_build()
    {
        var items = Items(60);
        using var newest = await BuildAsync(items, new() { Age = new(.5, 365) });
        using var later = await BuildAsync(items, new() { Age = new(.5, 365), AsOf = Newest.AddDays(365) });
        static float StrengthTo(Release release, string from, string to)
        {
            Assert.True(release.TryFind(Encoding.UTF8.GetBytes(from), out var item) & release.TryFind(Encoding.UTF8.GetBytes(to), out var other));
            return release.Compare(item, other).Strength;
        }
        var (a, b) = (Id(newest, new(0)), Id(newest, newest.NeighborsOf(new(0)).ToArray().First(neighbor => newest.PublishedAtOf(neighbor.Item) == Newest).Item));
        Assert.Equal(.75 * StrengthTo(newest, a, b), StrengthTo(later, a, b), 1e-6);
    }

    [Theory, InlineData(-.1, 30), InlineData(.95, 30), InlineData(double.NaN, 30), InlineData(.3, 0), InlineData(.3, double.PositiveInfinity)]
    public async Task Weights_and_half_lives_out_of_range_are_refused(double weight, double halfLifeDays) =>
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => BuildAsync(Items(3), new() { Age = new(weight, halfLifeDays) }));
}
