using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using Cantor.Corpus;
using Cantor.Storage.Databases;

namespace Cantor.Storage;

/// <summary>What a key may do.</summary>
[Flags]
public enum Scopes
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Ask for related items.</summary>
    Read = 1,

    /// <summary>Push, delete and hide items.</summary>
    Write = 2,

    /// <summary>Send events.</summary>
    Events = 4,

    /// <summary>Everything: the other three, and releases, rules, configuration.</summary>
    Admin = 8,
}

/// <summary>A key of the API, without its secret.</summary>
/// <param name="Id">The part of the key that may be shown: 12 hex digits.</param>
/// <param name="Label">What people call it.</param>
/// <param name="Collection">The one it is for; null for all.</param>
/// <param name="Scopes">What it may do.</param>
/// <param name="Created">When it was made and by whom.</param>
/// <param name="ExpiresAt">From when on it is refused; null for never.</param>
/// <param name="Revoked">When it was revoked and by whom; null when it was not.</param>
public sealed record ApiKey(string Id, string Label, string? Collection, Scopes Scopes, Act Created, DateTimeOffset? ExpiresAt, Act? Revoked)
{
    /// <summary>True when the key may do that in the collection.</summary>
    /// <param name="scope">One scope.</param>
    /// <param name="collection">Which collection; null for what concerns all of them.</param>
    public bool Allows(Scopes scope, string? collection) =>
        (Scopes & (scope | Scopes.Admin)) != 0 && (Collection is null || Collection == collection);

    /// <summary>True when it is neither revoked nor expired.</summary>
    public bool IsValid(DateTimeOffset now) => Revoked is null && !(ExpiresAt <= now);
}

/// <summary>A key that was just made. Its secret exists here only and is never written anywhere.</summary>
public sealed class NewKey
{
    internal NewKey(ApiKey key, string secret) => (Key, Secret) = (key, secret);

    /// <summary>What the store knows of it.</summary>
    public ApiKey Key { get; }

    /// <summary>The whole key, <c>cantor_</c>, id, <c>_</c>, 256 random bits: what callers send. To be shown once.</summary>
    public string Secret { get; }

    /// <summary>The id, never the secret: this may end up in a log.</summary>
    public override string ToString() => Key.Id;
}

/// <summary>All keys of a store at one moment. Never changes: safe to ask from any thread, and off the store.</summary>
public sealed class KeyRing
{
    internal const string Prefix = "cantor_";
    internal const int IdLength = 12;

    static readonly byte[] Nobody = new byte[SHA256.HashSizeInBytes];
    readonly Dictionary<string, (ApiKey Key, byte[] Hash)> _keys;

    internal KeyRing(IEnumerable<(ApiKey Key, byte[] Hash)> keys) =>
        _keys = keys.ToDictionary(one => one.Key.Id, StringComparer.Ordinal);

    /// <summary>True when no key was ever made.</summary>
    public bool IsEmpty => _keys.Count == 0;

    /// <summary>All keys, the revoked and expired too, in the order of their ids.</summary>
    public IEnumerable<ApiKey> Keys => _keys.Values.Select(one => one.Key).OrderBy(key => key.Id, StringComparer.Ordinal);

    /// <summary>The key that a caller sent; null when it is none of these, revoked or expired. Takes as long whichever it is.</summary>
    public ApiKey? Find(string secret, DateTimeOffset now)
    {
        var id = secret.StartsWith(Prefix, StringComparison.Ordinal) && secret.Length > Prefix.Length + IdLength ? secret.Substring(Prefix.Length, IdLength) : "";
        var known = _keys.TryGetValue(id, out var found);
        var right = CryptographicOperations.FixedTimeEquals(Hash(secret), known ? found.Hash : Nobody);
        return known && right && found.Key.IsValid(now) ? found.Key : null;
    }

    /// <summary>Writes the keys, hashes and all, into a journal.</summary>
    internal Task<int> KeepAsync(Session session) =>
        session.InsertAsync("INSERT INTO keys (id, hash, label, collection, scopes, created_at, created_by, expires_at, revoked_at, revoked_by)",
            [.. _keys.Values.Select(one => new object?[]
            {
                one.Key.Id, one.Hash, one.Key.Label, one.Key.Collection, ScopeNames.Text(one.Key.Scopes), Times.Text(one.Key.Created.At), one.Key.Created.By,
                one.Key.ExpiresAt is { } end ? Times.Text(end) : null, one.Key.Revoked is { } revoked ? Times.Text(revoked.At) : null, one.Key.Revoked?.By,
            })]);

    // A plain hash is enough: 256 random bits cannot be guessed, as words that people choose can.
    internal static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}

/// <summary>The keys of the API. Only their hashes are stored.</summary>
public sealed class Keys
{
    const string Columns = "id, label, collection, scopes, created_at, created_by, expires_at, revoked_at, revoked_by";

    readonly IDatabase _database;
    readonly TimeProvider _time;

    internal Keys(IDatabase database, TimeProvider time) => (_database, _time) = (database, time);

    /// <summary>All keys, to be kept by a server and read anew when the store's mark changes.</summary>
    public async Task<KeyRing> ReadAsync(CancellationToken cancellationToken) =>
        new(await _database.ReadAsync(session => session.QueryAsync($"SELECT {Columns}, hash FROM keys",
            row => (Read(row), (byte[])row.GetValue(9))), cancellationToken));

