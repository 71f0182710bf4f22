using System.Text;
using Cantor.Corpus;
using Cantor.Evaluation;
using Cantor.Kernels;
using Cantor.Releases;
using Cantor.Tests.Releases;
using Cantor.Tuning;

namespace Cantor.Tests.Tuning;

public sealed class TunerTests : IDisposable
{
    const int Count = 300, Groups = 30;

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cantor-tuning-");

    public void Dispose() => _folder.Delete(recursive: true);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    static readonly BuildOptions Options = new() { Threads = 2, Seed = 3 };

    /// <summary>Items of groups. A text is drawn mostly from the words of one group, a tag is that of another.</summary>
    /// <param name="textGroup">Of an item, by its number.</param>
    /// <param name="tagGroup">Of an item, by its number.</param>
    static Item[] Items(Func<int, int> textGroup, Func<int, int> tagGroup)
    {
        var chance = new SeededRandom(11);
        string Word(int group) => chance.NextInt(4) == 0 ? $"w{group}x{chance.NextInt(12)}" : $"common{chance.NextInt(200)}";
        return [.. Enumerable.Range(0, Count).Select(i => new Item
        {
            Id = IdOf(i),
            Title = Encoding.UTF8.GetBytes(Word(textGroup(i))),
            Body = Encoding.UTF8.GetBytes(string.Join(' ', Enumerable.Range(0, 24).Select(_ => Word(textGroup(i))))),
            Tags = [$"tag {tagGroup(i)}"],
        })];
    }

    static ItemId IdOf(int i) => ItemId.Parse($"item {i:D3}");

    static int Shuffled(int i) => i * 7 % 31 % Groups;

    /// <summary>Items of one group belong together.</summary>
    static Judgments ByGroup(Func<int, int> groupOf)
    {
        var judgments = new Judgments();
        for (var query = 0; query < Count; query++)
            for (var item = 0; item < Count; item++)
                if (item != query && groupOf(item) == groupOf(query)) judgments.Add(IdOf(query), IdOf(item), 1);
        return judgments;
    }

    static Task<TuningReport> TuneAsync(Item[] items, Judgments judgments, BuildOptions? options = null) =>
        Tuner.FromJudgmentsAsync("world", SyntheticCorpus.Stream(items), null, judgments, options ?? Options, null, Cancel);

    static TunedWeight WeightOf(TuningReport report, string signal) => report.Weights.Single(weight => weight.Signal == signal);

    async Task<double> NdcgAsync(Item[] items, Judgments judgments, BuildOptions options)
    {
        var built = await ReleaseBuilder.BuildAsync("world", SyntheticCorpus.Stream(items), null, options, _folder.FullName, TimeProvider.System, null, Cancel);
        using var release = Release.Open(built.Path);
        var ids = items.Select(item => item.Id).Order().ToArray();
        IReadOnlyList<ItemId> ListOf(ItemId id) => [.. release.NeighborsOf(new(Array.IndexOf(ids, id))).ToArray().Take(Evaluator.Depth).Select(neighbor => ids[neighbor.Item.Row])];
        return Evaluator.Evaluate(judgments, ids, ListOf, 0, Cancel).Means.NdcgAt10.Value;
    }

    [Fact]
    public async Task Tags_that_lie_get_less_weight_and_a_build_is_better_for_it()
    {
        var (items, judgments) = (Items(i => i % Groups, Shuffled), ByGroup(i => i % Groups));
        var report = await TuneAsync(items, judgments);
        Assert.True(report.IsBetter);
        Assert.True(report.Gain.Low > 0);
        var tags = WeightOf(report, "tags");
        Assert.Equal(.55, tags.Before, 1e-6);
        Assert.InRange(tags.Learned, 0, .1);
        Assert.InRange(tags.Learned, tags.Least, tags.Greatest);

        var before = await NdcgAsync(items, judgments, Options);
        Assert.Equal(before, report.Before.Value, 1e-9); // what was summed is what a build ranks
        Assert.True(await NdcgAsync(items, judgments, Options with { Weights = new Dictionary<string, double> { ["tags"] = tags.Learned, ["latent"] = WeightOf(report, "latent").Learned } }) > before);
    }

