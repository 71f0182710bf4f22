using Cantor.Corpus;
using Cantor.Kernels;
using Cantor.Ranking;

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
        var fitted = await FittedCorpus.FitAsync(collection, items, events, options, clock.EndOf, progress, cancellationToken);
        var (text, sections) = (fitted.Text, fitted.Sections);
        var summary = SummaryOf(collection, text.Count, options, ReleaseSections.Built, fitted.Signals) with { Vectors = fitted.Vectors };
        var ages = Ages.Of(options.Age, text.Items.PublishedAt, options.AsOf);
        ages?.AddTo(sections);
        var fusion = fitted.FusionOf(fitted.Signals, ages);
        fusion.Arrange(options.Threads, cancellationToken);
        var duplicates = fitted.FindDuplicates(options, cancellationToken);
        var calibration = Calibration.Fit(fusion, text.Count, options.Seed, options.Threads, cancellationToken);
        var index = fusion.NewIndex();
        index.AddTo(sections);
        var exact = CandidateFinder.IsExact(options.Candidates, text.Count);
        var recall = exact ? new(1, text.Count) : Recall.Measure(fusion, index, text.Count, options.K, options.Seed, options.Threads, cancellationToken);
        if (recall.Value < options.MinRecall)
            throw new InputFaultException("minRecall", null, FormattableString.Invariant(
                $"the index finds {recall.Value:P2} of the ten closest, by {recall.Sampled:N0} items compared with all; expected at least {options.MinRecall:P2}: candidates: all scores every pair"));
        clock.EndOf("compare");
        summary = summary with { Age = ages?.Options, AgesFrom = ages?.From ?? default, Calibration = calibration, IdWords = text.IdWords, Recall = recall };
        Ranker.Add(sections, fusion, index, exact, duplicates, calibration, text.Count, options.K, (float)options.Diversity, options.Threads,
            done => progress?.Report(new("rank", done, text.Count)), cancellationToken);
        clock.EndOf("rank");
        progress?.Report(new("write", 0, null));

        return Write(sections, summary, directory, clock) with
        {
            Read = fitted.Counts.Read,
            Duplicates = fitted.Counts.Duplicates,
            Events = fitted.Events,
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
        var (text, counts) = await FittedCorpus.ReadAsync(collection, items, options, progress, cancellationToken);
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
