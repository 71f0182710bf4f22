using System.Text;
using Cantor.Corpus;

namespace Cantor.Storage.Tests;

/// <summary>What counts of an item that both a source and callers know: each case of the order, over both kinds of store.</summary>
public abstract class FoldContract : StoreContract
{
    static readonly DateTimeOffset Before = Clock.Begin.AddHours(-1), After = Clock.Begin.AddHours(1);

    static Item Row(string id, DateTimeOffset? updated = null) => new()
    {
        Id = ItemId.Parse(id),
        Title = Encoding.UTF8.GetBytes("row of " + id),
        Body = "its body"u8.ToArray(),
        Tags = ["row"],
        Lang = "en",
        Url = "https://example.org/" + id,
        PublishedAt = Before,
        UpdatedAt = updated,
        Vector = new float[] { .1f, -2.5f },
        Attributes = [new("price", "12.50"u8.ToArray())],
    };

    Task<IReadOnlyList<long?>> AppendAsync(params NewChange[] changes) => Store.Changes.AppendAsync("news", changes, "ann", Token);

    async Task<(Fold Fold, Dictionary<string, Item> Items)> FoldAsync(params Item[] rows)
    {
        var fold = await Fold.ReadAsync(Store, "news", Token);
        return (fold, await fold.OverAsync(rows.ToAsyncEnumerable(), Token).ToDictionaryAsync(item => item.Id.Value, cancellationToken: Token));
    }

    static string Title(Item item) => Encoding.UTF8.GetString(item.Title.Span);

    [Fact]
    public async Task A_collection_that_nobody_changed_is_its_rows()
    {
        var (fold, items) = await FoldAsync(Row("a"), Row("b"));
        Assert.Equal(["a", "b"], items.Keys.Order());
        Assert.Equal(0, fold.LastChange);
    }

    [Fact]
    public async Task A_tombstone_counts_before_everything_until_an_upsert()
    {
        await CreateAsync();
        await AppendAsync(new(ChangeKind.Upsert, "a", """{"id":"a","title":"pushed"}"""), new(ChangeKind.Delete, "a"), new(ChangeKind.Delete, "b"));
        var (fold, items) = await FoldAsync(Row("a", After), Row("b"), Row("c"));
        Assert.Equal(["c"], items.Keys);
        Assert.Equal((3, 2, 0), (fold.LastChange, fold.Deleted, fold.Pushed));
        await AppendAsync(new NewChange(ChangeKind.Upsert, "b", """{"id":"b","title":"back"}"""));
        (_, items) = await FoldAsync(Row("a"), Row("b"), Row("c"));
        Assert.Equal(["b", "c"], items.Keys.Order());
        Assert.Equal("back", Title(items["b"]));
    }

    [Fact]
    public async Task What_was_pushed_counts_before_a_row_that_was_not_updated_since()
    {
        await CreateAsync();
        await AppendAsync([.. ((string[])["old", "undated", "fresh", "alone"]).Select(id => new NewChange(ChangeKind.Upsert, id, $$"""{"id":"{{id}}","title":"pushed"}"""))]);
        var (fold, items) = await FoldAsync(Row("old", Before), Row("undated"), Row("fresh", After));
        Assert.Equal(["alone", "fresh", "old", "undated"], items.Keys.Order());
        Assert.Equal(("pushed", "pushed", "row of fresh", "pushed"), (Title(items["old"]), Title(items["undated"]), Title(items["fresh"]), Title(items["alone"])));
        Assert.Equal((4, 3), (fold.LastChange, fold.Pushed));
    }

    [Fact]
    public async Task A_patch_is_laid_over_the_row_unless_the_row_was_updated_since()
    {
        await CreateAsync();
        await AppendAsync(new(ChangeKind.Patch, "a", """{"title":"patched","price":null,"stock":3}"""), new(ChangeKind.Patch, "b", """{"title":"patched"}"""), new(ChangeKind.Patch, "nobody", """{"title":"patched"}"""));
        var (fold, items) = await FoldAsync(Row("a"), Row("b", After));
        Assert.Equal(["a", "b"], items.Keys.Order());
        Assert.Equal(1, fold.Patched);
        var (patched, row) = (items["a"], Row("a"));
        Assert.Equal(("patched", "its body", "row", "en", row.Url, row.PublishedAt),
            (Title(patched), Encoding.UTF8.GetString(patched.Body.Span), patched.Tags[0], patched.Lang, patched.Url, patched.PublishedAt));
        Assert.Equal(row.Vector.ToArray(), patched.Vector.ToArray());
        Assert.Equal([("stock", "3")], patched.Attributes.Select(attribute => (attribute.Name, Encoding.UTF8.GetString(attribute.Json.Span))));
        Assert.Equal("row of b", Title(items["b"]));
    }

    [Fact]
    public async Task A_hidden_item_is_built_like_all_others()
    {
        await CreateAsync();
        await AppendAsync(new(ChangeKind.Hide, "a"), new(ChangeKind.Upsert, "b", """{"id":"b","title":"pushed"}"""), new(ChangeKind.Hide, "b"));
        Assert.Equal(["a", "b"], (await FoldAsync(Row("a"))).Items.Keys.Order());
    }

    [Fact]
    public async Task What_was_pushed_and_is_no_item_stops_the_build_with_its_name()
    {
        await CreateAsync();
        await AppendAsync(new NewChange(ChangeKind.Upsert, "a", """{"id":"a","title":7}"""));
        var fault = await Assert.ThrowsAsync<InputFaultException>(() => FoldAsync());
        Assert.Contains("what was pushed of \"a\" to news: title: expected text, found the number 7", fault.Message, StringComparison.Ordinal);
    }
}

public sealed class SqliteFoldTests : FoldContract
{
    protected override Task<TestStore> MakeAsync() => Task.FromResult<TestStore>(new SqliteTestStore());
}

public sealed class PostgresFoldTests : FoldContract
{
    protected override async Task<TestStore> MakeAsync() => await PostgresTestStore.MakeAsync();
}
