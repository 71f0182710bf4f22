using Cantor.Corpus;

namespace Cantor.Storage.Tests;

public abstract class KeysContract : StoreContract
{
    [Fact]
    public async Task A_key_is_found_by_its_secret_and_by_nothing_else()
    {
        var made = await Store.Keys.CreateAsync("site", "news", Scopes.Read | Scopes.Events, null, "ann", Token);
        await Store.Keys.CreateAsync("other", null, Scopes.Admin, null, "ann", Token);
        var ring = await Store.Keys.ReadAsync(Token);
        Assert.Equal(made.Key, ring.Find(made.Secret, Clock.Begin));
        Assert.Equal(("site", "news", Scopes.Read | Scopes.Events, new Act(Clock.Begin, "ann")), (made.Key.Label, made.Key.Collection, made.Key.Scopes, made.Key.Created));
        Assert.Equal(2, ring.Keys.Count());
        var last = made.Secret[^1] == 'A' ? 'B' : 'A';
        foreach (var wrong in new[] { "", made.Key.Id, "cantor_", made.Secret[..^1], made.Secret[..^1] + last, made.Secret + "A", made.Secret["cantor_".Length..], $"cantor_{made.Key.Id}_", $"cantor_000000000000{made.Secret[19..]}" })
            Assert.Null(ring.Find(wrong, Clock.Begin));
    }

    [Fact]
    public async Task Neither_store_nor_texts_hold_a_secret()
    {
        var made = await Store.Keys.CreateAsync("site", null, Scopes.Read, null, "ann", Token);
        Assert.Matches("^cantor_[0-9a-f]{12}_[A-Za-z0-9_-]{43}$", made.Secret);
        var secret = made.Secret[20..];
        Assert.DoesNotContain(secret, $"{made} {made.Key} {(await Store.Keys.ReadAsync(Token)).Keys.Single()}", StringComparison.Ordinal);
        foreach (var column in new[] { "id", "label", "scopes", "created_by", "hash" })
            Assert.DoesNotContain(secret, await Place.ScalarAsync($"SELECT {column} FROM keys") is byte[] bytes ? System.Text.Encoding.Latin1.GetString(bytes) : (string)(await Place.ScalarAsync($"SELECT {column} FROM keys"))!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Scopes.Read, "news", Scopes.Read, "news", true)]
    [InlineData(Scopes.Read, "news", Scopes.Read, "drugs", false)]
    [InlineData(Scopes.Read, "news", Scopes.Read, null, false)]
    [InlineData(Scopes.Read, null, Scopes.Read, "drugs", true)]
    [InlineData(Scopes.Read, null, Scopes.Write, "news", false)]
    [InlineData(Scopes.Write, null, Scopes.Read, "news", false)]
    [InlineData(Scopes.Read | Scopes.Events, null, Scopes.Events, "news", true)]
    [InlineData(Scopes.Write, "news", Scopes.Admin, "news", false)]
    [InlineData(Scopes.Admin, "news", Scopes.Write, "news", true)]
    [InlineData(Scopes.Admin, "news", Scopes.Admin, null, false)]
    [InlineData(Scopes.Admin, null, Scopes.Admin, null, true)]
    public async Task A_key_allows_its_scopes_in_its_collection(Scopes has, string? of, Scopes wanted, string? where, bool allowed) =>
        Assert.Equal(allowed, (await Store.Keys.CreateAsync("k", of, has, null, "ann", Token)).Key.Allows(wanted, where));

    [Fact]
    public async Task An_expired_key_is_refused_from_that_moment_on()
    {
        var made = await Store.Keys.CreateAsync("k", null, Scopes.Read, TimeSpan.FromHours(1), "ann", Token);
        var ring = await Store.Keys.ReadAsync(Token);
        Assert.NotNull(ring.Find(made.Secret, Clock.Begin.AddHours(1).AddMilliseconds(-1)));
        Assert.Null(ring.Find(made.Secret, Clock.Begin.AddHours(1)));
    }

