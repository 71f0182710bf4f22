using Cantor.Releases;
using Cantor.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cantor.Server.Tests;

/// <summary>A server may die between any two writes to its journal: whatever is there then must never show what was taken down.</summary>
public sealed class JournalWriterTests : IAsyncLifetime
{
    readonly World _world = new();
    readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("cantor-journal-");
    Store _store = null!;
    Journal _journal = null!;
    ReleaseVersion _first, _second;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _first = await _world.PublishAsync("news", ["hub", "a", "b"], [("hub", "a", .5)]);
        _store = await Store.OpenAsync(_world.Data, _world.Time, Token);
        _journal = await Journal.OpenAsync(_data.FullName, _world.Time, Token);
        await ChangeAsync(new(ChangeKind.Delete, "a", null));
        await ChangeAsync(new(ChangeKind.Patch, "b", """{"title":"b","expires_at":"2001-01-01T00:00:00Z"}"""));
        _second = await _world.RegisterAsync("news", ["hub", "c"], [("hub", "c", .5)]); // see ReleasesAsync: as if it had folded in both
    }

    public async ValueTask DisposeAsync()
    {
        await _journal.DisposeAsync();
        await _store.DisposeAsync();
        _world.Dispose();
        _data.Delete(recursive: true);
    }

    Task<IReadOnlyList<long?>> ChangeAsync(NewChange change) => _store.Changes.AppendAsync("news", [change], "ann", Token);

    JournalWriter Writer() => new(_journal, _world.Time, NullLogger.Instance);

    async Task<CollectionReleases> ReleasesAsync(ReleaseVersion live) => new(
        (await _store.Collections.ListAsync(Token)).Single(), _world.Registry.Find("news", live)! with { LastChange = live == _second ? 2 : 0 }, null, null);

    /// <summary>What a server finds that starts from the journal: live, and what lies over it.</summary>
    async Task<(ReleaseVersion? Live, string[] Over)> FoundAsync()
    {
        using var registry = _journal.Kept.Registry(_data.FullName);
        var live = (await registry.NamedAsync(Token)).GetValueOrDefault(("news", AliasName.Live))?.Version;
        var states = await _journal.Kept.Changes.StatesAsync("news", 0, Token).ToListAsync(Token);
        return (live, [.. states.Select(state => state.Id).Order(StringComparer.Ordinal)]);
    }

    async Task<KeyRing> KeysAsync() => await _store.Keys.ReadAsync(Token);

    [Fact]
    public async Task Of_a_new_collection_no_release_is_named_before_all_that_lies_over_it_is_kept()
    {
        var (writer, releases) = (Writer(), await ReleasesAsync(_first));
        await writer.KeepAsync([releases.Collection], await KeysAsync(), Token);
        Assert.Equal("news", Assert.Single(await _journal.Kept.Collections.ListAsync(Token)).Name);
        Assert.Equivalent((null as ReleaseVersion?, Array.Empty<string>()), await FoundAsync());
        Assert.False(_journal.IsWhole);

        await writer.CoverAsync(_store, releases, 0, Token);
        await writer.CatchUpAsync(_store, TimeSpan.Zero, Token);
        var (live, over) = await FoundAsync();
        Assert.Equal(_first, live);
        Assert.Equal(["a", "b"], over);
        Assert.True(_journal.IsWhole);
    }

    [Fact]
    public async Task An_older_release_is_named_with_what_it_lacks_and_a_newer_one_before_that_is_let_go()
    {
        var (writer, second) = (Writer(), await ReleasesAsync(_second));
        await writer.KeepAsync([second.Collection], await KeysAsync(), Token);
        await writer.CoverAsync(_store, second, 2, Token);
        // What was deleted stays known: a release that is still to come may hold it.
        Assert.Equivalent((_second, new[] { "a" }), await FoundAsync());

        var first = await ReleasesAsync(_first);
        await writer.KeepAsync([first.Collection], await KeysAsync(), Token);
        Assert.Equal(_second, (await FoundAsync()).Live);
        await writer.CoverAsync(_store, first, 0, Token);
        Assert.Equivalent((_first, new[] { "a", "b" }), await FoundAsync());

        await writer.CoverAsync(_store, second, 2, Token);
        Assert.Equivalent((_second, new[] { "a" }), await FoundAsync());
    }

    [Fact]
    public async Task Another_collection_of_the_same_name_takes_over_nothing_of_the_first()
    {
        var (writer, first) = (Writer(), await ReleasesAsync(_first));
        await writer.KeepAsync([first.Collection], await KeysAsync(), Token);
        await writer.CoverAsync(_store, first, 0, Token);
        var other = first with { Collection = first.Collection with { CreatedAt = first.Collection.CreatedAt.AddDays(1) }, Live = null };
        await writer.KeepAsync([other.Collection], await KeysAsync(), Token);
        Assert.Equivalent((null as ReleaseVersion?, Array.Empty<string>()), await FoundAsync());
        Assert.Equal(other.Collection.CreatedAt, Assert.Single(await _journal.Kept.Collections.ListAsync(Token)).CreatedAt);
    }

    [Fact]
    public async Task A_collection_that_is_gone_is_forgotten()
    {
        var (writer, first) = (Writer(), await ReleasesAsync(_first));
        await writer.KeepAsync([first.Collection], await KeysAsync(), Token);
        await writer.CoverAsync(_store, first, 0, Token);
        await writer.KeepAsync([], await KeysAsync(), Token);
        await writer.CatchUpAsync(_store, TimeSpan.Zero, Token);
        Assert.Empty(await _journal.Kept.Collections.ListAsync(Token));
        Assert.Null((await FoundAsync()).Live);
        Assert.True(_journal.IsWhole);
    }
}
