using System.IO.Hashing;
using System.Runtime.CompilerServices;
using Cantor.Corpus;
using Cantor.Releases;

namespace Cantor.Tests.Releases;

public sealed class DeterminismTests : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cantor-determinism-");

    public void Dispose() => _folder.Delete(recursive: true);

    // The suite runs again without AVX-512, AVX2 and all intrinsics: there too the bytes must be these.
    [Fact]
    public async Task Two_thousand_items_give_these_bytes_on_any_instruction_set() =>
        Assert.Equal(KnownHash, await HashAsync(SyntheticCorpus.Committed(), 2));

    const string KnownHash = "65662BAAF234F6E9";

    [Fact]
    public async Task One_two_and_seven_threads_give_the_same_bytes_with_all_signals()
    {
        var items = SyntheticCorpus.Committed();
        var one = await HashAsync(items, 1);
        Assert.Equal(one, await HashAsync(items, 2));
        Assert.Equal(one, await HashAsync(items, 7));
    }

    [Fact]
    public async Task The_committed_corpus_is_what_its_maker_makes()
    {
        var lines = SyntheticCorpus.Lines(SyntheticCorpus.Items(2000));
        if (Environment.GetEnvironmentVariable("CANTOR_UPDATE_GOLDEN") == "1")
            await File.WriteAllLinesAsync(CommittedPath(), lines, TestContext.Current.CancellationToken);
        Assert.Equal(lines, await File.ReadAllLinesAsync(SyntheticCorpus.FilePath, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_order_of_rows_does_not_matter()
    {
        var items = SyntheticCorpus.Items(600);
        var expected = await HashAsync(items, 2);
        items.Reverse();
        Assert.Equal(expected, await HashAsync(items, 2));
    }

    static string CommittedPath([CallerFilePath] string caller = "") => Path.Combine(Path.GetDirectoryName(caller)!, "../../corpora/synthetic.jsonl");

    async Task<string> HashAsync(List<Item> items, int threads)
    {
        using var vectors = Neighbors.ClusteredVectors.Make(items.Count, 24);
        var withVectors = items.OrderBy(item => item.Id).Select((item, i) => i % 9 == 0 ? item : item with { Vector = vectors[i].ToArray() }).ToDictionary(item => item.Id);
        var report = await ReleaseBuilder.BuildAsync("synthetic", SyntheticCorpus.Stream(items.Select(item => withVectors[item.Id])), SyntheticCorpus.Stream(SyntheticCorpus.Events(items, 3000)),
            new() { Threads = threads, AsOf = DateTimeOffset.UnixEpoch.AddDays(25_000), CoViews = new() { Ordered = true, HalfLifeDays = 365 } },
            Path.Combine(_folder.FullName, $"{threads}"), TimeProvider.System, null, TestContext.Current.CancellationToken);
        return Convert.ToHexString(XxHash3.Hash(await File.ReadAllBytesAsync(report.Path, TestContext.Current.CancellationToken)));
    }
}
