using Cantor.Corpus;
using Cantor.Releases;
using Cantor.Server.Overlays;
using Cantor.Server.Rollouts;
using Cantor.Storage;
using Cantor.Storage.Rollouts;
using Microsoft.Extensions.Logging;

namespace Cantor.Server;

/// <summary>
/// Makes of what a store says of one collection what is served of it: has the releases that its aliases name opened, each once and beside
/// what is served, and lays over each the changes that it lacks. What cannot be opened is told, and what is served stays. One thread works with it.
/// </summary>
/// <param name="options">The clock, and how many threads there are.</param>
/// <param name="opener">Opens the files.</param>
/// <param name="journal">Keeps on this machine what a store elsewhere says; null when the store is on this machine.</param>
/// <param name="kept">The journal as a store; null when there is none.</param>
/// <param name="counts">Where the sides of rollouts are counted.</param>
/// <param name="queries">Where questions are kept.</param>
/// <param name="logger">Hears what was laid.</param>
sealed class CollectionFollower(ServerOptions options, ReleaseOpener opener, JournalWriter? journal, Store? kept, RolloutCounts counts, QueryLogs queries, ILogger logger) : IAsyncDisposable
{
    /// <summary>So many changes are laid on in one turn: what was taken down after them, and every other collection, waits for no more.</summary>
    internal const int ChangesPerTurn = 100;

    /// <summary>Most releases are ready so soon that they are waited for.</summary>
    static readonly TimeSpan SoonReady = TimeSpan.FromMilliseconds(200);

    readonly Dictionary<LayingKey, Laying> _layings = [];
    readonly List<LayingKey> _taken = []; // since what follows was served last
    readonly List<Task> _givenUp = []; // work that nobody wants any more and that has not seen it yet
    readonly SemaphoreSlim _one = new(1); // lays: each takes all the threads it may, and memory

    /// <summary>A release of a collection; no release for what lies over none.</summary>
    readonly record struct LayingKey(string Collection, DateTimeOffset CreatedAt, ReleaseVersion? Release)
    {
        internal LayingKey(StoredCollection collection, RegisteredRelease? release)
            : this(collection.Name, collection.CreatedAt, release?.Version)
        {
        }
    }

    /// <summary>While the collection is served, its requests are left room.</summary>
    int Beside => Math.Max(1, options.Threads / 2);

    /// <summary>True when something was opened and is not taken over yet.</summary>
    internal bool HasOpened() => _layings.Values.Any(laying => laying.Followed is not null);

    bool HasOpened(StoredCollection collection) => _layings.Any(one => one.Key.Collection == collection.Name && one.Value.Followed is not null);

    /// <summary>True when something could not be opened, and is to be tried again.</summary>
    internal bool HasFault => _layings.Values.Any(laying => laying.Fault is not null);

    /// <summary>Ends when a release that is opened beside what is served is ready, or has failed.</summary>
    internal Task OpenedAsync(CancellationToken cancellationToken) => Task.WhenAny([Task.Delay(Timeout.Infinite, cancellationToken), .. _layings.Values.Select(laying => laying.Work).OfType<Task>()]);

    /// <summary>Has opened what aliases name and nobody answers from yet, and gives up what they name no more.</summary>
    /// <param name="store">The store, or the journal.</param>
    /// <param name="wanted">All collections and what their aliases name.</param>
    /// <param name="followed">What is followed, by collection.</param>
    /// <param name="first">True when nothing is served yet: all is waited for.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    internal async Task OpenAsync(Store store, IReadOnlyList<CollectionReleases> wanted, IReadOnlyDictionary<string, FollowedCollection> followed, bool first, CancellationToken cancellationToken)
    {
        _taken.Clear(); // of a look that failed
        var needed = new HashSet<LayingKey>();
        var begun = new List<Task>();
        foreach (var one in wanted)
        {
            var before = Before(one.Collection, followed.GetValueOrDefault(one.Collection.Name));
            foreach (var release in (RegisteredRelease?[])[one.Live, .. one.Releases])
            {
                var key = new LayingKey(one.Collection, release);
                if (Answering(before, release) is not null || !needed.Add(key)) continue;
                if (!_layings.TryGetValue(key, out var laying))
                {
                    var serving = before?.Live.Served.Release?.VersionText ?? "nothing";
                    _layings.Add(key, laying = new(options.Time, (told, alone, stopping) => LayAsync(store, one, release, told, serving, alone, first ? options.Threads : Beside, stopping)));
                }
                if (laying.Begin(alone: before is null && release == one.Live)) begun.Add(laying.Work!);
            }
        }
        foreach (var (key, laying) in _layings.Where(one => !needed.Contains(one.Key)).ToList())
        {
            // Its end is not waited for: what is served goes on meanwhile.
            _layings.Remove(key);
            _givenUp.RemoveAll(work => work.IsCompleted);
            _givenUp.Add(laying.DisposeAsync().AsTask());
        }
        if (begun.Count > 0) await Task.WhenAny(Task.WhenAll(begun), Task.Delay(first ? Timeout.InfiniteTimeSpan : SoonReady, options.Time, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var laying in _layings.Values) laying.See(mayThrow: first);
    }

    /// <summary>To be called when what was followed is served: what was taken over is no longer opened beside it.</summary>
    internal void Served()
    {
        foreach (var key in _taken) _layings.Remove(key);
        _taken.Clear();
    }

    /// <summary>Gives up what is opened.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var laying in _layings.Values) await laying.DisposeAsync();
        await Task.WhenAll(_givenUp);
        _layings.Clear();
        _one.Dispose();
    }

