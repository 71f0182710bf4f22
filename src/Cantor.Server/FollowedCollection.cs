using Cantor.Server.Overlays;
using Cantor.Server.Rollouts;
using Cantor.Storage;

namespace Cantor.Server;

/// <summary>A collection as one release answers, and what its changes are laid over.</summary>
sealed record Followed(ServedCollection Served, OverlayLayer Layer);

/// <summary>A collection with every release that an alias names.</summary>
sealed record FollowedCollection(StoredCollection Stored, Followed Live, Followed? Canary, Followed? Previous, CollectionSettings Settings, Traffic? Traffic, QueryLog Queries)
{
    internal IEnumerable<Followed> All => ((Followed?[])[Live, Canary, Previous]).OfType<Followed>();

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
            Previous = previous?.Served is { Release: not null } last ? last with { Settings = Settings } : null,
            Traffic = moved is null && !(Traffic is { } traffic && ended.Contains(traffic.Rollout.Number)) ? Traffic : null,
            Queries = Queries,
        };
    }
}
