using Cantor.Releases;
using Cantor.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cantor.Server;

/// <summary>
/// Follows the registry: opens what became live, then swaps it in. The only part of the server that touches the database, and
/// off the path of every request: when the database dies, answers go on from what is open.
/// </summary>
sealed class ReleaseWatch(Registry registry, ServerOptions options, LiveReleases live, ILogger<ReleaseWatch> logger) : BackgroundService
{
    // A file that could not be opened may yet arrive (a slow copy); the registry will not tell.
    static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    long _seen;
    bool _incomplete;
    bool _unreadable;
    long _lastLook;

    /// <summary>Opens what is live now, before the first request is accepted.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        _seen = registry.DataVersion();
        Look();
        await base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        base.Dispose();
        live.Swap(new([]));
        registry.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.PollInterval, options.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) LookIfChanged();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    void LookIfChanged()
    {
        try
        {
            var version = registry.DataVersion();
            if (version == _seen && !(_incomplete && options.Time.GetElapsedTime(_lastLook) >= RetryAfter)) return;
            Look();
            _seen = version;
            if (_unreadable) Log.RegistryBack(logger);
            _unreadable = false;
        }
#pragma warning disable CA1031 // Whatever the database throws: what is served stays served.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            if (!_unreadable) Log.RegistryUnreadable(logger, fault.Message);
            _unreadable = true;
        }
    }

    void Look()
    {
        _lastLook = options.Time.GetTimestamp();
        var before = live.Current;
        // The registry is asked to the end before the first file is opened: when it fails, no open file is lost.
        var wanted = registry.Collections().Select(name => (Name: name, Version: registry.Alias(name, AliasName.Live))).ToList();
        var next = new List<ServedCollection>();
        foreach (var (name, version) in wanted)
        {
            before.TryFind(name, out var served);
            next.Add(Follow(name, version, served));
        }
        live.Swap(new(next));
        _incomplete = next.Exists(collection => collection.Fault is not null);
    }

    ServedCollection Follow(string name, ReleaseVersion? wanted, ServedCollection? served)
    {
        if (wanted is not { } version) return new(name, null, null, null);
        if (served?.Release?.Version == version) return new(name, version, served.Release, null);
        var began = options.Time.GetTimestamp();
        var path = registry.PathOf(name, version);
        try
        {
            var release = OpenWhole(name, path);
            var elapsed = options.Time.GetElapsedTime(began);
            Log.Opened(logger, name, version, release.Count, elapsed.TotalMilliseconds);
            return new(name, version, new(release, name, version), null);
        }
#pragma warning disable CA1031 // Whatever the file holds: what is served stays served.
        catch (Exception refused)
#pragma warning restore CA1031
        {
            var fault = FaultOf(refused);
            var serving = served?.Release is { } before ? (object)before.Version : "nothing";
            if (served?.Fault != fault || served.Wanted != version)
                Log.NotOpened(logger, name, version, path, fault, serving);
            return new(name, version, served?.Release, fault);
        }
    }

    static Release OpenWhole(string name, string path)
    {
        var release = Release.Open(path);
        try
        {
            release.Verify();
            return release.Summary.Collection == name
                ? release
                : throw new ReleaseFaultException(path, null, $"it is a release of {release.Summary.Collection}, not of {name}");
        }
        catch
        {
            release.Dispose();
            throw;
        }
    }

    // Without the path: this is shown to whoever may ask for the server's health.
    static string FaultOf(Exception refused) => refused switch
    {
        ReleaseFaultException { Section: { } section } release => $"section {section}: {release.Fault}",
        ReleaseFaultException release => release.Fault,
        FileNotFoundException or DirectoryNotFoundException => "the file is missing",
        UnauthorizedAccessException => "the file may not be read",
        _ => "the file cannot be read",
    };
}
