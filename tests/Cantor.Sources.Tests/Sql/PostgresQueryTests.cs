using Cantor.Corpus.Rows;
using Cantor.Corpus;
using Cantor.Sources.Sql;
using Npgsql;

namespace Cantor.Sources.Tests.Sql;

public sealed class PostgresQueryTests : IDisposable
{
    readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task A_query_gives_items_with_every_type_postgresql_has()
    {
        var source = Source("""
            SELECT 7 AS id, 1 AS r, 'caf' || chr(233) AS title, NULL AS body, ARRAY['x', NULL, 'y'] AS tags,
              timestamptz '2026-11-23 10:00:00+09' AS published_at, 1.50::numeric AS price, '{"k": [1, 2]}'::jsonb AS deep, 'NaN'::float8 AS nothing
            UNION ALL SELECT 12345678901234567, 1, 't', 'b', NULL, timestamptz '2026-01-01', NULL, NULL, NULL ORDER BY id; -- the end
            """.Replace("; --", " --", StringComparison.Ordinal));
        Assert.Equal(
            ["7 | café |  | x+y | - | - | 2026-11-23 01:00:00Z | r=1 | price=1.50 | deep={\"k\":[1,2]} | nothing=\"NaN\"", "12345678901234567 | t | b |  | - | - | 2026-01-01 00:00:00Z | r=1"],
            (await _scratch.ItemsAsync(source)).Select(Texts.Show));
    }

    [Fact]
    public async Task Events_and_renamed_columns_are_read()
    {
        _scratch.Map("unit=session", EventParser.Columns);
        Assert.Equal(
            [new("9", ItemId.Parse("a/b"), new(2026, 11, 23, 0, 0, 0, TimeSpan.Zero), EventType.Click)],
            await _scratch.EventsAsync(Source("SELECT 9 AS session, 'a/b' AS item, date '2026-11-23' AS time, 'click' AS type WHERE '50%25' LIKE '5%25'")));
    }

    [Theory]
    [InlineData("SELECT 1.5 AS id, 't' AS title", ":1: id: expected text or an integer, found the number 1.5")]
    [InlineData("SELECT i AS id, CASE WHEN i < 3 THEN 't' END AS title FROM generate_series(1, 9) AS s(i)", ":3: an empty text: item \"3\" has neither title nor body")]
    [InlineData("SELECT 1 AS key, 't' AS title", ": no column \"id\"; the columns are key, title")]
    [InlineData("SELECT * FROM nowhere", ": relation \"nowhere\" does not exist (42P01)")]
    [InlineData("SELECT pg_catalog.set_config('transaction_read_only', 'off', false) AS id, 't' AS title", ": transaction read-write mode must be set before any query (25001)")]
    [InlineData("SELECT 1 AS id, 't' AS title) AS r; CREATE TABLE cantor_never (a int); SELECT (1", ": cannot insert multiple commands into a prepared statement (42601)")]
    [InlineData("SELECT nextval('cantor_sources_seq') AS id, 't' AS title", ": cannot execute nextval() in a read-only transaction (25006)")]
    public async Task A_bad_query_or_row_is_named_and_cannot_be_passed_over(string sql, string fault)
    {
        await ExecuteAsync("CREATE SEQUENCE IF NOT EXISTS cantor_sources_seq");
        _scratch.Options = _scratch.Options with { SkipBad = 100 };
        Assert.Equal(PostgresUrl.Parse(Source(sql)).Name + fault, await _scratch.ItemFaultAsync(Source(sql)));
    }

    [Fact]
    public async Task A_query_that_takes_too_long_is_stopped()
    {
        _scratch.Options = _scratch.Options with { StatementTimeout = TimeSpan.FromMilliseconds(100) };
        Assert.EndsWith(": the query ran longer than 0.1 s and was stopped", await _scratch.ItemFaultAsync(Source("SELECT 1 AS id, pg_sleep(60)::text AS title")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stop_is_heeded_while_the_server_is_busy()
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            await ItemSource.ReadAsync([Source("SELECT 1 AS id, pg_sleep(60)::text AS title")], _scratch.Options, _scratch.Counts, stop.Token).ToListAsync(CancellationToken.None));
    }

    // Without a word to the server the rest of ten billion rows would have to be read first.
    [Fact]
    public async Task Who_reads_no_further_does_not_wait_for_the_other_rows()
    {
        var source = Source("SELECT generate_series(1, 10000000000) AS id, 't' AS title");
        await foreach (var item in ItemSource.ReadAsync([source], _scratch.Options, _scratch.Counts, TestContext.Current.CancellationToken))
            if (item.Id.Value == "100000") break;
        Assert.Equal(100_000, _scratch.Counts.Rows);
    }

    [Fact]
    public async Task A_wrong_password_is_told_without_it()
    {
        var fault = await _scratch.ItemFaultAsync(Source("SELECT 1 AS id", "wr0ng-s3cret"));
        Assert.EndsWith(" (28P01)", fault, StringComparison.Ordinal);
        Assert.DoesNotContain("wr0ng-s3cret", fault, StringComparison.Ordinal);
    }

    static NpgsqlConnectionStringBuilder Server()
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

    static string Source(string sql, string? password = null)
    {
        var server = Server();
        return $"postgres://{Uri.EscapeDataString(server.Username!)}:{Uri.EscapeDataString(password ?? server.Password ?? "")}@{server.Host}:{server.Port}/{server.Database ?? server.Username}?sslmode=disable&query={sql}";
    }

    static async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Server().ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
