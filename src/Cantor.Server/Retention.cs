using Cantor.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cantor.Server;

/// <summary>
/// Deletes events that are older than their collection keeps them, and this machine's copies of releases that the store forgot.
/// Several servers may do it at once: it is the same.
/// </summary>
sealed class Retention(ServerOptions options, LiveReleases live, StoreWatch watch, ILogger<Retention> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.RetentionInterval);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await DeleteAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    async Task DeleteAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var served in live.Current.InOrder)
                if (served.Settings.KeepDays is { } days)
                    await watch.Store.Events.DeleteBeforeAsync(served.Name, options.Time.GetUtcNow().AddDays(-days), cancellationToken);
            // Where the store is on this machine, whoever prunes deletes the files too.
            if (options.IsStoreRemote) DeleteCopies();
        }
        catch (Exception fault) when (fault is StoreUnavailableException or IOException or UnauthorizedAccessException)
        {
            Log.NotDeleted(logger, fault.Message); // the next time
        }
    }

    void DeleteCopies()
    {
        using var registry = watch.Store.Registry(options.DataDirectory);
        foreach (var served in live.Current.InOrder)
            foreach (var version in registry.Forgotten(served.Name, registry.VersionsHere(served.Name)))
                if (version != served.Release?.Version)
                    File.Delete(registry.PathOf(served.Name, version));
    }
}
