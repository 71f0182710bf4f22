using Cantor.Corpus;
using Cantor.Storage.Databases;

namespace Cantor.Storage.Tests;

/// <summary>Opening, migrating, learning of writes, failing.</summary>
public abstract class OpeningContract : StoreContract
{
    protected static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task Several_may_open_an_empty_store_at_once()
    {
        await using var place = await MakeAsync();
        var stores = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => Store.OpenAsync(place.Address, Time, Token), Token)));
        await stores[0].Collections.CreateAsync("news", "{}", Token);
        foreach (var store in stores)
        {
            Assert.Single(await store.Collections.ListAsync(Token));
            await store.DisposeAsync();
        }
        Assert.Equal(await Place.ScalarAsync("SELECT count(*) FROM migrations"), await place.ScalarAsync("SELECT max(number) FROM migrations") is { } most ? Convert.ToInt64(most, null) : null);
    }

    [Fact]
    public async Task A_store_that_a_newer_program_extended_is_used()
    {
        await Place.ScalarAsync("INSERT INTO migrations (number, applied_at, needs) VALUES (99, 'later', 1); ALTER TABLE collections ADD COLUMN later TEXT");
        await using var store = await OpenAsync();
        Assert.NotNull(await store.Collections.CreateAsync("news", "{}", Token));
    }

    [Fact]
    public async Task A_store_that_needs_a_newer_program_is_refused()
    {
        await Place.ScalarAsync("INSERT INTO migrations (number, applied_at, needs) VALUES (99, 'later', 98)");
        var fault = await Assert.ThrowsAsync<InputFaultException>(OpenAsync);
        Assert.Contains("to step 99, which needs one that knows step 98", fault.Message, StringComparison.Ordinal);
        Assert.Equal(Store.Name, fault.Source);
    }

    [Fact]
    public async Task Whoever_waits_learns_of_writes_of_this_store_and_of_others()
    {
        await using var other = await Store.OpenAsync(Place.Address, TimeProvider.System, Token);
        await CreateAsync();
        var mark = await other.MarkAsync(Token);
        foreach (var writer in new[] { Store, other, Store })
        {
            var waiting = other.WaitForWriteAsync(mark, Poll, Token);
            await writer.Changes.AppendAsync("news", [new(ChangeKind.Delete, "a")], "ann", Token);
            var next = await waiting.WaitAsync(TimeSpan.FromMinutes(1), Token);
            Assert.NotEqual(mark, next);
            mark = next;
        }
        Assert.Equal(3, (await other.Changes.ReadAsync("news", 0, 10, Token)).Last);
    }

    [Fact]
    public async Task Waiting_ends_when_it_is_canceled()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using var other = await Store.OpenAsync(Place.Address, TimeProvider.System, Token);
        var waiting = Task.Run(async () =>
        {
            for (var mark = await other.MarkAsync(stop.Token); ;) mark = await other.WaitForWriteAsync(mark, Poll, stop.Token);
        }, Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(TimeSpan.FromMinutes(1), Token));
    }

    [Fact]
    public async Task A_write_that_fails_undoes_itself_and_none_of_those_beside_it()
    {
        await CreateAsync();
        var all = Enumerable.Range(0, 40).Select(i => Task.Run(() => i % 4 == 0
            ? Store.Changes.AppendAsync("none", [new(ChangeKind.Delete, $"{i}")], "ann", Token)
            : Store.Changes.AppendAsync("news", [new(ChangeKind.Delete, $"{i}")], "ann", Token), Token)).ToList();
        var failed = 0;
        foreach (var one in all)
            try
            {
                await one;
            }
            catch (InputFaultException)
            {
                failed++;
            }
        Assert.Equal(10, failed);
        Assert.Equal(30, (await Store.Changes.ReadAsync("news", 0, 100, Token)).Changes.Count);
    }

    [Theory]
    [InlineData("mysql://here/db"), InlineData("s3://bucket")]
    public async Task An_address_of_no_kind_is_refused(string address)
    {
        var fault = await Assert.ThrowsAsync<InputFaultException>(() => Store.OpenAsync(address, Time, Token));
        Assert.Contains("expected postgres://", fault.Message, StringComparison.Ordinal);
    }
}

public sealed class SqliteOpeningTests : OpeningContract
{
    protected override Task<TestStore> MakeAsync() => Task.FromResult<TestStore>(new SqliteTestStore());

    [Fact]
    public async Task Writers_that_come_together_share_one_commit()
    {
        await CreateAsync();
        var together = new TaskCompletionSource();
        // The first holds the store until all others have queued up behind it, which they have when their calls return.
        List<Task<long>> writes = [.. Enumerable.Range(0, 50).Select(i => Store.Database.WriteAsync(async session =>
        {
            await together.Task;
            await session.ExecuteAsync("INSERT INTO changes (collection, number, kind, id, at, by) VALUES ('news', @i, 'delete', 'a', '', '')", ("@i", i));
            return (long)(await Place.ScalarAsync("SELECT count(*) FROM changes"))!; // another connection: what is committed
        }, Token))];
        together.SetResult();
        var committed = await Task.WhenAll(writes).WaitAsync(TimeSpan.FromMinutes(5), Token);
        Assert.Equal([0, .. Enumerable.Repeat(1L, 49)], committed);
        Assert.Equal(50L, await Place.ScalarAsync("SELECT count(*) FROM changes"));
    }

