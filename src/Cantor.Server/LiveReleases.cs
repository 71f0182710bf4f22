using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Cantor.Releases;
using Cantor.Server.Overlays;
using Cantor.Storage;

namespace Cantor.Server;

/// <summary>What a collection is served from at one moment.</summary>
/// <param name="Name">The collection.</param>
/// <param name="Wanted">The release its live alias names; null when it has none.</param>
/// <param name="Release">The release that answers; null when there is none. Another than <paramref name="Wanted"/> when that one could not be opened.</param>
/// <param name="Overlay">What lies over the release, or over nothing where there is none.</param>
/// <param name="Fault">Why <paramref name="Wanted"/> could not be opened; null when it could.</param>
sealed record ServedCollection(string Name, ReleaseVersion? Wanted, ServedRelease? Release, Overlay Overlay, string? Fault)
{
    /// <summary>What its stored configuration says.</summary>
    internal CollectionSettings Settings { get; init; } = CollectionSettings.Parse("{}");

    /// <summary>What stands in an answer between the item's id and the request's.</summary>
    internal byte[] AfterId => Release?.AfterId ?? Encoding.UTF8.GetBytes($",\"collection\":\"{Name}\",\"release\":null,\"requestId\":\"");
}

/// <summary>The collections of one moment. Never changes; a change makes another.</summary>
sealed class CollectionSet
{
    internal static readonly CollectionSet None = new([]);

    /// <summary>Before anybody was asked which collections there are.</summary>
    internal static readonly CollectionSet Unknown = new([]);

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
    internal bool Ready => this != Unknown && _byName.Values.All(collection => collection.Wanted is null || collection.Release is not null);

    internal bool TryFind(ReadOnlySpan<char> name, [NotNullWhen(true)] out ServedCollection? collection) =>
        _lookup.TryGetValue(name, out collection);
}

/// <summary>The collections being served: one immutable set, swapped whole. A request reads it once and leases what it needs.</summary>
sealed class LiveReleases
{
    CollectionSet _current = CollectionSet.Unknown;
    long _reached;

    /// <summary>Notes that the store answered, just now or a while ago.</summary>
    internal void Reached(TimeProvider time, TimeSpan ago = default) =>
        Volatile.Write(ref _reached, Math.Max(1, time.GetTimestamp() - (long)(ago.TotalSeconds * time.TimestampFrequency)));

    /// <summary>How long ago the store answered last; longer than anything when it never did.</summary>
    internal TimeSpan Staleness(TimeProvider time) => Volatile.Read(ref _reached) is > 0 and var reached ? time.GetElapsedTime(reached) : TimeSpan.MaxValue;

    internal CollectionSet Current => Volatile.Read(ref _current);

    /// <summary>Finds a collection and leases its release, if it has one.</summary>
    /// <returns>False when there is no such collection.</returns>
    internal bool TryLease(ReadOnlySpan<char> name, [NotNullWhen(true)] out ServedCollection? collection)
    {
        while (Current.TryFind(name, out collection))
            if (collection.Release is not { } release || release.TryLease())
                return true;
        // Else swapped away and closed between the two reads: a newer set stands already.
        return false;
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
