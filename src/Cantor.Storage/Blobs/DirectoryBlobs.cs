using System.Security.Cryptography;
using Cantor.Corpus;

namespace Cantor.Storage.Blobs;

/// <summary>Files in a directory, which may be a network share.</summary>
sealed class DirectoryBlobs : IBlobs
{
    const string Unfinished = ".part";

    internal DirectoryBlobs(string directory)
    {
        Name = Path.GetFullPath(directory);
        try
        {
            Directory.CreateDirectory(Name);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InputFaultException(Name, null, $"cannot be used for releases: {fault.Message}", fault);
        }
    }

    public string Name { get; }

    public async Task PutAsync(string name, string path, CancellationToken cancellationToken)
    {
        // A name of its own: others may put the same file there at the same time.
        var unfinished = Path.Combine(Name, $"{name}.{RandomNumberGenerator.GetHexString(16, lowercase: true)}{Unfinished}");
        try
        {
            await using (var from = File.OpenRead(path))
            await using (var to = new FileStream(unfinished, FileMode.CreateNew, FileAccess.Write))
            {
                await from.CopyToAsync(to, cancellationToken);
                to.Flush(flushToDisk: true);
            }
            // By the directory's own clock: what is a day old nobody writes any more.
            foreach (var other in Directory.EnumerateFiles(Name, $"{name}.*{Unfinished}"))
                if (File.GetLastWriteTimeUtc(other) < File.GetLastWriteTimeUtc(unfinished) - TimeSpan.FromDays(1)) File.Delete(other);
            File.Move(unfinished, Path.Combine(Name, name), overwrite: true);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }

    public async Task<bool> GetAsync(string name, FileStream to, CancellationToken cancellationToken)
    {
        var path = Path.Combine(Name, name);
        if (!File.Exists(path)) return false;
        await using var from = File.OpenRead(path);
        await from.CopyToAsync(to, cancellationToken);
        return true;
    }

    public Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<string>>([.. Directory.EnumerateFiles(Name).Select(path => Path.GetFileName(path)).Where(name => !name.EndsWith(Unfinished, StringComparison.Ordinal))]);

    public Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        File.Delete(Path.Combine(Name, name));
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        // Nothing is held open.
    }
}