    [Fact]
    public async Task Tags_that_tell_the_truth_get_more_weight()
    {
        var report = await TuneAsync(Items(Shuffled, i => i % Groups), ByGroup(i => i % Groups));
        Assert.True(report.IsBetter);
        Assert.True(WeightOf(report, "tags").Learned > .55);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public async Task Weights_stay_where_judgments_are_chance(ulong seed)
    {
        var (chance, judgments) = (new SeededRandom(seed), new Judgments());
        for (var query = 0; query < Count; query++)
            for (var i = 0; i < 9; i++)
                if (IdOf(chance.NextInt(Count)) is var item && item != IdOf(query)) judgments.Add(IdOf(query), item, 1);
        var report = await TuneAsync(Items(i => i % Groups, Shuffled), judgments, Options with { Seed = seed });
        Assert.False(report.IsBetter);
        Assert.True(report.Gain.Low <= 0);
    }

    [Fact]
    public async Task Units_that_are_kept_apart_say_what_co_views_weigh()
    {
        var chance = new SeededRandom(5);
        var events = Enumerable.Range(0, 1500).SelectMany(unit =>
        {
            var group = chance.NextInt(Groups); // one that neither texts nor tags know of
            return Enumerable.Range(0, 4).Select(_ => new Event($"unit {unit}", IdOf(group + Groups * chance.NextInt(Count / Groups)), null, EventType.View)).ToArray();
        }).ToArray();
        var options = Options with { CoViews = new() { Weight = .25 } };
        var report = await Tuner.FromEventsAsync("world", SyntheticCorpus.Stream(Items(Shuffled, i => i / 10)), SyntheticCorpus.Stream(events), .2, options, null, Cancel);
        Assert.InRange(report.Questions, 200, 400);
        Assert.True(report.IsBetter);
        Assert.Equal(.25, WeightOf(report, "coviews").Before);
        Assert.InRange(WeightOf(report, "coviews").Learned, .5, 2);
    }

    [Fact]
    public async Task A_signal_that_is_left_out_or_says_nothing_is_not_weighed()
    {
        var items = Items(i => i % Groups, Shuffled);
        var report = await TuneAsync(items, ByGroup(i => i % Groups), Options with { Weights = new Dictionary<string, double> { ["tags"] = 0 } });
        Assert.Equal(["latent"], report.Weights.Select(weight => weight.Signal));
        report = await TuneAsync([.. items.Select(item => item with { Tags = [] })], ByGroup(i => i % Groups));
        Assert.Equal(["latent"], report.Weights.Select(weight => weight.Signal));
    }

    [Fact]
    public async Task The_same_seed_learns_the_same_on_any_number_of_threads()
    {
        var (items, judgments) = (Items(i => i % Groups, Shuffled), ByGroup(i => i % Groups));
        var one = await TuneAsync(items, judgments, Options with { Threads = 1 });
        var three = await TuneAsync([.. items.Reverse()], judgments, Options with { Threads = 3 });
        Assert.Equal((one.Before, one.After, one.Gain, one.Compared), (three.Before, three.After, three.Gain, three.Compared));
        Assert.Equal(one.Weights, three.Weights);
    }

    [Fact]
    public async Task Too_few_questions_are_a_fault_that_says_how_many_are_needed()
    {
        var judgments = new Judgments();
        judgments.Add(IdOf(1), IdOf(2), 1);
        judgments.Add(ItemId.Parse("not there"), IdOf(2), 1);
        var fault = await Assert.ThrowsAsync<InputFaultException>(() => TuneAsync(Items(i => i % Groups, Shuffled), judgments));
        Assert.Contains("questions about the items: 1; expected at least 50", fault.Message, StringComparison.Ordinal);
    }
}
