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

/// <summary>From a corpus to a release file.</summary>
public static class ReleaseBuilder
{
    /// <summary>Reads, fits, ranks and writes. The file's bytes depend on the items and the options alone, not on threads or order.</summary>
    /// <param name="collection">The collection's name: <see cref="CollectionName"/>.</param>
    /// <param name="items">The corpus, in any order; of two items of one id the later counts.</param>
    /// <param name="events">What units looked at; null for none.</param>
    /// <param name="options">How.</param>
    /// <param name="directory">Where the file goes; made if absent.</param>
    /// <param name="time">Gives the version its time, and times the stages.</param>
    /// <param name="progress">Told now and then how far the build is; null for nobody.</param>
    /// <param name="cancellationToken">Stops the build; no file is left.</param>
    /// <exception cref="InputFaultException">The corpus is empty, or a source is at fault.</exception>
    public static async Task<BuildReport> BuildAsync(
        string collection, IAsyncEnumerable<Item> items, IAsyncEnumerable<Event>? events, BuildOptions options, string directory,
        TimeProvider time, IProgress<BuildProgress>? progress, CancellationToken cancellationToken)
    {
        var clock = new Clock(collection, options, time);
        var (text, counts) = await ReadAsync(collection, items, options, progress, cancellationToken);
        clock.EndOf("read");
        progress?.Report(new("weigh", 0, null));

        var sections = new Sections();
        ReleaseSections.AddItems(sections, text.Items);
        options.Dictionary?.AddTo(sections);
        TextSignal.Fit(text, sections, options.Threads, cancellationToken);
        TagsSignal.Fit(text, sections);
        var signals = new List<(string, float)> { ("text", 1f), ("tags", (float)options.TagsWeight) };
        clock.EndOf("weigh");
        if (options.LatentWeight != 0)
        {
            var tuned = LatentSignal.Fit(text, sections, options.Seed, options.Threads, cancellationToken);
            signals.Add(("latent", (float?)options.LatentWeight ?? tuned));
        }
        clock.EndOf("latent");
        (FeatureRows Partners, VectorSummary Summary)? vectors = options.Vectors.Weight == 0
            ? null
            : VectorsSignal.Fit(text, options.K, options.Vectors, options.Seed, sections, options.Threads, cancellationToken);
        if (vectors is not null)
        {
            signals.Add(("vectors", (float)options.Vectors.Weight));
            clock.EndOf("vectors");
        }
        EventCounts? eventCounts = null;
        if (events is not null)
        {
            var sessions = await Sessions.ReadAsync(events, text.Items.Ids, options.CoViews, options.AsOf, cancellationToken);
            CoViewsSignal.Fit(sessions, Array.ConvertAll(text.Terms, terms => terms?.Length ?? 0), options.CoViews, sections, options.Threads, cancellationToken);
            signals.Add(("coviews", (float)options.CoViews.Weight));
            eventCounts = sessions.Counts;
        }
        var summary = SummaryOf(collection, text.Count, options, ReleaseSections.Built, signals) with { Vectors = vectors?.Summary };

        var fusion = ReleaseSections.FusionOf(sections, summary, vectors?.Partners);
        fusion.Arrange(options.Threads, cancellationToken);
        var duplicates = options.Duplicates == Duplicates.Keep
            ? null
            : NearDuplicates.Find(
                text, new(sections, "text.terms", text.Count), new(sections, "text.pairs", text.Count), options.Duplicates == Duplicates.Collapse,
                options.Threads, cancellationToken);
        var calibration = Calibration.Fit(fusion, text.Count, options.Seed, options.Threads, cancellationToken);
        var index = fusion.NewIndex();
        var exact = CandidateFinder.IsExact(options.Candidates, text.Count);
        var recall = exact ? new(1, text.Count) : Recall.Measure(fusion, index, text.Count, options.K, options.Seed, options.Threads, cancellationToken);
        if (recall.Value < options.MinRecall)
            throw new InputFaultException("minRecall", null, FormattableString.Invariant(
                $"the index finds {recall.Value:P2} of the ten closest, by {recall.Sampled:N0} items compared with all; expected at least {options.MinRecall:P2}: candidates: all scores every pair"));
        clock.EndOf("compare");
        summary = summary with { Calibration = calibration, IdWords = text.IdWords, Recall = recall };
        Ranker.Add(sections, fusion, index, exact, duplicates, calibration, text.Count, options.K, (float)options.Diversity, options.Threads,
            done => progress?.Report(new("rank", done, text.Count)), cancellationToken);
        clock.EndOf("rank");
        progress?.Report(new("write", 0, null));

        return Write(sections, summary, directory, clock) with
        {
            Read = counts.Read,
            Duplicates = counts.Duplicates,
            Events = eventCounts,
            Terms = text.Vocabulary.Count,
        };
    }

