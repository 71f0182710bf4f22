namespace Cantor.Storage.Tests;

public abstract class QuestionsContract : StoreContract
{
    [Fact]
    public async Task The_newest_questions_of_a_collection_stay_whichever_server_was_asked()
    {
        await CreateAsync();
        await CreateAsync("olds");
        await Store.Questions.KeepAsync("olds", ["/other"], Token);
        await using var server = await OpenAsync();
        await Store.Questions.KeepAsync("news", [.. Enumerable.Range(0, Questions.Kept).Select(i => $"/{i}")], Token);
        await server.Questions.KeepAsync("news", ["/a", "/b"], Token);
        Assert.Equal(["/b", "/a", "/1999"], await Store.Questions.LastAsync("news", 3, Token));
        var all = await Store.Questions.LastAsync("news", 10_000, Token);
        Assert.Equal((Questions.Kept, "/2"), (all.Count, all[^1]));
        Assert.Equal(["/other"], await Store.Questions.LastAsync("olds", 10, Token));
    }

    [Fact]
    public async Task They_go_with_their_collection_and_none_comes_for_one_that_is_gone()
    {
        await CreateAsync();
        await Store.Questions.KeepAsync("news", ["/a"], Token);
        await Store.Collections.DeleteAsync("news", "ann", Token);
        await Store.Questions.KeepAsync("news", ["/b"], Token);
        Assert.Empty(await Store.Questions.LastAsync("news", 10, Token));
    }
}

public sealed class SqliteQuestionsTests : QuestionsContract
{
    protected override Task<TestStore> MakeAsync() => Task.FromResult<TestStore>(new SqliteTestStore());
}

public sealed class PostgresQuestionsTests : QuestionsContract
{
    protected override async Task<TestStore> MakeAsync() => await PostgresTestStore.MakeAsync();
}
