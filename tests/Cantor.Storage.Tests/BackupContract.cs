using System.Text;
using Cantor.Corpus;

namespace Cantor.Storage.Tests;

/// <summary>Dumps of one kind of store, restored into the same kind and into the other.</summary>
public abstract class BackupContract : StoreContract
{
    readonly List<IAsyncDisposable> _others = [];

    protected abstract Task<TestStore> MakeOtherAsync();

    async Task<Store> OtherAsync(bool sameKind)
    {
        var place = sameKind ? await MakeAsync() : await MakeOtherAsync();
        var store = await Store.OpenAsync(place.Address, Time, Token);
        _others.AddRange([store, place]);
        return store;
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var other in _others) await other.DisposeAsync();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    static Task<IReadOnlyList<long?>> AppendAsync(Store store, params NewChange[] changes) => store.Changes.AppendAsync("news", changes, "ann", Token);

    async Task FillAsync()
    {
        await Store.Collections.CreateAsync("news", """{"build":{"k":7}}""", Token);
        await AppendAsync(Store,
            new(ChangeKind.Upsert, "a/b", """{"id":"a/b","title":"Über \"quotes\" パン😀"}"""), new(ChangeKind.Patch, "patched", """{"title":null}"""), new(ChangeKind.Upsert, "gone", """{"id":"gone","title":"t"}"""),
            new(ChangeKind.Delete, "gone"), new(ChangeKind.Hide, "hidden"), new(ChangeKind.Upsert, "both", """{"id":"both","title":"t"}"""), new(ChangeKind.Hide, "both"), new(ChangeKind.Rule, "r", """{"pin":"a/b"}"""));
        await Store.Events.AddAsync("news", [.. Enumerable.Range(0, 2_500).Select(i => new StoredEvent($"e{i}", (EventType)(i % 4), $"unit {i % 9}", "a/b", Clock.Begin.AddSeconds(i), i % 2 == 0 ? $"request {i}" : null, i % 3 == 0 ? i % 50 + 1 : null))], Token);
    }

    async Task<byte[]> DumpAsync()
    {
        using var file = new MemoryStream();
        await Backup.DumpAsync(Store, "news", file, Time, Token);
        return file.ToArray();
    }

    static Task<(string Collection, BackupCounts Counts)> RestoreAsync(Store into, byte[] dump) => Backup.RestoreAsync(into, () => new MemoryStream(dump), "news.dump", Token);

    static async Task<List<ItemState>> StatesAsync(Store store) =>
        [.. (await store.Changes.StatesAsync("news", 0, Token).ToListAsync(Token)).Concat(await store.Changes.RulesAsync("news", Token).ToListAsync(Token)).Select(state => state with { Number = 0 })];

    [Theory]
    [InlineData(true), InlineData(false)]
    public async Task What_is_restored_is_what_was_dumped(bool sameKind)
    {
        await FillAsync();
        var dump = await DumpAsync();
        var other = await OtherAsync(sameKind);
        var (collection, counts) = await RestoreAsync(other, dump);
        Assert.Equal(("news", new BackupCounts(5, 1, 2_500)), (collection, counts));
        Assert.Equal(await StatesAsync(Store), await StatesAsync(other));
        Assert.Equal("""{"build":{"k":7}}""", (await other.Collections.FindAsync("news", Token))!.Config);
        Assert.Equal(await Store.Events.ReadAsync("news", Clock.Begin, Clock.Begin.AddDays(1), Token).ToListAsync(Token), await other.Events.ReadAsync("news", Clock.Begin, Clock.Begin.AddDays(1), Token).ToListAsync(Token));
        // Servers that follow the store come upon all of it.
        var page = await other.Changes.ReadAsync("news", 0, 100, Token);
        Assert.Equal(6, page.Changes.Count);
        // Once more changes nothing.
        await RestoreAsync(other, dump);
        Assert.Equal(6, (await other.Changes.ReadAsync("news", 0, 100, Token)).Last);
    }

    [Fact]
    public async Task A_dump_is_one_state_while_others_write()
    {
        await FillAsync();
        using var enough = new CancellationTokenSource();
        var writing = Task.Run(async () =>
        {
            // Two items that are always changed together.
            for (var i = 0; !enough.IsCancellationRequested; i++)
                await AppendAsync(Store, new(ChangeKind.Upsert, "first", $$"""{"id":"first","title":"{{i}}"}"""), new(ChangeKind.Upsert, "zlast", $$"""{"id":"zlast","title":"{{i}}"}"""));
        }, Token);
        for (var dumps = 0; dumps < 10; dumps++)
        {
            var lines = Encoding.UTF8.GetString(await DumpAsync()).Split('\n');
            string? Title(string id) => lines.SingleOrDefault(line => line.Contains($"\"id\":\"{id}\"", StringComparison.Ordinal))?.Split("title")[1];
            Assert.Equal(Title("first"), Title("zlast"));
        }
        await enough.CancelAsync();
        await writing;
    }

