namespace Cantor.Storage.Databases;

/// <summary>
/// What the two kinds of database do differently: connect, lock, commit, tell of writes. Safe to use from several threads. When
/// the database does not answer, every method throws <see cref="StoreUnavailableException"/>; other faults are passed on as they are.
/// </summary>
interface IDatabase : IAsyncDisposable, IDisposable
{
    /// <summary>The database's name for messages, without password.</summary>
    string Name { get; }

    /// <summary>Reads; each statement sees what was committed when it began. May run <paramref name="read"/> twice.</summary>
    T Read<T>(Func<Session, T> read);

    /// <summary>Reads; each statement sees what was committed when it began. May run <paramref name="read"/> twice.</summary>
    Task<T> ReadAsync<T>(Func<Session, Task<T>> read, CancellationToken cancellationToken);

    /// <summary>Reads one state of the whole store for as long as it takes, while others write. Nothing is repeated.</summary>
    Task<T> SnapshotAsync<T>(Func<Session, Task<T>> read, CancellationToken cancellationToken);

    /// <summary>Runs one transaction; it is on the disk when this returns, and undone when <paramref name="write"/> throws.</summary>
    T Write<T>(Func<Session, T> write);

    /// <summary>Runs one transaction; it is on the disk when the task ends, and undone when <paramref name="write"/> throws.</summary>
    /// <remarks><paramref name="write"/> awaits nothing but its session.</remarks>
    Task<T> WriteAsync<T>(Func<Session, Task<T>> write, CancellationToken cancellationToken);

    /// <summary>A number that differs from an earlier one of this object when anybody has written since; it may differ without. Order means nothing.</summary>
    long Mark();

    /// <inheritdoc cref="Mark"/>
    Task<long> MarkAsync(CancellationToken cancellationToken);

    /// <summary>Waits until somebody seems to have written, at the most as long as told.</summary>
    Task PauseAsync(TimeSpan most, CancellationToken cancellationToken);
}
