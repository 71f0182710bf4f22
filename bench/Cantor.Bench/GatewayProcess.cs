using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Cantor.Gateway;
using Cantor.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Configuration;

namespace Cantor.Bench;

/// <summary>What <see cref="GatewayBenchmark"/> starts, each in a process of its own: a side, YARP alone, the gateway.</summary>
sealed class GatewayProcess : IDisposable
{
    readonly Process _process;

    GatewayProcess(Process process, string url) => (_process, Url) = (process, url);

    internal string Url { get; }

    internal static async Task<GatewayProcess> StartAsync(CancellationToken cancellationToken, params string[] args)
    {
        var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, args) { RedirectStandardOutput = true })!;
        while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
            if (line.StartsWith("at ", StringComparison.Ordinal)) return new(process, line[3..]);
        throw new InvalidOperationException($"{string.Join(' ', args)} ended before it listened");
    }

    /// <summary>Sends a signal: KILL, STOP, CONT.</summary>
    internal void Signal(string name)
    {
        if (_process.HasExited) return;
        using var kill = Process.Start("kill", [$"-{name}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    /// <summary>A side: a list of ten, at once. Of every so many seconds it fails the last few: half of its answers are errors, the others do not come.</summary>
    internal static async Task SideAsync(int port, double every, double lasts)
    {
        var list = System.Text.Encoding.UTF8.GetBytes("{\"items\":[" + string.Join(',', Enumerable.Range(0, 10).Select(i => $"{{\"id\":\"item-{i}\",\"title\":\"The title of item {i}\"}}")) + "]}");
        var builder = Empty($"http://127.0.0.1:{port}");
        await using var app = builder.Build();
        var (began, asked) = (Stopwatch.GetTimestamp(), 0);
        app.Run(async context =>
        {
            if (every > 0 && Stopwatch.GetElapsedTime(began).TotalSeconds % every > every - lasts)
            {
                if (Interlocked.Increment(ref asked) % 2 == 0) await Task.Delay(TimeSpan.FromSeconds(10), context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                context.Response.StatusCode = 503;
                return;
            }
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = list.Length;
            await context.Response.Body.WriteAsync(list);
        });
        await RunAsync(app);
    }

    /// <summary>YARP as its documentation sets it up, and nothing else.</summary>
    internal static async Task YarpAsync(string side)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddReverseProxy().LoadFromMemory(
            [new() { RouteId = "all", ClusterId = "side", Match = new() { Path = "{**rest}" } }],
            [new ClusterConfig { ClusterId = "side", Destinations = new Dictionary<string, DestinationConfig> { ["one"] = new() { Address = side } } }]);
        await using var app = builder.Build();
        app.MapReverseProxy();
        await RunAsync(app);
    }

    /// <summary>The gateway, by a file.</summary>
    internal static async Task GatewayAsync(string config, string data)
    {
        await using var app = await GatewayServer.CreateAsync(new() { ConfigFile = config, DataDirectory = data }, CancellationToken.None);
        await RunAsync(app);
    }

    static WebApplicationBuilder Empty(string url)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls(url);
        return builder;
    }

    static async Task RunAsync(WebApplication app)
    {
        await app.StartAsync();
        Console.WriteLine($"at {CantorServer.Addresses(app).Single()}");
        await app.WaitForShutdownAsync();
    }

    internal static int FreePort()
    {
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }
}
