using System.Text.Json;
using Cantor.Judging;
using Cantor.Storage.Databases;

namespace Cantor.Storage.Rollouts;

/// <summary>Which Deployment a server belongs to.</summary>
public enum Track
{
    /// <summary>The one that all get.</summary>
    Stable,

    /// <summary>The one whose version is tried beside it.</summary>
    Canary,
}

/// <summary>The servers of a store, as each tells of itself: which version each runs, and on which track.</summary>
public sealed class ServerTable
{
    readonly IDatabase _database;
    readonly TimeProvider _time;

    internal ServerTable(IDatabase database, TimeProvider time) => (_database, _time) = (database, time);

    /// <summary>A server tells of itself. It is taken for dead unless it tells again within a time; the dead are forgotten.</summary>
    public Task TellAsync(TellingServer server, TimeSpan within, CancellationToken cancellationToken) =>
        _database.WriteAsync(async session =>
        {
            var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
            await session.ExecuteAsync("DELETE FROM servers WHERE until <= @now", ("@now", now));
            return await session.ExecuteAsync("""
                INSERT INTO servers (server, until, body) VALUES (@server, @until, @body)
                ON CONFLICT (server) DO UPDATE SET until = excluded.until, body = excluded.body
                """, ("@server", server.Name), ("@until", now + (long)within.TotalMilliseconds), ("@body", JsonSerializer.Serialize(server, RolloutJson.Default.TellingServer)));
        }, cancellationToken);

    /// <summary>A server ends.</summary>
    public Task LeaveAsync(string server, CancellationToken cancellationToken) =>
        _database.WriteAsync(session => session.ExecuteAsync("DELETE FROM servers WHERE server = @server", ("@server", server)), cancellationToken);

    /// <summary>Those that live, by name.</summary>
    public async Task<IReadOnlyList<TellingServer>> LivingAsync(CancellationToken cancellationToken) =>
        await _database.ReadAsync(session => LivingAsync(session, _time.GetUtcNow()), cancellationToken);

    internal static async Task<IReadOnlyList<TellingServer>> LivingAsync(Session session, DateTimeOffset now) =>
        await session.QueryAsync("SELECT body FROM servers WHERE until > @now ORDER BY server", row => JsonSerializer.Deserialize(row.GetString(0), RolloutJson.Default.TellingServer)!, ("@now", now.ToUnixTimeMilliseconds()));
}

/// <summary>A server as it tells of itself.</summary>
public sealed record TellingServer
{
    /// <summary>What no two servers at a time are called.</summary>
    public required string Name { get; init; }

    /// <summary>The version that it runs.</summary>
    public required string Version { get; init; }

    /// <summary>Which Deployment it belongs to.</summary>
    public Track Track { get; init; }

    /// <summary>True when it serves every collection that has a live release.</summary>
    public bool Ready { get; init; }

    /// <summary>The rollout of a version for which it asked itself what was asked last; null for none.</summary>
    public long? Asked { get; init; }

    /// <summary>How it answered that.</summary>
    public SideCounts Answered { get; init; }

    /// <summary>What it gave the balancer, where it is the one that does; null where it is not.</summary>
    public GivenWeight? Weight { get; init; }
}

/// <summary>The weight that a balancer goes by.</summary>
/// <param name="Route">What holds it.</param>
/// <param name="Percent">The canary's share of the requests; null while it is not known.</param>
/// <param name="Fault">Why it is not what it should be; null when it is.</param>
public sealed record GivenWeight(string Route, double? Percent, string? Fault);
