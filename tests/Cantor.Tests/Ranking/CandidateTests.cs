using System.Text;
using Cantor.Corpus;
using Cantor.Ranking;
using Cantor.Releases;
using Cantor.Tests.Releases;

namespace Cantor.Tests.Ranking;

public sealed class CandidateTests : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cantor-candidates-");

    public void Dispose() => _folder.Delete(recursive: true);

    async Task<Release> BuildAsync(int items, BuildOptions options) => Release.Open((await ReleaseBuilder.BuildAsync(
        "world", SyntheticCorpus.Stream(SyntheticCorpus.Items(items)), null, options with { Threads = 2 }, Path.Combine(_folder.FullName, $"{options.Candidates}"), TimeProvider.System, null, TestContext.Current.CancellationToken)).Path);

    [Fact]
    public async Task The_nearest_hold_what_scoring_every_pair_finds_to_the_measured_recall()
    {
        using var exact = await BuildAsync(1200, new() { Candidates = Candidates.All, Duplicates = Duplicates.Keep });
        using var nearest = await BuildAsync(1200, new() { Candidates = Candidates.Nearest, Duplicates = Duplicates.Keep });
        var (found, wanted) = (0, 0);
        for (var row = 0; row < exact.Count; row++)
        {
            var closest = exact.NeighborsOf(new(row))[..Math.Min(10, exact.NeighborsOf(new(row)).Length)].ToArray();
            wanted += closest.Length;
            // The same pair has the same strength and score either way.
            found += closest.Intersect(nearest.NeighborsOf(new(row)).ToArray()).Count();
        }
        Assert.Equal(new(1, 1200), exact.Summary.Recall);
        Assert.Equal((double)found / wanted, nearest.Summary.Recall!.Value, .02);
        Assert.True(found > .97 * wanted, $"{found} of {wanted}");
    }

    [Fact]
    public async Task Few_items_are_compared_with_all_others_and_many_are_not()
    {
        using var few = await BuildAsync(1000, new());
        using var many = await BuildAsync(1001, new());
        Assert.Equal(1000, few.Summary.Recall!.Sampled);
        Assert.Equal(100, many.Summary.Recall!.Sampled);
    }

    [Fact]
    public async Task A_build_whose_recall_is_below_the_asked_one_fails_and_leaves_no_file()
    {
        // Rare words of two items each find candidates; the common words that relate the others are left out then.
        var items = Enumerable.Range(0, 1200).Select(i => new Item
        {
            Id = ItemId.Parse($"{i}"),
            Body = Encoding.UTF8.GetBytes($"common{i % 7} usual{i / 7 % 7} " + string.Join(' ', Enumerable.Range(1, 9).Select(j => $"rare{j}x{(i + 7 * j) % 1200 / 2}"))),
        });
        var fault = await Assert.ThrowsAsync<InputFaultException>(() => ReleaseBuilder.BuildAsync(
            "world", SyntheticCorpus.Stream(items), null, new() { MinRecall = .9 }, _folder.FullName, TimeProvider.System, null, TestContext.Current.CancellationToken));
        Assert.Matches("minRecall: the index finds [0-9.]+.%.* expected at least 90", fault.Message);
        Assert.Empty(_folder.GetFiles("*", SearchOption.AllDirectories));
    }
}
