using System.Text;
using Cantor.Corpus;
using Cantor.Releases;
using Cantor.Storage.Blobs;

namespace Cantor.Storage.Tests.Blobs;

/// <summary>What every place for releases must do, empty at first.</summary>
public abstract class BlobsContract : IDisposable
{
    static readonly DateTimeOffset Begin = Clock.Begin;

    protected DirectoryInfo Data { get; } = Directory.CreateTempSubdirectory("cantor-blobs-");

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected abstract IBlobs Open();

    public virtual void Dispose()
    {
        Data.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData(0), InlineData(1), InlineData(262_144), InlineData(GcsBlobs.ChunkBytes), InlineData(20_000_003)]
    public async Task A_file_of_any_length_comes_back_byte_for_byte(int length)
    {
        using var blobs = Open();
        var path = Local(Bytes(length, seed: 7));
        await blobs.PutAsync("one.bin", path, Token);
        Assert.Equal(await File.ReadAllBytesAsync(path, Token), await GetAsync(blobs, "one.bin"));
    }

    [Fact]
    public async Task What_is_not_there_is_said_to_be_and_can_be_deleted()
    {
        using var blobs = Open();
        Assert.Null(await GetAsync(blobs, "none"));
        await blobs.DeleteAsync("none", Token);
        Assert.Empty(await blobs.ListAsync(Token));
    }

    [Fact]
    public async Task A_second_file_of_a_name_replaces_the_first_and_a_deleted_one_is_gone()
    {
        using var blobs = Open();
        await blobs.PutAsync("one", Local([1, 2, 3]), Token);
        await blobs.PutAsync("one", Local([4]), Token);
        await blobs.PutAsync("two é+%.bin", Local([5]), Token);
        Assert.Equal([4], (await GetAsync(blobs, "one"))!);
        Assert.Equal(["one", "two é+%.bin"], (await blobs.ListAsync(Token)).Order(StringComparer.Ordinal));
        await blobs.DeleteAsync("one", Token);
        Assert.Null(await GetAsync(blobs, "one"));
        Assert.Equal([5], (await GetAsync(blobs, "two é+%.bin"))!);
    }

    [Fact]
    public async Task A_published_release_is_fetched_whole_and_listed_with_its_collection()
    {
        using var releases = new ReleaseBlobs(Open());
        var (first, second) = (await BuiltAsync("news", 1), await BuiltAsync("news", 2));
        await PublishAsync(releases, second);
        await PublishAsync(releases, first);
        await PublishAsync(releases, await BuiltAsync("news-2", 3));
        Assert.Equal([first.Summary.Version, second.Summary.Version], await releases.ListAsync("news", Token));
        var to = Data.CreateSubdirectory("fetched");
        Assert.True(await releases.FetchAsync("news", first.Summary.Version, to.FullName, Token));
        Assert.Equal(await File.ReadAllBytesAsync(first.Path, Token), await File.ReadAllBytesAsync(to.GetFiles().Single().FullName, Token));
        Assert.True(await releases.FetchAsync("news", first.Summary.Version, to.FullName, Token));
        Assert.False(await releases.FetchAsync("drugs", first.Summary.Version, to.FullName, Token));
        Assert.Equal([Path.GetFileName(first.Path)], to.GetFileSystemInfos().Select(file => file.Name));
    }

