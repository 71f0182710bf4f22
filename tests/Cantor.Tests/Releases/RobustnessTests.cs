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

    [Fact]
    public async Task A_release_that_is_closed_is_no_longer_mapped_and_its_disk_is_free()
    {
        const string maps = "/proc/self/maps";
        if (!File.Exists(maps)) Assert.Skip($"this system has no {maps}");
        var report = await BuildAsync([TextItems.Item("a", "aspirin", ""), TextItems.Item("b", "", "aspirin")]);
        var release = Release.Open(report.Path);
        Assert.Contains(report.Path, File.ReadAllText(maps), StringComparison.Ordinal);
        release.Dispose();
        Assert.DoesNotContain(report.Path, File.ReadAllText(maps), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_corpus_is_a_fault_and_leaves_no_file()
    {
        var fault = await Assert.ThrowsAsync<InputFaultException>(() => BuildAsync([]));
        Assert.Equal("odd: the sources gave no item; expected at least one", fault.Message);
        Assert.Empty(_folder.GetFiles());
    }

    [Fact]
    public async Task Builds_of_a_collection_that_end_at_the_same_time_leave_a_release_each()
    {
        var paths = new System.Collections.Concurrent.ConcurrentBag<string>();
        await Parallel.ForEachAsync(Enumerable.Range(0, 200), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (number, _) =>
            paths.Add((await BuildAsync([TextItems.Item("a", $"word{number}", "")])).Path));
        Assert.Equal(paths.Order(StringComparer.Ordinal), Directory.GetFiles(_folder.FullName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task One_item_is_a_release_with_an_empty_list()
    {
        var report = await BuildAsync([TextItems.Item("a", "aspirin for fever", "aspirin lowers a fever") with { Tags = ["drug"], Vector = new float[] { 1, 0 } }], Unit("u", ["a"]));
        Assert.Equal((1, 1, 0L), (report.Summary.Items, report.Alone, report.Summary.Neighbors));
        using var release = Release.Open(report.Path);
        release.Verify();
        Assert.True(release.TryFind("a"u8, out var only));
        Assert.Empty(release.NeighborsOf(only).ToArray());
    }

    [Theory]
    [InlineData(2), InlineData(500), InlineData(1500)] // all pairs; as many, to be collapsed; by the index
    public async Task Of_items_that_are_all_equal_each_list_names_one_or_all_the_others(int count)
    {
        var items = Enumerable.Range(0, count).Select(i => TextItems.Item($"{i:D5}", "aspirin for fever", "aspirin lowers a fever") with { Tags = ["drug"], Vector = new float[] { 1, 0 } }).ToArray();
        using var release = Release.Open((await BuildAsync(items, items.Take(50).SelectMany(item => Unit("u", [item.Id.Value])))).Path);
        for (var row = 0; row < count; row++)
        {
            var listed = release.NeighborsOf(new(row)).ToArray();
            Assert.All(listed, neighbor => Assert.InRange(neighbor.Score, 0, 1));
            Assert.DoesNotContain(listed, neighbor => neighbor.Item.Row == row);
            Assert.Equal(release.HasVariants(new(row)) ? Math.Min(1, listed.Length) : Math.Min(count - 1, 50), listed.Length);
        }
    }

    [Fact]
    public async Task Items_in_thirty_languages_find_their_translations_neighbor_in_their_own()
    {
        // Two items of each language that share their telling words, and no word with another language.
        string[][] pairs =
        [
            ["en", "fever of children", "a fever in children"], ["de", "Fieber bei Kindern", "Kinder mit Fieber"], ["fr", "la fièvre des enfants", "enfants avec fièvre"], ["es", "fiebre en los niños", "niños con fiebre"],
            ["it", "la febbre dei bambini", "bambini con febbre"], ["pt", "febre em crianças", "crianças com febre"], ["nl", "koorts bij peuters", "peuters met koorts"], ["sv", "spädbarn och förkylning", "förkylning hos spädbarn"],
            ["no", "hoste hos småbarn", "småbarn og hoste"], ["da", "børnenes halsbetændelse", "halsbetændelse og børnenes hals"], ["fi", "lasten kuume", "kuume lasten tautina"], ["pl", "gorączka u dzieci", "dzieci i gorączka"],
            ["cs", "horečka u dětí", "dětí horečka trvá"], ["tr", "çocuklarda ateş", "ateş çocuklarda olur"], ["vi", "sốt ở trẻ em", "trẻ em bị sốt"], ["hu", "gyermekek láza", "gyermekek magas láza"], ["ro", "febra la copii", "copii cu febra"],
            ["ru", "лихорадка у детей", "детей беспокоит лихорадка"], ["uk", "гарячка у дітей", "дітей мучить гарячка"], ["bg", "треска при децата", "децата имат треска"], ["el", "πυρετός στα παιδιά", "παιδιά με πυρετός"],
            ["he", "חום אצל ילדים", "ילדים עם חום"], ["ar", "حمى الأطفال", "الأطفال لديهم حمى"], ["fa", "تب کودکان", "کودکان با تب"], ["hi", "बच्चों में बुखार", "बुखार और बच्चों"], ["ja", "小児の発熱", "発熱した小児"],
            ["zh", "儿童发烧怎么办", "儿童发烧了"], ["ko", "어린이 발열", "발열 어린이"], ["th", "ไข้ในเด็ก", "เด็กมีไข้"], ["lo", "ໄຂ້ໃນເດັກ", "ເດັກເປັນໄຂ້"], ["km", "គ្រុនក្តៅកុមារ", "កុមារគ្រុនក្តៅ"], ["my", "ကလေးအဖျား", "အဖျားကလေး"],
        ];
        using var release = Release.Open((await BuildAsync(pairs.SelectMany(pair => new[] { TextItems.Item($"{pair[0]}1", pair[1], ""), TextItems.Item($"{pair[0]}2", pair[2], "") }))).Path);
        Assert.Equal(2 * pairs.Length, release.Count);
        Assert.True(pairs.Length >= 30);
        foreach (var pair in pairs)
        {
            Assert.True(release.TryFind(Encoding.UTF8.GetBytes(pair[0] + "1"), out var one));
            Assert.Equal(pair[0] + "2", Encoding.UTF8.GetString(release.IdOf(release.NeighborsOf(one)[0].Item)));
        }
    }

    [Fact]
    public async Task Of_a_session_of_a_hundred_thousand_items_the_last_few_hundred_count()
    {
        var items = Enumerable.Range(0, 100_000).Select(i => TextItems.Item($"{i:D6}", $"word{i}", "")).ToArray();
        var seen = Unit("robot", items.Select(item => item.Id.Value)).Concat(Unit("reader", ["000000", "000001"])).Concat(Unit("reader2", ["000000", "000001", "nobody's"]));
        var report = await BuildAsync(items, seen);
        Assert.Equal((100_005L, 1L, 3L, 1L), (report.Events!.Read, report.Events.UnknownItems, report.Events.Units, report.Events.UnitsCut));
        using var release = Release.Open(report.Path);
        Assert.Equal([1], release.NeighborsOf(new(0)).ToArray().Select(neighbor => neighbor.Item.Row));
        Assert.Empty(release.NeighborsOf(new(50_000)).ToArray());
        Assert.Equal(50, release.NeighborsOf(new(99_999)).Length);
    }

    static IEnumerable<Event> Unit(string name, IEnumerable<string> items) => items.Select(item => new Event(name, ItemId.Parse(item), null, EventType.View));

    async Task<BuildReport> BuildAsync(IEnumerable<Item> items, IEnumerable<Event>? events = null) => await ReleaseBuilder.BuildAsync(
        "odd", TextItems.Stream(items), events?.ToAsyncEnumerable(), new() { Threads = 2 }, _folder.FullName, TimeProvider.System, null, TestContext.Current.CancellationToken);
}
