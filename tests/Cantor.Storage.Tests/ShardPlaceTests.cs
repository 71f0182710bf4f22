using System.Text;
using Cantor.Corpus;
using Cantor.Releases;
using Cantor.Releases.Shards;

namespace Cantor.Storage.Tests;

public sealed class ShardPlaceTests : IDisposable
{
    static readonly BuildOptions Options = new();

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cantor-shard-place-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Shards_of_another_night_are_not_taken_for_those_that_are_waited_for()
    {
        var place = new ShardPlace(_folder.FullName, null);
        for (var i = 0; i < 2; i++) await BuildAsync(place, 40, i, 2, year: 2001);
        Assert.Matches("^news: the shards of 2 in .* were begun before [0-9: -]+Z, which is longer ago than is waited$", (await FaultAsync(place, TimeSpan.FromMilliseconds(1))).Message);
        Assert.Equal([0, 1], await TakeAsync(place));
    }

    [Fact]
    public async Task The_build_that_was_begun_last_is_taken_when_it_is_whole_and_no_older_one_instead()
    {
        var place = new ShardPlace(_folder.FullName, null);
        for (var i = 0; i < 2; i++) await BuildAsync(place, 40, i, 2, year: 2001);
        await BuildAsync(place, 41, 1, 2, year: 2002);
        Assert.Matches("that were begun last, 0 is missing in .*; 0, 1 of [0-9a-f]{16} differ: it has 40 items, not 41$", (await FaultAsync(place, TimeSpan.Zero)).Message);
        var inputs = await BuildAsync(place, 41, 0, 2, year: 2002);
        Assert.Equal([0, 1], await TakeAsync(place, inputs));
        await place.RemoveAsync("news", TestContext.Current.CancellationToken);
        Assert.Empty(Directory.GetFiles(_folder.FullName));
    }

    [Fact]
    public async Task A_shard_that_was_cut_is_refused()
    {
        var place = new ShardPlace(_folder.FullName, null);
        await BuildAsync(place, 40, 0, 1, year: 2001);
        var file = Assert.Single(Directory.GetFiles(_folder.FullName));
        var bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        bytes[^70] ^= 1;
        await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<ReleaseFaultException>(() => place.TakeAsync("news", Options, 1, TimeSpan.Zero, TimeProvider.System, TestContext.Current.CancellationToken));
    }

    Task<InputFaultException> FaultAsync(ShardPlace place, TimeSpan wait) =>
        Assert.ThrowsAsync<InputFaultException>(() => place.TakeAsync("news", Options, 2, wait, TimeProvider.System, TestContext.Current.CancellationToken));

    static async Task<IEnumerable<int>> TakeAsync(ShardPlace place, ulong? inputs = null)
    {
        var shards = await place.TakeAsync("news", Options, 2, TimeSpan.Zero, TimeProvider.System, TestContext.Current.CancellationToken);
        foreach (var shard in shards) shard.Dispose();
        if (inputs is not null) Assert.All(shards, shard => Assert.Equal(inputs, shard.Name.Inputs));
        return shards.Select(shard => shard.Name.Index);
    }

    static async Task<ulong> BuildAsync(ShardPlace place, int items, int index, int count, int year)
    {
        var report = await ShardedBuild.BuildAsync("news", Items(items), null, Options, index, count, place.Directory, new Clock(year), null, TestContext.Current.CancellationToken);
        await place.KeepAsync(report, TestContext.Current.CancellationToken);
        return report.Name.Inputs;
    }

    static async IAsyncEnumerable<Item> Items(int count)
    {
        await Task.CompletedTask;
        for (var i = 0; i < count; i++) yield return new() { Id = ItemId.Parse($"{i}"), Title = Encoding.UTF8.GetBytes($"sea ship {i % 7} wind {i % 5}") };
    }

    sealed class Clock(int year) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(year, 1, 1, 0, 0, 0, TimeSpan.Zero);
    }
}
