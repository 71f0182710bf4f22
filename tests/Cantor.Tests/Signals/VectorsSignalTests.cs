using System.Text;
using Cantor.Corpus;
using Cantor.Kernels;
using Cantor.Neighbors;
using Cantor.Ranking;
using Cantor.Releases;
using Cantor.Signals;
using Cantor.Tests.Releases;

namespace Cantor.Tests.Signals;

public sealed class VectorsSignalTests : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cantor-vectors-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Items_without_a_word_in_common_are_related_by_their_vectors_and_say_so()
    {
        using var release = await BuildAsync(
            [Item("a", "sea", 1, 0, 0), Item("b", "ship", 1, .1f, 0), Item("c", "oven", -1, 0, 0), Item("d", "flour", 0, 0, 1), Item("e", "sea")], new() { Weights = new Dictionary<string, double> { ["latent"] = 0 } });
        var a = Find(release, "a");
        Assert.Equal(["e", "b"], Related(release, "a"));
        var reason = Assert.Single(release.ReasonsOf(a, Find(release, "b")));
        Assert.Equal(("vectors", ReasonKind.Topic), (reason.Signal, Assert.Single(reason.Parts).Kind));
        var neighbor = release.NeighborsOf(a).ToArray().Single(neighbor => neighbor.Item == Find(release, "b"));
        Assert.Equal(neighbor.Strength, reason.Weight, 1e-6);
        Assert.Equal(["text"], release.ReasonsOf(a, Find(release, "e")).Select(reason => reason.Signal));
        Assert.Empty(Related(release, "c")); // the opposite direction is not near
        Assert.Empty(Related(release, "d")); // nor is the right angle
    }

    [Fact]
    public async Task The_weight_says_how_much_vectors_bring_and_0_leaves_them_out()
    {
        Item[] items = [Item("a", "sea ship", 1, 0), Item("b", "sea wind", 0, 1), Item("c", "oven", 1, 0)];
        async Task<float> Strength(double weight)
        {
            using var release = await BuildAsync(items, new() { Weights = new Dictionary<string, double> { ["tags"] = 0, ["latent"] = 0 }, Vectors = new() { Weight = weight } });
            return release.NeighborsOf(Find(release, "a")).ToArray().SingleOrDefault(neighbor => neighbor.Item == Find(release, "c")).Strength;
        }
        Assert.Equal(0, await Strength(0));
        var (little, much) = (await Strength(.1), await Strength(2));
        Assert.True(0 < little && little < much, $"{little} {much}");
        using var without = await BuildAsync(items, new() { Vectors = new() { Weight = 0 } });
        Assert.Null(without.Summary.Vectors);
        Assert.DoesNotContain("vectors", without.Summary.Signals.Select(signal => signal.Name));
    }

    [Fact]
    public async Task A_release_tells_what_its_vectors_were()
    {
        using var release = await BuildAsync(
            Synthetic(400), new() { Vectors = new() { Method = PairMethod.Pruned, Encoder = "sha256:0a", MinRecall = .5 } });
        var vectors = release.Summary.Vectors!;
        Assert.Equal((300, 24, PairMethod.Pruned, "sha256:0a"), (vectors.Items, vectors.Dimensions, vectors.Method, vectors.Encoder));
        Assert.InRange(vectors.Recall!.Value, .5, 1);
        Assert.Contains(("vectors", .3f), release.Summary.Signals);
    }

    [Fact]
    public async Task A_build_whose_recall_is_below_the_floor_fails_and_leaves_no_file()
    {
        // They differ by less than a byte can tell.
        var chance = new SeededRandom(3);
        var items = Enumerable.Range(0, 3000).Select(i => Item($"{i}", "", [.. Enumerable.Range(0, 24).Select(_ => 1 + .01f * (float)chance.NextGaussian())]));
        var fault = await Assert.ThrowsAsync<InputFaultException>(() => BuildAsync(items, new() { Vectors = new() { Method = PairMethod.Pruned, MinRecall = 1 } }));
        Assert.StartsWith("signals.vectors.minRecall: the search that does not meet all pairs found 0.", fault.Message, StringComparison.Ordinal);
        Assert.Empty(_folder.GetFiles());
    }

    [Theory]
    [InlineData(new[] { 1f, 2, 3 }, "item \"b\": vector: it has 3 numbers; expected 2, as the others have")]
    [InlineData(new[] { 1f, float.NaN }, "item \"b\": vector: number 2 is NaN; expected one that is finite")]
    [InlineData(new[] { float.NegativeInfinity, 0 }, "item \"b\": vector: number 1 is -Infinity; expected one that is finite")]
    public async Task A_vector_unlike_the_others_is_a_fault_that_names_the_item(float[] vector, string message) =>
        Assert.Equal(message, (await Assert.ThrowsAsync<InputFaultException>(() => BuildAsync([Item("a", "x", 1, 2), Item("b", "y", vector)]))).Message);

    [Theory, InlineData(1), InlineData(4097)]
    public async Task Too_few_and_too_many_numbers_are_a_fault(int dimensions) =>
        Assert.Equal($"item \"a\": vector: it has {dimensions} numbers; expected 2 to 4096",
            (await Assert.ThrowsAsync<InputFaultException>(() => BuildAsync([Item("a", "x", new float[dimensions])]))).Message);

    [Fact]
    public async Task Vectors_of_zeros_and_of_huge_numbers_are_vectors()
    {
        using var release = await BuildAsync([Item("a", "x", 0, 0), Item("b", "y", 3e38f, 3e38f), Item("c", "z", 1e-40f, 1e-40f)]);
        Assert.Empty(Related(release, "a"));
        Assert.Equal(["c"], Related(release, "b"));
        Assert.Equal(["b"], Related(release, "c"));
    }

    static IEnumerable<Item> Synthetic(int count)
    {
        using var vectors = Neighbors.ClusteredVectors.Make(count, 24);
        return [.. SyntheticCorpus.Items(count).Select((item, i) => i % 4 == 0 ? item : item with { Vector = vectors[i].ToArray() })];
    }

    static Item Item(string id, string title, params float[] vector) => new() { Id = ItemId.Parse(id), Title = Encoding.UTF8.GetBytes(title), Vector = vector };

    async Task<Release> BuildAsync(IEnumerable<Item> items, BuildOptions? options = null) => Release.Open((await ReleaseBuilder.BuildAsync(
        "world", SyntheticCorpus.Stream(items), null, options ?? new(), _folder.FullName, TimeProvider.System, null, TestContext.Current.CancellationToken)).Path);

    static Ordinal Find(Release release, string id)
    {
        Assert.True(release.TryFind(Encoding.UTF8.GetBytes(id), out var item));
        return item;
    }

    static string[] Related(Release release, string id) =>
        [.. release.NeighborsOf(Find(release, id)).ToArray().Select(neighbor => Encoding.UTF8.GetString(release.IdOf(neighbor.Item)))];
}
