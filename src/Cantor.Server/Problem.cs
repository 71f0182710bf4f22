namespace Cantor.Server;

/// <summary>A kind of refusal: what programs tell apart. docs/api.md lists them all.</summary>
/// <param name="Code">The stable word.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Title">The same for every occurrence, in plain words.</param>
sealed record ProblemKind(string Code, int Status, string Title)
{
    internal static readonly ProblemKind InvalidId = new("invalid-id", 400, "The item id is not one");
    internal static readonly ProblemKind InvalidParameter = new("invalid-parameter", 400, "A parameter is missing, unknown or out of range");
    internal static readonly ProblemKind WindowTooLarge = new("window-too-large", 400, "The list is not served that far down");
    internal static readonly ProblemKind UnknownRoute = new("unknown-route", 404, "There is nothing at this address");
    internal static readonly ProblemKind UnknownCollection = new("unknown-collection", 404, "There is no such collection");
    internal static readonly ProblemKind UnknownItem = new("unknown-item", 404, "The collection has no such item");
    internal static readonly ProblemKind MethodNotAllowed = new("method-not-allowed", 405, "The address is only read");
    internal static readonly ProblemKind Internal = new("internal", 500, "The server failed");
    internal static readonly ProblemKind NoRelease = new("no-release", 503, "The collection has no release to answer from");
    internal static readonly ProblemKind NotReady = new("not-ready", 503, "The server is not ready");

    /// <summary>All kinds, in the order of their status and code.</summary>
    internal static readonly IReadOnlyList<ProblemKind> All =
        [InvalidId, InvalidParameter, WindowTooLarge, UnknownCollection, UnknownItem, UnknownRoute, MethodNotAllowed, Internal, NoRelease, NotReady];
}

/// <summary>One refusal: its kind and what exactly was wrong, found and expected.</summary>
sealed record Problem(ProblemKind Kind, string Detail)
{
    const int ShownCharacters = 80;

    /// <summary>What a client sent, short enough to be shown.</summary>
    internal static string Shown(string text) => text.Length <= ShownCharacters ? text : text[..ShownCharacters] + "…";
}
