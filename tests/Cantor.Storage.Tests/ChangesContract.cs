using Cantor.Corpus;
using Cantor.Releases;

namespace Cantor.Storage.Tests;

public abstract class ChangesContract : StoreContract
{
    [Fact]
    public async Task Changes_are_numbered_in_order_and_read_back_as_they_were_given()
    {
        await CreateAsync();
        await CreateAsync("drugs");
        var item = """{"title":"Über \"quotes\" 'and' パン\u0001"}""";
        Assert.Equal([1, 2, 3], await AppendAsync(new(ChangeKind.Upsert, "a/b", item), new(ChangeKind.Patch, "c", """{"n":null}"""), new(ChangeKind.Delete, "d")));
        Time.Now += TimeSpan.FromMinutes(1);
        Assert.Equal([4, 5, 6], await AppendAsync(new(ChangeKind.Hide, "a/b"), new(ChangeKind.Unhide, "a/b"), new(ChangeKind.Rule, "r", """{"pin":"c"}""")));
        Assert.Equal([1], await Store.Changes.AppendAsync("drugs", [new(ChangeKind.Delete, "a/b")], "bob", Token));

        var page = await Store.Changes.ReadAsync("news", 0, 100, Token);
        Assert.Equal((6, 0), (page.Last, page.Trimmed));
        Assert.Equal(
            [
                new(1, ChangeKind.Upsert, "a/b", item, Clock.Begin, "ann"),
                new(2, ChangeKind.Patch, "c", """{"n":null}""", Clock.Begin, "ann"),
                new(3, ChangeKind.Delete, "d", null, Clock.Begin, "ann"),
                new(4, ChangeKind.Hide, "a/b", null, Clock.Begin.AddMinutes(1), "ann"),
                new(5, ChangeKind.Unhide, "a/b", null, Clock.Begin.AddMinutes(1), "ann"),
                new(6, ChangeKind.Rule, "r", """{"pin":"c"}""", Clock.Begin.AddMinutes(1), "ann"),
            ],
            page.Changes);
    }

    [Fact]
    public async Task Pages_are_bounded_and_go_on_where_the_last_ended()
    {
        await CreateAsync();
        await AppendAsync([.. Enumerable.Range(1, 2_500).Select(i => new NewChange(ChangeKind.Upsert, $"item {i}", $$"""{"n":{{i}}}"""))]);
        var seen = new List<long>();
        for (ChangePage page; (page = await Store.Changes.ReadAsync("news", seen.Count, 999, Token)).Changes.Count > 0;)
        {
            Assert.Equal(2_500, page.Last);
            Assert.InRange(page.Changes.Count, 1, 999);
            seen.AddRange(page.Changes.Select(change => change.Number));
        }
        Assert.Equal(Enumerable.Range(1, 2_500).Select(i => (long)i), seen);
        Assert.Equal(2_500, await Store.Changes.StatesAsync("news", 0, Token).CountAsync(Token));
    }

    [Fact]
    public async Task A_patch_is_laid_over_what_was_pushed_and_over_earlier_patches()
    {
        await CreateAsync();
        await AppendAsync(
            new(ChangeKind.Upsert, "pushed", """{"title":"A","body":"B","fields":{"x":1,"y":2}}"""),
            new(ChangeKind.Patch, "pushed", """{"body":null,"fields":{"x":null,"z":3}}"""),
            new(ChangeKind.Patch, "source", """{"title":"B","body":null}"""),
            new(ChangeKind.Patch, "source", """{"title":"C","fields":{"x":null}}"""));
        Assert.Equal(("""{"title":"A","fields":{"y":2,"z":3}}""", true), await PayloadAsync("pushed"));
        Assert.Equal(("""{"title":"C","body":null,"fields":{"x":null}}""", false), await PayloadAsync("source"));
    }

    [Fact]
    public async Task A_deleted_item_stays_deleted_until_an_explicit_upsert()
    {
        await CreateAsync();
        await AppendAsync(new(ChangeKind.Upsert, "a", """{"n":1}"""), new(ChangeKind.Delete, "a"), new(ChangeKind.Delete, "never seen"));
        Assert.Equal([null, 4, 5], await AppendAsync(new(ChangeKind.Patch, "a", """{"n":2}"""), new(ChangeKind.Hide, "a"), new(ChangeKind.Unhide, "a")));
        var state = (await Store.Changes.FindAsync("news", "a", Token))!;
        Assert.Equal((null, false, null, new Act(Clock.Begin, "ann"), null, 5), (state.Payload, state.Whole, state.Written, state.Deleted, state.Hidden, state.Number));
        Assert.NotNull((await Store.Changes.FindAsync("news", "never seen", Token))!.Deleted);
        await AppendAsync(new NewChange(ChangeKind.Upsert, "a", """{"n":3}"""));
        Assert.Equal(("""{"n":3}""", true), await PayloadAsync("a"));
        Assert.Null((await Store.Changes.FindAsync("news", "a", Token))!.Deleted);
    }

