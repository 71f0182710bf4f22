namespace Cantor.Storage.Tests;

public abstract class LeasesContract : StoreContract
{
    static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task One_holds_a_lease_until_it_is_given_back_or_ends()
    {
        await using var other = await OpenAsync();
        Assert.True(await Store.Leases.TryTakeAsync("build news", "a", Minute, Token));
        Assert.False(await other.Leases.TryTakeAsync("build news", "b", Minute, Token));
        Assert.True(await other.Leases.TryTakeAsync("build drugs", "b", Minute, Token));
        Time.Now += TimeSpan.FromSeconds(59);
        Assert.True(await Store.Leases.TryTakeAsync("build news", "a", Minute, Token));
        Time.Now += TimeSpan.FromSeconds(59);
        Assert.False(await other.Leases.TryTakeAsync("build news", "b", Minute, Token));
        Time.Now += TimeSpan.FromSeconds(1);
        Assert.True(await other.Leases.TryTakeAsync("build news", "b", Minute, Token));
        // Whose lease ended does not give back another's.
        await Store.Leases.ReturnAsync("build news", "a", Token);
        Assert.False(await Store.Leases.TryTakeAsync("build news", "a", Minute, Token));
        await other.Leases.ReturnAsync("build news", "b", Token);
        Assert.True(await Store.Leases.TryTakeAsync("build news", "a", Minute, Token));
    }

    [Fact]
    public async Task Of_many_who_ask_at_once_one_gets_it()
    {
        var taken = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Store.Leases.TryTakeAsync("judge", $"{i}", Minute, Token)));
        Assert.Single(taken, got => got);
    }
}

public sealed class SqliteLeasesTests : LeasesContract
{
    protected override Task<TestStore> MakeAsync() => Task.FromResult<TestStore>(new SqliteTestStore());
}

public sealed class PostgresLeasesTests : LeasesContract
{
    protected override async Task<TestStore> MakeAsync() => await PostgresTestStore.MakeAsync();
}
