using Cantor.Releases;
using Cantor.Storage;
using Microsoft.Extensions.Logging;

namespace Cantor.Server;

/// <summary>Opens the files of releases on this machine, each checked whole, after fetching those that are not here yet. Safe for many threads.</summary>
/// <param name="options">The clock.</param>
/// <param name="blobs">Where release files come from that are not on this machine yet; null for nowhere.</param>
/// <param name="logger">Hears what was opened and what was not.</param>
sealed class ReleaseOpener(ServerOptions options, ReleaseBlobs? blobs, ILogger logger)
{
    /// <summary>Opens a release.</summary>
    /// <param name="wanted">Which.</param>
    /// <param name="told">The fault that was told of it last; null for none.</param>
    /// <param name="serving">What is served meanwhile, for the log.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The release, which is the caller's to return; else what is wrong with it.</returns>
    internal async Task<(ServedRelease? Release, string? Fault)> OpenAsync(RegisteredRelease wanted, string? told, string serving, CancellationToken cancellationToken)
    {
        var (name, version, path) = (wanted.Collection, wanted.Version, wanted.Path);
        var began = options.Time.GetTimestamp();
        try
        {
            // To this machine's disk first, checked whole: what is mapped from a network cannot be relied upon.
            if (blobs is not null && !File.Exists(path)) await blobs.FetchAsync(name, version, Path.GetDirectoryName(path)!, cancellationToken);
            var release = OpenWhole(name, path);
            var elapsed = options.Time.GetElapsedTime(began);
            Log.Opened(logger, name, version, release.Count, elapsed.TotalMilliseconds);
            return (new(release, name, version, wanted.LastChange), null);
        }
#pragma warning disable CA1031 // Whatever the file holds: what is served stays served.
        catch (Exception refused) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            var fault = FaultOf(refused);
            if (told != fault) Log.NotOpened(logger, name, version, path, fault, serving);
            return (null, fault);
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