    [Fact]
    public async Task A_hidden_item_stays_hidden_through_upserts_until_it_is_unhidden()
    {
        await CreateAsync();
        await AppendAsync(new(ChangeKind.Hide, "a"), new(ChangeKind.Upsert, "a", "{}"), new(ChangeKind.Delete, "a"), new(ChangeKind.Upsert, "a", "{}"));
        Assert.NotNull((await Store.Changes.FindAsync("news", "a", Token))!.Hidden);
        await AppendAsync(new NewChange(ChangeKind.Unhide, "a"));
        Assert.Null((await Store.Changes.FindAsync("news", "a", Token))!.Hidden);
    }

    [Fact]
    public async Task What_lies_over_a_release_are_later_changes_and_everything_deleted_or_hidden()
    {
        await CreateAsync();
        await AppendAsync(new(ChangeKind.Upsert, "early", "{}"), new(ChangeKind.Delete, "gone"), new(ChangeKind.Hide, "hidden"), new(ChangeKind.Rule, "r", "{}"), new(ChangeKind.Upsert, "late", "{}"));
        Assert.Equal(["gone", "hidden", "late"], await IdsAsync(after: 4));
        Assert.Equal(["early", "gone", "hidden", "late"], await IdsAsync(after: 0));
    }

    [Fact]
    public async Task Whoever_reads_on_from_the_number_that_came_last_meets_every_item_that_changed()
    {
        await CreateAsync();
        await AppendAsync(new(ChangeKind.Upsert, "a", "{}"), new(ChangeKind.Upsert, "b", "{}"), new(ChangeKind.Delete, "c"), new(ChangeKind.Rule, "r", "{}"), new(ChangeKind.Patch, "a", "{}"), new(ChangeKind.Hide, "d"));
        var (states, number) = await Store.Changes.StatesSinceAsync("news", 0, 2, Token);
        Assert.Equal(["b", "c"], states.Select(state => state.Id));
        Assert.Equal(3, number);
        (states, number) = await Store.Changes.StatesSinceAsync("news", number, 2, Token);
        Assert.Equal(["a", "d"], states.Select(state => state.Id));
        Assert.Equal(6, number);
        (states, number) = await Store.Changes.StatesSinceAsync("news", number, 2, Token);
        Assert.Empty(states);
        Assert.Equal(6, number);
        await AppendAsync(new NewChange(ChangeKind.Rule, "r"));
        Assert.Equal(7, (await Store.Changes.StatesSinceAsync("news", 6, 2, Token)).Number);
        Assert.Equal(0, (await Store.Changes.StatesSinceAsync("drugs", 0, 2, Token)).Number);
    }

    [Fact]
    public async Task What_was_taken_down_is_found_ahead_of_what_was_pushed()
    {
        await CreateAsync();
        await AppendAsync(new(ChangeKind.Delete, "early"), new(ChangeKind.Upsert, "a", "{}"), new(ChangeKind.Delete, "b"), new(ChangeKind.Hide, "a"), new(ChangeKind.Hide, "c"), new(ChangeKind.Unhide, "c"), new(ChangeKind.Delete, "d"), new(ChangeKind.Upsert, "d", "{}"));
        Assert.Equal(["b", "a"], (await Store.Changes.TakenDownSinceAsync("news", 1, Token)).Select(state => state.Id));
    }

    [Fact]
    public async Task Rules_in_force_are_those_not_taken_away_and_no_items()
    {
        await CreateAsync();
        await AppendAsync(new(ChangeKind.Rule, "b", """{"n":1}"""), new(ChangeKind.Rule, "a", """{"n":2}"""), new(ChangeKind.Rule, "b", """{"n":3}"""), new(ChangeKind.Rule, "a"), new(ChangeKind.Upsert, "b", "{}"));
        var rule = Assert.Single(await Store.Changes.RulesAsync("news", Token).ToListAsync(Token));
        Assert.Equal(("b", """{"n":3}"""), (rule.Id, rule.Payload));
        Assert.Equal(("{}", true), await PayloadAsync("b"));
    }

    [Theory]
    [InlineData(ChangeKind.Upsert, null), InlineData(ChangeKind.Upsert, "[]"), InlineData(ChangeKind.Patch, "{"), InlineData(ChangeKind.Rule, "1"), InlineData(ChangeKind.Delete, "{}")]
    public async Task Of_changes_with_one_that_is_none_no_change_is_made(ChangeKind kind, string? payload)
    {
        await CreateAsync();
        var fault = await Assert.ThrowsAsync<InputFaultException>(() => AppendAsync(new(ChangeKind.Upsert, "fine", "{}"), new(kind, "bad", payload)));
        Assert.Equal("bad", fault.Source);
        Assert.Equal(0, (await Store.Changes.ReadAsync("news", 0, 10, Token)).Last);
        Assert.Null(await Store.Changes.FindAsync("news", "fine", Token));
    }

