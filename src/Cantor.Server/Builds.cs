using System.Collections.Concurrent;
using System.Data.Common;
using System.Diagnostics;
using Cantor.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cantor.Server;

/// <summary>How a collection's last build by this server went.</summary>
/// <param name="State">"running", "done" or "failed".</param>
/// <param name="Fault">What a failed one said last; null for the others.</param>
sealed record BuildState(string State, string? Fault);

/// <summary>
/// Builds releases from what was pushed, each in a process of its own so that answers are not disturbed: when somebody asks, and
/// where a collection's configuration says so. Of several servers on one store one builds.
/// </summary>
sealed class Builds(ServerOptions options, LiveReleases live, StoreWatch watch, ILogger<Builds> logger) : BackgroundService
{
    static readonly TimeSpan Look = TimeSpan.FromSeconds(5), Lease = TimeSpan.FromSeconds(60);

    readonly string _holder = $"{Environment.MachineName}-{Environment.ProcessId}";
    readonly ConcurrentDictionary<string, BuildState> _states = new(StringComparer.Ordinal);
    readonly Dictionary<string, long> _began = new(StringComparer.Ordinal);
    readonly CancellationTokenSource _stopping = new();

    /// <summary>Null when this server built nothing.</summary>
    internal BuildState? StateOf(string collection) => _states.GetValueOrDefault(collection);

    /// <summary>Starts a build unless one runs.</summary>
    /// <returns>False when one runs, here or at another server.</returns>
    internal async Task<bool> BuildAsync(string collection, CancellationToken cancellationToken)
    {
        if (StateOf(collection) is { State: "running" } || !await watch.Store.Leases.TryTakeAsync(NameOf(collection), _holder, Lease, cancellationToken)) return false;
        _states[collection] = new("running", null);
        _ = Task.Run(() => RunAsync(collection, _stopping.Token), CancellationToken.None);
        return true;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = stoppingToken.Register(_stopping.Cancel);
        using var timer = new PeriodicTimer(Look);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await StartDueAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    /// <summary>Starts the builds that are due by what collections' configurations say.</summary>
    internal async Task StartDueAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var served in live.Current.InOrder)
            {
                var newest = served.Canary?.Release ?? served.Release;
                if (served.Settings.Every is not { } every || served.Overlay.Number <= (newest?.LastChange ?? 0)) continue; // nothing changed
                // By the release and not by what this server did: another may have built, or this one before it was started anew.
                if (newest is not null && options.Time.GetUtcNow() - newest.Version.BuiltAt < every) continue;
                if (_began.TryGetValue(served.Name, out var began) && options.Time.GetElapsedTime(began) < every) continue;
                _began[served.Name] = options.Time.GetTimestamp();
                await BuildAsync(served.Name, cancellationToken);
            }
        }
        catch (StoreUnavailableException fault)
        {
            Log.BuildNotStarted(logger, fault.Message);
        }
    }

    async Task RunAsync(string collection, CancellationToken cancellationToken)
    {
        var began = options.Time.GetTimestamp();
        try
        {
            using var process = new Process { StartInfo = StartOf(collection) };
            process.Start();
            var said = process.StandardError.ReadToEndAsync(cancellationToken);
            var printed = process.StandardOutput.ReadToEndAsync(cancellationToken);
            try
            {
                await WaitAsync(collection, process, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true); // a build leaves nothing behind; the next server builds anew
                throw;
            }
            await Task.WhenAll(said, printed);
            if (process.ExitCode != 0) throw new IOException((await said).Trim() is { Length: > 0 } why ? why : $"ended with {process.ExitCode}");
            _states[collection] = new("done", null);
            var elapsed = options.Time.GetElapsedTime(began);
            Log.Built(logger, collection, elapsed.TotalSeconds);
            watch.Poke();
        }
#pragma warning disable CA1031 // Whatever happened to the build, it is told, and the server goes on.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            _states[collection] = new("failed", fault.Message);
            Log.NotBuilt(logger, collection, fault.Message);
        }
        finally
        {
            await ReturnAsync(collection);
        }
    }

    async Task WaitAsync(string collection, Process process, CancellationToken cancellationToken)
    {
        var ended = process.WaitForExitAsync(cancellationToken);
        while (await Task.WhenAny(ended, Task.Delay(Lease / 4, cancellationToken)) != ended)
            try
            {
                await watch.Store.Leases.TryTakeAsync(NameOf(collection), _holder, Lease, cancellationToken);
            }
            catch (StoreUnavailableException)
            {
                // The build needs the store too, and tells.
            }
        await ended;
    }

    async Task ReturnAsync(string collection)
    {
        try
        {
            await watch.Store.Leases.ReturnAsync(NameOf(collection), _holder, CancellationToken.None);
        }
        catch (Exception fault) when (fault is StoreUnavailableException or DbException)
        {
            // It ends by itself.
        }
    }

    ProcessStartInfo StartOf(string collection)
    {
        // The store may have a password: what stands in arguments, everybody on the machine can read.
        var start = new ProcessStartInfo(options.Builder[0]) { RedirectStandardError = true, RedirectStandardOutput = true, RedirectStandardInput = true };
        foreach (var argument in (string[])[.. options.Builder.Skip(1), "build", collection, "--data", options.DataDirectory]) start.ArgumentList.Add(argument);
        start.Environment["CANTOR_STORE"] = options.Store ?? "";
        start.Environment["CANTOR_BLOBS"] = options.Blobs ?? "";
        return start;
    }

    static string NameOf(string collection) => $"build {collection}";
}