    [Fact]
    public async Task What_is_deleted_or_hidden_or_newer_where_it_is_restored_stays_so()
    {
        await FillAsync();
        var dump = await DumpAsync();
        Time.Now += TimeSpan.FromHours(1);
        await AppendAsync(Store, new(ChangeKind.Delete, "a/b"), new(ChangeKind.Hide, "patched"), new(ChangeKind.Upsert, "both", """{"id":"both","title":"newer"}"""), new(ChangeKind.Upsert, "gone", """{"id":"gone","title":"back"}"""));
        var (_, counts) = await RestoreAsync(Store, dump);
        Assert.Equal((1, 2), (counts.KeptDown, counts.KeptNewer));
        var states = (await Store.Changes.StatesAsync("news", 0, Token).ToListAsync(Token)).ToDictionary(state => state.Id);
        Assert.NotNull(states["a/b"].Deleted);
        Assert.NotNull(states["patched"].Hidden);
        Assert.Contains("newer", states["both"].Payload, StringComparison.Ordinal);
        Assert.Contains("back", states["gone"].Payload, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Units_of_a_dump_are_found_in_a_collection_that_hashes_them_otherwise()
    {
        await Store.Collections.CreateAsync("news", CollectionSettings.ToStored("""{"events":{"hashUnits":true}}""", null), Token);
        var hashed = CollectionSettings.Known((await Store.Collections.FindAsync("news", Token))!.Config).Unit("ann");
        await Store.Events.AddAsync("news", [new("1", EventType.View, hashed, "a", Clock.Begin)], Token);
        var dump = await DumpAsync();
        foreach (var config in new[] { """{"build":{"k":9}}""", """{"events":{"hashUnits":true,"keepDays":7}}""" })
        {
            var other = await OtherAsync(sameKind: true);
            await other.Collections.CreateAsync("news", CollectionSettings.ToStored(config, null), Token);
            await RestoreAsync(other, dump);
            await RestoreAsync(other, dump);
            var settings = CollectionSettings.Known((await other.Collections.FindAsync("news", Token))!.Config);
            Assert.Contains(hashed, settings.Units("ann"));
            Assert.NotEqual(hashed, settings.Unit("ann"));
            Assert.Single(settings.FormerSalts);
            Assert.True(settings is { K: 9 } or { KeepDays: 7 });
        }
    }

    [Fact]
    public async Task A_damaged_dump_changes_nothing_and_is_refused_with_its_line()
    {
        await FillAsync();
        var dump = await DumpAsync();
        var lines = Encoding.UTF8.GetString(dump).Split('\n');
        var other = await OtherAsync(sameKind: true);
        foreach (var (bad, fault) in ((string[], string)[])
        [
            ([], "news.dump: is not whole"), (lines[..^2], "news.dump: is not whole: it has no last line"), ([.. lines[..2], .. lines[3..]], "news.dump: is not whole: it has 4 items"),
            ([lines[0], "{\"item\":{}}", .. lines[2..]], "news.dump:2: has no id"), ([lines[0], "nonsense", .. lines[2..]], "news.dump:2: is no JSON object"), (["{}", .. lines[1..]], "news.dump:1: is no dump"),
        ])
        {
            var thrown = await Assert.ThrowsAsync<InputFaultException>(() => RestoreAsync(other, Encoding.UTF8.GetBytes(string.Join('\n', bad))));
            Assert.StartsWith(fault, thrown.Message, StringComparison.Ordinal);
        }
        Assert.Empty(await other.Collections.ListAsync(Token));
        await Assert.ThrowsAsync<InputFaultException>(() => Backup.DumpAsync(other, "news", Stream.Null, Time, Token));
    }
}

public sealed class SqliteBackupTests : BackupContract
{
    protected override Task<TestStore> MakeAsync() => Task.FromResult<TestStore>(new SqliteTestStore());

    protected override async Task<TestStore> MakeOtherAsync() => await PostgresTestStore.MakeAsync();
}

public sealed class PostgresBackupTests : BackupContract
{
    protected override async Task<TestStore> MakeAsync() => await PostgresTestStore.MakeAsync();

    protected override Task<TestStore> MakeOtherAsync() => Task.FromResult<TestStore>(new SqliteTestStore());
}
