namespace Cantor.Server;

/// <summary>What a request asks for.</summary>
enum Route
{
    None,
    Related,
    Item,
    Hide,
    Unhide,
    Batch,
    Events,
    Build,
    Releases,
    Promote,
    Rollback,
    Prune,
    Rollouts,
    Rollout,
    RolloutAct,
    Keys,
    RotateKey,
    RevokeKey,
    Collection,
    Collections,
    Live,
    Ready,
    OpenApi,
}

/// <summary>A request's target taken apart. Its pieces are still as the client sent them, percent signs and all.</summary>
readonly ref struct Target
{
    const string CollectionsPath = "/v1/collections";
    const string ItemsPart = "/items";
    const string RelatedPart = "/related";
    const string HideVerb = ":hide";
    const string UnhideVerb = ":unhide";
    const string PromoteVerb = ":promote";
    const string KeysPath = "/v1/keys";
    const string RolloutsPath = "/v1/rollouts";
    const string RolloutsPart = "/rollouts/";

    Target(Route route, ReadOnlySpan<char> query)
    {
        Route = route;
        Query = query;
    }

    internal Route Route { get; private init; }

    /// <summary>What stands after the first "?".</summary>
    internal ReadOnlySpan<char> Query { get; }

    /// <summary>The collection; empty where none is named: of keys, and of the rollouts of the server's version.</summary>
    internal ReadOnlySpan<char> Collection { get; private init; }

    /// <summary>The id in the path (a release's version where one is promoted, a rollout's number and verb, a key's id): all that stands between "/items/" and the end, or a last "/related".</summary>
    internal ReadOnlySpan<char> Id { get; private init; }

    /// <summary>True when the path has no id and the parameter <c>id</c> is to have it.</summary>
    internal bool IdInQuery { get; private init; }

    /// <summary>Takes a raw target ("/path?query" or "http://host/path?query") apart.</summary>
    /// <param name="raw">The target.</param>
    /// <param name="isPost">True for what is posted: only there does an id end with a verb, so ids may look like one.</param>
    internal static Target Parse(ReadOnlySpan<char> raw, bool isPost)
    {
        if (!raw.StartsWith('/'))
        {
            // The absolute form, which proxies send: RFC 9112 §3.2.2.
            var authority = raw.IndexOf("://", StringComparison.Ordinal);
            if (authority < 0) return default;
            raw = raw[(authority + 3)..];
            var pathAt = raw.IndexOf('/');
            if (pathAt < 0) return default;
            raw = raw[pathAt..];
        }
        var question = raw.IndexOf('?');
        var path = question < 0 ? raw : raw[..question];
        var query = question < 0 ? [] : raw[(question + 1)..];

        if (path.StartsWith(CollectionsPath, StringComparison.Ordinal))
            return OfCollections(path[CollectionsPath.Length..], query, isPost);
        if (path.StartsWith(KeysPath, StringComparison.Ordinal))
            return OfKeys(path[KeysPath.Length..], query);
        if (path.StartsWith(RolloutsPath, StringComparison.Ordinal))
            return OfRollouts(path[(RolloutsPath.Length - "/rollouts".Length)..], query, []);
        return path switch
        {
            "/health/live" => new(Route.Live, query),
            "/health/ready" => new(Route.Ready, query),
            "/openapi/v1.json" => new(Route.OpenApi, query),
            _ => new(Route.None, query),
        };
    }

    static Target OfKeys(ReadOnlySpan<char> rest, ReadOnlySpan<char> query)
    {
        if (rest.IsEmpty) return new(Route.Keys, query);
        var colon = rest.IndexOf(':');
        if (rest[0] != '/' || colon < 2) return new(Route.None, query);
        return rest[colon..] switch
        {
            ":rotate" => new(Route.RotateKey, query) { Id = rest[1..colon] },
            ":revoke" => new(Route.RevokeKey, query) { Id = rest[1..colon] },
            _ => new(Route.None, query),
        };
    }

    /// <param name="rest">What begins with "/rollouts".</param>
    /// <param name="query">The query.</param>
    /// <param name="collection">The collection; empty for the rollouts of the server's version.</param>
    static Target OfRollouts(ReadOnlySpan<char> rest, ReadOnlySpan<char> query, ReadOnlySpan<char> collection) =>
        rest is "/rollouts" ? new(Route.Rollouts, query) { Collection = collection }
        : rest.StartsWith(RolloutsPart, StringComparison.Ordinal) && !rest[RolloutsPart.Length..].Contains('/')
            ? new(rest.Contains(':') ? Route.RolloutAct : Route.Rollout, query) { Collection = collection, Id = rest[RolloutsPart.Length..] }
        : new(Route.None, query);

    static Target OfCollections(ReadOnlySpan<char> rest, ReadOnlySpan<char> query, bool isPost)
    {
        if (rest.IsEmpty) return new(Route.Collections, query);
        if (rest[0] != '/') return new(Route.None, query);
        rest = rest[1..];
        var slash = rest.IndexOf('/');
        if (slash < 0 && !rest.IsEmpty) return new(Route.Collection, query) { Collection = rest };
        if (slash <= 0) return new(Route.None, query);
        var collection = rest[..slash];
        rest = rest[slash..];
        if (rest is RelatedPart) return new(Route.Related, query) { Collection = collection, IdInQuery = true };
        if (rest is ItemsPart) return new(Route.Item, query) { Collection = collection, IdInQuery = true };
        if (rest is "/items:batch") return new(Route.Batch, query) { Collection = collection };
        if (rest is "/items:hide") return new(Route.Hide, query) { Collection = collection, IdInQuery = true };
        if (rest is "/items:unhide") return new(Route.Unhide, query) { Collection = collection, IdInQuery = true };
        if (rest is "/releases") return new(Route.Releases, query) { Collection = collection };
        if (rest is "/releases:prune") return new(Route.Prune, query) { Collection = collection };
        if (rest is "/releases:rollback") return new(Route.Rollback, query) { Collection = collection };
        if (rest.StartsWith("/releases/", StringComparison.Ordinal) && rest.EndsWith(PromoteVerb, StringComparison.Ordinal))
            return new(Route.Promote, query) { Collection = collection, Id = rest["/releases/".Length..^PromoteVerb.Length] };
        if (rest is "/rollouts" || rest.StartsWith(RolloutsPart, StringComparison.Ordinal)) return OfRollouts(rest, query, collection);
        if (rest is "/releases:build") return new(Route.Build, query) { Collection = collection };
        if (rest is "/events") return new(Route.Events, query) { Collection = collection };
        if (!rest.StartsWith(ItemsPart + "/", StringComparison.Ordinal)) return new(Route.None, query);
        var id = rest[(ItemsPart.Length + 1)..];
        if (isPost && id.EndsWith(UnhideVerb, StringComparison.Ordinal)) return new(Route.Unhide, query) { Collection = collection, Id = id[..^UnhideVerb.Length] };
        if (isPost && id.EndsWith(HideVerb, StringComparison.Ordinal)) return new(Route.Hide, query) { Collection = collection, Id = id[..^HideVerb.Length] };
        return id.EndsWith(RelatedPart, StringComparison.Ordinal)
            ? new(Route.Related, query) { Collection = collection, Id = id[..^RelatedPart.Length] }
            : new(Route.Item, query) { Collection = collection, Id = id };
    }
}
