using Cantor.Corpus;
using Cantor.Releases;
using Cantor.Storage.Blobs;

namespace Cantor.Storage;

/// <summary>Where release files are kept for all servers: a directory, <c>s3://bucket/prefix</c> or <c>gs://bucket/prefix</c>.</summary>
public sealed class ReleaseBlobs : IDisposable
{
    const int MostTries = 10;

    static int _fetches;

    readonly IBlobs _blobs;

    internal ReleaseBlobs(IBlobs blobs) => _blobs = blobs;

    /// <summary>The place, as a user would write it.</summary>
    public string Name => _blobs.Name;

    internal IBlobs Files => _blobs;

    /// <summary>Opens a place; nothing is asked of a bucket yet.</summary>
    /// <param name="address">A directory (made when it is not there), <c>s3://bucket/prefix?endpoint=…&amp;region=…</c> or <c>gs://bucket/prefix?endpoint=…</c>.</param>
    /// <param name="time">What waits are measured by.</param>
    /// <exception cref="InputFaultException">It is none of these.</exception>
    public static ReleaseBlobs Open(string address, TimeProvider time) =>
        new(address.StartsWith(S3Blobs.Scheme, StringComparison.Ordinal) ? new S3Blobs(address, Arrival.MostSilence)
            : address.StartsWith(GcsBlobs.Scheme, StringComparison.Ordinal) ? GcsBlobs.Open(address, time)
            : address.IndexOf("://", StringComparison.Ordinal) is var scheme and > 0
                ? throw new InputFaultException("--blobs", null, $"there is no place called {address[..scheme]}; expected s3://bucket/prefix, gs://bucket/prefix or a directory")
                : new DirectoryBlobs(address));

    /// <summary>Puts a release's file there, after checking it whole. One that is there already is replaced by the same bytes.</summary>
    /// <exception cref="ReleaseFaultException">The file is no whole release of that collection and version.</exception>
    public async Task PublishAsync(string collection, ReleaseVersion version, string path, CancellationToken cancellationToken)
    {
        Verify(path, collection, version);
        await _blobs.PutAsync(Registry.FileName(collection, version), path, cancellationToken);
    }

    /// <summary>
    /// Copies a release into a local directory, if it is not there yet: beside it first, checked whole, then renamed. Whoever sees
    /// the file sees a whole release.
    /// </summary>
    /// <returns>False when the place has no such release.</returns>
    /// <exception cref="ReleaseFaultException">What came is no whole release of that collection and version; nothing was kept.</exception>
    public async Task<bool> FetchAsync(string collection, ReleaseVersion version, string directory, CancellationToken cancellationToken)
    {
        var name = Registry.FileName(collection, version);
        var path = Path.Combine(directory, name);
        if (File.Exists(path)) return true;
        RemoveAbandoned(directory);
        var file = Begin(directory, name);
        var arriving = file.Name;
        try
        {
            // Open, and so locked, until it is renamed: else it looks abandoned to whoever fetches another.
            await using (file)
            {
                if (!await _blobs.GetAsync(name, file, cancellationToken)) return false;
                file.Flush(flushToDisk: true);
                Verify(arriving, collection, version);
                File.Move(arriving, path, overwrite: true);
            }
            return true;
        }
        finally
        {
            RemoveUnfinished(Path.GetDirectoryName(arriving)!);
        }
    }

    /// <summary>The releases of a collection that are there, oldest first.</summary>
    public async Task<IReadOnlyList<ReleaseVersion>> ListAsync(string collection, CancellationToken cancellationToken) =>
        [.. from name in await _blobs.ListAsync(cancellationToken)
            let parsed = Registry.NameOf(name)
            where parsed?.Collection == collection
            orderby parsed.Value.Version
            select parsed.Value.Version];

    /// <summary>Takes a release's file away; fine when there is none.</summary>
    public Task DeleteAsync(string collection, ReleaseVersion version, CancellationToken cancellationToken) =>
        _blobs.DeleteAsync(Registry.FileName(collection, version), cancellationToken);

    /// <summary>Lets go of connections.</summary>
    public void Dispose() => _blobs.Dispose();

    /// <summary>Makes the file, in a directory of its own: a release is only opened under its own name.</summary>
    static FileStream Begin(string directory, string name)
    {
        for (var tries = 1; ; tries++)
        {
            var unfinished = Path.Combine(directory, FormattableString.Invariant($"{name}.{Environment.ProcessId}-{Interlocked.Increment(ref _fetches)}.part"));
            var path = Path.Combine(unfinished, name);
            try
            {
                Directory.CreateDirectory(unfinished);
                var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
                if (File.Exists(path)) return file;
                file.Dispose();
            }
            catch (IOException) when (tries < MostTries)
            {
                // Before it was locked, somebody took it for abandoned.
            }
        }
    }

    static void RemoveUnfinished(string directory)
    {
        try
        {
            Directory.Delete(directory, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Once it holds no open file, whoever fetches another takes it away as well.
        }
    }

    /// <summary>Deletes what killed processes left. A living one holds its file locked.</summary>
    static void RemoveAbandoned(string directory)
    {
        if (!Directory.Exists(directory)) return;
        foreach (var left in Directory.EnumerateDirectories(directory, "*.part"))
            try
            {
                foreach (var file in Directory.EnumerateFiles(left))
                    using (new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None, 0, FileOptions.DeleteOnClose)) { }
                Directory.Delete(left);
            }
            catch (IOException)
            {
                // a living one's
            }
    }

    static void Verify(string path, string collection, ReleaseVersion version)
    {
        using var release = Release.Open(path);
        release.Verify();
        if (release.Summary.Collection != collection || release.Summary.Version != version)
            throw new ReleaseFaultException(path, null, $"it is {release.Summary.Collection} {release.Summary.Version}; expected {collection} {version}");
    }
}
