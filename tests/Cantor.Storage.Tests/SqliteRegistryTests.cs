using System.Text;
using Cantor.Corpus;
using Cantor.Releases;
using Cantor.Storage.Databases;
using Microsoft.Data.Sqlite;

namespace Cantor.Storage.Tests;

public sealed class SqliteRegistryTests : RegistryContract
{
    protected override Registry Open(TimeProvider time) => Registry.Open(Data.FullName, time);

    [Fact]
    public void The_file_is_in_write_ahead_mode_and_holds_every_migration()
    {
        using var registry = Open(Time);
        Assert.Equal("wal", Scalar("PRAGMA journal_mode"));
        Assert.Equal((long)SqliteSchema.Steps.Length, Scalar("SELECT max(number) FROM migrations"));
        Assert.Equal((long)SqliteSchema.Steps.Length, Scalar("SELECT count(*) FROM migrations"));
    }

    [Fact]
    public void A_file_with_newer_migrations_still_opens()
    {
        Open(Time).Dispose();
        Scalar($"INSERT INTO migrations (number, applied_at) VALUES ({SqliteSchema.Steps.Length + 1}, 'later'); ALTER TABLE releases ADD COLUMN metrics TEXT NOT NULL DEFAULT ''");
        using var registry = Open(Time);
        Assert.Equal(7, registry.Register("news", Version(1), 7, 4, "built").Items);
    }

    [Theory]
    [InlineData("DELETE FROM alias_history"), InlineData("UPDATE alias_history SET why = ''")]
    public void The_history_cannot_be_rewritten(string sql)
    {
        using var registry = Open(Time);
        var release = registry.Register("news", Version(1), 7, 4, "built");
        File.WriteAllText(release.Path, "file");
        registry.MoveAlias("news", AliasName.Live, null, release.Version, "test", "because");
        Assert.Contains("append-only", Assert.Throws<SqliteException>(() => Scalar(sql)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_data_directory_may_be_moved()
    {
        using (var registry = Open(Time))
            File.WriteAllText(registry.Register("news", Version(1), 7, 4, "built").Path, "file");
        var moved = Directory.CreateTempSubdirectory("cantor-registry-moved-");
        try
        {
            var to = Path.Combine(moved.FullName, "data");
            Directory.Move(Data.FullName, to);
            using var again = Registry.Open(to, Time);
            Assert.False(Assert.Single(again.Releases("news")).Missing);
        }
        finally
        {
            moved.Delete(recursive: true);
            Data.Create();
        }
    }

    [Fact]
    public void A_file_that_is_no_database_is_refused_by_name()
    {
        var file = Path.Combine(Data.FullName, "cantor.db");
        File.WriteAllText(file, new('x', 5000));
        var fault = Assert.Throws<InputFaultException>(() => Open(Time));
        Assert.Equal(file, fault.Source);
        Assert.Contains("not a database", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_data_directory_that_is_a_file_is_refused_by_name()
    {
        var file = Path.Combine(Data.FullName, "file");
        File.WriteAllText(file, "");
        Assert.Equal(file, Assert.Throws<InputFaultException>(() => Registry.Open(file, Time)).Source);
    }

    [Fact]
    public async Task A_file_that_a_killed_build_left_unregistered_is_found_again()
    {
        using var registry = Open(Time);
        var known = await BuiltAsync(registry);
        registry.Register(known.Summary);
        Time.Now += TimeSpan.FromSeconds(1);
        var left = await BuiltAsync(registry, lastChange: 7);
        Assert.Single(registry.Releases("news"));

        var result = registry.Reconcile();
        Assert.Empty(result.Refused);
        Assert.Equal((left.Summary.Version, 2, false), (result.Found.Single().Version, result.Found[0].Items, result.Found[0].Missing));
        Assert.Equal(new FileInfo(left.Path).Length, result.Found[0].Bytes);
        Assert.Equal(0, result.Found[0].LastChange); // the seven may be another store's
        Assert.Equal([left.Summary.Version, known.Summary.Version], registry.Releases("news").Select(release => release.Version));
        Assert.Null(registry.Alias("news", AliasName.Live));
        Assert.Empty(registry.Reconcile().Found);
    }

    [Fact]
    public async Task Files_that_are_no_releases_or_bear_another_s_name_are_refused_and_kept()
    {
        using var registry = Open(Time);
        var built = await BuiltAsync(registry);
        var misnamed = registry.PathOf("drugs", built.Summary.Version);
        File.Move(built.Path, misnamed);
        var rubbish = registry.PathOf("news", Version(1));
        File.WriteAllText(rubbish, "rubbish");
        File.WriteAllText(Path.Combine(registry.ReleasesDirectory, "news.tmp"), "a build under way");

        var result = registry.Reconcile();
        Assert.Empty(result.Found);
        Assert.Equal([misnamed, rubbish], result.Refused.Select(file => file.Path));
        Assert.Contains("it is of collection news; the file's name says drugs", result.Refused[0].Fault, StringComparison.Ordinal);
        Assert.True(File.Exists(misnamed) && File.Exists(rubbish));
        Assert.Empty(registry.Collections());
    }

    Task<BuildReport> BuiltAsync(Registry registry, long lastChange = 0) => ReleaseBuilder.ImportAsync("news",
        new[] { "a", "b" }.Select(id => new Item { Id = ItemId.Parse(id), Title = Encoding.UTF8.GetBytes(id) }).ToAsyncEnumerable(),
        AsyncEnumerable.Empty<NeighborRow>(), new() { LastChange = lastChange }, registry.ReleasesDirectory, Time, null, TestContext.Current.CancellationToken);

    object? Scalar(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(Data.FullName, "cantor.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The tests' own text.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }
}
