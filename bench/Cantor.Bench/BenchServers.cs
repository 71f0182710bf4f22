using Cantor.Server;
using Microsoft.AspNetCore.Builder;

namespace Cantor.Bench;

/// <summary>Servers on one store, as a load balancer has them, with a client each.</summary>
sealed class BenchServers : IAsyncDisposable
{
    readonly List<WebApplication> _servers = [];

    /// <summary>A client for each.</summary>
    internal List<HttpClient> Clients { get; } = [];

    /// <summary>Starts them.</summary>
    /// <param name="count">How many.</param>
    /// <param name="directory">The data directory, whose releases all serve.</param>
    /// <param name="store">A store elsewhere: each server has then a disk of its own and gets releases from the directory. Null for the directory's own.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    internal static async Task<BenchServers> StartAsync(int count, string directory, string? store, CancellationToken cancellationToken)
    {
        var started = new BenchServers();
        for (var i = 0; i < count; i++)
        {
            var data = store is null ? directory : Path.Combine(directory, $"server-{i}");
            var server = await CantorServer.CreateAsync(new() { DataDirectory = data, Store = store, Blobs = store is null ? null : Path.Combine(directory, "releases"), Urls = ["http://127.0.0.1:0"] }, cancellationToken);
            started._servers.Add(server);
            await server.StartAsync(cancellationToken);
            started.Clients.Add(new() { BaseAddress = new(CantorServer.Addresses(server).Single()) });
        }
        return started;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in Clients) client.Dispose();
        foreach (var server in _servers) await server.DisposeAsync();
    }
}
