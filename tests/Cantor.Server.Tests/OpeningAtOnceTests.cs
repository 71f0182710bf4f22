using System.Diagnostics;
using Cantor.Releases;
using Cantor.Storage;

namespace Cantor.Server.Tests;

/// <summary>Several releases that arrive at the same time, of one collection and of two: none waits for another, and none takes another's place.</summary>
public sealed class OpeningAtOnceTests : IDisposable
{
    readonly World _world = new();
    readonly DirectoryInfo _place = Directory.CreateTempSubdirectory("cantor-place-"), _disk = Directory.CreateTempSubdirectory("cantor-disk-");
    readonly List<Held> _held = [];

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        foreach (var held in _held) held.Deliver();
        _world.Dispose();
        _place.Delete(recursive: true);
        _disk.Delete(recursive: true);
    }

    /// <summary>A file that begins to arrive and gets no further until it is delivered: a pipe that nobody writes to yet.</summary>
    sealed class Held(string pipe, byte[] content)
    {
        bool _delivered;

        internal void Deliver()
        {
            if (_delivered) return;
            _delivered = true;
            using (var to = new FileStream(pipe, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite)) to.Write(content);
        }
    }

    static string Items(string collection) => $"/v1/collections/{collection}/items";

    /// <summary>Builds a release whose file begins to arrive when it is asked for.</summary>
    async Task<(ReleaseVersion Version, Held File)> HoldAsync(string collection, int items)
    {
        _world.Time.Now += TimeSpan.FromSeconds(1);
        var built = await ReleaseBuilder.BuildAsync(collection, World.Articles(items).ToAsyncEnumerable(), null, new() { K = 10, Duplicates = Duplicates.Keep }, _world.Registry.ReleasesDirectory, _world.Time, null, Token);
        _world.Registry.Register(built.Summary);
        var pipe = Path.Combine(_place.FullName, Path.GetFileName(built.Path));
        using (var process = Process.Start("mkfifo", pipe)) await process.WaitForExitAsync(Token);
        _held.Add(new(pipe, await File.ReadAllBytesAsync(built.Path, Token)));
        return (built.Summary.Version, _held[^1]);
    }

    [Fact]
    public async Task Releases_that_arrive_at_the_same_time_are_each_swapped_in_when_they_are_here_with_every_change_that_came_meanwhile()
    {
        foreach (var collection in (string[])["news", "drugs"])
        {
            var first = await _world.BuildAsync(collection, World.Articles(40));
            File.Copy(_world.Registry.PathOf(collection, first), Path.Combine(_place.FullName, Path.GetFileName(_world.Registry.PathOf(collection, first))));
        }
        await using var server = await RunningServer.StartAsync(_world, options => options with { DataDirectory = _disk.FullName, Store = _world.Data, Blobs = _place.FullName });
        var (next, newsFile) = await HoldAsync("news", 41);
        var (canary, canaryFile) = await HoldAsync("news", 42);
        var (drugs, drugsFile) = await HoldAsync("drugs", 43);
        Assert.True(_world.MakeLive("news", next) && _world.MakeLive("drugs", drugs));
        Assert.True(_world.Registry.MoveAlias("news", AliasName.Canary, null, canary, "test", "because"));

        // All three are on their way at once.
        var arriving = Path.Combine(_disk.FullName, "releases");
        await Wait.UntilAsync(() => Directory.GetDirectories(arriving, "*.part").Length == 3);
        foreach (var collection in (string[])["news", "drugs"])
        {
            Assert.Equal(200, (await server.SendBodyAsync("PUT", $"{Items(collection)}/article-103", World.Json(World.Article(103, World.Topics[3])))).Status);
            Assert.Equal(200, (await server.SendAsync("DELETE", $"{Items(collection)}/article-3")).Status);
            Assert.Equal(200, (await server.SendAsync("POST", $"{Items(collection)}/article-7:hide")).Status);
            await CheckAsync(server, collection, "live", null);
        }

        // The one that began last is here first, and answers while the others are still on their way.
        drugsFile.Deliver();
        await CheckAsync(server, "drugs", "live", drugs);
        await CheckAsync(server, "news", "live", null);
        canaryFile.Deliver();
        await CheckAsync(server, "news", "canary", canary);
        newsFile.Deliver();
        await CheckAsync(server, "news", "live", next);
        await CheckAsync(server, "news", "canary", canary);
        await Wait.UntilAsync(() => Directory.GetDirectories(arriving).Length == 0);
        foreach (var (collection, version) in ((string, ReleaseVersion)[])[("news", next), ("news", canary), ("drugs", drugs)])
            Assert.Equal(await File.ReadAllBytesAsync(_world.Registry.PathOf(collection, version), Token), await File.ReadAllBytesAsync(Path.Combine(arriving, Path.GetFileName(_world.Registry.PathOf(collection, version))), Token));
    }

    /// <summary>What answers, once it does, has what was pushed and nothing that was taken down; the first release where no other is named.</summary>
    async Task CheckAsync(RunningServer server, string collection, string release, ReleaseVersion? version)
    {
        var reply = await server.GetUntilAsync($"{Items(collection)}/article-11/related?limit=100&release={release}",
            reply => reply.Status == 200 && (version is null || reply.Body.Contains($"\"release\":\"{version}\"", StringComparison.Ordinal)));
        if (version is null) Assert.Contains($"\"release\":\"{_world.Registry.Releases(collection)[^1].Version}\"", reply.Body, StringComparison.Ordinal);
        Assert.Contains("\"article-103\"", reply.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("\"article-3\"", reply.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("\"article-7\"", reply.Body, StringComparison.Ordinal);
        Assert.Equal(404, (await server.GetAsync($"{Items(collection)}/article-3?release={release}")).Status);
    }
}
