using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Cantor.Releases;
using Cantor.Server.Overlays;
using Cantor.Server.Rollouts;
using Cantor.Storage;

namespace Cantor.Server;

/// <summary>What a collection is served from at one moment.</summary>
/// <param name="Name">The collection.</param>
/// <param name="Wanted">The release its alias names; null when it has none.</param>
/// <param name="Release">The release that answers; null when there is none. Another than <paramref name="Wanted"/> when that one could not be opened.</param>
/// <param name="Overlay">What lies over the release, or over nothing where there is none.</param>
/// <param name="Fault">Why <paramref name="Wanted"/> could not be opened; null when it could.</param>
sealed record ServedCollection(string Name, ReleaseVersion? Wanted, ServedRelease? Release, Overlay Overlay, string? Fault)
{
    /// <summary>True while <see cref="Wanted"/> is opened beside what is served.</summary>
    internal bool IsOpening { get; init; }

    /// <summary>True while the release to be tried is opened.</summary>
    internal bool IsCanaryOpening { get; init; }

    /// <summary>True when it has a live release, answers from none, and waits for none.</summary>
    internal bool LacksRelease => Release is null && Wanted is not null && !IsOpening;

    /// <summary>What its stored configuration says.</summary>
    internal CollectionSettings Settings { get; init; } = CollectionSettings.Parse("{}");

    /// <summary>The same collection as its canary answers; null when there is none that is open.</summary>
    internal ServedCollection? Canary { get; init; }

    /// <summary>The same collection as the release that was live before answers; null when there is none that is open.</summary>
    internal ServedCollection? Previous { get; init; }

    /// <summary>Who gets the canary; null when there is no rollout.</summary>
    internal Traffic? Traffic { get; init; }

    /// <summary>What was asked last.</summary>
    internal QueryLog? Queries { get; init; }

    /// <summary>Every release that is open for it.</summary>
    internal IEnumerable<ServedRelease> Releases => ((ServedRelease?[])[Release, Canary?.Release, Previous?.Release]).OfType<ServedRelease>();

    /// <summary>What stands in an answer between the item's id and the request's.</summary>
    internal byte[] AfterId => Release?.AfterId ?? Encoding.UTF8.GetBytes($",\"collection\":\"{Name}\",\"release\":null,\"requestId\":\"");
}

/// <summary>What answers a request.</summary>
/// <param name="Served">The collection as that release answers.</param>
/// <param name="Traffic">Where the answer is counted; null where it is not: nothing is rolled out, or the release was asked for by name.</param>
/// <param name="IsCanary">Which side it is.</param>
readonly record struct Choice(ServedCollection Served, Traffic? Traffic, bool IsCanary);

/// <summary>The collections of one moment. Never changes; a change makes another.</summary>
sealed class CollectionSet
{
    internal static readonly CollectionSet None = new([]);

    /// <summary>Before anybody was asked which collections there are.</summary>
    internal static readonly CollectionSet Unknown = new([]);

    internal bool IsKnown => this != Unknown;

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
    internal bool Ready => IsKnown && !_byName.Values.Any(collection => collection.LacksRelease);

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

    /// <summary>Finds a collection, chooses whose answer a request gets, and leases that release, if there is one.</summary>
    /// <param name="name">The collection.</param>
    /// <param name="wanted">The release that was asked for: live, canary, previous or a version; empty for none.</param>
    /// <param name="unit">The unit in UTF-8; empty for none.</param>
    /// <param name="requestId">The request's id.</param>
    /// <param name="choice">What answers. Null when the collection has no such release open.</param>
    /// <returns>False when there is no such collection.</returns>
    internal bool TryLease(ReadOnlySpan<char> name, ReadOnlySpan<char> wanted, ReadOnlySpan<byte> unit, string requestId, out Choice? choice)
    {
        choice = null;
        while (Current.TryFind(name, out var collection))
        {
            choice = Choose(collection, wanted, unit, requestId);
            if (choice is not { Served.Release: { } release } || release.TryLease()) return true;
        }
        return false;
    }

    static Choice? Choose(ServedCollection collection, ReadOnlySpan<char> wanted, ReadOnlySpan<byte> unit, string requestId)
    {
        if (!wanted.IsEmpty)
        {
            var named = wanted switch
            {
                "live" => collection,
                "canary" => collection.Canary,
                "previous" => collection.Previous,
                _ when IsVersion(collection, wanted) => collection,
                _ when IsVersion(collection.Canary, wanted) => collection.Canary,
                _ when IsVersion(collection.Previous, wanted) => collection.Previous,
                _ => null,
            };
            return named is null ? null : new(named, null, false);
        }
        if (collection.Traffic is not { Weight: > 0 } traffic || collection.Canary is not { } canary) return new(collection, null, false);
        var isCanary = traffic.IsCanary(unit, requestId);
        return new(isCanary ? canary : collection, traffic, isCanary);
    }

    static bool IsVersion(ServedCollection? collection, ReadOnlySpan<char> wanted) => collection?.Release is { } release && wanted.SequenceEqual(release.VersionText);

    /// <summary>Puts <paramref name="next"/> in place and gives back the leases of the releases that it no longer names.</summary>
    internal void Swap(CollectionSet next)
    {
        var before = Interlocked.Exchange(ref _current, next);
        var kept = next.InOrder.SelectMany(collection => collection.Releases).ToHashSet();
        foreach (var release in before.InOrder.SelectMany(collection => collection.Releases).Distinct())
            if (!kept.Contains(release)) release.Return();
    }
}