    /// <summary>The collection and those of its releases that will answer.</summary>
    /// <returns>Null when nothing of it can be served yet.</returns>
    internal CollectionReleases? Ready(CollectionReleases wanted, FollowedCollection? last)
    {
        var before = Before(wanted.Collection, last);
        var live = IsReady(wanted.Live) ? wanted.Live : before?.Releases.Live;
        return before is null && !IsReady(wanted.Live) && Find(wanted.Collection, wanted.Live)?.Followed is null ? null
            : wanted with { Live = live, Canary = Only(wanted.Canary), Previous = Only(wanted.Previous) };

        bool IsReady(RegisteredRelease? release) => Answering(before, release) is not null || Find(wanted.Collection, release)?.Followed is not null;

        RegisteredRelease? Only(RegisteredRelease? release) => release is not null && IsReady(release) ? release : null;
    }

    Laying? Find(StoredCollection collection, RegisteredRelease? release) => _layings.GetValueOrDefault(new(collection, release));

    static FollowedCollection? Before(StoredCollection collection, FollowedCollection? last) => last?.Stored.CreatedAt == collection.CreatedAt ? last : null;

    static Followed? Answering(FollowedCollection? before, RegisteredRelease? release) => before?.All.FirstOrDefault(one => one.Served.Release?.Version == release?.Version);

    /// <summary>Follows a collection: takes over what was opened, and lays on what was changed.</summary>
    /// <param name="store">The store, or the journal.</param>
    /// <param name="wanted">The collection and the releases that its aliases name.</param>
    /// <param name="ready">Those that will answer: <see cref="Ready"/>.</param>
    /// <param name="number">The collection's last change.</param>
    /// <param name="rollout">What is tried; null for nothing.</param>
    /// <param name="last">The collection as it was followed before; null when it was not.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    internal async Task<FollowedCollection> FollowAsync(Store store, CollectionReleases wanted, CollectionReleases ready, long number, Rollout? rollout, FollowedCollection? last, CancellationToken cancellationToken)
    {
        var collection = wanted.Collection;
        // What answers now first, and to the end where something is taken over: the journal then lacks nothing that comes with that.
        var before = Before(collection, last) is { } same ? await LayOnAsync(store, same, HasOpened(collection) ? long.MaxValue : number, cancellationToken) : null;
        if (IsJournaled(store)) await journal!.CoverAsync(store, ready, FoldedBy(wanted.Releases.Concat(ready.Releases)), cancellationToken);
        var main = await TakeAsync(store, collection, wanted.Live, before, cancellationToken) ?? before!.Live with
        {
            Served = before.Live.Served with { Wanted = wanted.Live?.Version, Fault = Find(collection, wanted.Live)?.Fault, IsOpening = Find(collection, wanted.Live) is { Fault: null } },
        };
        var canary = wanted.Canary is null ? null : await TakeAsync(store, collection, wanted.Canary, before, cancellationToken);
        var previous = wanted.Previous is null ? null : await TakeAsync(store, collection, wanted.Previous, before, cancellationToken);
        var traffic = rollout is null || rollout.Candidate != wanted.Canary?.Version.ToString() ? null
            : before?.Traffic is { } known && known.Rollout.Number == rollout.Number && known.Rollout.Revision == rollout.Revision ? known
            : new Traffic(rollout, counts.Of(rollout.Number, isCanary: false), counts.Of(rollout.Number, isCanary: true));
        return new(ready, main, canary, previous, canary is null && Find(collection, wanted.Canary) is { Fault: null }, SettingsOf(collection), traffic, queries.Of(collection.Name));
    }

    /// <summary>Lays on what was changed, and nothing else.</summary>
    /// <param name="store">The store.</param>
    /// <param name="before">The collection as it was followed before.</param>
    /// <param name="number">The collection's last change, at the most.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    internal async Task<FollowedCollection> LayOnAsync(Store store, FollowedCollection before, long number, CancellationToken cancellationToken)
    {
        var laid = new Dictionary<Followed, Followed>(ReferenceEqualityComparer.Instance); // one release may stand in for another
        foreach (var one in before.All)
            if (!laid.ContainsKey(one)) laid.Add(one, await LayOnAsync(store, one, number, isServed: true, cancellationToken));
        return before.Select(one => laid[one]);
    }

    // What is kept in the journal must do for the oldest of them.
    static long FoldedBy(IEnumerable<RegisteredRelease> releases) => releases.Select(release => release.LastChange).DefaultIfEmpty(0).Min();

