using Cantor.Ranking;
using Cantor.Releases;
using Cantor.Tests.Releases;

namespace Cantor.Tests.Ranking;

public sealed class DiversityTests : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cantor-diversity-");

    public void Dispose() => _folder.Delete(recursive: true);

    async Task<Release> BuildAsync(BuildOptions options) => Release.Open((await ReleaseBuilder.BuildAsync(
        "world", SyntheticCorpus.Stream(SyntheticCorpus.Items(600)), null, options with { Threads = 2 }, _folder.FullName, TimeProvider.System, null, TestContext.Current.CancellationToken)).Path);

    /// <summary>The mean strength between items of the first ten, both asked of the release's own lists.</summary>
    static double Sameness(Release release, Func<Ordinal, Ordinal[]> headOf)
    {
        var (sum, pairs) = (0.0, 0);
        for (var row = 0; row < release.Count; row += 7)
        {
            var head = headOf(new(row));
            foreach (var a in head)
                foreach (var b in head)
                {
                    if (a == b) continue;
                    sum += release.NeighborsOf(a).ToArray().FirstOrDefault(neighbor => neighbor.Item == b).Strength;
                    pairs++;
                }
        }
        return sum / pairs;
    }

    [Fact]
    public async Task The_more_diversity_the_less_the_head_of_a_list_says_the_same()
    {
        using var release = await BuildAsync(new());
        Ordinal[] Head(Ordinal item, float diversity) => [.. release.DiverseOrder(item, diversity).Take(10).Select(place => release.NeighborsOf(item)[place].Item)];
        var sameness = new[] { 0f, .3f, .6f }.Select(diversity => Sameness(release, item => Head(item, diversity))).ToArray();
        Assert.True(sameness[0] > sameness[1] * 1.02 && sameness[1] > sameness[2] * 1.02, string.Join(" ", sameness));
    }

    [Fact]
    public async Task The_closest_item_stays_first_and_every_item_stays_in_the_list()
    {
        using var release = await BuildAsync(new());
        for (var row = 0; row < release.Count; row += 11)
        {
            var order = release.DiverseOrder(new Ordinal(row), .5f);
            Assert.Equal(Enumerable.Range(0, release.NeighborsOf(new(row)).Length), order.Order());
            if (order.Count > 0) Assert.Equal(0, order[0]);
            Assert.Equal(Enumerable.Range(0, order.Count), release.DiverseOrder(new Ordinal(row), 0));
        }
    }

    [Fact]
    public async Task A_build_with_diversity_lists_other_heads_with_reasons_and_variants_in_place()
    {
        using var plain = await BuildAsync(new() { Duplicates = Duplicates.Collapse });
        using var diverse = await BuildAsync(new() { Duplicates = Duplicates.Collapse, Diversity = .5 });
        static Ordinal[] HeadOf(Release release, Ordinal item) => [.. release.NeighborsOf(item).ToArray().Take(10).Select(neighbor => neighbor.Item)];
        Assert.True(Sameness(plain, item => HeadOf(plain, item)) > 1.05 * Sameness(plain, item => HeadOf(diverse, item)));
        for (var row = 0; row < diverse.Count; row++)
        {
            var list = diverse.NeighborsOf(new(row));
            Assert.True(list.Length <= diverse.Summary.K);
            for (var rank = 0; rank < list.Length; rank++)
            {
                Assert.Equal(list[rank].Strength, diverse.ReasonsOf(new Ordinal(row), list[rank].Item).Sum(reason => reason.Weight), 1e-6f);
                // A variant is at most as strong as what it is a variant of.
                foreach (var variant in diverse.VariantsOf(new(row), rank))
                    Assert.DoesNotContain(variant, HeadOf(diverse, new(row)));
            }
        }
    }

    [Theory]
    [InlineData(-.1), InlineData(1.1), InlineData(double.NaN)]
    public async Task Diversity_outside_0_to_1_is_refused(double diversity) =>
        Assert.Contains("expected 0 to 1", (await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => BuildAsync(new() { Diversity = diversity }))).Message, StringComparison.Ordinal);
}
