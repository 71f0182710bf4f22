using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Cantor.Corpus;
using Cantor.Storage;
using Cantor.Storage.Rollouts;
using Spectre.Console;

namespace Cantor.Cli.Commands;

/// <summary>cantor rollout: a release tried on a share of the units, in a store or at a server.</summary>
static class RolloutCommand
{
    const int Looks = 2;

    internal static Command Make() => new("rollout", "Tries a release on a share of the units before it is live.\n\nExample: cantor rollout start articles 20261124T101500Z-0123abcd")
    {
        Start(), Status(),
        Act("pause", "Keeps the share as it is; nothing is judged.", (by, why) => new RolloutAct.Pause(by, why)),
        Act("resume", "Goes on; the step begins anew.", (by, why) => new RolloutAct.Resume(by, why)),
        Act("abort", "Takes the release back: nobody gets it. Servers follow within a second.", (by, why) => new RolloutAct.Abort(by, why)),
        Act("promote", "Makes the release live at once, whatever the judge thinks of it.", (by, why) => new RolloutAct.Promote(by, why)),
        History(),
    };

    /// <summary>Where a command acts: in a store, or at a server.</summary>
    sealed record Place(string? Server, string? Store, string Data, string Collection)
    {
        internal string Address => $"/v1/collections/{Uri.EscapeDataString(Collection)}/rollouts";
    }

    static Place PlaceOf(Where where, ParseResult parsed) =>
        new(parsed.GetValue(where.Server), parsed.GetValue(where.Store), parsed.GetValue(where.Data)!, parsed.GetValue(where.Collection)!);

    static Option<string?> Why() => new("--why") { Description = "The reason, for whoever reads the history." };

    static Option<long?> Number() => new("--rollout") { Description = "Which rollout, by its number; the one under way, else the last one, when not given." };

    static Command Start()
    {
        var (where, why) = (new Where(), Why());
        var release = new Argument<string>("RELEASE") { Description = "The release's version; cantor releases COLLECTION lists them." };
        var force = new Option<bool>("--force") { Description = "Pass the gate whatever it finds; it is on record." };
        var command = new Command("start", "Begins a rollout: a server puts the release through the gate, then gives it to a share of the units, step by step.\n\nExample: cantor rollout start articles 20261124T101500Z-0123abcd") { where.Collection, release, why, force, where.Data, where.Store, where.Server, where.Json };
        command.Runs(async (parsed, cancellationToken) =>
        {
            var place = PlaceOf(where, parsed);
            JsonNode started;
            if (RemoteServer.Of(place.Server) is { } remote)
                using (remote)
                {
                    var body = new JsonObject { ["release"] = parsed.GetValue(release), ["force"] = parsed.GetValue(force) };
                    if (parsed.GetValue(why) is { } reason) body["why"] = reason;
                    started = (await remote.SendAsync(HttpMethod.Post, place.Address, cancellationToken, body.ToJsonString()))!;
                }
            else
            {
                await using var store = await Shared.OpenStoreAsync(place.Store, place.Data, cancellationToken);
                var settings = CollectionSettings.Parse((await store.Collections.FindAsync(place.Collection, cancellationToken))?.Config ?? throw new InputFaultException("COLLECTION", null, $"there is no collection {place.Collection} in {store.Name}"));
                started = RolloutView.Summary(await store.Rollouts.StartAsync(RolloutSubject.Release, place.Collection, parsed.GetValue(release)!, null, settings.Rollout, parsed.GetValue(force), Environment.UserName, parsed.GetValue(why) ?? "start", cancellationToken));
            }
            if (parsed.GetValue(where.Json)) Shared.PrintJson(started);
            else Console.Out.WriteLine($"rollout {started["number"]} of {place.Collection}: {started["candidate"]} is {started["state"]}; cantor rollout status {place.Collection} --watch");
            return Exit.Done;
        });
        return command;
    }

