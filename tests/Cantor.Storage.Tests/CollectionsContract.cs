using Cantor.Corpus;
using Cantor.Releases;

namespace Cantor.Storage.Tests;

public abstract class CollectionsContract : StoreContract
{
    [Fact]
    public async Task A_collection_is_made_once_and_found_after_reopening()
    {
        var made = await Store.Collections.CreateAsync("news", """{"limit":3}""", Token);
        Assert.Equal(new("news", Clock.Begin, """{"limit":3}""", 1), made);
        Assert.Null(await Store.Collections.CreateAsync("news", "{}", Token));
        await CreateAsync("drugs");
        await using var again = await OpenAsync();
        Assert.Equal(made, await again.Collections.FindAsync("news", Token));
        Assert.Null(await again.Collections.FindAsync("none", Token));
        Assert.Equal(["drugs", "news"], (await again.Collections.ListAsync(Token)).Select(collection => collection.Name));
    }

    [Theory]
    [InlineData("a/b", "{}"), InlineData("fine", "[]"), InlineData("fine", "{")]
    public async Task A_name_or_configuration_that_is_none_is_refused(string name, string config)
    {
        await Assert.ThrowsAsync<InputFaultException>(() => Store.Collections.CreateAsync(name, config, Token));
        Assert.Empty(await Store.Collections.ListAsync(Token));
    }

    [Fact]
    public async Task A_configuration_is_replaced_only_by_who_saw_the_last_one()
    {
        await CreateAsync();
        Assert.Equal(2, await Store.Collections.ConfigureAsync("news", """{"n":1}""", 1, Token));
        Assert.Null(await Store.Collections.ConfigureAsync("news", """{"n":2}""", 1, Token));
        Assert.Null(await Store.Collections.ConfigureAsync("none", "{}", 1, Token));
        Assert.Equal(("""{"n":1}""", 2), (await Store.Collections.FindAsync("news", Token)) is { } now ? (now.Config, now.ConfigVersion) : default);
    }

    [Fact]
    public async Task Of_many_who_configure_at_once_exactly_one_wins()
    {
        await CreateAsync();
        await using var other = await OpenAsync();
        var won = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => (i % 2 == 0 ? Store : other).Collections.ConfigureAsync("news", $$"""{"n":{{i}}}""", 1, Token), Token)));
        Assert.Equal([2], won.Where(version => version is not null).Select(version => version!.Value));
    }

    [Fact]
    public async Task A_deleted_collection_leaves_its_history_and_tombstones_and_numbers_and_nothing_else()
    {
        await CreateAsync();
        await Store.Changes.AppendAsync("news", [new(ChangeKind.Upsert, "there", "{}"), new(ChangeKind.Upsert, "hidden", "{}"), new(ChangeKind.Hide, "hidden"), new(ChangeKind.Delete, "gone"), new(ChangeKind.Rule, "r", "{}")], "ann", Token);
        await Store.Events.AddAsync("news", [new("e", EventType.View, "u", "there", Clock.Begin)], Token);
        var key = await Store.Keys.CreateAsync("k", "news", Scopes.Read, null, "ann", Token);
        var registry = Store.Registry(Place.Data.FullName);
        var version = new ReleaseVersion(Clock.Begin, 1);
        await File.WriteAllTextAsync(registry.PathOf("news", version), "file", Token);
        registry.Register("news", version, 1, 4, "built");
        Assert.True(registry.MoveAlias("news", AliasName.Live, null, version, "ann", "because"));

        Assert.True(await Store.Collections.DeleteAsync("news", "bob", Token));
        Assert.False(await Store.Collections.DeleteAsync("news", "bob", Token));
        Assert.Empty(await Store.Collections.ListAsync(Token));
        Assert.Empty(registry.Releases("news"));
        Assert.Null(registry.Alias("news", AliasName.Live));
        Assert.Single(registry.History("news"));
        Assert.Null((await Store.Keys.ReadAsync(Token)).Find(key.Secret, Clock.Begin));

        Time.Now += TimeSpan.FromMinutes(1);
        Assert.Equal(Time.Now, (await CreateAsync()).CreatedAt);
        Assert.Empty(await Store.Events.ReadAsync("news", Clock.Begin, Clock.Begin.AddDays(1), Token).ToListAsync(Token));
        Assert.Equal([("gone", true, false), ("hidden", false, true)],
            await Store.Changes.StatesAsync("news", 0, Token).Select(state => (state.Id, state.Deleted is not null, state.Hidden is not null)).ToListAsync(Token));
        Assert.Equal([6], await Store.Changes.AppendAsync("news", [new(ChangeKind.Delete, "x")], "ann", Token));
        Assert.Equal(5, (await Store.Changes.ReadAsync("news", 0, 10, Token)).Trimmed);
    }
}

public sealed class SqliteCollectionsTests : CollectionsContract
{
    protected override Task<TestStore> MakeAsync() => Task.FromResult<TestStore>(new SqliteTestStore());
}

public sealed class PostgresCollectionsTests : CollectionsContract
{
    protected override async Task<TestStore> MakeAsync() => await PostgresTestStore.MakeAsync();
}