    bool IsJournaled(Store store) => journal is not null && store != kept;

    /// <summary>What answers from a release: what does already, or else what was opened and now holds every change that is served.</summary>
    async Task<Followed?> TakeAsync(Store store, StoredCollection collection, RegisteredRelease? release, FollowedCollection? before, CancellationToken cancellationToken)
    {
        if (Answering(before, release) is { } known) return known with { Served = known.Served with { Wanted = release?.Version, Fault = null, IsOpening = false } };
        if (Find(collection, release) is not { Followed: { } opened } laying) return null;
        if (opened.Served.Release is null && release is not null)
        {
            laying.Followed = null; // stands in until the release can be opened
            return opened;
        }
        if (before is { IsBehind: true }) return null;
        laying.Followed = opened = await LayOnAsync(store, opened, long.MaxValue, isServed: true, cancellationToken);
        if (opened.IsBehind && before is not null) return null;
        _taken.Add(new(collection, release));
        return opened;
    }

    /// <summary>Opens a release and lays over it everything that the store holds. Touches nothing of what is served, and runs beside it.</summary>
    async Task<Laid> LayAsync(Store store, CollectionReleases wanted, RegisteredRelease? release, string? told, string serving, bool alone, int threads, CancellationToken cancellationToken)
    {
        var name = wanted.Collection.Name;
        var (opened, fault) = release is null ? (null, null) : await opener.OpenAsync(release, told, serving, cancellationToken);
        // Alone, what was pushed is known at least.
        if (fault is not null && !alone) return new(null, fault);
        try
        {
            var layer = new OverlayLayer(name, opened?.Release, opened?.LastChange ?? 0, logger);
            layer.Begin(options.Time.GetUtcNow());
            var laid = new Followed(new(name, release?.Version, opened, await ApplyAsync(store, name, opened, layer, threads, cancellationToken), fault), layer);
            // What came meanwhile, too: little is left for the moment of the swap.
            do laid = await LayOnAsync(store, laid, long.MaxValue, isServed: false, cancellationToken);
            while (laid.IsBehind);
            return new(laid, fault);
        }
        catch
        {
            opened?.Return();
            throw;
        }
    }

    async Task<Overlay> ApplyAsync(Store store, string name, ServedRelease? opened, OverlayLayer layer, int threads, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            var began = options.Time.GetTimestamp();
            // The number first: a change that comes while the states are read is read once more, which changes nothing.
            var (number, states) = await StatesAsync(store, name, opened?.LastChange ?? 0, cancellationToken);
            var overlay = layer.Apply(states, number, options.Time.GetUtcNow(), threads, cancellationToken);
            var elapsed = options.Time.GetElapsedTime(began);
            if (opened is not null) Log.Laid(logger, name, opened.Version, states.Count, number, elapsed.TotalMilliseconds);
            return overlay;
        }
        finally
        {
            _one.Release();
        }
    }

    internal static async Task<(long Number, List<ItemState> States)> StatesAsync(Store store, string collection, long folded, CancellationToken cancellationToken)
    {
        var number = (await store.Changes.ReadAsync(collection, 0, 1, cancellationToken)).Last;
        return (number, await store.Changes.StatesAsync(collection, folded, cancellationToken).ToListAsync(cancellationToken));
    }

    /// <summary>Lays what is new over what lies there: all that was taken down, and of the rest what one turn allows.</summary>
    async Task<Followed> LayOnAsync(Store store, Followed followed, long last, bool isServed, CancellationToken cancellationToken)
    {
        var (name, overlay, now) = (followed.Served.Name, followed.Served.Overlay, options.Time.GetUtcNow());
        if (last <= overlay.Number && !(followed.Layer.NextDue <= now)) return followed.IsBehind ? followed with { IsBehind = false } : followed; // of many collections most are as they were
        var giveUp = isServed ? CancellationToken.None : cancellationToken; // a layer that is served is never left half done
        var (states, number) = await store.Changes.StatesSinceAsync(name, overlay.Number, ChangesPerTurn, cancellationToken);
        var isBehind = states.Count == ChangesPerTurn;
        if (isBehind)
        {
            // What is taken down does not wait for what was pushed before it.
            var down = await store.Changes.TakenDownSinceAsync(name, number, cancellationToken);
            if (isServed && IsJournaled(store)) await journal!.KeepAheadAsync(name, down, cancellationToken);
            followed.Layer.Apply(down, overlay.Number, now, Beside, giveUp);
        }
        if (isServed && IsJournaled(store)) await journal!.KeepAsync(name, states, number, cancellationToken);
        return followed with { Served = followed.Served with { Overlay = followed.Layer.Apply(states, number, now, Beside, giveUp) }, IsBehind = isBehind };
    }

    // Whatever a newer program wrote there: items are served.
    static CollectionSettings SettingsOf(StoredCollection collection)
    {
        try
        {
            return CollectionSettings.Known(collection.Config);
        }
        catch (InputFaultException)
        {
            return CollectionSettings.Parse("{}");
        }
    }
}
