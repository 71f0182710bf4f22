using Cantor.Corpus;
using Cantor.Releases;
using Cantor.Server.Overlays;
using Cantor.Server.Rollouts;
using Cantor.Storage;
using Cantor.Storage.Rollouts;
using Microsoft.Extensions.Logging;

namespace Cantor.Server;

/// <summary>
/// Makes of what a store says of one collection what is served of it: opens the releases that its aliases name, each once, and lays over
/// each the changes that it lacks. What cannot be opened is told, and what is served stays. One thread works with it.
/// </summary>
/// <param name="options">Where files are on this machine, and the clock.</param>
/// <param name="journal">Keeps on this machine what a store elsewhere says; null when the store is on this machine.</param>
/// <param name="kept">The journal as a store; null when there is none.</param>
/// <param name="blobs">Where release files come from that are not on this machine yet; null for nowhere.</param>
/// <param name="counts">Where the sides of rollouts are counted.</param>
/// <param name="queries">Where questions are kept.</param>
/// <param name="logger">Hears what was opened and what was not.</param>
sealed class CollectionFollower(ServerOptions options, JournalWriter? journal, Store? kept, ReleaseBlobs? blobs, RolloutCounts counts, QueryLogs queries, ILogger logger)
{
    const int ChangesPerQuery = 1_000;

    /// <summary>While the collection is served, its requests are left room.</summary>
    int Beside => Math.Max(1, options.Threads / 2);

    /// <summary>Follows a collection: opens what its aliases name now, and lays on what was changed.</summary>
    /// <param name="store">The store, or the journal.</param>
    /// <param name="wanted">The collection and the releases that its aliases name.</param>
    /// <param name="number">The collection's last change.</param>
    /// <param name="rollout">What is tried; null for nothing.</param>
    /// <param name="last">The collection as it was followed before; null when it was not.</param>
    /// <param name="opened">Gets the releases that were opened for it: the caller's to return, should it not come to serve them.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    internal async Task<FollowedCollection> FollowAsync(Store store, CollectionReleases wanted, long number, Rollout? rollout, FollowedCollection? last, List<ServedRelease> opened, CancellationToken cancellationToken)
    {
        var collection = wanted.Collection;
        var before = last?.Stored.CreatedAt == collection.CreatedAt ? last : null;
        // What is kept in the journal must do for the oldest of them.
        var log = new ChangeLog(number, wanted.Releases.Select(release => release.LastChange).DefaultIfEmpty(0).Min());
        var main = await FollowAsync(store, collection.Name, wanted.Live, before, log, before?.Live, opened, cancellationToken);
        var canary = wanted.Canary is null ? null : await FollowAsync(store, collection.Name, wanted.Canary, before, log, before?.Canary, opened, cancellationToken);
        var previous = wanted.Previous is null ? null : await FollowAsync(store, collection.Name, wanted.Previous, before, log, before?.Previous, opened, cancellationToken);
        var traffic = rollout is null || rollout.Candidate != wanted.Canary?.Version.ToString() ? null
            : before?.Traffic is { } same && same.Rollout.Number == rollout.Number && same.Rollout.Revision == rollout.Revision ? same
            : new Traffic(rollout, counts.Of(rollout.Number, isCanary: false), counts.Of(rollout.Number, isCanary: true));
        return new(collection, main, canary, previous, SettingsOf(collection), traffic, queries.Of(collection.Name));
    }

    /// <summary>Lays on what was changed, and nothing else.</summary>
    internal async Task<FollowedCollection> LayOnAsync(Store store, FollowedCollection before, CancellationToken cancellationToken)
    {
        var log = new ChangeLog(long.MaxValue, before.All.Min(one => one.Served.Release?.LastChange ?? 0));
        return before with
        {
            Live = await LayOnAsync(store, before.Live, log, cancellationToken),
            Canary = before.Canary is null ? null : await LayOnAsync(store, before.Canary, log, cancellationToken),
            Previous = before.Previous is null ? null : await LayOnAsync(store, before.Previous, log, cancellationToken),
        };
    }

    bool IsJournaled(Store store) => journal is not null && store != kept;

    /// <summary>A collection's changes.</summary>
    /// <param name="Last">The last one.</param>
    /// <param name="Folded">The last one that the oldest of its releases folded in.</param>
    readonly record struct ChangeLog(long Last, long Folded);

    /// <summary>Follows one release of a collection: opens it, unless another alias named it before.</summary>
    async Task<Followed> FollowAsync(
        Store store, string name, RegisteredRelease? wanted, FollowedCollection? before, ChangeLog log, Followed? last, List<ServedRelease> opened, CancellationToken cancellationToken)
    {
        if (wanted is not null && before?.All.FirstOrDefault(one => one.Served.Release?.Version == wanted.Version) is { } same)
            return await LayOnAsync(store, same with { Served = same.Served with { Wanted = wanted.Version, Fault = null } }, log, cancellationToken);
        var (release, fault) = await OpenAsync(name, wanted, last?.Served, cancellationToken);
        // The release before stands in for live, never for what is tried or was live before.
        if (fault is not null && !ReferenceEquals(last, before?.Live)) release = null;
        if (last is not null && ReferenceEquals(last.Served.Release, release))
            return await LayOnAsync(store, last with { Served = last.Served with { Wanted = wanted?.Version, Fault = fault } }, log, cancellationToken);
        if (release is not null) opened.Add(release);
        return await LayAsync(store, new(name, wanted?.Version, release, Overlay.Empty, fault), log.Folded, before is null ? options.Threads : Beside, cancellationToken);
    }

