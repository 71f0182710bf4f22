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

    /// <summary>A world whose store is elsewhere.</summary>
    internal World(Store store) => Registry = store.Registry(Data);

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

    /// <summary>Builds a release by the engine, folding in the changes up to a number, and makes it live.</summary>
    internal async Task<ReleaseVersion> BuildAsync(string collection, IEnumerable<Item> items, long lastChange = 0, int k = 10)
    {
        Time.Now += TimeSpan.FromSeconds(1);
        var report = await ReleaseBuilder.BuildAsync(collection, items.ToAsyncEnumerable(), null,
            new() { K = k, LastChange = lastChange, Duplicates = Duplicates.Keep }, Registry.ReleasesDirectory, Time, null, CancellationToken.None);
        Registry.Register(report.Summary);
        Assert.True(MakeLive(collection, report.Summary.Version));
        return report.Summary.Version;
    }

    /// <summary>Articles on a few topics: those on one share words that the others do not have.</summary>
    internal static Item[] Articles(int count) => [.. Enumerable.Range(0, count).Select(i => Article(i, Topics[i % Topics.Length]))];

    internal static readonly string[] Topics = ["glacier ice snow melt valley", "violin bow string concert tone", "bread dough yeast oven crust", "orbit rocket moon launch fuel"];

    internal static Item Article(int number, string topic)
    {
        var words = topic.Split(' ');
        return new()
        {
            Id = ItemId.Parse($"article-{number}"),
            Title = Encoding.UTF8.GetBytes($"The {words[number % 5]} and the {words[(number + 1) % 5]} number{number}"),
            Body = Encoding.UTF8.GetBytes(string.Join(' ', Enumerable.Range(0, 30).Select(i => words[(i * (number % 7 + 1) + number) % 5] + (i % 6 == 0 ? $" detail{(number * 31 + i * 7) % 40}" : "")))),
            Tags = [words[0]],
            Lang = "en",
        };
    }

    /// <summary>An article as callers push it.</summary>
    internal static string Json(Item item) => new System.Text.Json.Nodes.JsonObject
    {
        ["title"] = Encoding.UTF8.GetString(item.Title.Span),
        ["body"] = Encoding.UTF8.GetString(item.Body.Span),
        ["tags"] = new System.Text.Json.Nodes.JsonArray([.. item.Tags.Select(tag => (System.Text.Json.Nodes.JsonNode)tag)]),
        ["lang"] = item.Lang,
    }.ToJsonString();

    internal bool MakeLive(string collection, ReleaseVersion? version) =>
        Registry.MoveAlias(collection, AliasName.Live, Registry.Alias(collection, AliasName.Live), version, "test", "because");

    /// <summary>
    /// Overwrites the store's files with zeros while servers use them. Their lengths stay: SQLite maps one of them, and whoever reads a map
    /// beyond its file's end is killed, with all tests of the process.
    /// </summary>
    internal void DamageStore()
    {
        foreach (var path in Directory.GetFiles(Data, "cantor.db*"))
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            file.Write(new byte[file.Length]);
        }
    }

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

    /// <summary>How much time every reading of the stopwatch seems to take; null for the real one.</summary>
    internal TimeSpan? PerReading { get; set; }

    public override DateTimeOffset GetUtcNow() => Now;

    public override long GetTimestamp() =>
        PerReading is { } step ? Interlocked.Add(ref _reading, (long)(step.TotalSeconds * TimestampFrequency)) : base.GetTimestamp();

    long _reading = 1;
}
