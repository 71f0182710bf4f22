using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cantor.Server;

/// <summary>
/// Ends the process without losing a request. The default lifetime closes the listener at the signal, while load balancers
/// still send requests for seconds; this one goes on serving, new connections too, for the drain, and only then stops:
/// requests in flight are finished and the program exits with 0. A second signal ends the process at once.
/// </summary>
/// <remarks>Readiness stays as it is: failing it makes some balancers drop connections that are in use.</remarks>
public sealed class DrainLifetime(ServerOptions options, IHostApplicationLifetime application, ILogger<DrainLifetime> logger) : IHostLifetime, IDisposable
{
    readonly List<PosixSignalRegistration> _signals = [];
    int _draining;

    /// <summary>True from the first signal on: answers then ask their clients to close the connection and come back elsewhere.</summary>
    internal bool Draining => Volatile.Read(ref _draining) != 0;

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        foreach (var signal in new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGQUIT })
            _signals.Add(PosixSignalRegistration.Create(signal, OnSignal));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        Log.Stopped(logger);
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        foreach (var signal in _signals) signal.Dispose();
        _signals.Clear();
    }

    /// <summary>Starts the drain; false when one is under way.</summary>
    internal bool Begin(string cause)
    {
        if (Interlocked.Exchange(ref _draining, 1) != 0) return false;
        Log.Draining(logger, cause, options.Drain.TotalSeconds);
        _ = StopAfterDrainAsync();
        return true;
    }

    // Left to the system, a second signal ends the process.
    void OnSignal(PosixSignalContext context) => context.Cancel = Begin(context.Signal.ToString());

    async Task StopAfterDrainAsync()
    {
        await Task.Delay(options.Drain, options.Time);
        application.StopApplication();
    }
}