    /// <summary>Makes a release of lists that someone else computed, so that an API can move before its batch does.</summary>
    /// <param name="collection">The collection's name.</param>
    /// <param name="items">The corpus.</param>
    /// <param name="neighbors">The lists, in any order. Their scores are kept as they are under "raw"; shown scores are those when all lie in 0..1, else scaled by the least and the greatest of all.</param>
    /// <param name="options">How.</param>
    /// <param name="directory">Where the file goes.</param>
    /// <param name="time">Gives the version its time.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Stops; no file is left.</param>
    /// <exception cref="InputFaultException">There are no items, or a source is at fault.</exception>
    public static async Task<BuildReport> ImportAsync(
        string collection, IAsyncEnumerable<Item> items, IAsyncEnumerable<NeighborRow> neighbors, BuildOptions options, string directory,
        TimeProvider time, IProgress<BuildProgress>? progress, CancellationToken cancellationToken)
    {
        var clock = new Clock(collection, options, time);
        var (text, counts) = await ReadAsync(collection, items, options, progress, cancellationToken);
        clock.EndOf("read");
        progress?.Report(new("import", 0, null));
        var sections = new Sections();
        ReleaseSections.AddItems(sections, text.Items);
        var leftOut = await ImportedLists.AddAsync(sections, text.Items.Ids, neighbors, options.K, cancellationToken);
        clock.EndOf("import");
        progress?.Report(new("write", 0, null));
        var summary = SummaryOf(collection, text.Count, options, ReleaseSections.Imported, [(ReleaseSections.Imported, 1f)]);
        return Write(sections, summary, directory, clock) with { Read = counts.Read, Duplicates = counts.Duplicates, RowsLeftOut = leftOut };
    }

    static async Task<(CorpusText, CorpusCounts)> ReadAsync(
        string collection, IAsyncEnumerable<Item> items, BuildOptions options, IProgress<BuildProgress>? progress, CancellationToken cancellationToken)
    {
        var read = await CorpusReader.ReadAsync(items, options.Lang, options.Dictionary, options.IdWords, options.Threads, done => progress?.Report(new("read", done, null)), cancellationToken);
        return read.Text.Count > 0 ? read : throw new InputFaultException(collection, null, "the sources gave no item; expected at least one");
    }

    static ReleaseSummary SummaryOf(string collection, int items, BuildOptions options, string provenance, IReadOnlyList<(string, float)> signals) => new()
    {
        Collection = collection,
        Items = items,
        Neighbors = 0,
        Provenance = provenance,
        K = options.K,
        Seed = options.Seed,
        AsOf = options.AsOf,
        Lang = options.Lang,
        LastChange = options.LastChange,
        EngineVersion = typeof(ReleaseBuilder).Assembly.GetName().Version?.ToString(3) ?? "",
        Signals = signals,
    };

    static BuildReport Write(Sections sections, ReleaseSummary summary, string directory, Clock clock)
    {
        var lists = new NeighborLists(sections, summary.Items, summary.Signals.Count);
        var alone = Enumerable.Range(0, summary.Items).Count(item => lists[item].IsEmpty);
        summary = summary with { Neighbors = lists.Total };
        sections.Add("meta", summary.ToMeta());
        var (path, version) = ReleaseWriter.Write(directory, summary.Collection, clock.Start, sections);
        clock.EndOf("write");
        return new()
        {
            Path = path,
            Summary = summary with { Version = version, Bytes = new FileInfo(path).Length },
            Alone = alone,
            Stages = clock.Stages,
        };
    }

    /// <summary>When the build started and how long each stage took.</summary>
    sealed class Clock
    {
        readonly TimeProvider _time;
        readonly List<(string, TimeSpan)> _stages = [];
        long _last;

        internal Clock(string collection, BuildOptions options, TimeProvider time)
        {
            if (CollectionName.Check(collection) is { } fault) throw new InputFaultException("collection", null, fault);
            options.Check();
            (_time, Start, _last) = (time, time.GetUtcNow(), time.GetTimestamp());
        }

        internal DateTimeOffset Start { get; }

        internal IReadOnlyList<(string, TimeSpan)> Stages => _stages;

        internal void EndOf(string stage)
        {
            var now = _time.GetTimestamp();
            _stages.Add((stage, _time.GetElapsedTime(_last, now)));
            _last = now;
        }
    }
}
