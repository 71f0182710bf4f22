using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using Cantor.Releases;

namespace Cantor.Server;

/// <summary>What a collection is served from at one moment.</summary>
/// <param name="Name">The collection.</param>
/// <param name="Wanted">The release its live alias names; null when it has none.</param>
/// <param name="Release">The release that answers; null when there is none. Another than <paramref name="Wanted"/> when that one could not be opened.</param>
/// <param name="Fault">Why <paramref name="Wanted"/> could not be opened; null when it could.</param>
sealed record ServedCollection(string Name, ReleaseVersion? Wanted, ServedRelease? Release, string? Fault);

/// <summary>The collections of one moment. Never changes; a change makes another.</summary>
sealed class CollectionSet
{
    readonly FrozenDictionary<string, ServedCollection> _byName;
    readonly FrozenDictionary<string, ServedCollection>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    internal CollectionSet(IEnumerable<ServedCollection> collections)
    {
        _byName = collections.ToFrozenDictionary(collection => collection.Name, StringComparer.Ordinal);
        _lookup = _byName.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>In the order of their names.</summary>
    internal IEnumerable<ServedCollection> InOrder => _byName.Values.OrderBy(collection => collection.Name, StringComparer.Ordinal);

    /// <summary>True when every collection that has a live alias is served from some release.</summary>
    internal bool Ready => _byName.Values.All(collection => collection.Wanted is null || collection.Release is not null);

    internal bool TryFind(ReadOnlySpan<char> name, [NotNullWhen(true)] out ServedCollection? collection) =>
        _lookup.TryGetValue(name, out collection);
}

/// <summary>The releases being served: one immutable set, swapped whole. A request reads it once and leases what it needs.</summary>
sealed class LiveReleases
{
    CollectionSet _current = new([]);

    internal CollectionSet Current => Volatile.Read(ref _current);

    /// <summary>Finds a collection and leases its release.</summary>
    /// <returns>False when there is no such collection. True without a release when it has none that answers.</returns>
    internal bool TryLease(ReadOnlySpan<char> name, out ServedRelease? release)
    {
        while (true)
        {
            release = null;
            if (!Current.TryFind(name, out var collection)) return false;
            if (collection.Release is null) return true;
            if (collection.Release.TryLease())
            {
                release = collection.Release;
                return true;
            }
            // Swapped away and closed between the two reads above: a newer set stands already.
        }
    }

    /// <summary>Puts <paramref name="next"/> in place and gives back the leases of the releases that it no longer names.</summary>
    internal void Swap(CollectionSet next)
    {
        var before = Interlocked.Exchange(ref _current, next);
        foreach (var collection in before.InOrder)
            if (collection.Release is { } release
                && !(next.TryFind(collection.Name, out var now) && ReferenceEquals(now.Release, release)))
                release.Return();
    }
}
