namespace Cantor.Storage.Blobs;

/// <summary>
/// A place where files are kept by name: a directory or a bucket. Names hold no "/". When the place does not answer, methods
/// throw <see cref="StoreUnavailableException"/>; when it refuses, <see cref="Corpus.InputFaultException"/>.
/// </summary>
interface IBlobs : IDisposable
{
    /// <summary>The place, as a user would write it.</summary>
    string Name { get; }

    /// <summary>Puts a file there under a name, whole or not at all. What was there under that name is replaced.</summary>
    Task PutAsync(string name, string path, CancellationToken cancellationToken);

    /// <summary>Writes the named file's bytes to a local one, which is new or empty.</summary>
    /// <returns>False when there is none of that name.</returns>
    Task<bool> GetAsync(string name, FileStream to, CancellationToken cancellationToken);

    /// <summary>All names, in any order.</summary>
    Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Takes a file away; fine when there is none.</summary>
    Task DeleteAsync(string name, CancellationToken cancellationToken);
}
