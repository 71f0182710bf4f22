using System.Collections.Concurrent;
using Cantor.Corpus;
using Microsoft.Data.Sqlite;

namespace Cantor.Storage.Databases;

/// <summary>
/// One SQLite file in write-ahead mode. Writers of this process that come together share one transaction and so one wait for the
/// disk (group commit); readers have connections of their own and wait for nobody. Local disks only: network file systems break
/// SQLite's locks.
/// </summary>
sealed class SqliteDatabase : IDatabase
{
    const string Exists = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'migrations'";
    const int BusyTimeoutMs = 10_000, MostIdleReaders = 4;

    // SQLITE_BUSY, LOCKED, NOMEM, IOERR, FULL, CANTOPEN.
    static readonly int[] PassingFaults = [5, 6, 7, 10, 13, 14];

    readonly string _file;
    readonly TimeProvider _time;
    readonly SqliteConnection _writer;

    // PRAGMA data_version tells of the writes of all connections but its own: a second one sees this process's writes too.
    readonly SqliteConnection _watch;
    readonly ConcurrentBag<SqliteConnection> _readers = [];
    readonly SemaphoreSlim _writing = new(1);
    readonly Lock _watching = new(), _queueing = new();
    List<Pending> _queue = [];
    bool _closed;

    SqliteDatabase(string file, SqliteConnection writer, SqliteConnection watch, TimeProvider time) =>
        (_file, _writer, _watch, _time) = (file, writer, watch, time);

    public string Name => _file;

    /// <exception cref="InputFaultException">The file is no database, cannot be opened, or needs a newer program.</exception>
    internal static SqliteDatabase Open(string file, TimeProvider time)
    {
        SqliteConnection? writer = null, watch = null;
        try
        {
            writer = Connect(file);
            if (!Migrations.AreApplied(new(writer, null, default), Exists, SqliteSchema.Steps, file))
            {
                using var transaction = writer.BeginTransaction(deferred: false);
                var session = new Session(writer, transaction, default);
                session.Execute("CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, applied_at TEXT NOT NULL) STRICT");
                Migrations.Apply(session, SqliteSchema.Steps, time.GetUtcNow());
                transaction.Commit();
            }
            watch = Connect(file);
            var database = new SqliteDatabase(file, writer, watch, time);
            (writer, watch) = (null, null);
            return database;
        }
        catch (SqliteException fault)
        {
            throw new InputFaultException(file, null, $"cannot be opened as a store: {fault.Message}", fault);
        }
        finally
        {
            writer?.Dispose();
            watch?.Dispose();
        }
    }

    public T Read<T>(Func<Session, T> read)
    {
        SqliteConnection? connection = null;
        var whole = false;
        try
        {
            connection = TakeReader();
            using var transaction = connection.BeginTransaction(deferred: true);
            var result = read(new(connection, transaction, default));
            transaction.Commit();
            whole = true;
            return result;
        }
        catch (SqliteException fault) when (IsPassing(fault))
        {
            throw Unavailable(fault);
        }
        finally
        {
            GiveBack(connection, whole);
        }
    }

    public async Task<T> ReadAsync<T>(Func<Session, Task<T>> read, CancellationToken cancellationToken)
    {
        SqliteConnection? connection = null;
        var whole = false;
        try
        {
            connection = TakeReader();
            using var transaction = connection.BeginTransaction(deferred: true);
            var result = await read(new(connection, transaction, cancellationToken));
            transaction.Commit();
            whole = true;
            return result;
        }
        catch (SqliteException fault) when (IsPassing(fault))
        {
            throw Unavailable(fault);
        }
        finally
        {
            GiveBack(connection, whole);
        }
    }

    // A deferred transaction sees one state from its first read on, however long it lasts.
    public Task<T> SnapshotAsync<T>(Func<Session, Task<T>> read, CancellationToken cancellationToken) => ReadAsync(read, cancellationToken);

    public T Write<T>(Func<Session, T> write)
    {
        _writing.Wait();
        try
        {
            using var transaction = _writer.BeginTransaction(deferred: false);
            var result = write(new(_writer, transaction, default));
            transaction.Commit();
            return result;
        }
        catch (SqliteException fault) when (IsPassing(fault))
        {
            throw Unavailable(fault);
        }
        finally
        {
            _writing.Release();
        }
    }

