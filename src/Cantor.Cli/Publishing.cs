using Cantor.Ranking;
using Cantor.Releases;
using Cantor.Signals.CoViews;
using Cantor.Signals.Vectors;
using Cantor.Sources.Config;
using Cantor.Storage;
using Cantor.Storage.Rollouts;
using Spectre.Console;

namespace Cantor.Cli;

/// <summary>What happens to a release that was written: it is registered, published and told of.</summary>
static class Publishing
{
    internal sealed record Published(
        string Collection, string Release, string Path, string PublishedAs, int Items, long Neighbors, long Bytes, long Read, long Duplicates,
        long BadRows, int Alone, long RowsLeftOut, int Terms, Recall? Recall, double PeakMiB, IReadOnlyDictionary<string, double> Seconds,
        EventCounts? Events, VectorSummary? Vectors, Folded? Folded, string? OvertakenBy);

    /// <summary>What the build took from what was pushed and deleted.</summary>
    internal sealed record Folded(long LastChange, long Pushed, long Patched, long Deleted);

    /// <summary>Registers the release; the collection's first goes live, later ones where <paramref name="target"/> says.</summary>
    internal static async Task<Published> PublishAsync(BuildReport report, string data, PublishTarget target, string why, long badRows, CancellationToken cancellationToken)
    {
        await using var store = await Store.OpenAsync(data, TimeProvider.System, cancellationToken);
        using var registry = store.Registry(data);
        return await PublishAsync(report, store, registry, target, [], why, badRows, null, cancellationToken);
    }

    /// <summary>
    /// Registers the release; the collection's first goes live, later ones where <paramref name="target"/> says, but for one that was
    /// overtaken: <paramref name="before"/> is what <see cref="Registry.Standing"/> said as the build began.
    /// </summary>
    internal static async Task<Published> PublishAsync(
        BuildReport report, Store store, Registry registry, PublishTarget target, IReadOnlyCollection<ReleaseVersion> before, string why, long badRows, Fold? fold, CancellationToken cancellationToken)
    {
        var summary = report.Summary;
        registry.Register(summary);
        var overtaking = target is PublishTarget.None ? null : registry.Overtaking(summary.Collection, summary.Version, before);
        var alias = overtaking is null ? await PointAsync(store, registry, summary.Collection, summary.Version, target, why, cancellationToken) : null;
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return new(summary.Collection, summary.Version.ToString(), report.Path, alias?.Text() ?? "none", summary.Items, summary.Neighbors,
            summary.Bytes, report.Read, report.Duplicates, badRows, report.Alone, report.RowsLeftOut, report.Terms, summary.Recall, Math.Round(process.PeakWorkingSet64 / 1048576.0, 1),
            report.Stages.ToDictionary(stage => stage.Stage, stage => Math.Round(stage.Took.TotalSeconds, 3)), report.Events, summary.Vectors,
            fold is { LastChange: > 0 } ? new(fold.LastChange, fold.Pushed, fold.Patched, fold.Deleted) : null, overtaking?.ToString());
    }

    /// <summary>Points live to a collection's first release, and to a later one where <paramref name="target"/> says so; a canary begins a rollout.</summary>
    internal static async Task<AliasName?> PointAsync(
        Store store, Registry registry, string collection, ReleaseVersion version, PublishTarget target, string why, CancellationToken cancellationToken)
    {
        var live = registry.Alias(collection, AliasName.Live);
        if (live == version) return AliasName.Live;
        if (live is null || target == PublishTarget.Live)
            return registry.MoveAlias(collection, AliasName.Live, live, version, Environment.UserName, why)
                ? AliasName.Live
                : throw new IOException($"somebody else moved live of {collection} meanwhile; the release {version} is there, not published");
        if (target != PublishTarget.Canary) return null;
        var settings = CollectionSettings.Parse((await store.Collections.FindAsync(collection, cancellationToken))?.Config ?? "{}");
        await store.Rollouts.StartAsync(RolloutSubject.Release, collection, version.ToString(), null, settings.Rollout, forced: false, Environment.UserName, why, cancellationToken);
        return AliasName.Canary;
    }

    internal static void Print(Published published, bool json)
    {
        if (json)
        {
            Shared.PrintJson(published);
            return;
        }
        var table = new Table().Border(TableBorder.None).HideHeaders().AddColumns("", "");
        void Row(string name, FormattableString value) => table.AddRow(name, Markup.Escape(FormattableString.Invariant(value)));
        Row("release", $"{published.Collection} {published.Release} ({published.PublishedAs})");
        if (published.OvertakenBy is { } other) Row("not published", $"the build of {other} began later and ended sooner; cantor releases promote {published.Collection} {published.Release} makes this one live all the same");
        Row("items", $"{published.Items:N0}; read {published.Read:N0}, replaced by a later one {published.Duplicates:N0}, bad rows passed over {published.BadRows:N0}");
        if (published.Folded is { } folded) Row("changes", $"to number {folded.LastChange:N0}: {folded.Pushed:N0} items as they were pushed, {folded.Patched:N0} patched, {folded.Deleted:N0} deleted ones left out");
        if (published.Events is { } events)
            Row("events", $"{events.Read:N0} read, of items that are not there {events.UnknownItems:N0}, impressions {events.Impressions:N0}; units that count {events.Units:N0}");
        Row("neighbors", $"{published.Neighbors:N0}; items without any {published.Alone:N0}");
        if (published.RowsLeftOut > 0) Row("rows left out", $"{published.RowsLeftOut:N0} (unknown items, an item for itself, a neighbor twice)");
        if (published.Terms > 0) Row("terms", $"{published.Terms:N0}");
        if (published.Recall is { } recall)
            Row("recall", recall.Sampled == published.Items ? $"exact" : (FormattableString)$"{recall.Value:F4} of the ten closest, by {recall.Sampled:N0} items compared with all");
        if (published.Vectors is { } vectors)
            Row("vectors", $"{vectors.Items:N0} of {vectors.Dimensions:N0} numbers; the closest {(vectors.Recall is { } measured ? FormattableString.Invariant($"pruned, recall {measured:F3}") : vectors.Method.ToString().ToLowerInvariant())}");
        foreach (var (stage, seconds) in published.Seconds) Row(stage, $"{seconds:F2} s");
        Row("memory", $"{published.PeakMiB:F0} MiB at most");
        Row("file", $"{published.Path} ({published.Bytes / 1048576.0:F1} MiB)");
        AnsiConsole.Write(table);
    }
}
