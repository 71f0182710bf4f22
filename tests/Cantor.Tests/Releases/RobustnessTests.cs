using System.Text;
using Cantor.Corpus;
using Cantor.Releases;
using Cantor.Tests.Text;

namespace Cantor.Tests.Releases;

public sealed class RobustnessTests : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cantor-robustness-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Items_of_one_word_find_those_with_the_same_word()
    {
        var report = await BuildAsync([TextItems.Item("a", "aspirin", ""), TextItems.Item("b", "", "aspirin"), TextItems.Item("c", "kidney", "")]);
        Assert.Equal(3, report.Summary.Items);
        Assert.Equal(1, report.Alone);
        Assert.Equal(2, report.Summary.Neighbors);
    }

    [Fact]
    public async Task Items_without_any_text_are_there_and_alone()
    {
        var report = await BuildAsync([TextItems.Item("a", "", ""), TextItems.Item("b", "", "   "), TextItems.Item("c", "", "…")]);
        Assert.Equal((3, 3, 0), (report.Summary.Items, report.Alone, (int)report.Summary.Neighbors));
    }

    [Fact]
    public async Task An_item_of_ten_megabytes_is_an_item_like_others()
    {
        var body = new StringBuilder();
        for (var i = 0; body.Length < 10_000_000; i++) body.Append("word").Append(i % 50_000).Append(' ');
        var report = await BuildAsync([TextItems.Item("big", "big", body.ToString()), TextItems.Item("a", "word1 word2 word3", ""), TextItems.Item("b", "word1 word2 word3", "")]);
        Assert.Equal((3, 0), (report.Summary.Items, report.Alone));
    }

    [Fact]
    public async Task An_item_that_shares_one_of_a_hundred_thousand_tags_is_related_both_ways()
    {
        string[] tags = [.. Enumerable.Range(0, 100_000).Select(tag => $"tag {tag}")];
        var report = await BuildAsync(
            [TextItems.Item("many", "", "") with { Tags = tags }, TextItems.Item("few", "", "") with { Tags = ["tag 99999"] }, TextItems.Item("none", "", "")]);
        Assert.Equal(3, report.Summary.Items);
        Assert.Equal(2, report.Summary.Neighbors);
    }

    async Task<BuildReport> BuildAsync(IEnumerable<Item> items) => await ReleaseBuilder.BuildAsync(
        "odd", TextItems.Stream(items), null, new(), _folder.FullName, TimeProvider.System, null, TestContext.Current.CancellationToken);
}
