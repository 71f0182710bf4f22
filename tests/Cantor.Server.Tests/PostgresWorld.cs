using Cantor.Storage;

namespace Cantor.Server.Tests;

/// <summary>A world whose store is a PostgreSQL of its own, to be stopped and killed, and servers on it, each with a disk of its own.</summary>
sealed class PostgresWorld : IAsyncDisposable
{
    readonly DirectoryInfo _places = Directory.CreateTempSubdirectory("cantor-servers-");

    PostgresWorld(PostgresProcess postgres, Store store) => (Postgres, Store, World) = (postgres, store, new(store));

    internal PostgresProcess Postgres { get; }

    internal Store Store { get; }

    internal World World { get; }

    internal static async Task<PostgresWorld> MakeAsync()
    {
        var postgres = await PostgresProcess.StartAsync();
        try
        {
            return new(postgres, await postgres.OpenAsync());
        }
        catch
        {
            await postgres.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        World.Dispose();
        await Store.DisposeAsync();
        await Postgres.DisposeAsync();
        _places.Delete(recursive: true);
    }

    /// <summary>The data directory of a server.</summary>
    internal string DiskOf(int number) => Path.Combine(_places.FullName, $"{number}");

    /// <summary>Starts a server; releases come from a place that all reach.</summary>
    /// <param name="number">Whose disk it has.</param>
    /// <param name="change">What else is to be of its options.</param>
    internal Task<RunningServer> StartAsync(int number, Func<ServerOptions, ServerOptions> change) => RunningServer.StartAsync(World, options => change(options with
    {
        DataDirectory = DiskOf(number),
        Store = Postgres.Address,
        Blobs = World.Registry.ReleasesDirectory,
        PollInterval = TimeSpan.FromMilliseconds(100),
    }));
}
