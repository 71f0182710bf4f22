using System.Diagnostics.CodeAnalysis;
using Cantor.Storage;
using Microsoft.AspNetCore.Http;

namespace Cantor.Server;

/// <summary>Who may do what: the keys of the store, as they were read last.</summary>
sealed class Access(ServerOptions options)
{
    internal const string Anonymous = "anonymous";

    KeyRing? _keys;

    internal KeyRing? Keys
    {
        get => Volatile.Read(ref _keys);
        set => Volatile.Write(ref _keys, value);
    }

    /// <summary>True once there is a key: from then on nobody is let in without one, though all be revoked.</summary>
    internal bool HasKeys => Keys is { IsEmpty: false };

    /// <summary>Looks whether a caller may do something.</summary>
    /// <param name="request">Has the key as <c>Authorization: Bearer</c> or <c>X-API-Key</c>.</param>
    /// <param name="scope">What it wants to do.</param>
    /// <param name="collection">Where; null for what concerns all collections.</param>
    /// <param name="by">Who it is, for the record: the key's id.</param>
    /// <returns>Null, or why it may not.</returns>
    internal Problem? Check(HttpRequest request, Scopes scope, string? collection, out string by)
    {
        by = Anonymous;
        // The store may answer before its keys are read: nobody is let in meanwhile.
        if (Keys is not { } ring) return new(ProblemKind.NotReady, "the store's keys were not read yet since this server started", RetryAfter: 1);
        if (ring.IsEmpty) return null;
        if (!TryRead(request, out var sent))
            return new(ProblemKind.Unauthorized, "there is no key; expected Authorization: Bearer KEY or X-API-Key: KEY");
        if (ring.Find(sent, options.Time.GetUtcNow()) is not { } key)
            return new(ProblemKind.Unauthorized, "the key is not one of this store, or is revoked or expired");
        by = key.Id;
        return key.Allows(scope, collection)
            ? null
            : new(ProblemKind.Forbidden, $"the key {key.Id} may not do that {(collection is null ? "for all collections" : "in this collection")}; expected one with the scope {ScopeNames.Text(scope)}");
    }

    static bool TryRead(HttpRequest request, [NotNullWhen(true)] out string? key)
    {
        key = null;
        if (request.Headers.Authorization is [{ } authorization] && authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)) key = authorization["Bearer ".Length..].Trim();
        else if (request.Headers["X-API-Key"] is [{ } header]) key = header.Trim();
        return key is { Length: > 0 };
    }
}
