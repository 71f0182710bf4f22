using System.IO.Compression;
using System.Text;
using Cantor.Corpus.Rows;
using Cantor.Corpus;

namespace Cantor.Sources.Tests;

/// <summary>A directory of its own for one test, and short ways to read what stands in it.</summary>
public sealed class Scratch : IDisposable
{
    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("cantor-sources-").FullName;

    public SourceCounts Counts { get; } = new();

    public SourceOptions Options { get; set; }

    public Scratch() => Options = new() { WorkingDirectory = Directory };

    public void Write(string file, string text) => Write(file, Encoding.UTF8.GetBytes(text));

    public void Write(string file, byte[] bytes)
    {
        var path = Path.Combine(Directory, file);
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, Path.GetExtension(file) switch { ".gz" => Gzip(bytes), ".zst" => Zstd(bytes), _ => bytes });
    }

    public static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest)) gzip.Write(bytes);
        return packed.ToArray();
    }

    public static byte[] Zstd(byte[] bytes)
    {
        using var zstd = new ZstdSharp.Compressor();
        return zstd.Wrap(bytes).ToArray();
    }

    public async Task<List<Item>> ItemsAsync(params string[] sources) =>
        await ItemSource.ReadAsync(sources, Options, Counts, TestContext.Current.CancellationToken).ToListAsync();

    public async Task<List<Event>> EventsAsync(params string[] sources) =>
        await EventSource.ReadAsync(sources, Options, Counts, TestContext.Current.CancellationToken).ToListAsync();

    public async Task<List<NeighborRow>> NeighborsAsync(params string[] sources) =>
        await NeighborSource.ReadAsync(sources, Options, Counts, TestContext.Current.CancellationToken).ToListAsync();

    public async Task<string> ItemFaultAsync(params string[] sources) =>
        (await Assert.ThrowsAsync<InputFaultException>(() => ItemsAsync(sources))).Message;

    public async Task<string> EventFaultAsync(params string[] sources) =>
        (await Assert.ThrowsAsync<InputFaultException>(() => EventsAsync(sources))).Message;

    public async Task<string> NeighborFaultAsync(params string[] sources) =>
        (await Assert.ThrowsAsync<InputFaultException>(() => NeighborsAsync(sources))).Message;

    public void Map(string map, IReadOnlyList<string> columns) => Options = Options with { Map = ColumnMap.Parse(map, columns) };

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);
}

static class Texts
{
    public static string Of(ReadOnlyMemory<byte> utf8) => Encoding.UTF8.GetString(utf8.Span);

    /// <summary>An item in one line, so that a test shows what it expects at a glance.</summary>
    public static string Show(Item item) => string.Join(" | ",
        new[]
        {
            item.Id.Value, Of(item.Title), Of(item.Body), string.Join("+", item.Tags), item.Lang ?? "-", item.Url ?? "-",
            item.PublishedAt?.ToString("u") ?? "-",
        }.Concat(item.Attributes.Select(attribute => $"{attribute.Name}={Of(attribute.Json)}")));
}
