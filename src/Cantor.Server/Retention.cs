using Cantor.Storage;
using Microsoft.Extensions.Hosting;

namespace Cantor.Server;

/// <summary>Deletes events that are older than their collection keeps them. Several servers may do it at once: it is the same.</summary>
sealed class Retention(ServerOptions options, LiveReleases live, StoreWatch watch) : BackgroundService
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
        }
        catch (StoreUnavailableException)
        {
            // The next time.
        }
    }
}
