using System.Data.Common;
using Cantor.Judging;
using Cantor.Storage.Databases;
using Cantor.Storage.Rollouts;

namespace Cantor.Storage.Gateways;

/// <summary>
/// What gateways keep in a store: where each route stands and how it came there, what was compared, and which processes there
/// are. A change of a route, its entry in the history and the end of its rollout are one transaction.
/// </summary>
public sealed class GatewayTable
{
    /// <summary>How many comparisons of a route are kept, the newest.</summary>
    public const int MostPairs = 20_000;

    const string State = "number, route, mode, weight, at, by, why";
    static readonly TimeSpan ReplicaKept = TimeSpan.FromHours(1);

    readonly IDatabase _database;
    readonly TimeProvider _time;
    readonly RolloutTable _rollouts;

    internal GatewayTable(IDatabase database, TimeProvider time, RolloutTable rollouts) => (_database, _time, _rollouts) = (database, time, rollouts);

    /// <summary>What a route's rollouts are called in <see cref="RolloutTable"/>.</summary>
    public static string RolloutName(string gateway, string route) => $"{gateway}/{route}";

    /// <summary>The routes of a gateway that somebody has set, in the order of their names; others are at <see cref="RouteMode.Old"/>.</summary>
    public async Task<IReadOnlyList<RouteState>> RoutesAsync(string gateway, CancellationToken cancellationToken) =>
        await _database.ReadAsync(session => session.QueryAsync($"""
            SELECT {State} FROM gateway_history WHERE number IN (SELECT number FROM gateway_routes WHERE gateway = @gateway) ORDER BY route
            """, Read, ("@gateway", gateway)), cancellationToken);

    /// <summary>The last changes of a gateway's routes, newest first.</summary>
    public async Task<IReadOnlyList<RouteState>> HistoryAsync(string gateway, int most, CancellationToken cancellationToken) =>
        await _database.ReadAsync(session => session.QueryAsync(
            $"SELECT {State} FROM gateway_history WHERE gateway = @gateway ORDER BY number DESC LIMIT @most", Read, ("@gateway", gateway), ("@most", most)), cancellationToken);

