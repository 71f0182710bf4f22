using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Cantor.Corpus;
using Cantor.Gateway.Config;
using Cantor.Gateway.Proxying;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cantor.Gateway;

/// <summary>
/// Reads the file again when it was written, or at SIGHUP, and serves by it from then on: no connection is closed, requests under
/// way end by the file before. A file that cannot be used changes nothing and is told once.
/// </summary>
sealed class ConfigReload(GatewayOptions options, LiveRoutes routes, ILogger<ConfigReload> logger) : BackgroundService
{
    string _seen = routes.Current.Config.Hash;
    int _told; // by a signal

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var signal = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            Volatile.Write(ref _told, 1);
        });
        using var timer = new PeriodicTimer(options.Interval, options.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) Look();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    /// <summary>One look at the file.</summary>
    internal void Look()
    {
        var told = Interlocked.Exchange(ref _told, 0) != 0;
        try
        {
            var hash = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(options.ConfigFile)).AsSpan(0, 4));
            if (hash == _seen && !told) return;
            _seen = hash;
            var (now, before) = (GatewayFile.Load(options.ConfigFile, options.Environment), routes.Current.Config);
            if (now.Name != before.Name || now.Queue != before.Queue || now.Workers != before.Workers || !now.Urls.SequenceEqual(before.Urls))
                throw new InputFaultException(options.ConfigFile, null, "name, urls, queue and workers are read at the start only; start the gateway anew");
            routes.Configure(now);
            Log.Reloaded(logger, options.ConfigFile, now.Hash);
        }
        catch (InputFaultException fault)
        {
            Log.NotReloaded(logger, fault.Message);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Between an editor's taking the old file away and putting the new one there; told if it stays so.
            if (_seen.Length > 0) Log.NotReloaded(logger, fault.Message);
            _seen = "";
        }
    }
}