    [Fact]
    public async Task A_revoked_key_is_refused_and_stays_listed_with_who_revoked_it_first()
    {
        var made = await Store.Keys.CreateAsync("k", null, Scopes.Read, null, "ann", Token);
        Assert.True(await Store.Keys.RevokeAsync(made.Key.Id, "bob", Token));
        Time.Now += TimeSpan.FromHours(1);
        Assert.True(await Store.Keys.RevokeAsync(made.Key.Id, "eve", Token));
        Assert.False(await Store.Keys.RevokeAsync("000000000000", "bob", Token));
        var ring = await Store.Keys.ReadAsync(Token);
        Assert.Null(ring.Find(made.Secret, Clock.Begin));
        Assert.Equal(new(Clock.Begin, "bob"), ring.Keys.Single().Revoked);
    }

    [Fact]
    public async Task A_rotated_key_and_its_successor_are_both_valid_for_the_overlap()
    {
        var old = await Store.Keys.CreateAsync("k", "news", Scopes.Write, null, "ann", Token);
        var next = (await Store.Keys.RotateAsync(old.Key.Id, TimeSpan.FromHours(2), null, "bob", Token))!;
        Assert.Equal(("k", "news", Scopes.Write, "bob"), (next.Key.Label, next.Key.Collection, next.Key.Scopes, next.Key.Created.By));
        var ring = await Store.Keys.ReadAsync(Token);
        Assert.Equal((true, true), (ring.Find(old.Secret, Clock.Begin.AddHours(1)) is not null, ring.Find(next.Secret, Clock.Begin.AddHours(1)) is not null));
        Assert.Equal((false, true), (ring.Find(old.Secret, Clock.Begin.AddHours(2)) is not null, ring.Find(next.Secret, Clock.Begin.AddHours(2)) is not null));
    }

    [Fact]
    public async Task Rotation_never_lets_a_key_live_longer_and_needs_a_valid_one()
    {
        var old = await Store.Keys.CreateAsync("k", null, Scopes.Write, TimeSpan.FromHours(1), "ann", Token);
        Assert.NotNull(await Store.Keys.RotateAsync(old.Key.Id, TimeSpan.FromHours(5), null, "bob", Token));
        Assert.Equal(Clock.Begin.AddHours(1), (await Store.Keys.ReadAsync(Token)).Keys.Single(key => key.Id == old.Key.Id).ExpiresAt);
        Time.Now += TimeSpan.FromHours(1);
        Assert.Null(await Store.Keys.RotateAsync(old.Key.Id, TimeSpan.Zero, null, "bob", Token));
        Assert.Null(await Store.Keys.RotateAsync("000000000000", TimeSpan.Zero, null, "bob", Token));
        Assert.Equal(2, (await Store.Keys.ReadAsync(Token)).Keys.Count());
    }

    [Fact]
    public async Task A_key_without_scope_or_lifetime_is_refused()
    {
        await Assert.ThrowsAsync<InputFaultException>(() => Store.Keys.CreateAsync("k", null, Scopes.None, null, "ann", Token));
        await Assert.ThrowsAsync<InputFaultException>(() => Store.Keys.CreateAsync("k", null, Scopes.Read, TimeSpan.Zero, "ann", Token));
        await Assert.ThrowsAsync<InputFaultException>(() => Store.Keys.CreateAsync("k", "a/b", Scopes.Read, null, "ann", Token));
        Assert.Contains("read, write, events, admin", Assert.Throws<InputFaultException>(() => ScopeNames.Parse("read,wirte")).Message, StringComparison.Ordinal);
        Assert.Empty((await Store.Keys.ReadAsync(Token)).Keys);
    }
}

public sealed class SqliteKeysTests : KeysContract
{
    protected override Task<TestStore> MakeAsync() => Task.FromResult<TestStore>(new SqliteTestStore());
}

public sealed class PostgresKeysTests : KeysContract
{
    protected override async Task<TestStore> MakeAsync() => await PostgresTestStore.MakeAsync();
}
