using System.Runtime.CompilerServices;
using System.Text;
using Cantor.Releases;

namespace Cantor.Tests.Releases;

/// <summary>
/// Release files as older programs wrote them, one for each format version, kept in Formats. They must open forever.
/// CANTOR_UPDATE_GOLDEN=1 adds one of the current version where there is none.
/// </summary>
public sealed class FormatTests
{
    static string Folder([CallerFilePath] string caller = "") => Path.Combine(Path.GetDirectoryName(caller)!, "Formats");

    static IEnumerable<string> Files => Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Releases", "Formats"), "*.cantor");

    static string NameOf(uint version) => $"format-{version}";

    [Fact]
    public void Releases_of_every_format_version_open_verify_and_answer()
    {
        Assert.NotEmpty(Files);
        Assert.All(Files, file =>
        {
            using var release = Release.Open(file);
            release.Verify();
            Assert.Equal(24, release.Count);
            for (var row = 0; row < release.Count; row++)
            {
                var item = new Cantor.Ranking.Ordinal(row);
                Assert.True(release.TryFind(release.IdOf(item), out var found) && found == item);
                Assert.Contains("title", Encoding.UTF8.GetString(release.FieldsOf(item, all: false)), StringComparison.Ordinal);
                foreach (var neighbor in release.NeighborsOf(item))
                    Assert.Equal(neighbor.Strength, release.ReasonsOf(item, neighbor.Item).Sum(reason => reason.Weight), 1e-5f);
            }
            Assert.Equal(24 * 3, release.Summary.Neighbors);
            // Further down by the index that the file holds, or by one that is made.
            Assert.All(Enumerable.Range(0, release.Count).Select(row => new Cantor.Ranking.Ordinal(row)), item => Assert.Contains(release.NeighborsOf(item)[0].Item, release.Closest(item, 100).Select(neighbor => neighbor.Item)));
        });
    }

    [Fact]
    public async Task The_current_format_version_has_a_file_here()
    {
        if (Environment.GetEnvironmentVariable("CANTOR_UPDATE_GOLDEN") == "1" && !Directory.EnumerateFiles(Folder(), $"{NameOf(ReleaseFormat.Version)}-*.cantor").Any())
        {
            var items = SyntheticCorpus.Items(24);
            await ReleaseBuilder.BuildAsync(NameOf(ReleaseFormat.Version), SyntheticCorpus.Stream(items), SyntheticCorpus.Stream(SyntheticCorpus.Events(items, 20)),
                new() { K = 3 }, Folder(), TimeProvider.System, null, TestContext.Current.CancellationToken);
        }
        Assert.Contains(Files, file => Path.GetFileName(file).StartsWith(NameOf(ReleaseFormat.Version) + "-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_page_documents_every_section_with_the_size_of_its_elements_and_every_field_of_meta()
    {
        var folder = Directory.CreateTempSubdirectory("cantor-format-");
        try
        {
            // Everything at once: dictionary, vectors, events, items that expire and age.
            var items = SyntheticCorpus.Items(60).Select(item => item with { Vector = new float[] { 1, 2, 3 }, PublishedAt = DateTimeOffset.UnixEpoch, ExpiresAt = DateTimeOffset.UnixEpoch.AddDays(40_000) }).ToArray();
            var report = await ReleaseBuilder.BuildAsync("full", SyntheticCorpus.Stream(items), SyntheticCorpus.Stream(SyntheticCorpus.Events(items, 60)),
                new() { Dictionary = Cantor.Text.TermDictionary.Parse("terms", "alpha,beta"u8.ToArray()), AsOf = DateTimeOffset.UnixEpoch, Age = new(), Lang = "en", IdWords = true },
                folder.FullName, TimeProvider.System, null, TestContext.Current.CancellationToken);
            var bytes = await File.ReadAllBytesAsync(report.Path, TestContext.Current.CancellationToken);
            var page = await File.ReadAllTextAsync(Path.Combine(Folder(), "../../../../docs/release-format.md"), TestContext.Current.CancellationToken);
            var documented = Documented(page);
            var found = new Dictionary<string, int>();
            for (var at = ReleaseFormat.HeaderSize; at < ReleaseFormat.HeaderSize + ReleaseFormat.EntrySize * BitConverter.ToInt32(bytes, 12); at += ReleaseFormat.EntrySize)
                found.Add(Encoding.ASCII.GetString(bytes, at, 32).TrimEnd('\0'), BitConverter.ToInt32(bytes, at + 56));
            documented.Remove("neighbors.raw"); // in imports only
            Assert.Equal(documented.OrderBy(section => section.Key, StringComparer.Ordinal), found.OrderBy(section => section.Key, StringComparer.Ordinal));

            using var meta = System.Text.Json.JsonDocument.Parse(report.Summary.ToMeta().Span.ToArray());
            var line = page.Split('\n').Single(line => line.StartsWith("| `meta`", StringComparison.Ordinal));
            Assert.All(meta.RootElement.EnumerateObject(), field => Assert.Contains($"`{field.Name}`", line, StringComparison.Ordinal));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>The sections of the page's tables, and the size of an element.</summary>
    static Dictionary<string, int> Documented(string page)
    {
        var documented = new Dictionary<string, int>();
        foreach (var row in page[page.IndexOf("## Sections", StringComparison.Ordinal)..].Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Split('|')))
        {
            var names = row[1].Split(',').Select(name => name.Trim(' ', '`')).ToArray();
            for (var i = 0; i < names.Length; i++)
            {
                if (names[i].StartsWith('.')) names[i] = names[0] + names[i];
                if (names[i].EndsWith(".*", StringComparison.Ordinal))
                    foreach (var (name, same) in documented.Where(section => section.Key.StartsWith("text.terms.", StringComparison.Ordinal)).ToList())
                        documented.Add(names[i][..^1] + name["text.terms.".Length..], same);
                else
                    documented.Add(names[i], row[2].Trim() switch
                    {
                        "byte" or "int8" => 1,
                        "float16" => 2,
                        "int32" or "float32" => 4,
                        "int64" or "float64" => 8,
                        "texts" => names[i].EndsWith(".ends", StringComparison.Ordinal) ? 8 : 1,
                        var bytes => int.Parse(bytes.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture),
                    });
            }
        }
        return documented;
    }
}
