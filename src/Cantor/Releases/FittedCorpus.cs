using Cantor.Corpus;
using Cantor.Kernels;
using Cantor.Ranking;
using Cantor.Signals.CoViews;
using Cantor.Signals.Latent;
using Cantor.Signals.Tags;
using Cantor.Signals.Text;
using Cantor.Signals.Vectors;
using Cantor.Text;

namespace Cantor.Releases;

/// <summary>A corpus with all its signals fitted: what a build ranks with, and what tuning weighs anew.</summary>
sealed class FittedCorpus
{
    FeatureRows? _vectorPartners;

    internal required CorpusText Text { get; init; }

    internal required CorpusCounts Counts { get; init; }

    /// <summary>The signals' columns and the items'.</summary>
    internal required Sections Sections { get; init; }

    /// <summary>The signals and what a score of 1 of each adds.</summary>
    internal List<(string Name, float Weight)> Signals { get; } = [("text", 1f)];

    internal VectorSummary? Vectors { get; private set; }

    /// <summary>What the events were; null without.</summary>
    internal EventCounts? Events { get; private set; }

    /// <summary>The signals, weighed as told.</summary>
    internal Fusion FusionOf(IReadOnlyList<(string Name, float Weight)> signals) =>
        ReleaseSections.FusionOf(Sections, signals, Text.Count, Vectors?.Dimensions ?? 0, _vectorPartners);

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
        TextSignal.Fit(text, sections, options.Threads, cancellationToken);
        TagsSignal.Fit(text, sections);
        var fitted = new FittedCorpus { Text = text, Counts = counts, Sections = sections };
        fitted.Signals.Add(("tags", (float)options.TagsWeight));
        endOf("weigh");
        if (options.LatentWeight != 0)
        {
            var tuned = LatentSignal.Fit(text, sections, options.Seed, options.Threads, cancellationToken);
            fitted.Signals.Add(("latent", (float?)options.LatentWeight ?? tuned));
        }
        endOf("latent");
        if (options.Vectors.Weight != 0 && VectorsSignal.Fit(text, options.K, options.Vectors, options.Seed, sections, options.Threads, cancellationToken) is { } vectors)
        {
            (fitted._vectorPartners, fitted.Vectors) = vectors;
            fitted.Signals.Add(("vectors", (float)options.Vectors.Weight));
            endOf("vectors");
        }
        if (events is not null)
        {
            var sessions = await Sessions.ReadAsync(events, text.Items.Ids, options.CoViews, options.AsOf, cancellationToken);
            CoViewsSignal.Fit(sessions, Array.ConvertAll(text.Terms, terms => terms?.Length ?? 0), options.CoViews, sections, options.Threads, cancellationToken);
            fitted.Signals.Add(("coviews", (float)options.CoViews.Weight));
            fitted.Events = sessions.Counts;
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