    [Fact]
    public async Task Releases_that_several_processes_fetch_into_one_directory_at_the_same_time_all_arrive()
    {
        using ReleaseBlobs one = new(Open()), other = new(Open());
        var built = new List<BuildReport>();
        for (var second = 1; second <= 20; second++)
        {
            built.Add(await BuiltAsync("news", second));
            await PublishAsync(one, built[^1]);
        }
        var to = Data.CreateSubdirectory("fetched").FullName;
        await Parallel.ForEachAsync(built.SelectMany(report => new[] { (one, report), (other, report) }), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Token }, async (fetch, token) =>
            Assert.True(await fetch.Item1.FetchAsync("news", fetch.report.Summary.Version, to, token)));
        Assert.Equal(built.Select(report => Path.GetFileName(report.Path)).Order(StringComparer.Ordinal), Directory.GetFileSystemEntries(to).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(true), InlineData(false)]
    public async Task A_release_that_is_cut_or_changed_is_refused_and_nothing_is_kept(bool cut)
    {
        var blobs = Open();
        using var releases = new ReleaseBlobs(blobs);
        var built = await BuiltAsync("news", 1);
        var bytes = await File.ReadAllBytesAsync(built.Path, Token);
        if (!cut) bytes[bytes.Length / 2] ^= 1;
        await blobs.PutAsync(Path.GetFileName(built.Path), Local(cut ? bytes[..^9] : bytes), Token);
        var to = Data.CreateSubdirectory("fetched");
        await Assert.ThrowsAsync<ReleaseFaultException>(() => releases.FetchAsync("news", built.Summary.Version, to.FullName, Token));
        Assert.Empty(to.GetFileSystemInfos());
    }

    [Fact]
    public async Task A_release_under_another_s_name_is_neither_published_nor_fetched()
    {
        var blobs = Open();
        using var releases = new ReleaseBlobs(blobs);
        var built = await BuiltAsync("news", 1);
        await Assert.ThrowsAsync<ReleaseFaultException>(() => releases.PublishAsync("drugs", built.Summary.Version, built.Path, Token));
        Assert.Empty(await blobs.ListAsync(Token));
        await blobs.PutAsync(Registry.FileName("drugs", built.Summary.Version), built.Path, Token);
        var fault = await Assert.ThrowsAsync<ReleaseFaultException>(() => releases.FetchAsync("drugs", built.Summary.Version, Data.CreateSubdirectory("fetched").FullName, Token));
        Assert.Contains("it is of collection news; the file's name says drugs", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pruning_keeps_the_newest_and_whatever_an_alias_names_and_takes_along_what_an_earlier_one_left_behind()
    {
        using var releases = new ReleaseBlobs(Open());
        var clock = new Clock { Now = Begin.AddMinutes(1) };
        await using var store = await Store.OpenAsync(Path.Combine(Data.FullName, "data"), clock, Token);
        using var registry = store.Registry(Path.Combine(Data.FullName, "data"));
        var built = new List<BuildReport>();
        foreach (var second in Enumerable.Range(1, 7))
        {
            built.Add(await BuiltAsync("news", second, registry.ReleasesDirectory));
            registry.Register(built[^1].Summary);
            await PublishAsync(releases, built[^1]);
        }
        ReleaseVersion Version(int second) => built[second - 1].Summary.Version;
        registry.MoveAlias("news", AliasName.Live, null, Version(2), "test", "");
        registry.MoveAlias("news", AliasName.Live, Version(2), Version(4), "test", "");
        registry.MoveAlias("news", AliasName.Canary, null, Version(1), "test", "");

        var gone = await store.PruneAsync(registry, releases, "news", keep: 2, Token);
        Assert.Equal([Version(5), Version(3)], gone.Select(release => release.Version));
        var kept = new[] { 1, 2, 4, 6, 7 }.Select(Version).ToList();
        Assert.Equal(kept, await releases.ListAsync("news", Token));
        Assert.Equal(kept, registry.Releases("news").Select(release => release.Version).Order());
        Assert.Equal(kept.Select(version => registry.PathOf("news", version)), Directory.GetFiles(registry.ReleasesDirectory).Order(StringComparer.Ordinal));
        Assert.Throws<InputFaultException>(() => registry.MoveAlias("news", AliasName.Live, Version(4), Version(5), "test", ""));

        Assert.Equal([Version(6)], (await store.PruneAsync(registry, releases, "news", keep: 1, Token)).Select(release => release.Version));
        Assert.Equal((Version(4), Version(2), Version(1)),
            (registry.Alias("news", AliasName.Live)!.Value, registry.Alias("news", AliasName.Previous)!.Value, registry.Alias("news", AliasName.Canary)!.Value));

        // Killed between forgetting and deleting; a day later it is no build that is about to register.
        await releases.PublishAsync("news", Version(5), (await BuiltAsync("news", 5)).Path, Token);
        await store.PruneAsync(registry, releases, "news", keep: 1, Token);
        Assert.Contains(Version(5), await releases.ListAsync("news", Token));
        clock.Now += TimeSpan.FromDays(2);
        await store.PruneAsync(registry, releases, "news", keep: 1, Token);
        Assert.Equal(new[] { 1, 2, 4, 7 }.Select(Version), await releases.ListAsync("news", Token));
    }

    static byte[] Bytes(int length, int seed)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++) bytes[i] = (byte)(seed = seed * 1_103_515_245 + 12_345 >> 3);
        return bytes;
    }

