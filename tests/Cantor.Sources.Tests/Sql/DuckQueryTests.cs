using System.Globalization;
using System.IO.Compression;
using Cantor.Corpus;
using DuckDB.NET.Data;

namespace Cantor.Sources.Tests.Sql;

public sealed class DuckQueryTests : IDisposable
{
    readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task A_query_over_files_gives_items_with_typed_columns()
    {
        _scratch.Write("articles.csv", "n,name\n2,two\n1,one\n");
        var items = await _scratch.ItemsAsync("""
            duckdb: SELECT n AS id, name AS title, ['x', NULL, 'y'] AS tags, TIMESTAMP '2026-11-23 10:00:00.5' AS published_at,
              1.50::DECIMAL(9,2) AS price, {'k': [1, 2]} AS deep, 'nan'::DOUBLE AS nothing, DATE '2026-01-02' AS day
            FROM 'articles.csv' ORDER BY n -- the end
            """);
        Assert.Equal(
            [
                "1 | one |  | x+y | - | - | 2026-11-23 10:00:00Z | price=1.5 | deep={\"k\":[1,2]} | day=\"2026-01-02\"",
                "2 | two |  | x+y | - | - | 2026-11-23 10:00:00Z | price=1.5 | deep={\"k\":[1,2]} | day=\"2026-01-02\"",
            ],
            items.Select(Texts.Show));
    }

    [Fact]
    public async Task Columns_may_be_called_anything()
    {
        const string sql = "SELECT 1 AS id, 't' AS title, 2 AS r, 3 AS source, 4 AS \"a \"\"b\"\" 'c'\", 5 AS \"ü\"";
        Assert.Equal("1 | t |  |  | - | - | - | r=2 | source=3 | a \"b\" 'c'=4 | ü=5", Texts.Show((await _scratch.ItemsAsync("duckdb:" + sql))[0]));
        _scratch.Write("items.csv", "id,title,r,\"a \"\"b\"\" 'c'\"\n1,t,2,3\n");
        Assert.Equal("1 | t |  |  | - | - | - | r=\"2\" | a \"b\" 'c'=\"3\"", Texts.Show((await _scratch.ItemsAsync("items.csv"))[0]));
    }

    // The least that cantor.yaml allows.
    [Theory]
    [InlineData("items.csv.gz"), InlineData("items.json.gz"), InlineData("duckdb:SELECT * FROM read_csv('items.csv.gz', all_varchar = true)")]
    public async Task More_than_the_memory_limit_is_read(string source)
    {
        const int rows = 40_000;
        _scratch.Options = _scratch.Options with { MemoryLimitBytes = 256L << 20 };
        var body = string.Concat(Enumerable.Range(0, 1_000).Select(i => $"word{i * 7919 % 104729} "));
        var json = source.Contains("json", StringComparison.Ordinal);
        using (var file = new StreamWriter(new GZipStream(File.Create(Path.Combine(_scratch.Directory, json ? "items.json.gz" : "items.csv.gz")), CompressionLevel.Fastest)))
        {
            await file.WriteLineAsync(json ? "[" : "id,body");
            for (var row = 0; row < rows; row++)
                await file.WriteLineAsync(json ? $$"""{"id":{{row}},"body":"{{body}}"}{{(row < rows - 1 ? "," : "]")}}""" : $"{row},{body}");
        }
        long read = 0;
        await foreach (var item in ItemSource.ReadAsync([source], _scratch.Options, _scratch.Counts, TestContext.Current.CancellationToken)) read += item.Body.Length;
        Assert.Equal((long)rows * body.Length, read);
        Assert.True(read > _scratch.Options.MemoryLimitBytes);
    }

