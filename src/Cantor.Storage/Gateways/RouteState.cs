namespace Cantor.Storage.Gateways;

/// <summary>Who answers the requests of a gateway's route.</summary>
public enum RouteMode
{
    /// <summary>The old side: where every route begins, and what <c>back</c> comes to.</summary>
    Old,

    /// <summary>The old side; the new side is asked too for a sample, beside the answer, and both are compared.</summary>
    Shadow,

    /// <summary>The new side for a share of the units, the old side for the others.</summary>
    Canary,

    /// <summary>The new side.</summary>
    Cutover,

    /// <summary>As the rollout under way says.</summary>
    Rollout,
}

/// <summary>Where a route stands: one entry of its append-only history, or what is served now.</summary>
/// <param name="Number">Counts up over all changes of the store.</param>
/// <param name="Route">The route.</param>
/// <param name="Mode">Who answers.</param>
/// <param name="Weight">The share of the units that the new side answers, in hundredths of a percent; of <see cref="RouteMode.Rollout"/>, 0: the rollout says.</param>
/// <param name="At">When it was set.</param>
/// <param name="By">Who set it.</param>
/// <param name="Why">The reason.</param>
public sealed record RouteState(long Number, string Route, RouteMode Mode, int Weight, DateTimeOffset At, string By, string Why);

/// <summary>One comparison of both sides' answers to one request, as the gateway recorded it.</summary>
/// <param name="Route">The route.</param>
/// <param name="At">When.</param>
/// <param name="Body">What was compared, a JSON object.</param>
public sealed record StoredPair(string Route, DateTimeOffset At, string Body);

/// <summary>A process of a gateway, as it told of itself last.</summary>
/// <param name="Replica">Its name.</param>
/// <param name="At">When.</param>
/// <param name="Body">What it told, a JSON object.</param>
public sealed record StoredReplica(string Replica, DateTimeOffset At, string Body);
