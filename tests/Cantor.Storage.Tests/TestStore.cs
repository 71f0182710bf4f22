using System.Security.Cryptography;
using Npgsql;

namespace Cantor.Storage.Tests;

/// <summary>An empty store of one kind, made for one test and taken away after it.</summary>
public abstract class TestStore : IAsyncDisposable
{
    /// <summary>What a user would write behind --store.</summary>
    public abstract string Address { get; }

    public DirectoryInfo Data { get; } = Directory.CreateTempSubdirectory("cantor-store-");

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public virtual ValueTask DisposeAsync()
    {
        Data.Delete(recursive: true);
        GC.SuppressFinalize(this);
        return default;
    }

    /// <summary>Runs SQL behind the store's back.</summary>
    public abstract Task<object?> ScalarAsync(string sql);
}

public sealed class SqliteTestStore : TestStore
{
    public override string Address => Data.FullName;

    public override async Task<object?> ScalarAsync(string sql)
    {
        await using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(Data.FullName, "cantor.db")};Pooling=False");
        await connection.OpenAsync(Token);
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The tests' own text.
        command.CommandText = sql;
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync(Token);
    }
}

/// <summary>A schema of its own in the server that CANTOR_TEST_POSTGRES names.</summary>
public sealed class PostgresTestStore : TestStore
{
    readonly string _schema = "cantor_" + RandomNumberGenerator.GetHexString(12, lowercase: true);

    // On a busy machine it may not answer in the seconds that a server gives it.
    public override string Address => $"{Server()}?sslmode=disable&search_path={_schema}&connect_timeout=60&command_timeout=60";

    public static async Task<PostgresTestStore> MakeAsync()
    {
        var store = new PostgresTestStore();
        await store.ScalarAsync($"CREATE SCHEMA {store._schema}");
        return store;
    }

    public override async ValueTask DisposeAsync()
    {
        await ScalarAsync($"DROP SCHEMA {_schema} CASCADE");
        await base.DisposeAsync();
    }

    public override async Task<object?> ScalarAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Variable().ConnectionString) { SearchPath = _schema, Pooling = false }.ConnectionString);
        await connection.OpenAsync(Token);
#pragma warning disable CA2100 // The tests' own text.
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 300 };
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync(Token);
    }

    /// <summary>The server as an address without options.</summary>
    public static string Server(string? password = null)
    {
        var server = Variable();
        return $"postgres://{Uri.EscapeDataString(server.Username!)}:{Uri.EscapeDataString(password ?? server.Password ?? "")}@{server.Host}:{server.Port}/{server.Database ?? server.Username}";
    }

    static NpgsqlConnectionStringBuilder Variable()
    {
        var server = Environment.GetEnvironmentVariable("CANTOR_TEST_POSTGRES");
        if (string.IsNullOrEmpty(server))
        {
            const string message = "CANTOR_TEST_POSTGRES is not set: a connection string of a PostgreSQL that tests may use";
            Assert.True(string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")), message);
            Assert.Skip(message);
        }
        return new(server);
    }
}