    private protected string Local(byte[] bytes)
    {
        var path = Path.Combine(Data.FullName, "local.bin");
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private protected async Task<byte[]?> GetAsync(IBlobs blobs, string name)
    {
        var path = Path.Combine(Data.FullName, "got.bin");
        await using (var file = File.Create(path))
            if (!await blobs.GetAsync(name, file, Token))
                return null;
        return await File.ReadAllBytesAsync(path, Token);
    }

    static Task PublishAsync(ReleaseBlobs releases, BuildReport built) =>
        releases.PublishAsync(built.Summary.Collection, built.Summary.Version, built.Path, Token);

    Task<BuildReport> BuiltAsync(string collection, int second, string? directory = null) => ReleaseBuilder.ImportAsync(collection,
        new[] { "a", "b" }.Select(id => new Item { Id = ItemId.Parse(id), Title = Encoding.UTF8.GetBytes($"{id} {second}") }).ToAsyncEnumerable(),
        AsyncEnumerable.Empty<NeighborRow>(), new(), directory ?? Data.CreateSubdirectory("built").FullName, new Clock { Now = Begin.AddSeconds(second) }, null, Token);
}

public sealed class DirectoryBlobsTests : BlobsContract
{
    private protected override IBlobs Open() => new DirectoryBlobs(Path.Combine(Data.FullName, "blobs"));

    [Fact]
    public async Task Several_may_put_the_same_file_there_at_once_and_what_was_left_half_written_goes()
    {
        using var blobs = Open();
        var (path, left) = (Local(new byte[1 << 20]), Path.Combine(blobs.Name, "one.0123456789abcdef.part"));
        await File.WriteAllTextAsync(left, "half", Token);
        await blobs.PutAsync("one", path, Token);
        Assert.True(File.Exists(left)); // somebody may be writing it
        File.SetLastWriteTimeUtc(left, File.GetLastWriteTimeUtc(left) - TimeSpan.FromDays(2));
        for (var round = 0; round < 20; round++) await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => blobs.PutAsync("one", path, Token), Token)));
        Assert.Equal(["one"], Directory.EnumerateFiles(blobs.Name).Select(Path.GetFileName));
        Assert.Equal(1 << 20, (await GetAsync(blobs, "one"))!.Length);
    }

    [Theory]
    [InlineData("ftp://host/x", "there is no place called ftp"), InlineData("s3://", "names no bucket"), InlineData("gs:///x", "names no bucket")]
    [InlineData("s3://b?regoin=x", "there is no option \"regoin\""), InlineData("gs://b?endpoint=here", "endpoint is no address")]
    [InlineData("s3://AKIA:s3cret@b/x", "what stands there is no bucket's name"), InlineData("s3://b?endpoint=http://ann:s3cret@host", "endpoint is no address"), InlineData("s3://?endpoint=http://ann:s3cret@host", "names no bucket")]
    public void An_address_with_a_fault_is_refused_by_its_part(string address, string expected) =>
        Assert.True(Assert.Throws<InputFaultException>(() => ReleaseBlobs.Open(address, TimeProvider.System)).ToString() is var told && told.Contains(expected, StringComparison.Ordinal) && !told.Contains("s3cret", StringComparison.Ordinal), told);

    [Fact]
    public void A_directory_that_is_a_file_is_refused_by_name()
    {
        var file = Path.Combine(Data.FullName, "file");
        File.WriteAllText(file, "");
        Assert.Equal(file, Assert.Throws<InputFaultException>(() => ReleaseBlobs.Open(file, TimeProvider.System)).Source);
    }
}
