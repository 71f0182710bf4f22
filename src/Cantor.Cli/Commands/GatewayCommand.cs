using System.CommandLine;
using Cantor.Cli.Reports;
using Cantor.Corpus;
using Cantor.Corpus.Rows;
using Cantor.Gateway;
using Cantor.Gateway.Config;
using Cantor.Gateway.Shadowing;
using Cantor.Judging;
using Cantor.Server;
using Cantor.Storage;
using Cantor.Storage.Gateways;
using Cantor.Storage.Rollouts;
using Microsoft.Extensions.Hosting;

namespace Cantor.Cli.Commands;

/// <summary>cantor gateway: stands before an old and a new API, and moves routes from one to the other.</summary>
static class GatewayCommand
{
    const int MostChanges = 10;

    internal static Command Make()
    {
        var (where, urls) = (new Where(), new Option<string[]>("--urls") { Description = "Where to listen, in place of what the file says.", AllowMultipleArgumentsPerToken = true });
        var drain = ServeCommand.DrainOption();
        var log = new Option<LogFormat>("--log") { Description = "How log lines look: plain, or json, an object a line." };
        var command = new Command("gateway", "Stands before an old and a new API until Ctrl-C, and answers each route by one of them.\n\nExample: cantor gateway --config gateway.yaml") { where.Config, where.Data, where.Store, urls, drain, log, Set(), Status(), Report() };
        command.Runs(async (parsed, cancellationToken) =>
        {
            await using var gateway = await GatewayServer.CreateAsync(new()
            {
                ConfigFile = parsed.GetValue(where.Config)!,
                DataDirectory = parsed.GetValue(where.Data)!,
                Store = parsed.GetValue(where.Store),
                Urls = parsed.GetValue(urls) is { Length: > 0 } given ? given : null,
                Drain = ServeCommand.Seconds(parsed.GetValue(drain)),
                Log = parsed.GetValue(log),
                Webhook = Environment.GetEnvironmentVariable("CANTOR_WEBHOOK") is { Length: > 0 } webhook ? webhook : null,
                Service = Environment.GetEnvironmentVariable("CANTOR_SERVICE") is { Length: > 0 } service ? service : null,
                Address = ServerOptions.AddressIn(Environment.GetEnvironmentVariable),
            }, cancellationToken);
            await gateway.StartAsync(CancellationToken.None);
            await gateway.WaitForShutdownAsync(CancellationToken.None);
            return Exit.Done;
        });
        return command;
    }

    /// <summary>The options of all of it: the file, and the store.</summary>
    internal sealed class Where
    {
        internal Option<string> Config { get; } = new("--config") { Description = "The gateway's file.", DefaultValueFactory = _ => "gateway.yaml" };

        internal Option<string> Data { get; } = Shared.Data();

        internal Option<string?> Store { get; } = Shared.Store();

        internal Option<bool> Json { get; } = Shared.AsJson();

        internal GatewayConfig Load(ParseResult parsed) => GatewayFile.Load(parsed.GetValue(Config)!, Environment.GetEnvironmentVariable);

        internal Task<Store> OpenAsync(ParseResult parsed, CancellationToken cancellationToken) => Shared.OpenStoreAsync(parsed.GetValue(Store), parsed.GetValue(Data)!, cancellationToken);
    }

    /// <summary>Where a route may be put.</summary>
    enum To
    {
        Shadow,
        Canary,
        Cutover,
        Back,
        Rollout,
        Pause,
        Resume,
    }

