using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Cantor.Corpus;
using Cantor.Gateway.Config;
using Cantor.Sources.Config;
using Cantor.Storage;
using Cantor.Storage.Rollouts;
using Spectre.Console;

namespace Cantor.Cli.Commands;

/// <summary>cantor rollout: a release, a route or a version of the server tried on a share before all get it, in a store or at a server.</summary>
static class RolloutCommand
{
    const int Looks = 2;

    internal static Command Make() => new("rollout", "Tries a release of a collection on a share of the units before it is live; so too a gateway's new side (--route) and a version of the server (--version).\n\nExample: cantor rollout start articles 20261124T101500Z-0123abcd\nExample: cantor rollout start --version 0.2.0")
    {
        Start(), Status(),
        Act("pause", "Keeps the share as it is; nothing is judged.", (by, why) => new RolloutAct.Pause(by, why)),
        Act("resume", "Goes on; the step begins anew.", (by, why) => new RolloutAct.Resume(by, why)),
        Act("abort", "Takes it back: nobody gets it. Servers follow within a second. A version is taken back after its promotion too.", (by, why) => new RolloutAct.Abort(by, why)),
        Act("promote", "Gives it to everybody at once, whatever the judge thinks of it.", (by, why) => new RolloutAct.Promote(by, why)),
        History(),
    };

    static Option<string?> Why() => new("--why") { Description = "The reason, for whoever reads the history." };

    static Option<long?> Number() => new("--rollout") { Description = "Which rollout, by its number; the one under way, else the last one, when not given." };

    static Command Start()
    {
        var (where, why) = (new RolloutPlace.Options(), Why());
        var release = new Argument<string?>("RELEASE") { Description = "The release's version; cantor releases COLLECTION lists them.", Arity = ArgumentArity.ZeroOrOne };
        var config = new Option<string?>("--config") { Description = "How it goes: of a route the gateway's file, gateway.yaml when not given; of a version a file with the part rollout, the defaults when not given. A collection's is in the store." };
        var force = new Option<bool>("--force") { Description = "Pass the gate whatever it finds; it is on record." };
        var command = new Command("start", "Begins a rollout: what is tried is put through a gate, then given to a share, step by step.\n\nExample: cantor rollout start articles 20261124T101500Z-0123abcd\nExample: cantor rollout start --version 0.2.0 --config rollout.yaml") { where.Collection, release, where.Route, where.Version, config, why, force, where.Data, where.Store, where.Server, where.Json };
        command.Runs(async (parsed, cancellationToken) =>
        {
            var place = where.Read(parsed, begins: true);
            var (version, file) = (parsed.GetValue(release), parsed.GetValue(config));
            if (place.Subject is RolloutSubject.Release && version is null) throw new InputFaultException("RELEASE", null, $"expected the release's version; {(place.Server is null ? $"cantor releases {place.Name} lists" : $"GET /v1/collections/{place.Name}/releases lists")} them");
            if (place.Subject is not RolloutSubject.Release && version is not null) throw new InputFaultException("RELEASE", null, $"expected none with {place.Typed}, found {version}");
            if (place.Subject is RolloutSubject.Version && place.Version is null) throw new InputFaultException("--version", null, "expected the version that is to be tried behind it");
            if (place.Subject is RolloutSubject.Release && file is not null) throw new InputFaultException("--config", null, "a collection's rollout goes as its stored configuration says; cantor build --config stores it");
            var started = await StartAsync(place, version ?? place.Version, file, parsed.GetValue(force), parsed.GetValue(why), cancellationToken);
            if (parsed.GetValue(where.Json)) Shared.PrintJson(started);
            else Console.Out.WriteLine($"rollout {started["number"]} of {place.Told}: {started["candidate"]} is {started["state"]}; cantor rollout status {place.Typed} --watch{(place.Server is { } server ? $" --server {server}" : "")}");
            return Exit.Done;
        });
        return command;
    }

