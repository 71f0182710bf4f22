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
        var clock = new BuildClock(collection, options, time);
        var build = await PreparedBuild.PrepareAsync(collection, items, events, options, clock, progress, cancellationToken);
        var fitted = build.Fitted;
        build.Rank(fitted.Sections, (0, build.Summary.Items), clock, progress, cancellationToken);
        progress?.Report(new("write", 0, null));
        return Write(fitted.Sections, build.Summary, directory, clock.Start, clock) with
        {
            Read = fitted.Counts.Read,
            Duplicates = fitted.Counts.Duplicates,
            Events = fitted.Events,
            Terms = fitted.Text.Vocabulary.Count,
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
        var clock = new BuildClock(collection, options, time);
        var (text, counts) = await FittedCorpus.ReadAsync(collection, items, options, progress, cancellationToken);
        clock.EndOf("read");
        progress?.Report(new("import", 0, null));
        var sections = new Sections();
        ReleaseSections.AddItems(sections, text.Items);
        var leftOut = await ImportedLists.AddAsync(sections, text.Items.Ids, neighbors, options.K, cancellationToken);
        clock.EndOf("import");
        progress?.Report(new("write", 0, null));
        var summary = ReleaseSections.SummaryOf(collection, text.Count, options, ReleaseSections.Imported, [(ReleaseSections.Imported, 1f)]);
        return Write(sections, summary, directory, clock.Start, clock) with { Read = counts.Read, Duplicates = counts.Duplicates, RowsLeftOut = leftOut };
    }

    /// <summary>Writes the sections, to which the summary is added, as a release.</summary>
    internal static BuildReport Write(Sections sections, ReleaseSummary summary, string directory, DateTimeOffset builtAt, BuildClock clock)
    {
        var lists = new NeighborLists(sections, summary.Items, summary.Signals.Count);
        var alone = Enumerable.Range(0, summary.Items).Count(item => lists[item].IsEmpty);
        summary = summary with { Neighbors = lists.Total };
        sections.Add("meta", summary.ToMeta());
        var (path, version) = ReleaseWriter.Write(directory, summary.Collection, builtAt, sections);
        clock.EndOf("write");
        return new()
        {
            Path = path,
            Summary = summary with { Version = version, Bytes = new FileInfo(path).Length },
            Alone = alone,
            Stages = clock.Stages,
        };
    }
}