    static Command Set()
    {
        var where = new Where();
        var route = new Argument<string>("ROUTE") { Description = "The route, as the file names it." };
        var to = new Argument<string>("TO") { Description = "shadow: the old side, compared; canary PERCENT: the new side for a share of the units; cutover: the new side; back: the old side; rollout: by steps, judged; pause, resume: of a rollout." };
        to.AcceptOnlyFromAmong([.. Enum.GetNames<To>().Select(name => name.ToLowerInvariant())]);
        var percent = new Argument<double?>("PERCENT") { Description = "With canary: the share of the units, 0.01 to 100.", Arity = ArgumentArity.ZeroOrOne };
        var why = new Option<string?>("--why") { Description = "The reason, for whoever reads the history." };
        var force = new Option<bool>("--force") { Description = "With rollout: begin whatever was compared; it is on record." };
        var command = new Command("set", "Says who answers a route. Gateways follow within milliseconds.\n\nExample: cantor gateway set related canary 5 --why \"first users\"\nExample: cantor gateway set related back") { route, to, percent, why, force, where.Config, where.Data, where.Store, where.Json };
        command.Runs(async (parsed, cancellationToken) =>
        {
            var config = where.Load(parsed);
            var name = parsed.GetValue(route)!;
            var chosen = RouteOf(config, name, parsed.GetValue(where.Config)!);
            var target = Enum.Parse<To>(parsed.GetValue(to)!, ignoreCase: true);
            var share = parsed.GetValue(percent);
            if (target is To.Canary != share is not null) throw new InputFaultException("PERCENT", null, target is To.Canary ? "expected the share of the units behind canary, 0.01 to 100" : $"expected nothing behind {parsed.GetValue(to)}");
            await using var store = await where.OpenAsync(parsed, cancellationToken);
            var (by, reason) = (Environment.UserName, parsed.GetValue(why) ?? parsed.GetValue(to)!);
            switch (target)
            {
                case To.Rollout:
                    await store.Gateways.StartRolloutAsync(config.Name, name, chosen.Rollout, parsed.GetValue(force), by, reason, cancellationToken);
                    break;
                case To.Pause or To.Resume:
                    var rollout = (await store.Rollouts.ListAsync(RolloutSubject.Route, GatewayTable.RolloutName(config.Name, name), 1, cancellationToken)) is [{ IsActive: true } running] ? running
                        : throw new InputFaultException("ROUTE", null, $"{name} has no rollout under way; cantor gateway set {name} rollout begins one");
                    var (next, refused) = await store.Rollouts.ActAsync(rollout, target is To.Pause ? new RolloutAct.Pause(by, reason) : new RolloutAct.Resume(by, reason), cancellationToken);
                    if (next is null) throw new InputFaultException($"rollout {rollout.Number}", null, refused!);
                    break;
                default:
                    var weight = share is null ? 0 : (int)Math.Round(100 * Shared.Between(.01, share.Value, 100, "PERCENT"));
                    var mode = target switch { To.Shadow => RouteMode.Shadow, To.Canary => RouteMode.Canary, To.Cutover => RouteMode.Cutover, _ => RouteMode.Old };
                    await store.Gateways.SetAsync(config.Name, name, mode, weight, by, reason, cancellationToken);
                    break;
            }
            var stands = await GatewayStatus.ReadAsync(store, config, MostChanges, TimeProvider.System, cancellationToken);
            if (parsed.GetValue(where.Json)) Shared.PrintJson(stands.Routes.Single(one => one.Route == name));
            else Console.Out.WriteLine(stands.Routes.Single(one => one.Route == name).Told());
            return Exit.Done;
        });
        return command;
    }

    static Command Status()
    {
        var where = new Where();
        var watch = new Option<bool>("--watch") { Description = "Look again every two seconds." };
        var command = new Command("status", "Tells where every route stands, who put it there, what each gateway counted, and what a rollout waits for.\n\nExample: cantor gateway status") { watch, where.Config, where.Data, where.Store, where.Json };
        command.Runs(async (parsed, cancellationToken) =>
        {
            var config = where.Load(parsed);
            await using var store = await where.OpenAsync(parsed, cancellationToken);
            while (true)
            {
                var status = await GatewayStatus.ReadAsync(store, config, MostChanges, TimeProvider.System, cancellationToken);
                if (parsed.GetValue(where.Json)) Shared.PrintJson(status);
                else
                {
                    if (parsed.GetValue(watch) && !Console.IsOutputRedirected) Spectre.Console.AnsiConsole.Clear();
                    status.Print();
                }
                if (!parsed.GetValue(watch)) return Exit.Done;
                await Task.Delay(TimeSpan.FromSeconds(2), cancellationToken);
            }
        });
        return command;
    }