    [Fact]
    public async Task A_collection_that_is_not_there_takes_no_changes()
    {
        var fault = await Assert.ThrowsAsync<InputFaultException>(() => AppendAsync(new NewChange(ChangeKind.Delete, "a")));
        Assert.Contains("there is no such collection", fault.Message, StringComparison.Ordinal);
        Assert.Null(await Store.Changes.FindAsync("news", "a", Token));
    }

    [Fact]
    public async Task A_reader_who_has_seen_a_number_never_sees_a_smaller_one_later()
    {
        await CreateAsync();
        await using var other = await OpenAsync();
        const int writers = 6, writes = 40;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var reading = Task.Run(async () =>
        {
            var seen = new List<long>();
            while (!ended.IsCancellationRequested || seen.Count < writers * writes * 2)
                seen.AddRange((await other.Changes.ReadAsync("news", seen.LastOrDefault(), 1_000, Token)).Changes.Select(change => change.Number));
            return seen;
        }, Token);
        var numbers = await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
        {
            var store = writer % 2 == 0 ? Store : other;
            var mine = new List<long?>();
            for (var i = 0; i < writes; i++)
                mine.AddRange(await store.Changes.AppendAsync("news", [new(ChangeKind.Upsert, $"{writer}", $$"""{"n":{{i}}}"""), new(ChangeKind.Hide, $"{i}")], "ann", Token));
            return mine;
        }, Token)));
        await ended.CancelAsync();
        var expected = Enumerable.Range(1, writers * writes * 2).Select(i => (long)i).ToList();
        Assert.Equal(expected, await reading.WaitAsync(TimeSpan.FromMinutes(1), Token));
        Assert.Equal(expected, numbers.SelectMany(mine => mine).Select(number => number!.Value).Order());
        Assert.All(numbers, mine => Assert.Equal(mine.Order(), mine));
        foreach (var writer in Enumerable.Range(0, writers)) Assert.Equal(("""{"n":39}""", true), await PayloadAsync($"{writer}"));
    }

    [Fact]
    public async Task The_log_is_trimmed_to_the_oldest_release_that_an_alias_names_and_no_further()
    {
        await CreateAsync();
        await AppendAsync([.. Enumerable.Range(1, 10).Select(i => new NewChange(ChangeKind.Delete, $"{i}"))]);
        var registry = Store.Registry(Place.Data.FullName);
        foreach (var (second, last) in new[] { (1, 2), (2, 7), (3, 5), (4, 9) })
        {
            var version = new ReleaseVersion(Clock.Begin.AddSeconds(second), 1);
            await File.WriteAllTextAsync(registry.PathOf("news", version), "file", Token);
            Assert.Equal(last, registry.Register("news", version, 1, 4, "built", last).LastChange);
        }
        Assert.Equal(0, await Store.Changes.TrimAsync("news", Token));
        Point(2, AliasName.Live);
        Point(3, AliasName.Canary);
        Assert.Equal(5, await Store.Changes.TrimAsync("news", Token));
        Assert.Equal(0, await Store.Changes.TrimAsync("news", Token));
        var page = await Store.Changes.ReadAsync("news", 3, 100, Token);
        Assert.Equal((10, 5), (page.Last, page.Trimmed));
        Assert.Equal([6, 7, 8, 9, 10], page.Changes.Select(change => change.Number));
        Assert.Equal(10, await Store.Changes.StatesAsync("news", 10, Token).CountAsync(state => state.Deleted is not null, Token));

        void Point(int second, AliasName alias) =>
            Assert.True(registry.MoveAlias("news", alias, null, new ReleaseVersion(Clock.Begin.AddSeconds(second), 1), "test", "because"));
    }

    async Task<IReadOnlyList<long?>> AppendAsync(params NewChange[] changes) => await Store.Changes.AppendAsync("news", changes, "ann", Token);

    async Task<(string?, bool)> PayloadAsync(string id) => await Store.Changes.FindAsync("news", id, Token) is { } state ? (state.Payload, state.Whole) : default;

    async Task<List<string>> IdsAsync(long after) => await Store.Changes.StatesAsync("news", after, Token).Select(state => state.Id).ToListAsync(Token);
}

public sealed class SqliteChangesTests : ChangesContract
{
    protected override Task<TestStore> MakeAsync() => Task.FromResult<TestStore>(new SqliteTestStore());
}

public sealed class PostgresChangesTests : ChangesContract
{
    protected override async Task<TestStore> MakeAsync() => await PostgresTestStore.MakeAsync();
}
