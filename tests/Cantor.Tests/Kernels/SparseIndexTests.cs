using Cantor.Kernels;

namespace Cantor.Tests.Kernels;

public sealed class SparseIndexTests
{
    const int Items = 200, Features = 40;

    static FeatureRows Rows(int seed)
    {
        var random = new SeededRandom((ulong)seed, 1);
        var (ends, features, values) = (Column<long>.NewPinned(Items), new List<int>(), new List<float>());
        for (var item = 0; item < Items; item++)
        {
            for (var feature = 0; feature < Features; feature++)
                if (random.NextDouble() < .2)
                {
                    features.Add(feature);
                    values.Add((float)random.NextDouble() + .01f);
                }
            ends[item] = features.Count;
        }
        return new(Features, Column<long>.Over(ends), Column<int>.Of(features.ToArray()), Column<float>.Of(values.ToArray()));
    }

    static (int, float)[] RowOf(FeatureRows rows, int item)
    {
        var (start, end) = rows.Row(item);
        return [.. Enumerable.Range((int)start, (int)(end - start)).Select(at => (rows.Features[at], rows.Values[at]))];
    }

    [Fact]
    public void An_index_that_was_written_and_mapped_finds_what_the_one_that_was_made_finds()
    {
        FeatureRows[] rows = [Rows(1), Rows(2)];
        var made = new SparseIndex(rows);
        var sections = new Sections();
        made.AddTo(sections);
        var mapped = SparseIndex.Of(sections, [Features, Features], Items)!;
        var (one, other) = (new SparseSearcher(made, 20), new SparseSearcher(mapped, 20));
        for (var item = 0; item < Items; item++)
        {
            (int, float)[][] query = [RowOf(rows[0], item), RowOf(rows[1], item)];
            ulong[] expected = [.. one.Search(query)];
            Assert.Equal(20, expected.Length);
            Assert.Equal(expected.Order(), other.Search(query).ToArray().Order());
        }
    }

    [Fact]
    public void A_release_without_one_says_so() => Assert.Null(SparseIndex.Of(new(), [Features], Items));

    [Fact]
    public void An_index_that_names_an_item_which_is_not_there_or_has_too_few_lists_is_refused()
    {
        var sections = new Sections();
        new SparseIndex(Rows(1)).AddTo(sections);
        Assert.Contains($"section index.items names the item {Items - 1} of {Items - 1}",
            Assert.Throws<InvalidDataException>(() => SparseIndex.Of(sections, [Features], Items - 1)).Message, StringComparison.Ordinal);
        Assert.Contains($"section index.ends holds {Features} numbers; expected {Features + 1}",
            Assert.Throws<InvalidDataException>(() => SparseIndex.Of(sections, [Features + 1], Items)).Message, StringComparison.Ordinal);
    }
}