    static Command Report()
    {
        var where = new Where();
        var route = new Argument<string?>("ROUTE") { Description = "The route; all that were compared when not given.", Arity = ArgumentArity.ZeroOrOne };
        var since = new Option<string?>("--since") { Description = "Pairs from then on: a time such as 2026-11-24T10:00:00Z, or 30m, 6h, 1d ago. Since the route was last put at shadow when not given." };
        var html = new Option<string?>("--html") { Description = "Write a page with plots to this file, written whole or not at all." };
        var most = new Option<int>("--most") { Description = "How many of the worst examples are shown, 0 to 1,000.", DefaultValueFactory = _ => 5 };
        var command = new Command("report", "Tells what comparing both sides found out: equivalent, different, or not enough data, and why. Exits with 1 when a route is different, 3 when there is not enough data.\n\nExample: cantor gateway report related --html related.html") { route, since, html, most, where.Config, where.Data, where.Store, where.Json };
        command.Runs(async (parsed, cancellationToken) =>
        {
            var config = where.Load(parsed);
            var shown = Shared.Between(0, parsed.GetValue(most), 1000, "--most");
            var from = parsed.GetValue(since) is { } text ? SinceOf(text) : (DateTimeOffset?)null;
            IReadOnlyList<RouteConfig> routes = parsed.GetValue(route) is { } name ? [RouteOf(config, name, parsed.GetValue(where.Config)!)] : config.Routes;
            await using var store = await where.OpenAsync(parsed, cancellationToken);
            var reports = new List<ShadowReport>();
            foreach (var one in routes) reports.Add(await ShadowReport.ReadAsync(store.Gateways, config, one, from, shown, cancellationToken));
            if (parsed.GetValue(html) is { } page) await WholeFile.WriteAsync(page, temporary => File.WriteAllTextAsync(temporary, ShadowPage.Of(config.Name, reports), cancellationToken));
            if (parsed.GetValue(where.Json)) Shared.PrintJson(reports.Select(report => new { Result = ShadowText.Told(report.Verdict), Report = report }));
            else foreach (var report in reports) ShadowText.Print(report);
            return reports.Exists(report => report.Verdict is Likeness.Different) ? Exit.Different : reports.Exists(report => report.Verdict is Likeness.NotEnoughData) ? Exit.Unknown : Exit.Done;
        });
        return command;
    }

    static DateTimeOffset SinceOf(string text)
    {
        if (TimeText.TryParse(System.Text.Encoding.UTF8.GetBytes(text), out var time)) return time;
        var ago = text.Length > 1 && int.TryParse(text.AsSpan(0, text.Length - 1), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var count)
            ? text[^1] switch { 's' => TimeSpan.FromSeconds(count), 'm' => TimeSpan.FromMinutes(count), 'h' => TimeSpan.FromHours(count), 'd' => TimeSpan.FromDays(count), _ => (TimeSpan?)null }
            : null;
        return ago is { } span ? TimeProvider.System.GetUtcNow() - span : throw new InputFaultException("--since", null, $"expected {TimeText.Expected}, or a time ago such as 30m, 6h or 1d, found {text}");
    }

    internal static RouteConfig RouteOf(GatewayConfig config, string name, string file) => config.Routes.FirstOrDefault(one => one.Name == name)
        ?? throw new InputFaultException("ROUTE", null, $"{file} has no route {name}; {Shared.DidYouMean(name, config.Routes.Select(one => one.Name)) ?? $"it has {string.Join(", ", config.Routes.Select(one => one.Name))}"}");
}
