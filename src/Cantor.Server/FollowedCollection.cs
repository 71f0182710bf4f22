using Cantor.Server.Overlays;
using Cantor.Server.Rollouts;
using Cantor.Storage;

namespace Cantor.Server;

/// <summary>A collection as one release answers, and what its changes are laid over.</summary>
/// <param name="Served">What answers.</param>
/// <param name="Layer">Lays changes on.</param>
/// <param name="IsBehind">True when the store has more changes than were laid on in one turn.</param>
sealed record Followed(ServedCollection Served, OverlayLayer Layer, bool IsBehind = false);

/// <summary>A collection with every release that an alias names and that answers.</summary>
/// <param name="Releases">The collection, and the releases that answer.</param>
/// <param name="Live">What answers; the release before, where the one that live names does not yet.</param>
/// <param name="Canary">What is tried; null for nothing.</param>
/// <param name="Previous">What was live before; null for nothing.</param>
/// <param name="IsCanaryOpening">True while a canary is opened.</param>
/// <param name="Settings">What its configuration says.</param>
/// <param name="Traffic">Who gets the canary; null for nobody.</param>
/// <param name="Queries">What was asked last.</param>
sealed record FollowedCollection(
    CollectionReleases Releases, Followed Live, Followed? Canary, Followed? Previous, bool IsCanaryOpening, CollectionSettings Settings, Traffic? Traffic, QueryLog Queries)
{
    internal StoredCollection Stored => Releases.Collection;

    internal IEnumerable<Followed> All => ((Followed?[])[Live, Canary, Previous]).OfType<Followed>();

    /// <summary>True when the store has more changes than were laid on.</summary>
    internal bool IsBehind => All.Any(one => one.IsBehind);

    internal FollowedCollection Select(Func<Followed, Followed> change) =>
        this with { Live = change(Live), Canary = Canary is null ? null : change(Canary), Previous = Previous is null ? null : change(Previous) };

    /// <summary>What is served of it; another release than the alias names where somebody moved live on this server alone.</summary>
    internal ServedCollection Serve(LocalMove? moved, HashSet<long> ended)
    {
        var (live, previous) = moved is not null && Previous?.Served.Release is { } before && before.Version == moved.To ? (Previous, Live) : (Live, Previous);
        return live.Served with
        {
            Settings = Settings,
            Canary = Canary?.Served is { Release: not null } canary ? canary with { Settings = Settings } : null,
            IsCanaryOpening = IsCanaryOpening,
            Previous = previous?.Served is { Release: not null } last ? last with { Settings = Settings } : null,
            Traffic = moved is null && !(Traffic is { } traffic && ended.Contains(traffic.Rollout.Number)) ? Traffic : null,
            Queries = Queries,
        };
    }
}
