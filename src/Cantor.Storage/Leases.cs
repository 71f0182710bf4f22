using Cantor.Storage.Databases;

namespace Cantor.Storage;

/// <summary>
/// Who may do what only one of several servers may do at a time: a build, a judgment. A lease ends by itself when its holder dies.
/// </summary>
/// <remarks>Times are those of the machines that ask: their clocks should agree to a fraction of a lease.</remarks>
public sealed class Leases
{
    readonly IDatabase _database;
    readonly TimeProvider _time;

    internal Leases(IDatabase database, TimeProvider time) => (_database, _time) = (database, time);

    /// <summary>Takes a lease, or holds on to it.</summary>
    /// <param name="name">What for.</param>
    /// <param name="holder">Who asks; no two at a time have one name.</param>
    /// <param name="span">For how long from now.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>False when somebody else holds it.</returns>
    public Task<bool> TryTakeAsync(string name, string holder, TimeSpan span, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        return _database.WriteAsync(async session => await session.ExecuteAsync("""
            INSERT INTO leases (name, holder, until) VALUES (@name, @holder, @until)
            ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until WHERE leases.holder = excluded.holder OR leases.until <= @now
            """,
            ("@name", name), ("@holder", holder), ("@until", now + (long)span.TotalMilliseconds), ("@now", now)) == 1, cancellationToken);
    }

    /// <summary>Gives a lease back; one that somebody else holds by now stays theirs.</summary>
    public Task ReturnAsync(string name, string holder, CancellationToken cancellationToken) =>
        _database.WriteAsync(session => session.ExecuteAsync("DELETE FROM leases WHERE name = @name AND holder = @holder", ("@name", name), ("@holder", holder)), cancellationToken);
}