    /// <summary>Makes a key.</summary>
    /// <param name="label">What people call it.</param>
    /// <param name="collection">The one it is for; null for all. It need not exist yet.</param>
    /// <param name="scopes">What it may do: at least one.</param>
    /// <param name="lifetime">How long it is valid; null for until it is revoked.</param>
    /// <param name="by">Who makes it.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="InputFaultException">No scope, a lifetime that is none, or a collection's name that is none.</exception>
    public async Task<NewKey> CreateAsync(string label, string? collection, Scopes scopes, TimeSpan? lifetime, string by, CancellationToken cancellationToken)
    {
        if (scopes is Scopes.None) throw new InputFaultException("scopes", null, $"there is none; expected some of {string.Join(", ", ScopeNames.All)}");
        if (lifetime <= TimeSpan.Zero) throw new InputFaultException("lifetime", null, "is not above zero");
        if (collection is not null && CollectionName.Check(collection) is { } fault) throw new InputFaultException(collection, null, fault);
        var now = Times.Stored(_time.GetUtcNow());
        var made = Make(new("", label, collection, scopes, new(now, by), lifetime is { } span ? Times.Stored(now + span) : null, null));
        await _database.WriteAsync(session => InsertAsync(session, made), cancellationToken);
        return made;
    }

    /// <summary>Makes a key that may do what another may, and lets the other expire after a time in which both are valid.</summary>
    /// <param name="id">The key to be replaced.</param>
    /// <param name="overlap">How long it stays valid; it never comes to live longer than it would have.</param>
    /// <param name="lifetime">How long the new one is valid; null for until it is revoked.</param>
    /// <param name="by">Who does this.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The new key; null when there is no valid one of that id.</returns>
    /// <exception cref="InputFaultException">An overlap below zero, or a lifetime that is none.</exception>
    public Task<NewKey?> RotateAsync(string id, TimeSpan overlap, TimeSpan? lifetime, string by, CancellationToken cancellationToken)
    {
        if (overlap < TimeSpan.Zero) throw new InputFaultException("overlap", null, "is below zero");
        if (lifetime <= TimeSpan.Zero) throw new InputFaultException("lifetime", null, "is not above zero");
        return _database.WriteAsync(async session =>
        {
            var now = Times.Stored(_time.GetUtcNow());
            if (await session.QueryAsync($"SELECT {Columns} FROM keys WHERE id = @id", Read, ("@id", id)) is not [var old] || !old.IsValid(now)) return null;
            var end = Times.Text(now + overlap);
            await session.ExecuteAsync("UPDATE keys SET expires_at = @end WHERE id = @id AND (expires_at IS NULL OR expires_at > @end)", ("@id", id), ("@end", end));
            var made = Make(old with { Created = new(now, by), ExpiresAt = lifetime is { } span ? Times.Stored(now + span) : null });
            await InsertAsync(session, made);
            return made;
        }, cancellationToken);
    }

    /// <summary>Makes a key invalid from now on.</summary>
    /// <returns>False when there is none of that id; true also when it was revoked before.</returns>
    public Task<bool> RevokeAsync(string id, string by, CancellationToken cancellationToken) =>
        _database.WriteAsync(async session =>
            await session.ExecuteAsync("UPDATE keys SET revoked_at = coalesce(revoked_at, @at), revoked_by = coalesce(revoked_by, @by) WHERE id = @id",
                ("@id", id), ("@at", Times.Text(_time.GetUtcNow())), ("@by", by)) == 1, cancellationToken);

    static NewKey Make(ApiKey key)
    {
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(KeyRing.IdLength / 2));
        var secret = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        return new(key with { Id = id }, $"{KeyRing.Prefix}{id}_{secret}");
    }

    static Task<int> InsertAsync(Session session, NewKey made) =>
        session.ExecuteAsync($"""
            INSERT INTO keys (id, hash, label, collection, scopes, created_at, created_by, expires_at)
            VALUES (@id, @hash, @label, @collection, @scopes, @at, @by, @expires)
            """,
            ("@id", made.Key.Id), ("@hash", KeyRing.Hash(made.Secret)), ("@label", made.Key.Label), ("@collection", made.Key.Collection),
            ("@scopes", ScopeNames.Text(made.Key.Scopes)), ("@at", Times.Text(made.Key.Created.At)), ("@by", made.Key.Created.By),
            ("@expires", made.Key.ExpiresAt is { } end ? Times.Text(end) : null));

    static ApiKey Read(DbDataReader row) =>
        new(row.GetString(0), row.GetString(1), row.TextOrNull(2), ScopeNames.Parse(row.GetString(3)), new(Times.Parse(row.GetString(4)), row.GetString(5)),
            row.TimeOrNull(6), row.TimeOrNull(7) is { } at ? new(at, row.GetString(8)) : null);
}

/// <summary>Scopes as people and the store write them: read,write.</summary>
public static class ScopeNames
{
    /// <summary>All names.</summary>
    public static IReadOnlyList<string> All { get; } = ["read", "write", "events", "admin"];

    /// <summary>The names, joined by commas.</summary>
    public static string Text(Scopes scopes) => string.Join(',', All.Where((_, i) => scopes.HasFlag((Scopes)(1 << i))));

    /// <summary>The scopes of names that are joined by commas.</summary>
    /// <exception cref="InputFaultException">There is no such scope.</exception>
    public static Scopes Parse(string text)
    {
        var scopes = Scopes.None;
        foreach (var name in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var scope = Enumerable.Range(0, All.Count).Where(i => All[i] == name).Select(i => (Scopes)(1 << i)).FirstOrDefault();
            scopes |= scope is not Scopes.None ? scope : throw new InputFaultException("scopes", null, $"there is no scope {name}; expected some of {string.Join(", ", All)}");
        }
        return scopes;
    }
}
