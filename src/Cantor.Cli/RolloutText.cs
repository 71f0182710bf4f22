using System.Globalization;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Cantor.Cli;

/// <summary>Rollouts for people, from what the API sends.</summary>
static class RolloutText
{
    /// <summary>How one stands.</summary>
    internal static void Print(JsonNode rollout)
    {
        Console.Out.WriteLine(FormattableString.Invariant($"rollout {rollout["number"]} of {rollout["collection"] ?? rollout["route"] ?? "the server's version"}: {rollout["candidate"]} beside {(string?)rollout["baseline"] ?? "nothing yet"}"));
        Console.Out.WriteLine(FormattableString.Invariant($"{rollout["state"]}, {(double)rollout["percent"]!:0.##} % of the {(rollout["service"] is null ? "units" : "requests")}; step {rollout["step"]} of {string.Join(", ", rollout["steps"]!.AsArray().Select(step => step!.ToJsonString()))} %{(rollout["since"] is { } since ? $", since {Moment(since)}" : "")}"));
        Console.Out.WriteLine($"{(string?)rollout["why"]}{((string?)rollout["rule"] is { } rule ? $" ({rule})" : "")}");
        if (rollout["gate"] is { } gate) PrintGate(gate);
        if (rollout["servers"] is JsonArray servers) PrintServers(servers, rollout["balancer"]);
        if (Waits(rollout) is { } still) Console.Out.WriteLine($"waits for {still}");
        if (rollout["decision"] is not { } decision) return;
        var table = new Table().Border(TableBorder.Simple).AddColumns("", "canary", "live", "too bad from", "accept at", "ratio", "abort at", "stands");
        foreach (var metric in decision["metrics"]!.AsArray())
            table.AddRow((string)metric!["metric"]!, Share(metric["canary"]!), Share(metric["live"]!), FormattableString.Invariant($"{(double)metric["alternative"]!:P2}"), Number(metric["acceptAt"]!), Number(metric["logLikelihoodRatio"]!), Number(metric["abortAt"]!), (string)metric["stand"]!);
        if (decision["clicks"] is { } clicks)
            table.AddRow("clicks", Share(clicks["canary"]!), Share(clicks["live"]!), FormattableString.Invariant($"−{(double)clicks["margin"]!:P2}"), "", FormattableString.Invariant($"{(double)clicks["difference"]!:P2}"), "", (string)clicks["stand"]!);
        AnsiConsole.Write(table);
        foreach (var waits in decision["waitsFor"]!.AsArray()) Console.Out.WriteLine($"waits for {(string)waits!}");
    }

    static void PrintServers(JsonArray servers, JsonNode? balancer)
    {
        foreach (var group in servers.GroupBy(server => ((string)server!["track"]!, (string)server["version"]!)).OrderByDescending(group => group.Key.Item1, StringComparer.Ordinal))
            Console.Out.WriteLine($"{group.Key.Item1}: {group.Count()} at {group.Key.Item2}{(group.Count(server => !(bool)server!["ready"]!) is > 0 and var unready ? $", {unready} not ready" : "")}");
        if (servers.Count == 0) Console.Out.WriteLine("no server has told of itself");
        if (balancer is null) return;
        Console.Out.WriteLine(FormattableString.Invariant($"{(string)balancer["route"]!}: {((double?)balancer["percent"] is { } percent ? FormattableString.Invariant($"{percent:0.##} % to the canary") : "its share is not known")}{((string?)balancer["fault"] is { } fault ? $"; {fault}" : "")}"));
    }

    static void PrintGate(JsonNode gate)
    {
        if ((int?)gate["servers"] is { } ready)
        {
            Console.Out.WriteLine(FormattableString.Invariant($"gate: {ready:N0} of the canary's servers ready; {(long)gate["replayed"]!["requests"]!:N0} queries replayed, {(long)gate["replayed"]!["errors"]!:N0} fail, {(long)gate["replayed"]!["slow"]!:N0} slow, {(long)gate["replayed"]!["empty"]!:N0} empty"));
            foreach (var reason in gate["reasons"]!.AsArray()) Console.Out.WriteLine($"gate: {(string)reason!}");
            return;
        }
        Console.Out.WriteLine(FormattableString.Invariant(
            $"gate: {(long)gate["items"]!:N0} items asked (live {(long)gate["liveItems"]!:N0}), {(long)gate["errors"]!:N0} fail, {(long)gate["empty"]!:N0} empty (live {(long)gate["liveEmpty"]!:N0}), {(long)gate["shortLists"]!:N0} short, {(long)gate["self"]!:N0} self, {(long)gate["hidden"]!:N0} hidden, {(long)gate["duplicate"]!:N0} twice; {(long)gate["replayed"]!["requests"]!:N0} queries replayed"));
        if (gate["overlap"] is { } overlap) Console.Out.WriteLine(FormattableString.Invariant($"gate: {(double)overlap:P1} of the first ten places in common with live{(gate["quality"] is { } quality ? FormattableString.Invariant($"; nDCG@10 {(double)quality:+0.0000;-0.0000;0} ({(double)gate["qualityLow"]!:0.0000} to {(double)gate["qualityHigh"]!:0.0000})") : "")}"));
        foreach (var reason in gate["reasons"]!.AsArray()) Console.Out.WriteLine($"gate: {(string)reason!}");
    }

    /// <summary>All of a collection.</summary>
    internal static void PrintList(JsonArray rollouts)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("rollout", "started", "by", "candidate", "state", "why");
        foreach (var one in rollouts)
            table.AddRow($"{one!["number"]}", Moment(one["startedAt"]!), Markup.Escape((string)one["startedBy"]!), (string)one["candidate"]!, (string)one["state"]!, Markup.Escape((string)one["why"]!));
        AnsiConsole.Write(table);
    }

    /// <summary>What was decided in one.</summary>
    internal static void PrintHistory(JsonArray history)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("when", "act", "by", "from", "to", "why");
        foreach (var entry in history)
            table.AddRow(Moment(entry!["at"]!), (string)entry["act"]!, Markup.Escape((string)entry["by"]!), (string)entry["from"]!, (string)entry["to"]!, Markup.Escape((string)entry["why"]!));
        AnsiConsole.Write(table);
    }

    // What the judge waits for, he says himself.
    static string? Waits(JsonNode rollout) => (string)rollout["state"]! switch
    {
        "queued" => "the rollout before it, until that has ended",
        "gating" when rollout["gate"] is null => $"the gate: a {(rollout["route"] is null ? "server" : "gateway")} that runs looks at it first",
        "paused" => "somebody who resumes, aborts or promotes it",
        _ => null,
    };

    static string Moment(JsonNode at) => FormattableString.Invariant($"{DateTimeOffset.Parse((string)at!, CultureInfo.InvariantCulture).UtcDateTime:yyyy-MM-dd HH:mm:ss}Z");

    static string Share(JsonNode share) => FormattableString.Invariant($"{(long)share["bad"]!:N0} of {(long)share["total"]!:N0}");

    static string Number(JsonNode number) => FormattableString.Invariant($"{(double)number:F2}");
}