    [Fact]
    public async Task A_full_disk_is_told_as_unavailable_and_writing_goes_on_when_there_is_room()
    {
        await CreateAsync();
        // The page limit stands for the disk: SQLite answers with the same code.
        await using var limited = await OpenAsync();
        await LimitAsync(limited, 1);
        var fault = await Assert.ThrowsAsync<StoreUnavailableException>(() => limited.Changes.AppendAsync("news",
            [.. Enumerable.Range(0, 50).Select(i => new NewChange(ChangeKind.Upsert, $"{i}", $$"""{"body":"{{new string('x', 5_000)}}"}"""))], "ann", Token));
        Assert.Contains("full", fault.Message, StringComparison.Ordinal);
        Assert.Equal(0, (await Store.Changes.ReadAsync("news", 0, 10, Token)).Last);
        await LimitAsync(limited, 1_000_000);
        Assert.Equal([1], await limited.Changes.AppendAsync("news", [new(ChangeKind.Delete, "a")], "ann", Token));
    }

    static Task<int> LimitAsync(Store store, int pages) =>
        store.Database.WriteAsync(session => session.ExecuteAsync($"PRAGMA max_page_count = {pages}"), Token);
}

public sealed class PostgresOpeningTests : OpeningContract
{
    protected override async Task<TestStore> MakeAsync() => await PostgresTestStore.MakeAsync();

    [Fact]
    public async Task A_step_of_the_schema_may_take_longer_than_other_statements()
    {
        await using var place = await PostgresTestStore.MakeAsync();
        var (blocker, opener) = ($"block_{place.Data.Name}", $"open_{place.Data.Name}");
        Task<object?> CountAsync(string those) => place.ScalarAsync($"SELECT count(*) FROM pg_stat_activity WHERE {those}");
        // Holds the table until its step has waited for longer than the others may.
        var blocking = place.ScalarAsync($"""
            BEGIN;
            SET LOCAL application_name = '{blocker}';
            CREATE TABLE migrations (number INTEGER PRIMARY KEY, applied_at TEXT NOT NULL);
            DO $$ BEGIN
                WHILE NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = '{opener}' AND wait_event_type = 'Lock' AND query_start < clock_timestamp() - interval '6 s') LOOP
                    PERFORM pg_sleep(.1);
                    PERFORM pg_stat_clear_snapshot();
                END LOOP;
            END $$;
            ROLLBACK
            """);
        while (await CountAsync($"application_name = '{blocker}' AND wait_event = 'PgSleep'") is 0L) await Task.Delay(5, Token);
        await using var store = await Store.OpenAsync(place.Address.Replace("command_timeout=60", $"command_timeout=5&application_name={opener}", StringComparison.Ordinal), Time, Token);
        await blocking;
        Assert.Empty(await store.Collections.ListAsync(Token));
    }

    [Fact]
    public async Task A_wrong_password_is_told_without_it()
    {
        var fault = await Assert.ThrowsAsync<InputFaultException>(() => Store.OpenAsync(PostgresTestStore.Server("wr0ng-s3cret") + "?sslmode=disable", Time, Token));
        Assert.Contains("(28P01)", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wr0ng-s3cret", fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_told_as_unavailable()
    {
        var fault = await Assert.ThrowsAsync<StoreUnavailableException>(() => Store.OpenAsync("postgres://ann:secret@127.0.0.1:1/db?sslmode=disable", Time, Token));
        Assert.Equal("postgres://ann@127.0.0.1:1/db", fault.Store);
        Assert.DoesNotContain("secret", fault.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("postgres://u:s3cret@h:99999/db", "the port is \"99999\"")]
    [InlineData("postgres://u:s3cret@h/db?sslmod=require", "there is no option \"sslmod\"")]
    [InlineData("postgres://u:s3cret@h/db?sslmode=maybe", "sslmode is \"maybe\"")]
    [InlineData("postgresql://u:s3cret@h/db?pool_max=x", "pool_max is \"x\"")]
    [InlineData("postgres://u:is?s3cret@h/db", "there is an @ behind the first ?")]
    [InlineData("postgres://u:s3cret?sslmode=x@h/db", "there is an @ behind the first ?")]
    [InlineData("postgres://u:s3cret/db", "the port is no number")]
    [InlineData("Postgres://u:s3cret@h/db", "there is no kind of store called Postgres")]
    [InlineData("postgres:/u:s3cret@h/db", "there is no kind of store called postgres")]
    [InlineData("Host=h;Username=u;Password=s3cret", "expected postgres://user:password@host:port/database or a data directory")]
    public async Task An_address_with_a_fault_is_refused_by_its_part(string address, string expected)
    {
        var fault = await Assert.ThrowsAsync<InputFaultException>(() => Store.OpenAsync(address, Time, Token));
        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_printed_of_an_address_has_no_password()
    {
        var address = PostgresAddress.Parse("postgres://u:s3cret@h/db?sslmode=require");
        Assert.Equal("postgres://u@h/db", address.ToString());
        Assert.Contains("s3cret", address.ConnectionString, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reads_go_on_and_waiting_too_when_all_connections_are_cut()
    {
        await CreateAsync();
        await using var store = await Store.OpenAsync($"{Place.Address}&application_name=cut_{Place.Data.Name}", TimeProvider.System, Token);
        var mark = await store.MarkAsync(Token);
        var waiting = store.WaitForWriteAsync(mark, Poll, Token);
        for (var round = 0; round < 3; round++)
        {
            await Place.ScalarAsync($"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'cut_{Place.Data.Name}'");
            Assert.Single(await store.Collections.ListAsync(Token));
        }
        await Store.Changes.AppendAsync("news", [new(ChangeKind.Delete, "a")], "ann", Token);
        Assert.NotEqual(mark, await waiting.WaitAsync(TimeSpan.FromMinutes(1), Token));
    }
}