    static async Task<JsonNode> StartAsync(RolloutPlace place, string? candidate, string? file, bool force, string? why, CancellationToken cancellationToken)
    {
        var plan = place.Subject is RolloutSubject.Version && file is not null ? PlanIn(file) : null;
        if (RemoteServer.Of(place.Server) is { } remote)
            using (remote)
            {
                var body = new JsonObject { [place.Subject is RolloutSubject.Version ? "version" : "release"] = candidate, ["force"] = force };
                if (why is not null) body["why"] = why;
                if (plan is not null) body["rollout"] = plan;
                return (await remote.SendAsync(HttpMethod.Post, place.Address, cancellationToken, body.ToJsonString()))!;
            }
        await using var store = await place.OpenAsync(cancellationToken);
        var (by, reason) = (Environment.UserName, why ?? "start");
        return RolloutView.Summary(place.Subject switch
        {
            RolloutSubject.Version => await store.Rollouts.StartAsync(RolloutSubject.Version, place.Name, candidate!, null, plan is null ? new() : RolloutPlan.Of(plan), force, by, reason, cancellationToken),
            RolloutSubject.Route => await StartRouteAsync(store, place.Name, file ?? "gateway.yaml", force, by, reason, cancellationToken),
            _ => await store.Rollouts.StartAsync(RolloutSubject.Release, place.Name, candidate!, null, await PlanOfAsync(store, place.Name, cancellationToken), force, by, reason, cancellationToken),
        });
    }

    // The store's own form of it, as the API takes it too.
    static JsonObject PlanIn(string file)
    {
        var plan = JsonNode.Parse(ServingFields.ReadRoute(YamlFields.Load(file, ["rollout"])).ToJsonString())!.AsObject();
        try
        {
            RolloutPlan.Of(plan);
            return plan;
        }
        catch (InputFaultException fault)
        {
            throw new InputFaultException(file, null, fault.Fault, fault);
        }
    }

    static async Task<RolloutPlan> PlanOfAsync(Store store, string collection, CancellationToken cancellationToken) =>
        CollectionSettings.Parse((await store.Collections.FindAsync(collection, cancellationToken))?.Config ?? throw new InputFaultException("COLLECTION", null, $"there is no collection {collection} in {store.Name}")).Rollout;

    static async Task<Rollout> StartRouteAsync(Store store, string name, string file, bool force, string by, string why, CancellationToken cancellationToken)
    {
        var config = GatewayFile.Load(file, Environment.GetEnvironmentVariable);
        var (gateway, route) = (name.Split('/')[0], name.Split('/')[1]);
        if (config.Name != gateway) throw new InputFaultException("--route", null, $"{file} is of the gateway {config.Name}; expected {config.Name}/{route}");
        return await store.Gateways.StartRolloutAsync(gateway, route, GatewayCommand.RouteOf(config, route, file).Rollout, force, by, why, cancellationToken);
    }

    static Command Status()
    {
        var (where, number) = (new RolloutPlace.Options(), Number());
        var watch = new Option<bool>("--watch") { Description = "Look again every two seconds until it has ended." };
        var command = new Command("status", "Tells how a rollout stands: its share, what was counted, the boundaries, and what it waits for.\n\nExample: cantor rollout status articles --watch\nExample: cantor rollout status --version --json") { where.Collection, where.Route, where.Version, number, watch, where.Data, where.Store, where.Server, where.Json };
        command.Runs(async (parsed, cancellationToken) =>
        {
            var place = where.Read(parsed);
            while (true)
            {
                var detail = await DetailAsync(place, parsed.GetValue(number), cancellationToken);
                if (parsed.GetValue(where.Json)) Shared.PrintJson(detail);
                else
                {
                    if (parsed.GetValue(watch) && !Console.IsOutputRedirected) AnsiConsole.Clear();
                    RolloutText.Print(detail);
                }
                if (!parsed.GetValue(watch) || (string?)detail["endedAt"] is not null) return Exit.Done;
                await Task.Delay(TimeSpan.FromSeconds(Looks), cancellationToken);
            }
        });
        return command;
    }