    public async Task<T> WriteAsync<T>(Func<Session, Task<T>> write, CancellationToken cancellationToken)
    {
        var mine = new Pending<T>(write);
        lock (_queueing) _queue.Add(mine);
        try
        {
            await _writing.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            lock (_queueing)
                if (_queue.Remove(mine)) throw;
            return await mine.Result; // somebody is writing it already: what comes of it is the answer
        }
        try
        {
            // Whoever holds the lock writes for all who wait; those find their work done when their turn comes.
            List<Pending> together;
            lock (_queueing) (together, _queue) = (_queue, []);
            if (together.Count > 0) await WriteTogetherAsync(together);
        }
        finally
        {
            _writing.Release();
        }
        return await mine.Result;
    }

    async Task WriteTogetherAsync(List<Pending> together)
    {
        try
        {
            using (var transaction = _writer.BeginTransaction(deferred: false))
            {
                var session = new Session(_writer, transaction, default);
                foreach (var one in together)
                {
                    transaction.Save("one");
                    if (await one.RunAsync(session)) transaction.Release("one");
                    else transaction.Rollback("one");
                }
                transaction.Commit();
            }
            foreach (var one in together) one.Tell();
        }
#pragma warning disable CA1031 // Nothing was written: everyone who waits must hear of it, whatever it was.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            var told = fault is SqliteException sqlite && IsPassing(sqlite) ? Unavailable(sqlite) : fault;
            foreach (var one in together) one.Fail(told);
        }
    }

    public long Mark()
    {
        lock (_watching)
            return new Session(_watch, null, default).Query("PRAGMA data_version", row => row.GetInt64(0))[0];
    }

    public Task<long> MarkAsync(CancellationToken cancellationToken) => Task.FromResult(Mark());

    // The mark is in shared memory, not in the file: cheap enough to be asked for often.
    public Task PauseAsync(TimeSpan most, CancellationToken cancellationToken) => Task.Delay(most, _time, cancellationToken);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _closed, true)) return;
        _writing.Wait();
        lock (_watching) _watch.Dispose();
        _writer.Dispose();
        while (_readers.TryTake(out var reader)) reader.Dispose();
        _writing.Dispose();
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }

    SqliteConnection TakeReader()
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _closed), this);
        return _readers.TryTake(out var reader) ? reader : Connect(_file);
    }

    void GiveBack(SqliteConnection? reader, bool whole)
    {
        if (whole && _readers.Count < MostIdleReaders && !Volatile.Read(ref _closed)) _readers.Add(reader!);
        else reader?.Dispose();
    }

    static bool IsPassing(SqliteException fault) => Array.IndexOf(PassingFaults, fault.SqliteErrorCode) >= 0;

    StoreUnavailableException Unavailable(SqliteException fault) => new(_file, fault.Message, fault);

    static SqliteConnection Connect(string file)
    {
        // Not pooled: a closed store leaves no open file behind, and the watch must stay one connection.
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false, ForeignKeys = true }.ToString());
        try
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = FormattableString.Invariant($"PRAGMA busy_timeout = {BusyTimeoutMs}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
            command.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    abstract class Pending
    {
        /// <summary>False when it failed and what it wrote must be undone.</summary>
        internal abstract Task<bool> RunAsync(Session session);

        /// <summary>Tells what came of it, after the commit.</summary>
        internal abstract void Tell();

        internal abstract void Fail(Exception fault);
    }

    sealed class Pending<T>(Func<Session, Task<T>> write) : Pending
    {
        readonly TaskCompletionSource<T> _told = new(TaskCreationOptions.RunContinuationsAsynchronously);
        T _result = default!;
        Exception? _fault;

        internal Task<T> Result => _told.Task;

        internal override async Task<bool> RunAsync(Session session)
        {
            try
            {
                _result = await write(session);
                return true;
            }
            // A full disk ends the transaction of all.
            catch (Exception fault) when (fault is not SqliteException sqlite || !IsPassing(sqlite))
            {
                _fault = fault;
                return false;
            }
        }

        internal override void Tell()
        {
            if (_fault is null) _told.SetResult(_result);
            else _told.SetException(_fault);
        }

        internal override void Fail(Exception fault) => _told.SetException(fault);
    }
}