    /// <summary>Sets who answers a route, and ends a rollout of it that is under way.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="route">The route.</param>
    /// <param name="mode">Anything but <see cref="RouteMode.Rollout"/>, which <see cref="StartRolloutAsync"/> begins.</param>
    /// <param name="weight">The new side's share of the units at <see cref="RouteMode.Canary"/>, 1 to 10,000 hundredths of a percent.</param>
    /// <param name="by">Who.</param>
    /// <param name="why">The reason.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task<RouteState> SetAsync(string gateway, string route, RouteMode mode, int weight, string by, string why, CancellationToken cancellationToken)
    {
        weight = mode switch
        {
            RouteMode.Cutover => Assignment.Whole,
            RouteMode.Canary when weight is > 0 and <= Assignment.Whole => weight,
            RouteMode.Old or RouteMode.Shadow => 0,
            _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "expected Old, Shadow, Cutover, or Canary with a weight from 1 to 10,000"),
        };
        return _database.WriteAsync(async session =>
        {
            var name = RolloutName(gateway, route);
            await session.LockAsync(name);
            await _rollouts.EndAsync(session, RolloutSubject.Route, name, mode is RouteMode.Cutover ? new RolloutAct.Promote(by, why) : new RolloutAct.Abort(by, why));
            return await MoveAsync(session, gateway, route, mode, weight, by, why);
        }, cancellationToken);
    }

    /// <summary>Begins a judged rollout of a route: the new side is the candidate, the old side what it is judged beside.</summary>
    /// <returns>The rollout; the one that is under way already, if there is one.</returns>
    public Task<Rollout> StartRolloutAsync(string gateway, string route, RolloutPlan plan, bool forced, string by, string why, CancellationToken cancellationToken) =>
        _rollouts.StartAsync(RolloutSubject.Route, RolloutName(gateway, route), "new", "old", plan, forced, by, why, cancellationToken);

    /// <summary>Adds what was compared, and forgets what is older than the newest <see cref="MostPairs"/> of a route.</summary>
    public Task AddPairsAsync(string gateway, IReadOnlyList<StoredPair> pairs, CancellationToken cancellationToken) =>
        pairs.Count == 0 ? Task.CompletedTask : _database.WriteAsync(async session =>
        {
            await session.InsertAsync("INSERT INTO gateway_pairs (gateway, route, at, body)",
                [.. pairs.Select(pair => new object?[] { gateway, pair.Route, pair.At.ToUnixTimeMilliseconds(), pair.Body })]);
            foreach (var route in pairs.Select(pair => pair.Route).Distinct(StringComparer.Ordinal))
                await session.ExecuteAsync("""
                    DELETE FROM gateway_pairs WHERE gateway = @gateway AND route = @route AND number <=
                        (SELECT number FROM gateway_pairs WHERE gateway = @gateway AND route = @route ORDER BY number DESC LIMIT 1 OFFSET @kept)
                    """, ("@gateway", gateway), ("@route", route), ("@kept", MostPairs));
            return 0;
        }, cancellationToken);

    /// <summary>What was compared on a route since a moment, oldest first.</summary>
    public async Task<IReadOnlyList<StoredPair>> PairsAsync(string gateway, string route, DateTimeOffset since, CancellationToken cancellationToken) =>
        await _database.ReadAsync(session => session.QueryAsync(
            "SELECT route, at, body FROM gateway_pairs WHERE gateway = @gateway AND route = @route AND at >= @since ORDER BY number",
            row => new StoredPair(row.GetString(0), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1)), row.GetString(2)),
            ("@gateway", gateway), ("@route", route), ("@since", since.ToUnixTimeMilliseconds())), cancellationToken);

    /// <summary>A process tells of itself; those that have not for an hour are forgotten.</summary>
    public Task TellAsync(string gateway, string replica, string body, CancellationToken cancellationToken) =>
        _database.WriteAsync(async session =>
        {
            var now = _time.GetUtcNow();
            await session.ExecuteAsync("""
                INSERT INTO gateway_replicas (gateway, replica, at, body) VALUES (@gateway, @replica, @at, @body)
                ON CONFLICT (gateway, replica) DO UPDATE SET at = excluded.at, body = excluded.body
                """, ("@gateway", gateway), ("@replica", replica), ("@at", now.ToUnixTimeMilliseconds()), ("@body", body));
            return await session.ExecuteAsync("DELETE FROM gateway_replicas WHERE at < @before", ("@before", (now - ReplicaKept).ToUnixTimeMilliseconds()));
        }, cancellationToken);

    /// <summary>The processes of a gateway, by name.</summary>
    public async Task<IReadOnlyList<StoredReplica>> ReplicasAsync(string gateway, CancellationToken cancellationToken) =>
        await _database.ReadAsync(session => session.QueryAsync("SELECT replica, at, body FROM gateway_replicas WHERE gateway = @gateway ORDER BY replica",
            row => new StoredReplica(row.GetString(0), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1)), row.GetString(2)), ("@gateway", gateway)), cancellationToken);

    /// <summary>Puts a route where its rollout stands: in it, or where it has ended. The caller holds the rollout's lock.</summary>
    internal static async Task FollowAsync(Session session, Rollout rollout, DateTimeOffset now, string by, string why)
    {
        if (rollout.Name.Split('/') is not [var gateway, var route]) throw new InvalidDataException($"the store holds a rollout of \"{rollout.Name}\" where GATEWAY/ROUTE is expected");
        var (mode, weight) = rollout.State switch
        {
            RolloutState.Promoted => (RouteMode.Cutover, Assignment.Whole),
            _ when rollout.IsActive => (RouteMode.Rollout, 0),
            _ => (RouteMode.Old, 0),
        };
        await MoveAsync(session, gateway, route, mode, weight, by, why, now);
    }

    Task<RouteState> MoveAsync(Session session, string gateway, string route, RouteMode mode, int weight, string by, string why) =>
        MoveAsync(session, gateway, route, mode, weight, by, why, _time.GetUtcNow());

    static async Task<RouteState> MoveAsync(Session session, string gateway, string route, RouteMode mode, int weight, string by, string why, DateTimeOffset now)
    {
        var at = Times.Text(now);
        var number = (await session.QueryAsync(
            "INSERT INTO gateway_history (gateway, route, mode, weight, at, by, why) VALUES (@gateway, @route, @mode, @weight, @at, @by, @why) RETURNING number", row => row.GetInt64(0),
            ("@gateway", gateway), ("@route", route), ("@mode", Text(mode)), ("@weight", weight), ("@at", at), ("@by", by), ("@why", why)))[0];
        await session.ExecuteAsync("""
            INSERT INTO gateway_routes (gateway, route, number) VALUES (@gateway, @route, @number)
            ON CONFLICT (gateway, route) DO UPDATE SET number = excluded.number
            """, ("@gateway", gateway), ("@route", route), ("@number", number));
        return new(number, route, mode, weight, Times.Parse(at), by, why);
    }

    static RouteState Read(DbDataReader row) => new(row.GetInt64(0), row.GetString(1), Enum.Parse<RouteMode>(row.GetString(2), ignoreCase: true), row.GetInt32(3), Times.Parse(row.GetString(4)), row.GetString(5), row.GetString(6));

    static string Text(RouteMode mode) => mode.ToString().ToLowerInvariant();
}
