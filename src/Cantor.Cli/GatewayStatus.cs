using System.Text.Json.Nodes;
using Cantor.Gateway;
using Cantor.Gateway.Config;
using Cantor.Judging;
using Cantor.Storage;
using Cantor.Storage.Gateways;
using Cantor.Storage.Rollouts;
using Spectre.Console;

namespace Cantor.Cli;

/// <summary>Where one route stands.</summary>
/// <param name="Route">Its name.</param>
/// <param name="Mode">old, shadow, canary, cutover, rollout.</param>
/// <param name="Percent">The share of the units that the new side answers.</param>
/// <param name="Since">Since when; null when nobody has set it.</param>
/// <param name="By">Who put it there.</param>
/// <param name="Why">Why.</param>
/// <param name="Rollout">Its rollout, as the API tells rollouts; null when there was none.</param>
sealed record RouteStatus(string Route, string Mode, double Percent, DateTimeOffset? Since, string? By, string? Why, JsonObject? Rollout)
{
    internal string Told() => Mode switch
    {
        "old" => $"{Route}: the old side answers",
        "shadow" => $"{Route}: the old side answers, and a sample is compared with the new one",
        "canary" => FormattableString.Invariant($"{Route}: {Percent:0.##} % of the units get the new side"),
        "cutover" => $"{Route}: the new side answers",
        _ => FormattableString.Invariant($"{Route}: rollout {Rollout?["number"]} is {Rollout?["state"]}, {Percent:0.##} % of the units get the new side"),
    };
}

/// <summary>One process of a gateway.</summary>
sealed record ReplicaLine(string Replica, DateTimeOffset SeenAt, ReplicaStatus Told);

/// <summary>What <c>cantor gateway status</c> tells.</summary>
/// <param name="Gateway">Its name.</param>
/// <param name="Config">The file that was read here: a hash of its bytes.</param>
/// <param name="Change">The last change of a route.</param>
/// <param name="Routes">Where the routes of the file stand.</param>
/// <param name="Replicas">Its processes.</param>
/// <param name="History">The last changes, newest first.</param>
sealed record GatewayStatus(string Gateway, string Config, long Change, IReadOnlyList<RouteStatus> Routes, IReadOnlyList<ReplicaLine> Replicas, IReadOnlyList<RouteState> History)
{
    // Told every two seconds; one that is silent for longer has ended, or its store is away.
    static readonly TimeSpan Silent = TimeSpan.FromSeconds(10);

    bool[] Lives { get; init; } = [];

    internal static async Task<GatewayStatus> ReadAsync(Store store, GatewayConfig config, int changes, TimeProvider time, CancellationToken cancellationToken)
    {
        var states = await store.Gateways.RoutesAsync(config.Name, cancellationToken);
        var routes = new List<RouteStatus>();
        foreach (var route in config.Routes)
        {
            var state = states.FirstOrDefault(one => one.Route == route.Name);
            var rollout = (await store.Rollouts.ListAsync(RolloutSubject.Route, GatewayTable.RolloutName(config.Name, route.Name), 1, cancellationToken)) is [var last] ? last : null;
            var percent = state?.Mode is RouteMode.Rollout ? rollout?.Weight ?? 0 : state?.Weight ?? 0;
            routes.Add(new(route.Name, (state?.Mode ?? RouteMode.Old).ToString().ToLowerInvariant(), percent * 100.0 / Assignment.Whole, state?.At, state?.By, state?.Why,
                rollout is null ? null : RolloutView.Detail(rollout, await store.Rollouts.StandAsync(rollout, cancellationToken), await store.Rollouts.HistoryAsync(rollout.Number, cancellationToken))));
        }
        var replicas = (await store.Gateways.ReplicasAsync(config.Name, cancellationToken)).Select(one => new ReplicaLine(one.Replica, one.At, ReplicaStatus.Parse(one.Body))).ToList();
        var now = time.GetUtcNow();
        return new(config.Name, config.Hash, states.Select(state => state.Number).DefaultIfEmpty().Max(), routes, replicas, await store.Gateways.HistoryAsync(config.Name, changes, cancellationToken))
        {
            Lives = [.. replicas.Select(replica => now - replica.SeenAt < Silent)],
        };
    }

    internal void Print()
    {
        foreach (var route in Routes) Console.Out.WriteLine($"{route.Told()}{(route.Since is { } since ? $" ({since:yyyy-MM-dd HH:mm:ss}Z, {route.By}: {route.Why})" : "")}");
        foreach (var (place, replica) in Replicas.Index())
        {
            var told = replica.Told;
            Console.Out.WriteLine($"{replica.Replica} at {string.Join(", ", told.Urls)}: {(!Lives[place] ? $"silent since {replica.SeenAt:yyyy-MM-dd HH:mm:ss}Z" : told.Change != Change ? "not yet at the last change" : told.Config != Config ? $"goes by another file ({told.Config}; here {Config})" : "follows")}");
        }
        if (Replicas.Count == 0) Console.Out.WriteLine("no gateway has told of itself; cantor gateway starts one");
        var table = new Table().Border(TableBorder.Simple).AddColumns("route", "by old", "by new", "failed", "rescued", "kept off", "compared", "dropped", "out");
        var living = Replicas.Where((_, place) => Lives[place]).ToList();
        foreach (var route in Routes)
        {
            var all = living.Select(replica => replica.Told.Routes.GetValueOrDefault(route.Route)).ToList();
            string Sum(Func<RouteCounters, long> of) => FormattableString.Invariant($"{all.Sum(of):N0}");
            var sides = new[] { ("old", all.Count(one => one.OldOut)), ("new", all.Count(one => one.NewOut)) }.Where(side => side.Item2 > 0).Select(side => $"{side.Item1} at {side.Item2} of {all.Count}");
            table.AddRow(route.Route, Sum(one => one.Old), Sum(one => one.New), Sum(one => one.Failed), Sum(one => one.Rescued), Sum(one => one.Diverted), Sum(one => one.Compared), Sum(one => one.Dropped), string.Join("; ", sides));
        }
        if (living.Count > 0) AnsiConsole.Write(table);
        foreach (var route in Routes)
            if (route is { Mode: "rollout", Rollout: { } rollout }) RolloutText.Print(rollout);
        if (History.Count == 0) return;
        var history = new Table().Border(TableBorder.Simple).AddColumns("when", "route", "set to", "by", "why");
        foreach (var state in History)
            history.AddRow($"{state.At:yyyy-MM-dd HH:mm:ss}Z", state.Route, state.Mode is RouteMode.Canary ? FormattableString.Invariant($"canary {state.Weight / 100.0:0.##} %") : state.Mode.ToString().ToLowerInvariant(), Markup.Escape(state.By), Markup.Escape(state.Why));
        AnsiConsole.Write(history);
    }
}