    /// <summary>Lays everything that the store holds over a release that was just opened.</summary>
    async Task<Followed> LayAsync(Store store, ServedCollection served, long kept, int threads, CancellationToken cancellationToken)
    {
        var folded = served.Release?.LastChange ?? 0;
        var layer = new OverlayLayer(served.Name, served.Release?.Release, folded, logger);
        layer.Begin(options.Time.GetUtcNow());
        // The number first: a change that comes while the states are read is read once more, which changes nothing.
        var number = (await store.Changes.ReadAsync(served.Name, 0, 1, cancellationToken)).Last;
        var states = await store.Changes.StatesAsync(served.Name, Math.Min(folded, kept), cancellationToken).ToListAsync(cancellationToken);
        if (IsJournaled(store)) await journal!.KeepAsync(served.Name, kept, states, number, all: true, cancellationToken);
        return new(served with { Overlay = layer.Apply(states, number, options.Time.GetUtcNow(), threads) }, layer);
    }

    /// <summary>Lays what is new over what lies there.</summary>
    async Task<Followed> LayOnAsync(Store store, Followed followed, ChangeLog log, CancellationToken cancellationToken)
    {
        var (name, overlay) = (followed.Served.Name, followed.Served.Overlay);
        if (log.Last <= overlay.Number && !(followed.Layer.NextDue <= options.Time.GetUtcNow())) return followed; // of many collections most are as they were
        while (true)
        {
            var page = await store.Changes.ReadAsync(name, overlay.Number, ChangesPerQuery, cancellationToken);
            if (page.Trimmed > overlay.Number && page.Last > overlay.Number) return await LayAsync(store, followed.Served, log.Folded, Beside, cancellationToken);
            var ids = page.Changes.Where(change => change.Kind is not ChangeKind.Rule).Select(change => change.Id).Distinct().ToList();
            var now = options.Time.GetUtcNow();
            if (page.Changes.Count == 0 && !(followed.Layer.NextDue <= now)) return followed with { Served = followed.Served with { Overlay = overlay } };
            var states = ids.Count == 0 ? [] : await store.Changes.FindAsync(name, ids, cancellationToken);
            var number = page.Changes.Count == 0 ? overlay.Number : page.Changes[^1].Number;
            if (IsJournaled(store)) await journal!.KeepAsync(name, log.Folded, states, number, all: false, cancellationToken);
            overlay = followed.Layer.Apply(states, number, now, Beside);
        }
    }

    async Task<(ServedRelease? Release, string? Fault)> OpenAsync(string name, RegisteredRelease? wanted, ServedCollection? served, CancellationToken cancellationToken)
    {
        if (wanted is not { Version: var version, Path: var path }) return (null, null);
        if (served?.Release?.Version == version) return (served.Release, null);
        var began = options.Time.GetTimestamp();
        try
        {
            // To this machine's disk first, checked whole: what is mapped from a network cannot be relied upon.
            if (blobs is not null && wanted.Missing) await blobs.FetchAsync(name, version, Path.GetDirectoryName(path)!, cancellationToken);
            var release = OpenWhole(name, path);
            var elapsed = options.Time.GetElapsedTime(began);
            Log.Opened(logger, name, version, release.Count, elapsed.TotalMilliseconds);
            return (new(release, name, version, wanted.LastChange), null);
        }
#pragma warning disable CA1031 // Whatever the file holds: what is served stays served.
        catch (Exception refused) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            var fault = FaultOf(refused);
            var serving = served?.Release is { } before ? (object)before.Version : "nothing";
            if (served?.Fault != fault || served.Wanted != version)
                Log.NotOpened(logger, name, version, path, fault, serving);
            return (served?.Release, fault);
        }
    }

    static Release OpenWhole(string name, string path)
    {
        var release = Release.Open(path);
        try
        {
            release.Verify();
            return release.Summary.Collection == name
                ? release
                : throw new ReleaseFaultException(path, null, $"it is a release of {release.Summary.Collection}, not of {name}");
        }
        catch
        {
            release.Dispose();
            throw;
        }
    }

    // Without the path: this is shown to whoever may ask for the server's health.
    static string FaultOf(Exception refused) => refused switch
    {
        ReleaseFaultException { Section: { } section } release => $"section {section}: {release.Fault}",
        ReleaseFaultException release => release.Fault,
        FileNotFoundException or DirectoryNotFoundException => "the file is missing",
        UnauthorizedAccessException => "the file may not be read",
        _ => "the file cannot be read",
    };

    // Whatever a newer program wrote there: items are served.
    static CollectionSettings SettingsOf(StoredCollection collection)
    {
        try
        {
            return CollectionSettings.Parse(collection.Config);
        }
        catch (InputFaultException)
        {
            return CollectionSettings.Parse("{}");
        }
    }
}
