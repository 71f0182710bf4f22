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

    /// <summary>Keeps what lies over a collection's releases.</summary>
    /// <param name="collection">Which.</param>
    /// <param name="folded">The last change that the oldest of the releases folded in.</param>
    /// <param name="states">What changed items have come to.</param>
    /// <param name="number">The last change that the states hold.</param>
    /// <param name="all">True when they are all that lies there.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    internal async Task KeepAsync(string collection, long folded, IReadOnlyList<ItemState> states, long number, bool all, CancellationToken cancellationToken)
    {
        // Nothing is added where something lacks: the number would tell that all is there. And each release of a collection brings the same changes.
        if (!all && (states.Count == 0 || _behind.ContainsKey(collection) || _written.GetValueOrDefault(collection) >= number)) return;
        try
        {
            await journal.KeepAsync(collection, states, number, all, cancellationToken);
            _written[collection] = number;
            _behind.Remove(collection);
            _failed = IsBehind;
        }
        catch (StoreUnavailableException fault)
        {
            _behind[collection] = folded;
            Tell(fault);
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
        foreach (var (collection, folded) in _behind.ToList())
        {
            var number = (await store.Changes.ReadAsync(collection, 0, 1, cancellationToken)).Last;
            var states = await store.Changes.StatesAsync(collection, folded, cancellationToken).ToListAsync(cancellationToken);
            await KeepAsync(collection, folded, states, number, all: true, cancellationToken);
        }
    }
}
