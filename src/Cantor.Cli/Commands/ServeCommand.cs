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
        var drain = new Option<double>("--drain") { Description = "Seconds to go on serving after SIGTERM, 0 to 600." };
        var command = new Command("serve", "Serves the live releases over HTTP until Ctrl-C.\n\nExample: cantor serve --urls http://127.0.0.1:8080") { data, urls, drain };
        command.Runs((parsed, cancellationToken) => RunAsync(parsed.GetValue(data)!, parsed.GetValue(urls)!, parsed.GetValue(drain), null, cancellationToken));
        return command;
    }

    /// <summary>Serves until a signal comes; the server's own lifetime listens for it and drains.</summary>
    internal static async Task<int> RunAsync(string data, string[] urls, double drain, Action<string>? started, CancellationToken cancellationToken)
    {
        if (!(drain >= 0 && drain <= ServerOptions.MaxDrain.TotalSeconds))
            throw new InputFaultException("--drain", null, FormattableString.Invariant($"expected 0 to {ServerOptions.MaxDrain.TotalSeconds} seconds, found {drain}"));
        await using var server = await CantorServer.CreateAsync(new() { DataDirectory = data, Urls = urls, Drain = TimeSpan.FromSeconds(drain) }, cancellationToken);
        await server.StartAsync(CancellationToken.None);
        started?.Invoke(CantorServer.Addresses(server).First());
        await Microsoft.Extensions.Hosting.HostingAbstractionsHostExtensions.WaitForShutdownAsync(server, CancellationToken.None);
        return Exit.Done;
    }
}
