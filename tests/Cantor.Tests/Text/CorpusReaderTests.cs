using System.Globalization;
using System.Text;
using Cantor.Corpus;
using Cantor.Text;

namespace Cantor.Tests.Text;

public class CorpusReaderTests
{
    [Fact]
    public Task Any_order_of_rows_gives_the_same_text() => Gen.Select(TextItems.Corpora, Gen.Int).SampleAsync(async (items, seed) =>
    {
        var distinct = items.DistinctBy(item => item.Id).ToArray();
        var shuffled = distinct.OrderBy(item => HashCode(item.Id.ToString(), seed)).ToArray();
        return Show(await TextItems.ReadAsync(distinct)) == Show(await TextItems.ReadAsync(shuffled));
    }, iter: 200);

    [Fact]
    public async Task Any_number_of_threads_and_any_batches_give_the_same_text()
    {
        var items = new List<Item>();
        TextItems.Corpora.Sample(corpus => { lock (items) items.AddRange(corpus); }, iter: 150, threads: 1);
        items = [.. items.Select((item, i) => item with { Id = ItemId.Parse(i.ToString(CultureInfo.InvariantCulture)) })];
        var expected = Show(await TextItems.ReadAsync(items, threads: 1));
        Assert.Equal(expected, Show(await TextItems.ReadAsync(items, threads: 2)));
        Assert.Equal(expected, Show(await TextItems.ReadAsync(items, threads: 7)));
        // one row more in front moves every batch by one
        Assert.Equal(expected, Show(await TextItems.ReadAsync([items[^1], .. items], threads: 3)));
    }

    [Fact]
    public Task Of_two_items_with_one_id_the_later_counts() => TextItems.Corpora.SampleAsync(async items =>
    {
        var last = items.Reverse().DistinctBy(item => item.Id).ToArray();
        return Terms(await TextItems.ReadAsync(items)) == Terms(await TextItems.ReadAsync(last));
    }, iter: 200);

    [Fact]
    public async Task A_term_of_one_item_alone_is_left_out_and_keeps_its_place()
    {
        var corpus = await TextItems.ReadAsync([TextItems.Item("a", "heart rate", "heart"), TextItems.Item("b", "heart", "pump")], lang: "en");
        Assert.Equal(["heart"], corpus.Vocabulary.Terms.Select(Encoding.UTF8.GetString));
        Assert.Equal([0, -1, 0], corpus.Terms[0]);
        Assert.Equal(2, corpus.TitleLengths[0]);
        Assert.Equal([2], corpus.Vocabulary.ItemCounts);
    }

    [Fact]
    public async Task A_fault_of_the_source_ends_the_reading_and_is_told()
    {
        var fault = await Assert.ThrowsAsync<InputFaultException>(
            () => CorpusReader.ReadAsync(Broken(), null, null, null, 3, _ => { }, TestContext.Current.CancellationToken));
        Assert.Contains("broken", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fault_of_one_thread_is_told_and_not_that_it_stopped_the_others()
    {
        for (var bad = 0; bad < 4000; bad += 400)
        {
            var items = Enumerable.Range(0, 4000).Select(i => i == bad ? TextItems.Item($"{i}", "a title", "") with { Body = new Unreadable().Memory } : TextItems.Item($"{i}", "a title", "a body"));
            await Assert.ThrowsAsync<NotSupportedException>(
                () => CorpusReader.ReadAsync(items.ToAsyncEnumerable(), null, null, null, 3, _ => { }, TestContext.Current.CancellationToken));
        }
    }

    sealed class Unreadable : System.Buffers.MemoryManager<byte>
    {
        public override Memory<byte> Memory => CreateMemory(10);

        public override Span<byte> GetSpan() => throw new NotSupportedException();

        public override System.Buffers.MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }

    static async IAsyncEnumerable<Item> Broken()
    {
        for (var i = 0; i < 2000; i++) yield return TextItems.Item($"{i}", "a title", "a body");
        await Task.Yield();
        throw new InputFaultException("rows.jsonl", 2001, "broken");
    }

    static int HashCode(string id, int seed) => id.Aggregate(seed, (hash, c) => unchecked(hash * 31 + c) ^ hash >> 7);

    static string Show(CorpusText text) => Terms(text) + string.Join(',', text.Vocabulary.Shown.Select(Encoding.UTF8.GetString));

    // What an item that was replaced had still counts toward the form that is shown, so that is left out here.
    static string Terms(CorpusText text)
    {
        var all = new StringBuilder();
        for (var i = 0; i < text.Count; i++)
            all.AppendLine(CultureInfo.InvariantCulture, $"{text.Items.Ids[i]} {text.Items.Langs[i]} {text.TitleLengths[i]}: {string.Join(' ', text.Terms[i])}; {string.Join(' ', text.Tags[i])}");
        for (var term = 0; term < text.Vocabulary.Count; term++)
            all.AppendLine(CultureInfo.InvariantCulture, $"{Convert.ToHexString(text.Vocabulary.Terms[term])} {text.Vocabulary.Kinds[term]} {text.Vocabulary.ItemCounts[term]}");
        return all.AppendJoin(',', text.TagNames.Select(Encoding.UTF8.GetString)).ToString();
    }
}
