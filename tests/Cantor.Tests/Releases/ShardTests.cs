using Cantor.Corpus;
using Cantor.Ranking;
using Cantor.Releases;
using Cantor.Releases.Shards;
using Cantor.Signals.CoViews;
using Cantor.Signals.Vectors;
using Cantor.Text;

namespace Cantor.Tests.Releases;

public sealed class ShardTests : IDisposable
{
    // Enough for the index to find candidates: of up to 1,000 items all pairs are scored.
    static readonly List<Item> Corpus = WithVectors([.. SyntheticCorpus.Committed().Take(1_200)]);

    static readonly BuildOptions Options = new() { Threads = 2, AsOf = DateTimeOffset.UnixEpoch.AddDays(25_000), CoViews = new() { Ordered = true, HalfLifeDays = 365 } };

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cantor-shards-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Shards_assemble_to_the_bytes_of_a_build_by_one_with_all_signals()
    {
        var whole = await File.ReadAllBytesAsync((await BuildAsync(Corpus, Options)).Path, TestContext.Current.CancellationToken);
        foreach (var count in new[] { 1, 2, 5 })
        {
            var report = await AssembleAsync(Corpus, Options, count);
            Assert.Equal(5, report.Summary.Signals.Count);
            var assembled = await File.ReadAllBytesAsync(report.Path, TestContext.Current.CancellationToken);
            Assert.True(whole.SequenceEqual(assembled), $"{count} shards give another release");
        }
    }

