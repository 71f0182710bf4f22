using Cantor.Storage;
using Microsoft.Extensions.Logging;

namespace Cantor.Server;

/// <summary>
/// Keeps on this machine what was seen of a store that is elsewhere. This machine's disk may be full: what was taken down is taken
/// down all the same, and the journal catches up when there is room again.
/// </summary>
sealed class JournalWriter(Journal journal, TimeProvider time, ILogger logger)
{
    readonly Dictionary<string, long> _written = new(StringComparer.Ordinal); // by collection the last change that is in the journal
    readonly Dictionary<string, Covered> _behind = new(StringComparer.Ordinal); // collections of which it lacks something, and what it is to do for
    readonly Dictionary<string, Covered> _covered = new(StringComparer.Ordinal); // by collection what it does for
    string? _kept;
    bool _failed;
    long _tried;

    /// <summary>The releases that are named, and the last change that the oldest of them folded in.</summary>
    readonly record struct Covered(CollectionReleases Releases, long Folded)
    {
        internal bool DoesFor(Covered other) => Releases.Collection.CreatedAt == other.Releases.Collection.CreatedAt && Folded <= other.Folded;

        internal bool IsSame(Covered other) => DoesFor(other) && Folded == other.Folded && (Releases.Live?.Version, Releases.Previous?.Version) == (other.Releases.Live?.Version, other.Releases.Previous?.Version);
    }

    /// <summary>True while something could not be written.</summary>
    internal bool IsBehind => _behind.Count > 0 || _kept is null;

    /// <summary>Keeps which collections there are, and the keys. Most writes of a store change none of them.</summary>
    internal async Task KeepAsync(IReadOnlyList<StoredCollection> collections, KeyRing keys, CancellationToken cancellationToken)
    {
        var now = string.Join('\n', [.. collections.Select(one => one.ToString()), .. keys.Keys.Select(key => key.ToString())]);
        if (now == _kept) return;
        _kept = null;
        var names = collections.Select(collection => collection.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var gone in _covered.Keys.Concat(_behind.Keys).Where(name => !names.Contains(name)).ToList())
        {
            _covered.Remove(gone);
            _behind.Remove(gone);
        }
        try
        {
            await journal.KeepAsync(collections, keys, cancellationToken);
            _kept = now;
        }
        catch (StoreUnavailableException fault)
        {
            Lack(fault); // the next look tries again
        }
    }

    /// <summary>Keeps what was laid over a collection's releases next.</summary>
    /// <param name="collection">Which.</param>
    /// <param name="states">What changed items have come to.</param>
    /// <param name="number">The last change that the states hold.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    internal async Task KeepAsync(string collection, IReadOnlyList<ItemState> states, long number, CancellationToken cancellationToken)
    {
        // Nothing is added where something lacks: the number would tell that all is there. And each release of a collection brings the same changes.
        if (states.Count == 0 || _behind.ContainsKey(collection) || _written.GetValueOrDefault(collection) >= number) return;
        if (await TryAsync(collection, () => journal.KeepAsync(collection, states, number, cancellationToken))) _written[collection] = number;
    }

    /// <summary>Keeps what was taken down and is laid on before what was changed earlier.</summary>
    internal async Task KeepAheadAsync(string collection, IReadOnlyList<ItemState> states, CancellationToken cancellationToken)
    {
        if (states.Count > 0 && !_behind.ContainsKey(collection)) await TryAsync(collection, () => journal.KeepAsync(collection, states, 0, cancellationToken));
    }

    /// <summary>Keeps a collection's releases, with all that they lack; what none of them lacks is let go.</summary>
    /// <param name="store">Where that is read, when it is not in the journal yet.</param>
    /// <param name="releases">The releases that are named.</param>
    /// <param name="folded">The last change that the oldest of them folded in.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    internal async Task CoverAsync(Store store, CollectionReleases releases, long folded, CancellationToken cancellationToken)
    {
        var name = releases.Collection.Name;
        var wanted = new Covered(releases, folded);
        if (_behind.ContainsKey(name))
            _behind[name] = wanted; // written with all that it lacks
        else if (!_covered.TryGetValue(name, out var covered) || !covered.DoesFor(wanted))
            await RewriteAsync(store, wanted, cancellationToken);
        else if (!covered.IsSame(wanted) && await TryAsync(name, () => journal.PointAsync(releases, folded, cancellationToken), wanted))
            _covered[name] = wanted;
    }

    async Task RewriteAsync(Store store, Covered wanted, CancellationToken cancellationToken)
    {
        var name = wanted.Releases.Collection.Name;
        var (number, states) = await CollectionFollower.StatesAsync(store, name, wanted.Folded, cancellationToken);
        if (!await TryAsync(name, () => journal.KeepAsync(wanted.Releases, states, number, cancellationToken), wanted)) return;
        _written[name] = number;
        _covered[name] = wanted;
        _behind.Remove(name);
    }

    async Task<bool> TryAsync(string collection, Func<Task> write, Covered? wanted = null)
    {
        try
        {
            await write();
            return true;
        }
        catch (StoreUnavailableException fault)
        {
            _behind[collection] = wanted ?? _covered[collection];
            Lack(fault);
            return false;
        }
    }

    // At once: what lacks is served next. Told once, until all could be written again.
    void Lack(StoreUnavailableException fault)
    {
        Mark(isWhole: false);
        Tell(fault);
    }

    void Mark(bool isWhole)
    {
        try
        {
            journal.Mark(isWhole);
        }
        catch (StoreUnavailableException fault)
        {
            Tell(fault);
        }
    }

    void Tell(StoreUnavailableException fault)
    {
        if (!_failed) Log.JournalBehind(logger, fault.Message);
        _failed = true;
    }

    /// <summary>Writes anew what could not be written, once in a while. Where nothing lacks, a server may start from the journal.</summary>
    internal async Task CatchUpAsync(Store store, TimeSpan pause, CancellationToken cancellationToken)
    {
        if (_behind.Count > 0 && time.GetElapsedTime(_tried) >= pause)
        {
            _tried = time.GetTimestamp();
            foreach (var wanted in _behind.Values.ToList()) await RewriteAsync(store, wanted, cancellationToken);
        }
        if (IsBehind) return;
        _failed = false;
        Mark(isWhole: true);
    }
}
