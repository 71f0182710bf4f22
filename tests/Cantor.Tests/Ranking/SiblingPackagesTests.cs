using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Cantor.Corpus;
using Cantor.Releases;
using Cantor.Tests.Releases;

namespace Cantor.Tests.Ranking;

/// <summary>
/// Packages that Debian builds from one source describe themselves in nearly the same words. The corpus is not part of this
/// repository: the test runs where it lies beside it, or where CANTOR_TEST_CORPORA names the folder it is in.
/// </summary>
public sealed class SiblingPackagesTests : IDisposable
{
    const int Packages = 4000, Depth = 10;

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cantor-siblings-");

    public void Dispose() => _folder.Delete(recursive: true);

    static string Corpora([CallerFilePath] string caller = "") =>
        Environment.GetEnvironmentVariable("CANTOR_TEST_CORPORA") ?? Path.GetFullPath(Path.Combine(Path.GetDirectoryName(caller)!, "../../../../shared/data"));

    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_list_of_packages_names_one_of_those_that_say_the_same_and_counts_the_others()
    {
        var file = Path.Combine(Corpora(), "debian", "contents.jsonl.gz");
        Assert.SkipUnless(File.Exists(file), $"there is no {file}; CANTOR_TEST_CORPORA names the folder of another place");
        var items = Read(file).Take(Packages).ToList();
        var words = items.ToDictionary(item => item.Id.Value, item => $"{Encoding.UTF8.GetString(item.Title.Span)} {Encoding.UTF8.GetString(item.Body.Span)}".ToLowerInvariant().Split([' ', '\n', '.', ',', '(', ')'], StringSplitOptions.RemoveEmptyEntries).ToHashSet());

        var kept = await SameInListsAsync(items, Duplicates.Keep);
        var collapsed = await SameInListsAsync(items, Duplicates.Auto);
        Assert.True(kept.Same > .05 * kept.Listed, $"{kept.Same} of {kept.Listed} say what a better one in their list says: this corpus shows nothing");
        Assert.True(collapsed.Same < .05 * kept.Same, $"{collapsed.Same} of {collapsed.Listed}, {kept.Same} before");
        Assert.True(collapsed.Variants > 0);

        // Judged by the words alone, in the plainest way: nine tenths of them in common.
        async Task<(int Same, int Listed, int Variants)> SameInListsAsync(List<Item> corpus, Duplicates duplicates)
        {
            var report = await ReleaseBuilder.BuildAsync("packages", SyntheticCorpus.Stream(corpus), null, new() { Threads = 2, Duplicates = duplicates },
                _folder.FullName, TimeProvider.System, null, TestContext.Current.CancellationToken);
            using var release = Release.Open(report.Path);
            var (same, listed, variants) = (0, 0, 0);
            for (var row = 0; row < release.Count; row++)
            {
                var list = release.NeighborsOf(new(row)).ToArray().Take(Depth).Select(neighbor => words[Encoding.UTF8.GetString(release.IdOf(neighbor.Item))]).ToArray();
                listed += list.Length;
                for (var rank = 1; rank < list.Length; rank++)
                    if (list[..rank].Any(better => Alike(better, list[rank]))) same++;
                for (var rank = 0; rank < list.Length; rank++) variants += release.VariantsOf(new(row), rank).Count;
            }
            return (same, listed, variants);
        }
    }

    static bool Alike(HashSet<string> a, HashSet<string> b)
    {
        var both = a.Count(b.Contains);
        return both >= .9 * (a.Count + b.Count - both);
    }

    static IEnumerable<Item> Read(string file)
    {
        using var lines = new StreamReader(new GZipStream(File.OpenRead(file), CompressionMode.Decompress));
        while (lines.ReadLine() is { } line)
        {
            using var json = JsonDocument.Parse(line);
            byte[] Text(string field) => json.RootElement.TryGetProperty(field, out var value) ? Encoding.UTF8.GetBytes(value.GetString() ?? "") : [];
            yield return new() { Id = ItemId.Parse(json.RootElement.GetProperty("id").GetString()!), Title = Text("title"), Body = Text("body"), Lang = "en" };
        }
    }
}
