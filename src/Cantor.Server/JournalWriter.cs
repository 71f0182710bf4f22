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
    readonly Dictionary<string, long> _behind = new(StringComparer.Ordinal); // collections of which it lacks something, and what the oldest of their releases folded in
    readonly Dictionary<string, (DateTimeOffset CreatedAt, long Folded)> _covered = new(StringComparer.Ordinal); // by collection what it does for: releases that folded in this change
    string _kept = "";
    bool _failed;
    long _tried;

    /// <summary>True while something could not be written.</summary>
    internal bool IsBehind => _behind.Count > 0;

    /// <summary>Keeps which collections there are, their releases, and the keys. Most writes of a store change none of them.</summary>
    internal async Task KeepAsync(IReadOnlyList<CollectionReleases> collections, KeyRing keys, CancellationToken cancellationToken)
    {
        var now = string.Join('\n', [.. collections.Select(one => one.ToString()), .. keys.Keys.Select(key => key.ToString())]);
        if (now == _kept) return;
        try
        {
            await journal.KeepAsync(collections, keys, cancellationToken);
            _kept = now;
        }
        catch (StoreUnavailableException fault)
        {
            Tell(fault); // the next look tries again
        }
    }

    /// <summary>Keeps what was laid over a collection's releases next.</summary>
    /// <param name="collection">Which.</param>
    /// <param name="folded">The last change that the oldest of the releases folded in.</param>
    /// <param name="states">What changed items have come to.</param>
    /// <param name="number">The last change that the states hold.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    internal async Task KeepAsync(string collection, long folded, IReadOnlyList<ItemState> states, long number, CancellationToken cancellationToken)
    {
        // Nothing is added where something lacks: the number would tell that all is there. And each release of a collection brings the same changes.
        if (states.Count == 0 || _behind.ContainsKey(collection) || _written.GetValueOrDefault(collection) >= number) return;
        if (await TryAsync(collection, folded, () => journal.KeepAsync(collection, states, number, all: false, cancellationToken))) _written[collection] = number;
    }

    /// <summary>Keeps what was taken down and is laid on before what was changed earlier.</summary>
    internal async Task KeepAheadAsync(string collection, long folded, IReadOnlyList<ItemState> states, CancellationToken cancellationToken)
    {
        if (states.Count > 0 && !_behind.ContainsKey(collection)) await TryAsync(collection, folded, () => journal.KeepAsync(collection, states, 0, all: false, cancellationToken));
    }

    /// <summary>Makes sure that all is there that releases lack which folded in the changes up to a number, and lets go of the rest.</summary>
    internal async Task CoverAsync(Store store, StoredCollection collection, long folded, CancellationToken cancellationToken)
    {
        var name = collection.Name;
        if (_covered.TryGetValue(name, out var covered) && covered.CreatedAt == collection.CreatedAt && covered.Folded <= folded)
        {
            if (covered.Folded == folded || _behind.ContainsKey(name) || !await TryAsync(name, folded, () => journal.TrimAsync(name, folded, cancellationToken))) return;
        }
        else await RewriteAsync(store, name, folded, cancellationToken);
        _covered[name] = (collection.CreatedAt, folded);
    }

    async Task RewriteAsync(Store store, string collection, long folded, CancellationToken cancellationToken)
    {
        var (number, states) = await CollectionFollower.StatesAsync(store, collection, folded, cancellationToken);
        if (!await TryAsync(collection, folded, () => journal.KeepAsync(collection, states, number, all: true, cancellationToken))) return;
        _written[collection] = number;
        _behind.Remove(collection);
        _failed = IsBehind;
    }

    async Task<bool> TryAsync(string collection, long folded, Func<Task> write)
    {
        try
        {
            await write();
            return true;
        }
        catch (StoreUnavailableException fault)
        {
            _behind[collection] = folded;
            Tell(fault);
            return false;
        }
    }

    // Once, until something could be written again.
    void Tell(StoreUnavailableException fault)
    {
        if (!_failed) Log.JournalBehind(logger, fault.Message);
        _failed = true;
    }

    /// <summary>Writes anew what could not be written, once in a while.</summary>
    internal async Task CatchUpAsync(Store store, TimeSpan pause, CancellationToken cancellationToken)
    {
        if (!IsBehind || time.GetElapsedTime(_tried) < pause) return;
        _tried = time.GetTimestamp();
        foreach (var (collection, folded) in _behind.ToList()) await RewriteAsync(store, collection, folded, cancellationToken);
    }
}
