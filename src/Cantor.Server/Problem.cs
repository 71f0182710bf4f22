namespace Cantor.Server;

/// <summary>A kind of refusal: what programs tell apart. docs/api.md lists them all.</summary>
/// <param name="Code">The stable word.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Title">The same for every occurrence, in plain words.</param>
sealed record ProblemKind(string Code, int Status, string Title)
{
    internal static readonly ProblemKind InvalidId = new("invalid-id", 400, "The item id is not one");
    internal static readonly ProblemKind InvalidParameter = new("invalid-parameter", 400, "A parameter is missing, unknown or out of range");
    internal static readonly ProblemKind InvalidEvent = new("invalid-event", 400, "An event cannot be taken");
    internal static readonly ProblemKind InvalidItem = new("invalid-item", 400, "The item cannot be taken");
    internal static readonly ProblemKind WindowTooLarge = new("window-too-large", 400, "The list is not served that far down");
    internal static readonly ProblemKind Unauthorized = new("unauthorized", 401, "A key is needed");
    internal static readonly ProblemKind Forbidden = new("forbidden", 403, "The key does not allow that");
    internal static readonly ProblemKind UnknownRelease = new("unknown-release", 404, "The collection has no such release");
    internal static readonly ProblemKind UnknownRollout = new("unknown-rollout", 404, "The collection has no such rollout");
    internal static readonly ProblemKind UnknownRoute = new("unknown-route", 404, "There is nothing at this address");
    internal static readonly ProblemKind UnknownCollection = new("unknown-collection", 404, "There is no such collection");
    internal static readonly ProblemKind UnknownItem = new("unknown-item", 404, "The collection has no such item");
    internal static readonly ProblemKind UnknownKey = new("unknown-key", 404, "There is no such key");
    internal static readonly ProblemKind MethodNotAllowed = new("method-not-allowed", 405, "The address does not know the method");
    internal static readonly ProblemKind CollectionExists = new("collection-exists", 409, "The collection is there with another configuration");
    internal static readonly ProblemKind MovedMeanwhile = new("moved-meanwhile", 409, "Somebody else moved the alias first");
    internal static readonly ProblemKind TooLarge = new("too-large", 413, "The body is too long");
    internal static readonly ProblemKind RebuildNeeded = new("rebuild-needed", 429, "So much was pushed that a build must fold it in first");
    internal static readonly ProblemKind TooMany = new("too-many", 429, "More comes in than can be stored just now");
    internal static readonly ProblemKind Internal = new("internal", 500, "The server failed");
    internal static readonly ProblemKind NoRelease = new("no-release", 503, "The collection has no release to answer from");
    internal static readonly ProblemKind NotReady = new("not-ready", 503, "The server is not ready");
    internal static readonly ProblemKind Stale = new("stale", 503, "The server has not heard of changes for too long");
    internal static readonly ProblemKind StoreUnavailable = new("store-unavailable", 503, "The store does not answer; nothing can be written just now");

    /// <summary>All kinds, in the order of their status and code.</summary>
    internal static readonly IReadOnlyList<ProblemKind> All =
        [InvalidEvent, InvalidId, InvalidItem, InvalidParameter, WindowTooLarge, Unauthorized, Forbidden, UnknownCollection, UnknownItem, UnknownKey, UnknownRelease, UnknownRollout, UnknownRoute, MethodNotAllowed,
            CollectionExists, MovedMeanwhile, TooLarge, RebuildNeeded, TooMany, Internal, NoRelease, NotReady, Stale, StoreUnavailable];
}

/// <summary>One refusal: its kind and what exactly was wrong, found and expected.</summary>
/// <param name="Kind">What programs tell apart.</param>
/// <param name="Detail">For people.</param>
/// <param name="RetryAfter">The seconds after which it is worth another try; null when it is not.</param>
sealed record Problem(ProblemKind Kind, string Detail, int? RetryAfter = null)
{
    const int ShownCharacters = 80;

    /// <summary>What a client sent, short enough to be shown.</summary>
    internal static string Shown(string text) => text.Length <= ShownCharacters ? text : text[..ShownCharacters] + "…";
}