    static Command Status()
    {
        var (where, number) = (new Where(), Number());
        var watch = new Option<bool>("--watch") { Description = "Look again every two seconds until it has ended." };
        var command = new Command("status", "Tells how a rollout stands: its share, what was counted, the boundaries, and what it waits for.\n\nExample: cantor rollout status articles --watch") { where.Collection, number, watch, where.Data, where.Store, where.Server, where.Json };
        command.Runs(async (parsed, cancellationToken) =>
        {
            var place = PlaceOf(where, parsed);
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
        var (where, why, number) = (new Where(), Why(), Number());
        var command = new Command(verb, $"{says}\n\nExample: cantor rollout {verb} articles --why \"a reason\"") { where.Collection, why, number, where.Data, where.Store, where.Server, where.Json };
        command.Runs(async (parsed, cancellationToken) =>
        {
            var place = PlaceOf(where, parsed);
            JsonNode after;
            if (RemoteServer.Of(place.Server) is { } remote)
                using (remote)
                    after = (await remote.SendAsync(HttpMethod.Post, $"{place.Address}/{NameOf(parsed.GetValue(number))}:{verb}", cancellationToken, parsed.GetValue(why) is { } reason ? new JsonObject { ["why"] = reason }.ToJsonString() : null))!;
            else
            {
                await using var store = await Shared.OpenStoreAsync(place.Store, place.Data, cancellationToken);
                var rollout = await FindAsync(store, place.Collection, parsed.GetValue(number), cancellationToken);
                var (next, refused) = await store.Rollouts.ActAsync(rollout, actOf(Environment.UserName, parsed.GetValue(why) ?? verb), cancellationToken);
                after = RolloutView.Summary(next ?? throw new InputFaultException($"rollout {rollout.Number}", null, refused!));
            }
            if (parsed.GetValue(where.Json)) Shared.PrintJson(after);
            else Console.Out.WriteLine(FormattableString.Invariant($"rollout {after["number"]} of {place.Collection}: {after["state"]}, {(double)after["percent"]!:0.##} % of the units get {after["candidate"]}"));
            return Exit.Done;
        });
        return command;
    }

    static Command History()
    {
        var (where, number) = (new Where(), Number());
        var command = new Command("history", "Lists a collection's rollouts; with --rollout everything that was decided in one, by whom, when and by which numbers.\n\nExample: cantor rollout history articles --rollout 12") { where.Collection, number, where.Data, where.Store, where.Server, where.Json };
        command.Runs(async (parsed, cancellationToken) =>
        {
            var place = PlaceOf(where, parsed);
            var rows = parsed.GetValue(number) is { } one ? (await DetailAsync(place, one, cancellationToken))["history"]!.AsArray() : await ListAsync(place, cancellationToken);
            if (parsed.GetValue(where.Json)) Shared.PrintJson(rows);
            else if (parsed.GetValue(number) is null) RolloutText.PrintList(rows);
            else RolloutText.PrintHistory(rows);
            return rows.Count > 0 ? Exit.Done : Exit.Empty;
        });
        return command;
    }

    static string NameOf(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "current";

    static async Task<JsonArray> ListAsync(Place place, CancellationToken cancellationToken)
    {
        if (RemoteServer.Of(place.Server) is { } remote)
            using (remote) return (await remote.SendAsync(HttpMethod.Get, place.Address, cancellationToken))!["rollouts"]!.AsArray();
        await using var store = await Shared.OpenStoreAsync(place.Store, place.Data, cancellationToken);
        return [.. (await store.Rollouts.ListAsync(RolloutSubject.Release, place.Collection, 50, cancellationToken)).Select(RolloutView.Summary)];
    }

    static async Task<JsonNode> DetailAsync(Place place, long? number, CancellationToken cancellationToken)
    {
        if (RemoteServer.Of(place.Server) is { } remote)
            using (remote) return (await remote.SendAsync(HttpMethod.Get, $"{place.Address}/{NameOf(number)}", cancellationToken))!;
        await using var store = await Shared.OpenStoreAsync(place.Store, place.Data, cancellationToken);
        var rollout = await FindAsync(store, place.Collection, number, cancellationToken);
        return RolloutView.Detail(rollout, await store.Rollouts.StandAsync(rollout, cancellationToken), await store.Rollouts.HistoryAsync(rollout.Number, cancellationToken));
    }

    static async Task<Rollout> FindAsync(Store store, string collection, long? number, CancellationToken cancellationToken)
    {
        if (number is { } wanted)
            return await store.Rollouts.FindAsync(wanted, cancellationToken) is { } found && found.Name == collection ? found
                : throw new InputFaultException("--rollout", null, $"{collection} has no rollout {wanted} in {store.Name}; cantor rollout history {collection} lists them");
        var all = await store.Rollouts.ListAsync(RolloutSubject.Release, collection, 50, cancellationToken);
        return all.FirstOrDefault(rollout => rollout.IsActive) ?? (all.Count > 0 ? all[0] : throw new InputFaultException("COLLECTION", null, $"{collection} has no rollout in {store.Name}"));
    }
}