    // Of two items with one id the later counts, so the order is part of the meaning.
    [Theory]
    [InlineData("csv", 10), InlineData("parquet", 1), InlineData("json", 10)]
    public async Task Rows_keep_their_order_on_several_threads(string format, int wordsPerBody)
    {
        _scratch.Options = _scratch.Options with { Threads = 4 };
        using (var connection = new DuckDBConnection("DataSource=:memory:"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = $"COPY (SELECT i AS id, repeat('some text ', {wordsPerBody}) AS body FROM range(500000) AS t(i) ORDER BY i) TO '{_scratch.Directory}/items.{format}'{(format == "json" ? " (ARRAY true)" : "")}";
            command.ExecuteNonQuery();
        }
        var next = 0;
        await foreach (var item in ItemSource.ReadAsync([$"items.{format}"], _scratch.Options, _scratch.Counts, TestContext.Current.CancellationToken))
            Assert.Equal(next++, int.Parse(item.Id.Value, CultureInfo.InvariantCulture));
        Assert.Equal(500_000, next);
    }

    [Theory]
    [InlineData("7::TINYINT", "7"), InlineData("170141183460469231731687303715884105727::HUGEINT", "170141183460469231731687303715884105727")]
    [InlineData("7::DECIMAL(18,0)", "7"), InlineData("'007'", "007"), InlineData("'c0ffee00-0000-4000-8000-000000000001'::UUID", "c0ffee00-0000-4000-8000-000000000001")]
    public async Task Ids_of_every_whole_type_are_their_text(string sql, string id) =>
        Assert.Equal(id, (await _scratch.ItemsAsync($"duckdb:SELECT {sql} AS id, 't' AS title"))[0].Id.Value);

    [Theory]
    [InlineData("SELECT 1 AS id, 't' AS title, TIMESTAMPTZ '2026-11-23 10:00:00+09' AS published_at", "2026-11-23 01:00:00Z")]
    [InlineData("SELECT 1 AS id, 't' AS title, DATE '2026-11-23' AS published_at", "2026-11-23 00:00:00Z")]
    public async Task Times_are_in_utc(string sql, string time) =>
        Assert.Equal(time, (await _scratch.ItemsAsync("duckdb:" + sql))[0].PublishedAt?.ToString("u"));

    [Fact]
    public async Task Parquet_gives_items_and_events()
    {
        using (var connection = new DuckDBConnection("DataSource=:memory:"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = $"""
                COPY (SELECT i AS id, 'title ' || i AS title, [i::VARCHAR] AS tags FROM range(100000) AS t(i)) TO '{_scratch.Directory}/items.parquet';
                COPY (SELECT 'u' AS unit, i AS item, TIMESTAMP '2026-01-01' AS time FROM range(3) AS t(i)) TO '{_scratch.Directory}/events.parquet'
                """;
            command.ExecuteNonQuery();
        }
        var items = await _scratch.ItemsAsync("items.parquet");
        Assert.Equal(Enumerable.Range(0, 100_000).Select(i => $"{i} | title {i} |  | {i} | - | - | -"), items.Select(Texts.Show));
        Assert.Equal(new Event("u", ItemId.Parse("2"), new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), EventType.View), (await _scratch.EventsAsync("events.parquet"))[2]);
    }

    [Theory]
    [InlineData("SELECT 1.5 AS id, 't' AS title", ":1: id: expected text or an integer, found the number 1.5")]
    [InlineData("SELECT 1 AS id, 2 AS title", ":1: title: expected text, found the number 2")]
    [InlineData("SELECT i AS id, CASE WHEN i < 2 THEN 't' END AS title FROM range(9) AS t(i)", ":3: an empty text: item \"2\" has neither title nor body")]
    [InlineData("SELECT 1 AS id, 't' AS title, [1] AS tags", ":1: tags: expected a list of texts, found the number 1 in place 1")]
    [InlineData("SELECT 1 AS id, 't' AS title, 'infinity'::TIMESTAMP AS published_at", ":1: published_at: expected ISO 8601 such as 2026-11-23 or 2026-11-23T21:12:00Z, found the text \"infinity\"")]
    [InlineData("SELECT 1 AS Id, 't' AS title", ": no column \"id\"; the columns are Id, title; did you mean --map id=Id?")]
    [InlineData("SELECT 1; SELECT 2", ": expected one SELECT, found 2 statements")]
    [InlineData("SELECT 1) AS x; INSTALL httpfs; SELECT * FROM (SELECT 1", ": expected one SELECT: syntax error at or near \")\"")]
    [InlineData("COPY (SELECT 1) TO 'x.csv'", ": expected one SELECT: Only SELECT statements can be serialized to json!")]
    [InlineData("SELEC 1", ": expected one SELECT: syntax error at or near \"SELEC\"")]
    [InlineData("SELECT * FROM nowhere", ": Table with name nowhere does not exist!")]
    [InlineData("SELECT 'x'::INTEGER AS id, 't' AS title", ": Could not convert string 'x' to INT32")]
    public async Task A_bad_query_or_row_is_named_and_cannot_be_passed_over(string sql, string fault)
    {
        _scratch.Options = _scratch.Options with { SkipBad = 100 };
        var name = $"duckdb:{sql}" is { Length: > 60 } longer ? longer[..60] + "…" : $"duckdb:{sql}";
        Assert.Equal(name + fault, await _scratch.ItemFaultAsync($"duckdb:{sql}"));
    }

    [Theory]
    [InlineData("SELECT * FROM read_parquet('https://example.org/x.parquet')"), InlineData("SELECT * FROM 's3://bucket/x.parquet'")]
    public async Task The_network_is_out_of_reach(string sql) =>
        Assert.EndsWith("requires the extension httpfs to be loaded", await _scratch.ItemFaultAsync("duckdb:" + sql), StringComparison.Ordinal);

    [Theory]
    [InlineData("autoinstall_known_extensions", "false"), InlineData("autoload_known_extensions", "false")]
    [InlineData("memory_limit", "64.0 MiB"), InlineData("threads", "1"), InlineData("lock_configuration", "true")]
    public async Task Its_settings_are_those_of_the_options(string setting, string value)
    {
        _scratch.Options = _scratch.Options with { MemoryLimitBytes = 64 << 20 };
        var item = (await _scratch.ItemsAsync($"duckdb:SELECT 1 AS id, current_setting('{setting}')::VARCHAR AS title"))[0];
        Assert.Equal(value, Texts.Of(item.Title));
    }

    [Fact]
    public async Task A_query_that_needs_more_than_its_memory_is_named()
    {
        _scratch.Options = _scratch.Options with { MemoryLimitBytes = 16 << 20 };
        Assert.StartsWith("duckdb:SELECT 1 AS id, string_agg(", await _scratch.ItemFaultAsync(
            "duckdb:SELECT 1 AS id, string_agg(repeat('x', 1000)) AS title FROM range(1000000)"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_come_one_by_one_and_a_stop_is_heeded()
    {
        using var stop = new CancellationTokenSource();
        var read = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var item in ItemSource.ReadAsync(["duckdb:SELECT i AS id, 't' AS title FROM range(1000000000) AS t(i)"], _scratch.Options, _scratch.Counts, stop.Token))
                if (++read == 5_000) await stop.CancelAsync();
        });
        Assert.InRange(read, 5_000, 50_000);
    }

    [Theory]
    [InlineData("text.parquet", "text.parquet: No magic bytes found at end of file ")]
    [InlineData("items.xlsx", "items.xlsx: not a kind of file that is read; expected .jsonl, .ndjson, .json, .csv or .tsv (plain or with .gz or .zst), or .parquet")]
    [InlineData("none.parquet", "none.parquet: there is no such file")]
    public async Task A_file_that_is_not_what_its_name_says_is_named(string source, string fault)
    {
        _scratch.Write("text.parquet", "id,title\n1,t\n");
        _scratch.Write("items.xlsx", "x");
        Assert.StartsWith(fault, await _scratch.ItemFaultAsync(source), StringComparison.Ordinal);
    }
}
