using System.IO.Hashing;
using System.Runtime.InteropServices;
using Cantor.Corpus;
using Npgsql;

namespace Cantor.Storage.Databases;

/// <summary>
/// A PostgreSQL database, 15 or later: a small pool that is warm before the first question, one repetition of reads when the
/// server went away, and LISTEN for the writes of others.
/// </summary>
sealed class PostgresDatabase : IDatabase
{
    const string Exists = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'migrations'";

    // Any number: those who migrate must only agree on it.
    const long MigrationLock = 7_310_579_251_884_301;
    const int LongestMigrationSeconds = 600;
    const string Channel = "cantor";

    readonly NpgsqlDataSource _source;
    readonly TimeProvider _time;
    readonly SemaphoreSlim _listening = new(1);
    NpgsqlConnection? _listener;

    PostgresDatabase(string name, NpgsqlDataSource source, TimeProvider time) => (Name, _source, _time) = (name, source, time);

    public string Name { get; }

    /// <exception cref="InputFaultException">The address is wrong, the server refuses this user, or the store needs a newer program.</exception>
    /// <exception cref="StoreUnavailableException">The server cannot be reached.</exception>
    internal static async Task<PostgresDatabase> OpenAsync(PostgresAddress address, TimeProvider time, CancellationToken cancellationToken)
    {
        var builder = new NpgsqlSlimDataSourceBuilder(address.ConnectionString);
        builder.EnableTransportSecurity();
        var database = new PostgresDatabase(address.Name, builder.Build(), time);
        try
        {
            await database.MigrateAsync(cancellationToken);
            return database;
        }
        catch (PostgresException refused) when (!refused.IsTransient)
        {
            await database.DisposeAsync();
            throw new InputFaultException(address.Name, null, $"cannot be opened as a store: {refused.MessageText} ({refused.SqlState})", refused);
        }
        catch (Exception fault)
        {
            await database.DisposeAsync();
            if (IsPassing(fault)) throw database.Unavailable(fault);
            throw;
        }
    }

    async Task MigrateAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _source.OpenConnectionAsync(cancellationToken);
        if (Migrations.AreApplied(new(connection, null, default), Exists, PostgresSchema.Steps, Name)) return;
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var wait = new NpgsqlCommand("SELECT pg_advisory_xact_lock($1)", connection) { Parameters = { new() { Value = MigrationLock } }, CommandTimeout = LongestMigrationSeconds })
            await wait.ExecuteNonQueryAsync(cancellationToken);
        var session = new Session(connection, transaction, default, LongestMigrationSeconds);
        session.Execute("CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, applied_at TEXT NOT NULL)");
        Migrations.Apply(session, PostgresSchema.Steps, _time.GetUtcNow());
        await transaction.CommitAsync(cancellationToken);
    }

    public T Read<T>(Func<Session, T> read)
    {
        for (var again = false; ; again = true)
            try
            {
                using var connection = _source.OpenConnection();
                return read(new(connection, null, default));
            }
            catch (Exception fault) when (IsPassing(fault))
            {
                if (again) throw Unavailable(fault);
            }
    }

    public async Task<T> ReadAsync<T>(Func<Session, Task<T>> read, CancellationToken cancellationToken)
    {
        for (var again = false; ; again = true)
            try
            {
                await using var connection = await _source.OpenConnectionAsync(cancellationToken);
                return await read(new(connection, null, cancellationToken));
            }
            catch (Exception fault) when (IsPassing(fault))
            {
                if (again) throw Unavailable(fault);
            }
    }

    public Task<T> SnapshotAsync<T>(Func<Session, Task<T>> read, CancellationToken cancellationToken) =>
        InTransactionAsync(System.Data.IsolationLevel.RepeatableRead, null, read, cancellationToken);

    public T Write<T>(Func<Session, T> write)
    {
        try
        {
            using var connection = _source.OpenConnection();
            using var transaction = connection.BeginTransaction();
            var session = new Session(connection, transaction, default);
            var result = write(session);
            session.Execute($"NOTIFY {Channel}");
            transaction.Commit();
            return result;
        }
        catch (Exception fault) when (IsPassing(fault))
        {
            throw Unavailable(fault);
        }
    }

    public Task<T> WriteAsync<T>(Func<Session, Task<T>> write, CancellationToken cancellationToken) =>
        InTransactionAsync(System.Data.IsolationLevel.ReadCommitted, $"NOTIFY {Channel}", write, cancellationToken);

    async Task<T> InTransactionAsync<T>(System.Data.IsolationLevel level, string? last, Func<Session, Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await _source.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(level, cancellationToken);
            var session = new Session(connection, transaction, cancellationToken);
            var result = await work(session);
            if (last is not null) await session.ExecuteAsync(last);
            await transaction.CommitAsync(cancellationToken);
            return result;
        }
        catch (Exception fault) when (IsPassing(fault))
        {
            throw Unavailable(fault);
        }
    }

    // The snapshot names the transactions that are done: any commit changes it, also one that began before others ended.
    const string Snapshot = "SELECT pg_current_snapshot()::text";

    public long Mark() => Number(Read(session => session.Query(Snapshot, row => row.GetString(0))[0]));

    public async Task<long> MarkAsync(CancellationToken cancellationToken) =>
        Number(await ReadAsync(async session => (await session.QueryAsync(Snapshot, row => row.GetString(0)))[0], cancellationToken));

    static long Number(string snapshot) => unchecked((long)XxHash3.HashToUInt64(MemoryMarshal.AsBytes(snapshot.AsSpan())));

    public async Task PauseAsync(TimeSpan most, CancellationToken cancellationToken)
    {
        // One listener; who comes second polls.
        if (!await _listening.WaitAsync(TimeSpan.Zero, cancellationToken))
        {
            await Task.Delay(most, _time, cancellationToken);
            return;
        }
        try
        {
            if (_listener is null)
            {
                var listener = await _source.OpenConnectionAsync(cancellationToken);
                _listener = listener;
                await using var listen = new NpgsqlCommand($"LISTEN {Channel}", listener);
                await listen.ExecuteNonQueryAsync(cancellationToken);
                return; // something may have been written before: look first
            }
            await _listener.WaitAsync(most, cancellationToken);
        }
        catch (Exception fault) when (IsPassing(fault))
        {
            // Polling goes on; the next call listens anew.
            if (_listener is { } broken) await broken.DisposeAsync();
            _listener = null;
            await Task.Delay(most, _time, cancellationToken);
        }
        finally
        {
            _listening.Release();
        }
    }

    public void Dispose()
    {
        _listener?.Dispose();
        _source.Dispose();
        _listening.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        if (_listener is not null) await _listener.DisposeAsync();
        await _source.DisposeAsync();
        _listening.Dispose();
    }

    // 53: out of disk, memory or connections; 57: the server stops or the statement was canceled; 25006: a standby that was
    // promoted or demoted meanwhile; the rest Npgsql knows: lost connections, timeouts, deadlocks.
    static bool IsPassing(Exception fault) => fault switch
    {
        PostgresException refused => refused.IsTransient || refused.SqlState is ['5', '3' or '7', ..] or "25006",
        NpgsqlException => true,
        TimeoutException => true,
        _ => false,
    };

    StoreUnavailableException Unavailable(Exception fault) =>
        new(Name, fault.InnerException is { } inner ? $"{fault.Message}: {inner.Message}" : fault.Message, fault);
}
