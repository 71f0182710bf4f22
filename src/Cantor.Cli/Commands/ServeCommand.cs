using System.CommandLine;
using Cantor.Corpus;
using Cantor.Server;

namespace Cantor.Cli.Commands;

static class ServeCommand
{
    internal static Option<string[]> Urls() => new("--urls")
    {
        Description = "Where to listen.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => ["http://127.0.0.1:8080"],
    };

    internal static Command Make()
    {
        var (data, urls) = (Shared.Data(), Urls());
        var drain = DrainOption();
        var store = Shared.Store();
        var open = new Option<bool>("--open") { Description = "Serve other machines although there are no keys: whoever reaches the server may read and write." };
        var blobs = Shared.Blobs();
        var whenStale = new Option<WhenStale>("--when-stale") { Description = "What to do when the store is away for more than 5 s: serve, with the header Cantor-Stale, or refuse." };
        var overlay = new Option<int?>("--overlay-max") { Description = "How many items may be pushed over a release before it must be built anew; 10,000 when not given." };
        var connections = new Option<int?>("--max-connections") { Description = "Connections held open at once; 10,000 when not given." };
        var log = new Option<LogFormat>("--log") { Description = "How log lines look: plain, or json, an object a line." };
        var command = new Command("serve", "Serves the live releases over HTTP until Ctrl-C.\n\nExample: cantor serve --urls http://127.0.0.1:8080") { data, store, urls, drain, blobs, whenStale, open, overlay, connections, log };
        command.Runs((parsed, cancellationToken) => RunAsync(
            new ServerOptions
            {
                DataDirectory = parsed.GetValue(data)!,
                Store = parsed.GetValue(store),
                Urls = parsed.GetValue(urls)!,
                Drain = Seconds(parsed.GetValue(drain)),
                Blobs = parsed.GetValue(blobs),
                RefuseWhenStale = parsed.GetValue(whenStale) is WhenStale.Refuse,
                Open = parsed.GetValue(open),
                OverlayMax = Shared.Between(1, parsed.GetValue(overlay) ?? 10_000, 1_000_000, "--overlay-max"),
                MaxConnections = Shared.Between(1, parsed.GetValue(connections) ?? 10_000, 1_000_000, "--max-connections"),
                Log = parsed.GetValue(log),
            }.With(Environment.GetEnvironmentVariable),
            null, cancellationToken));
        return command;
    }

    enum WhenStale
    {
        Serve,
        Refuse,
    }

    internal static Option<double> DrainOption() => new("--drain") { Description = "Seconds to go on serving after SIGTERM, 0 to 600." };

    internal static TimeSpan Seconds(double drain) => drain >= 0 && drain <= ServerOptions.MaxDrain.TotalSeconds
        ? TimeSpan.FromSeconds(drain)
        : throw new InputFaultException("--drain", null, FormattableString.Invariant($"expected 0 to {ServerOptions.MaxDrain.TotalSeconds} seconds, found {drain}"));

    /// <summary>Serves until a signal comes; the server's own lifetime listens for it and drains.</summary>
    internal static async Task<int> RunAsync(ServerOptions options, Action<string>? started, CancellationToken cancellationToken)
    {
        await using var server = await CantorServer.CreateAsync(options, cancellationToken);
        await server.StartAsync(CancellationToken.None);
        started?.Invoke(CantorServer.Addresses(server).First());
        await Microsoft.Extensions.Hosting.HostingAbstractionsHostExtensions.WaitForShutdownAsync(server, CancellationToken.None);
        return Exit.Done;
    }
}
