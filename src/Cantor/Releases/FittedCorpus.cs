using Cantor.Corpus;
using Cantor.Kernels;
using Cantor.Ranking;
using Cantor.Signals;
using Cantor.Signals.CoViews;
using Cantor.Signals.Vectors;
using Cantor.Text;

namespace Cantor.Releases;

/// <summary>A corpus with all its signals fitted: what a build ranks with, and what tuning weighs anew.</summary>
sealed class FittedCorpus
{
    readonly Fitting _fitting;

    FittedCorpus(Fitting fitting, CorpusCounts counts) => (_fitting, Counts) = (fitting, counts);

    internal CorpusText Text => _fitting.Text;

    internal CorpusCounts Counts { get; }

    /// <summary>The signals' columns and the items'.</summary>
    internal Sections Sections => _fitting.Sections;

    /// <summary>The signals and what a score of 1 of each adds.</summary>
    internal List<(string Name, float Weight)> Signals { get; } = [];

    internal VectorSummary? Vectors => _fitting.Vectors;

    /// <summary>Each item's closest by vectors, which no file holds; null without vectors.</summary>
    internal FeatureRows? VectorPartners => _fitting.VectorPartners;

    /// <summary>What the events were; null without.</summary>
    internal EventCounts? Events => _fitting.EventCounts;

    /// <summary>The signals, weighed as told.</summary>
    internal Fusion FusionOf(IReadOnlyList<(string Name, float Weight)> signals, Ages? ages = null) =>
        ReleaseSections.FusionOf(new(Sections, Text.Count, Vectors?.Dimensions ?? 0, _fitting.VectorPartners), signals, ages);

    /// <summary>Which items say nearly the same; null when they are to be listed like all others.</summary>
    internal NearDuplicates? FindDuplicates(BuildOptions options, CancellationToken cancellationToken) => options.Duplicates == Duplicates.Keep
        ? null
        : NearDuplicates.Find(
            Text, new(Sections, "text.terms", Text.Count), new(Sections, "text.pairs", Text.Count), options.Duplicates == Duplicates.Collapse,
            options.Threads, cancellationToken);

    /// <summary>Reads the items and fits every signal that the options do not leave out.</summary>
    /// <param name="collection">The collection's name, for faults.</param>
    /// <param name="items">The corpus.</param>
    /// <param name="events">What units looked at; null for none.</param>
    /// <param name="options">How.</param>
    /// <param name="endOf">Told when a stage ends.</param>
    /// <param name="progress">Told how far it is; null for nobody.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="InputFaultException">The corpus is empty, or a source is at fault.</exception>
    internal static async Task<FittedCorpus> FitAsync(
        string collection, IAsyncEnumerable<Item> items, IAsyncEnumerable<Event>? events, BuildOptions options,
        Action<string> endOf, IProgress<BuildProgress>? progress, CancellationToken cancellationToken)
    {
        var (text, counts) = await ReadAsync(collection, items, options, progress, cancellationToken);
        endOf("read");
        progress?.Report(new("weigh", 0, null));

        var sections = new Sections();
        ReleaseSections.AddItems(sections, text.Items);
        options.Dictionary?.AddTo(sections);
        var fitted = new FittedCorpus(new(text, events, options, sections), counts);
        foreach (var kind in SignalKind.All)
        {
            if (await kind.FitAsync(fitted._fitting, cancellationToken) is not { } weight) continue;
            fitted.Signals.Add((kind.Name, weight));
            endOf(kind.Name);
        }
        return fitted;
    }

    /// <summary>Reads the items; at least one.</summary>
    internal static async Task<(CorpusText, CorpusCounts)> ReadAsync(
        string collection, IAsyncEnumerable<Item> items, BuildOptions options, IProgress<BuildProgress>? progress, CancellationToken cancellationToken)
    {
        var read = await CorpusReader.ReadAsync(items, options.Lang, options.Dictionary, options.IdWords, options.Threads, done => progress?.Report(new("read", done, null)), cancellationToken);
        return read.Text.Count > 0 ? read : throw new InputFaultException(collection, null, "the sources gave no item; expected at least one");
    }
}