    // Diversity and collapsing look at more than the best, and 37 items give shards without one.
    [Fact]
    public async Task Few_items_diversity_and_collapsing_assemble_alike()
    {
        var options = Options with { Diversity = .4, Duplicates = Duplicates.Collapse, Candidates = Candidates.Nearest };
        foreach (var (items, count) in new[] { (Corpus.Take(700).ToList(), 3), (Corpus.Take(37).ToList(), 50) })
            Assert.Equal(
                await File.ReadAllBytesAsync((await BuildAsync(items, options)).Path, TestContext.Current.CancellationToken),
                await File.ReadAllBytesAsync((await AssembleAsync(items, options, count)).Path, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_report_of_shards_says_what_one_of_a_whole_build_says()
    {
        var items = Corpus.Take(200).Append(Corpus[3]).ToList();
        var (whole, assembled) = (await BuildAsync(items, Options), await AssembleAsync(items, Options, 2));
        Assert.Equal(
            (whole.Read, whole.Duplicates, whole.Terms, whole.Alone, whole.Summary.Neighbors, whole.Summary.Version.Content),
            (assembled.Read, assembled.Duplicates, assembled.Terms, assembled.Alone, assembled.Summary.Neighbors, assembled.Summary.Version.Content));
    }

    [Fact]
    public async Task The_time_of_the_version_is_when_the_first_shard_was_begun()
    {
        var (first, second) = (await ShardAsync(Corpus.Take(50), Options, 0, 2, new Clock(2_000)), await ShardAsync(Corpus.Take(50), Options, 1, 2, new Clock(1_000)));
        using var a = Shard.Open(first.Path);
        using var b = Shard.Open(second.Path);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1_000), ShardedBuild.Assemble([a, b], Place("releases"), new Clock(3_000)).Summary.Version.BuiltAt);
    }

    [Fact]
    public async Task A_shard_that_is_there_is_not_ranked_again_and_a_cut_one_is()
    {
        var first = await ShardAsync(Corpus.Take(300), Options, 1, 3);
        var bytes = await File.ReadAllBytesAsync(first.Path, TestContext.Current.CancellationToken);
        var again = await ShardAsync(Corpus.Take(300).Reverse(), Options with { Threads = 1 }, 1, 3);
        Assert.Equal((false, true, first.Path), (first.WasThere, again.WasThere, again.Path));

        await File.WriteAllBytesAsync(first.Path, bytes[..^100], TestContext.Current.CancellationToken);
        var mended = await ShardAsync(Corpus.Take(300), Options, 1, 3);
        Assert.Equal((false, first.Path), (mended.WasThere, mended.Path));
        using var shard = Shard.Open(mended.Path);
        Assert.Equal(100, mended.Items);
    }

    [Fact]
    public async Task A_shard_that_is_stopped_leaves_no_file_and_what_a_killed_one_left_goes()
    {
        using var stop = new CancellationTokenSource();
        var place = Place("shards");
        Directory.CreateDirectory(place);
        await File.WriteAllTextAsync(Path.Combine(place, ".synthetic-0123456789abcdef-0-of-2.77.tmp"), "half", TestContext.Current.CancellationToken);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ShardedBuild.BuildAsync(
            "synthetic", SyntheticCorpus.Stream(Corpus.Take(300)), null, Options, 0, 2, place, TimeProvider.System, new StopAt("rank", stop), stop.Token));
        Assert.DoesNotContain(Directory.GetFiles(place), file => file.EndsWith(".shard", StringComparison.Ordinal));
        await ShardAsync(Corpus.Take(300), Options, 0, 2);
        Assert.EndsWith("-0-of-2.shard", Assert.Single(Directory.GetFiles(place)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_word_event_vector_option_or_change_gives_another_name()
    {
        var items = Corpus.Take(60).ToList();
        var known = new HashSet<ulong> { await InputsAsync(items, Options) };
        Assert.False(known.Add(await InputsAsync([.. items.AsEnumerable().Reverse()], Options with { Threads = 3 })));
        // A word that no other item has is in no list, but near-duplicates are told by it.
        Assert.True(known.Add(await InputsAsync([items[0] with { Body = (byte[])[.. items[0].Body.Span, .. " zwitterionic"u8] }, .. items[1..]], Options)));
        Assert.True(known.Add(await InputsAsync([items[1] with { Vector = items[1].Vector.ToArray().Reverse().ToArray() }, items[0], .. items[2..]], Options)));
        Assert.True(known.Add(await InputsAsync(items[1..], Options)));
        Assert.True(known.Add(await InputsAsync(items, Options, units: 301)));
        Assert.True(known.Add(await InputsAsync(items, Options with { LastChange = 1 })));
        Assert.True(known.Add(await InputsAsync(items, Options with { MinRecall = .1 })));
    }

    // An option that is forgotten in BuildOptions.Named could be mixed.
    [Fact]
    public void Every_option_that_a_release_depends_on_is_named()
    {
        var given = new BuildOptions
        {
            K = 7,
            Seed = 8,
            AsOf = DateTimeOffset.UnixEpoch,
            Lang = "en",
            Diversity = .2,
            Age = new(.4, 12),
            Candidates = Candidates.All,
            MinRecall = .3,
            Duplicates = Duplicates.Keep,
            IdWords = true,
            Weights = new Dictionary<string, double> { ["tags"] = .4 },
            Dictionary = TermDictionary.Parse("terms", "sea salt"u8),
            Vectors = new() { Weight = .5, Method = Cantor.Neighbors.PairMethod.Exact, MinRecall = .6 },
            CoViews = new() { Weight = .7, Ordered = true, HalfLifeDays = 8, Popularity = .9, MaxItemsPerUnit = 10, Company = .11 },
        };
        string[] notNamed = ["Threads", "LastChange", "Vectors", "CoViews", "Encoder", "Weights", "Dictionary"];
        string[] properties = [.. Names<BuildOptions>(""), .. Names<VectorOptions>("vectors."), .. Names<CoViewOptions>("coviews."), "tags.weight", "terms"];
        Assert.Equal(properties.Order(StringComparer.Ordinal), given.Named().Keys);
        var usual = new BuildOptions().Named();
        Assert.All(given.Named(), option => Assert.NotEqual(option.Value, usual.GetValueOrDefault(option.Key)));

        IEnumerable<string> Names<T>(string prefix) =>
            from property in typeof(T).GetProperties(System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.NonPublic)
            where property.CanWrite && !notNamed.Contains(property.Name)
            select prefix + char.ToLowerInvariant(property.Name[0]) + property.Name[1..];
    }

    [Fact]
    public async Task What_differs_is_told()
    {
        var items = Corpus.Take(60).ToList();
        using var one = Shard.Open((await ShardAsync(items, Options, 0, 2)).Path);
        using var other = Shard.Open((await ShardAsync(items[1..], Options with { Seed = 7, LastChange = 12 }, 1, 2)).Path);
        Assert.Equal(["seed is 7, not 0", "changes that were pushed are in it to number 12, not 0", "it has 59 items, not 60"], other.DifferencesTo(one));
        Assert.Equal(["k is 50, not 9"], one.DifferencesTo(Options with { K = 9, Threads = 1 }));
        Assert.Empty(one.DifferencesTo(one));
        Assert.Contains("shard 1 is synthetic-", Assert.Throws<ArgumentException>(() => ShardedBuild.Assemble([one, other], Place("releases"), TimeProvider.System)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a-0123456789abcdef-0-of-1.shard", true), InlineData("a-b-0123456789abcdef-12-of-40.shard", true)]
    [InlineData("a-0123456789ABCDEF-0-of-1.shard", false), InlineData("a-0123456789abcdef-00-of-1.shard", false), InlineData("a-0123456789abcdef-0.shard", false), InlineData("-0123456789abcdef-0-of-1.shard", false), InlineData("a-0123456789abcdef-0-of-1.cantor", false)]
    public void A_name_is_read_back_or_is_none(string name, bool isOne) => Assert.Equal(isOne ? name : null, ShardName.Parse("/some/where/" + name)?.ToString());

    string Place(string name) => Path.Combine(_folder.FullName, name);

    Task<BuildReport> BuildAsync(List<Item> items, BuildOptions options) => ReleaseBuilder.BuildAsync(
        "synthetic", SyntheticCorpus.Stream(items), SyntheticCorpus.Stream(SyntheticCorpus.Events(items, 300)), options, Place($"whole-{items.Count}"), TimeProvider.System, null, TestContext.Current.CancellationToken);

    Task<ShardReport> ShardAsync(IEnumerable<Item> items, BuildOptions options, int index, int count, TimeProvider? time = null, int units = 300) => ShardedBuild.BuildAsync(
        "synthetic", SyntheticCorpus.Stream(items), SyntheticCorpus.Stream(SyntheticCorpus.Events([.. items], units)), options, index, count, Place("shards"), time ?? TimeProvider.System, null, TestContext.Current.CancellationToken);

    async Task<ulong> InputsAsync(List<Item> items, BuildOptions options, int units = 300) => (await ShardAsync(items, options, 0, 1, units: units)).Name.Inputs;

    async Task<BuildReport> AssembleAsync(List<Item> items, BuildOptions options, int count)
    {
        var shards = new List<Shard>();
        for (var i = 0; i < count; i++) shards.Add(Shard.Open((await ShardAsync(items, options with { Threads = 1 + i % 2 }, i, count)).Path));
        var report = ShardedBuild.Assemble(shards, Place($"assembled-{items.Count}-{count}"), TimeProvider.System);
        foreach (var shard in shards) shard.Dispose();
        return report;
    }

    static List<Item> WithVectors(List<Item> items)
    {
        using var vectors = Neighbors.ClusteredVectors.Make(items.Count, 24);
        return [.. items.Select((item, i) => i % 9 == 0 ? item : item with { Vector = vectors[i].ToArray() })];
    }

    sealed class Clock(long seconds) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeSeconds(seconds);
    }

    sealed class StopAt(string stage, CancellationTokenSource stop) : IProgress<BuildProgress>
    {
        public void Report(BuildProgress value)
        {
            if (value.Stage == stage) stop.Cancel();
        }
    }
}
