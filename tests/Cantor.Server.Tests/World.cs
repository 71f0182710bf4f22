using System.Text;
using Cantor.Corpus;
using Cantor.Releases;
using Cantor.Storage;

namespace Cantor.Server.Tests;

/// <summary>A data directory with releases whose right answers are known without computing them.</summary>
sealed class World : IDisposable
{
    /// <summary>Ids that a server may stumble over, each related to "hub" and to nothing else.</summary>
    internal static readonly string[] OddIds =
        ["a/b", "a%2Fb", "a%252Fb", "..", ".", "../..", "%", "100%", "%zz", "😀", "日本/語", "x y", "a+b", "a&b=c", "q?x#y", "related",
            "a/related", "related/related", "tail/", "/head", "a//b", "\"quoted\"", "back\\slash", "é", "<script>"];

    readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("cantor-server-");

    internal World() => Registry = Registry.Open(Data, Time);

    internal string Data => _data.FullName;

    internal Registry Registry { get; }

    internal Clock Time { get; } = new();

    public void Dispose()
    {
        Registry.Dispose();
        _data.Delete(recursive: true);
    }

    /// <summary>A world with a live release of "odd": "hub" with every odd id as its neighbors, and "lonely" with none.</summary>
    internal static async Task<World> OfOddIdsAsync()
    {
        var world = new World();
        await world.PublishAsync("odd", [.. OddIds, "hub", "lonely"],
            OddIds.SelectMany((id, i) => new[] { ("hub", id, 1 - i / 64.0), (id, "hub", 1 - i / 64.0) }));
        return world;
    }

    /// <summary>Builds a release, registers it and makes it live.</summary>
    internal async Task<ReleaseVersion> PublishAsync(string collection, string[] ids, IEnumerable<(string Query, string Item, double Score)> neighbors)
    {
        var version = await RegisterAsync(collection, ids, neighbors);
        Assert.True(MakeLive(collection, version));
        return version;
    }

    internal async Task<ReleaseVersion> RegisterAsync(string collection, string[] ids, IEnumerable<(string Query, string Item, double Score)> neighbors)
    {
        Time.Now += TimeSpan.FromSeconds(1);
        var report = await ReleaseBuilder.ImportAsync(collection,
            ids.Select(ItemOf).ToAsyncEnumerable(),
            neighbors.Select(row => new NeighborRow(ItemId.Parse(row.Query), ItemId.Parse(row.Item), row.Score, null)).ToAsyncEnumerable(),
            new(), Registry.ReleasesDirectory, Time, null, CancellationToken.None);
        var made = report.Summary;
        Registry.Register(collection, made.Version, made.Items, made.Bytes, made.Provenance);
        return made.Version;
    }

    internal bool MakeLive(string collection, ReleaseVersion? version) =>
        Registry.MoveAlias(collection, AliasName.Live, Registry.Alias(collection, AliasName.Live), version, "test", "because");

    static Item ItemOf(string id) => new()
    {
        Id = ItemId.Parse(id),
        Title = Encoding.UTF8.GetBytes($"Title of {id}"),
        Url = "https://example.org/" + Uri.EscapeDataString(id),
        Tags = ["odd", "id"],
        Attributes = [new("price", "12.50"u8.ToArray()), new("stock", """{"shop":3}"""u8.ToArray())],
    };
}

/// <summary>A clock whose reading a test moves; timers run by the real one.</summary>
sealed class Clock : TimeProvider
{
    internal DateTimeOffset Now { get; set; } = new(2026, 11, 23, 21, 12, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Now;
}