    static Command Act(string verb, string says, Func<string, string, RolloutAct> actOf)
    {
        var (where, why, number) = (new RolloutPlace.Options(), Why(), Number());
        var command = new Command(verb, $"{says}\n\nExample: cantor rollout {verb} articles --why \"a reason\"") { where.Collection, where.Route, where.Version, why, number, where.Data, where.Store, where.Server, where.Json };
        command.Runs(async (parsed, cancellationToken) =>
        {
            var place = where.Read(parsed);
            JsonNode after;
            if (RemoteServer.Of(place.Server) is { } remote)
                using (remote)
                    after = (await remote.SendAsync(HttpMethod.Post, $"{place.Address}/{NameOf(parsed.GetValue(number))}:{verb}", cancellationToken, parsed.GetValue(why) is { } reason ? new JsonObject { ["why"] = reason }.ToJsonString() : null))!;
            else
            {
                await using var store = await place.OpenAsync(cancellationToken);
                var rollout = await FindAsync(store, place, parsed.GetValue(number), cancellationToken);
                var (next, refused) = await store.Rollouts.ActAsync(rollout, actOf(Environment.UserName, parsed.GetValue(why) ?? verb), cancellationToken);
                after = RolloutView.Summary(next ?? throw new InputFaultException($"rollout {rollout.Number}", null, refused!));
            }
            if (parsed.GetValue(where.Json)) Shared.PrintJson(after);
            else Console.Out.WriteLine(FormattableString.Invariant($"rollout {after["number"]} of {place.Told}: {after["state"]}, {(double)after["percent"]!:0.##} % of the {place.Share} get {after["candidate"]}"));
            return Exit.Done;
        });
        return command;
    }

    static Command History()
    {
        var (where, number) = (new RolloutPlace.Options(), Number());
        var command = new Command("history", "Lists the rollouts of a collection, a route or the server's version; with --rollout everything that was decided in one, by whom, when and by which numbers.\n\nExample: cantor rollout history articles --rollout 12") { where.Collection, where.Route, where.Version, number, where.Data, where.Store, where.Server, where.Json };
        command.Runs(async (parsed, cancellationToken) =>
        {
            var place = where.Read(parsed);
            var rows = parsed.GetValue(number) is { } one ? (await DetailAsync(place, one, cancellationToken))["history"]!.AsArray() : await ListAsync(place, cancellationToken);
            if (parsed.GetValue(where.Json)) Shared.PrintJson(rows);
            else if (parsed.GetValue(number) is null) RolloutText.PrintList(rows);
            else RolloutText.PrintHistory(rows);
            return rows.Count > 0 ? Exit.Done : Exit.Empty;
        });
        return command;
    }

    static string NameOf(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "current";

    static async Task<JsonArray> ListAsync(RolloutPlace place, CancellationToken cancellationToken)
    {
        if (RemoteServer.Of(place.Server) is { } remote)
            using (remote) return (await remote.SendAsync(HttpMethod.Get, place.Address, cancellationToken))!["rollouts"]!.AsArray();
        await using var store = await place.OpenAsync(cancellationToken);
        return [.. (await store.Rollouts.ListAsync(place.Subject, place.Name, 50, cancellationToken)).Select(RolloutView.Summary)];
    }

    static async Task<JsonNode> DetailAsync(RolloutPlace place, long? number, CancellationToken cancellationToken)
    {
        if (RemoteServer.Of(place.Server) is { } remote)
            using (remote) return (await remote.SendAsync(HttpMethod.Get, $"{place.Address}/{NameOf(number)}", cancellationToken))!;
        await using var store = await place.OpenAsync(cancellationToken);
        var rollout = await FindAsync(store, place, number, cancellationToken);
        return RolloutView.Detail(rollout, await store.Rollouts.StandAsync(rollout, cancellationToken), await store.Rollouts.HistoryAsync(rollout.Number, cancellationToken),
            place.Subject is RolloutSubject.Version ? await store.Servers.LivingAsync(cancellationToken) : null);
    }

    static async Task<Rollout> FindAsync(Store store, RolloutPlace place, long? number, CancellationToken cancellationToken)
    {
        if (number is { } wanted)
            return await store.Rollouts.FindAsync(wanted, cancellationToken) is { } found && found.Subject == place.Subject && found.Name == place.Name ? found
                : throw new InputFaultException("--rollout", null, $"{place.Told} has no rollout {wanted} in {store.Name}; cantor rollout history {place.Typed} lists them");
        var all = await store.Rollouts.ListAsync(place.Subject, place.Name, 50, cancellationToken);
        return all.FirstOrDefault(rollout => rollout.IsActive) ?? (all.Count > 0 ? all[0] : throw new InputFaultException(place.Subject is RolloutSubject.Release ? "COLLECTION" : place.Typed, null, $"{place.Told} has no rollout in {store.Name}"));
    }
}
