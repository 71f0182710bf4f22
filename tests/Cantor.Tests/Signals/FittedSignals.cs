using System.Text;
using Cantor.Corpus;
using Cantor.Kernels;
using Cantor.Releases;
using Cantor.Signals;
using Cantor.Tests.Releases;
using Cantor.Text;

namespace Cantor.Tests.Signals;

/// <summary>All signals, fitted on one corpus.</summary>
public sealed class FittedSignals : IAsyncLifetime
{
    internal const int Count = 400;

    internal const int Dimensions = 24;

    /// <summary>Every seventh has no vector; every third is tagged with the words of another's title.</summary>
    internal List<Item> Items { get; } = Make();

    static List<Item> Make()
    {
        var items = SyntheticCorpus.Items(Count);
        return [.. items
            .Select((item, i) => i % 7 == 0 ? item : item with { Vector = VectorOf(i) })
            .Select((item, i) => i % 3 == 0 ? item with { Tags = [.. item.Tags, Encoding.UTF8.GetString(items[(i + 40) % Count].Title.Span)] } : item)];
    }


    static float[] VectorOf(int i)
    {
        var chance = new SeededRandom(7, (ulong)i);
        return [.. Enumerable.Range(0, Dimensions).Select(at => (float)chance.NextGaussian() + (at == i % 5 ? 2 : 0))];
    }

    internal Sections Sections { get; } = new();

    internal ItemAnalyzer Analyzer { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var stop = TestContext.Current.CancellationToken;
        var (text, _) = await CorpusReader.ReadAsync(SyntheticCorpus.Stream(Items), null, null, null, 2, _ => { }, stop);
        var fitting = new Fitting(text, SyntheticCorpus.Stream(SyntheticCorpus.Events(Items, 2000)), new BuildOptions { K = 10, Seed = 1, Threads = 2 }, Sections);
        foreach (var kind in SignalKind.All) Assert.NotNull(await kind.FitAsync(fitting, stop));
        Items.Sort((a, b) => a.Id.CompareTo(b.Id)); // as ordinals go
        Analyzer = new(new(Texts.Of(Sections, "text.vocabulary", text.Vocabulary.Count)), null, null, text.IdWords);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    internal Draft DraftOf(Item item) => new(Analyzer.Analyze(item), item.Tags, item.Vector);
}
