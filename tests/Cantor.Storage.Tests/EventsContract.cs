using Cantor.Corpus;

namespace Cantor.Storage.Tests;

public abstract class EventsContract : StoreContract
{
    [Fact]
    public async Task An_event_sent_twice_counts_once()
    {
        await CreateAsync();
        var one = Event("1", 0) with { RequestId = "request", Position = 3, Type = EventType.Click };
        Assert.Equal(2, await AddAsync(one, Event("2", 1), one));
        Assert.Equal(1, await AddAsync(Event("3", 2), one with { Item = "other" }, Event("2", 9)));
        Assert.Equal([one, Event("2", 1), Event("3", 2)], await ReadAsync(0, 10));
    }

    [Fact]
    public async Task Events_are_read_by_time_in_its_order_the_end_excluded_and_other_collections_left_out()
    {
        await CreateAsync();
        await CreateAsync("drugs");
        await AddAsync(Event("e", 3), Event("d", 1), Event("c", 2), Event("b", 1), Event("a", 4));
        await Store.Events.AddAsync("drugs", [Event("b", 2)], Token);
        Assert.Equal(["b", "d", "c", "e"], (await ReadAsync(1, 4)).Select(one => one.Id));
        Assert.Empty(await ReadAsync(5, 9));
    }

    [Fact]
    public async Task More_events_than_one_question_fetches_are_all_read()
    {
        await CreateAsync();
        // Many of one moment: the pages must not be cut by time alone.
        await AddAsync([.. Enumerable.Range(0, 12_000).Select(i => Event($"{i:D5}", i / 4_000))]);
        var ids = (await ReadAsync(0, 10)).Select(one => one.Id).ToList();
        Assert.Equal(Enumerable.Range(0, 12_000).Select(i => $"{i:D5}"), ids);
    }

    [Fact]
    public async Task Old_events_and_those_of_a_unit_can_be_deleted()
    {
        await CreateAsync();
        await AddAsync(Event("1", 1), Event("2", 2) with { Unit = "ann" }, Event("3", 3) with { Unit = "ann" }, Event("4", 4));
        Assert.Equal(1, await Store.Events.DeleteBeforeAsync("news", Clock.Begin.AddSeconds(2), Token));
        Assert.Equal(2, await Store.Events.DeleteUnitAsync("news", "ann", Token));
        Assert.Equal(0, await Store.Events.DeleteUnitAsync("news", "ann", Token));
        Assert.Equal(["4"], (await ReadAsync(0, 10)).Select(one => one.Id));
    }

    [Fact]
    public async Task Many_who_send_the_same_events_at_once_store_each_once()
    {
        await CreateAsync();
        await using var other = await OpenAsync();
        var events = Enumerable.Range(0, 500).Select(i => Event($"{i}", i)).ToList();
        var added = await Task.WhenAll(Enumerable.Range(0, 6).Select(sender => Task.Run(() =>
            (sender % 2 == 0 ? Store : other).Events.AddAsync("news", sender < 3 ? events : [.. Enumerable.Reverse(events)], Token), Token)));
        Assert.Equal(500, added.Sum());
    }

    [Fact]
    public async Task Events_of_a_collection_that_is_not_there_are_refused()
    {
        var fault = await Assert.ThrowsAsync<InputFaultException>(() => AddAsync(Event("1", 1)));
        Assert.Equal("news", fault.Source);
    }

    [Fact]
    public async Task A_text_that_one_kind_of_store_cannot_keep_is_refused_by_both_and_those_beside_it_are_kept()
    {
        await CreateAsync();
        var fault = await Assert.ThrowsAsync<InputFaultException>(() => AddAsync(Event("1", 1) with { Unit = "a\0b" }));
        Assert.Equal((Store.TextFault, true), (fault.Source, fault.Message.Contains("U+0000", StringComparison.Ordinal)));
        await Assert.ThrowsAsync<InputFaultException>(() => Store.Keys.CreateAsync("a\0b", null, Scopes.Read, null, "ann", Token));
        await Assert.ThrowsAsync<InputFaultException>(() => Store.Events.DeleteUnitAsync("news", "\0", Token));
        Assert.Equal(1, await AddAsync(Event("2", 2)));
        Assert.Equal(["2"], (await ReadAsync(0, 10)).Select(one => one.Id));
    }

    static StoredEvent Event(string id, int second) => new(id, EventType.View, "unit", "item/1", Clock.Begin.AddSeconds(second).AddMilliseconds(7));

    Task<int> AddAsync(params StoredEvent[] events) => Store.Events.AddAsync("news", events, Token);

    async Task<List<StoredEvent>> ReadAsync(int from, int to) =>
        await Store.Events.ReadAsync("news", Clock.Begin.AddSeconds(from), Clock.Begin.AddSeconds(to), Token).ToListAsync(Token);
}

public sealed class SqliteEventsTests : EventsContract
{
    protected override Task<TestStore> MakeAsync() => Task.FromResult<TestStore>(new SqliteTestStore());
}

public sealed class PostgresEventsTests : EventsContract
{
    protected override async Task<TestStore> MakeAsync() => await PostgresTestStore.MakeAsync();
}
