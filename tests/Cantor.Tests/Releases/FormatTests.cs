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
}
