using Cantor.Kernels;
using Cantor.Releases;
using Cantor.Signals;

namespace Cantor.Tests.Releases;

public sealed class UnseenIndexTests
{
    sealed record Row((int, float)[] All) : SignalRow(All);

    // Item n has its own topic's feature, weighed by how near it is to its neighbors in number, and one that all have.
    static UnseenItem Item(int number) => new(new([new Row([.. Enumerable.Range(number, 9).Select(feature => (feature, 1f)), (1_000_000, 1f)])]), "en");

    [Fact]
    public void Up_to_a_thousand_all_others_are_found()
    {
        var index = new UnseenIndex<UnseenItem>();
        UnseenItem[] items = [.. Enumerable.Range(0, 1_000).Select(number => Item(number * 100))];
        foreach (var item in items) index.Add(item, item);
        Assert.Equal(items.Skip(1).ToHashSet(), index.Closest(items[0], 5).ToHashSet());
    }

    [Fact]
    public void Of_more_the_nearest_are_found_whatever_the_order_they_came_in_and_never_one_that_was_taken_out()
    {
        UnseenItem[] items = [.. Enumerable.Range(0, 3_000).Select(Item)];
        var (forward, backward) = (new UnseenIndex<UnseenItem>(), new UnseenIndex<UnseenItem>());
        foreach (var item in items) forward.Add(item, item);
        foreach (var item in items.Reverse()) backward.Add(item, item);
        // The next four on either side share 8 to 5 of the nine.
        var nearest = new[] { 1496, 1497, 1498, 1499, 1501, 1502, 1503, 1504 }.Select(number => items[number]).ToHashSet();
        Assert.Equal(nearest, forward.Closest(items[1500], 9).Where(found => found != items[1500]).ToHashSet());
        Assert.Equal(nearest, backward.Closest(items[1500], 9).ToHashSet());

        Assert.True(forward.Remove(items[1501]));
        Assert.False(forward.Remove(items[1501]));
        Assert.DoesNotContain(items[1501], forward.Closest(items[1500], 100));
        // Its place is taken by another, which is found by its own features only.
        var late = Item(10_000);
        forward.Add(late, late);
        Assert.DoesNotContain(late, forward.Closest(items[1500], 100));
        Assert.Equal(3_000, forward.Count);
    }

    // Twenty of a group have about the same vector, and no two items a word in common.
    static UnseenItem Dense(int number)
    {
        var (group, own) = (new SeededRandom(1, (ulong)(number / 20)), new SeededRandom(2, (ulong)number));
        return new(new([new Row([(number, 1f)]), DenseRow.Of([.. Enumerable.Range(0, 64).Select(_ => (float)(group.NextGaussian() + own.NextGaussian() / 10))], 64)]), "en");
    }

    [Fact]
    public void Items_that_only_vectors_relate_are_found_however_many_there_are()
    {
        var index = new UnseenIndex<UnseenItem>();
        UnseenItem[] items = [.. Enumerable.Range(0, 2_000).Select(Dense)];
        foreach (var item in items) index.Add(item, item);
        var found = index.Closest(items[1_000], 100).ToHashSet();
        Assert.Superset(items[1_001..1_020].ToHashSet(), found);
        Assert.DoesNotContain(items[1_000], found);
        Assert.InRange(found.Count, 19, 30);
        Assert.True(index.Remove(items[1_001]));
        Assert.DoesNotContain(items[1_001], index.Closest(items[1_000], 100));
        // An item without a vector finds nobody by it.
        Assert.Equal([items[5]], index.Closest(new(new([new Row([(5, 1f)]), DenseRow.Of([], 64)]), "en"), 100));
    }

    [Fact]
    public void Threads_that_search_at_once_find_what_one_finds()
    {
        var index = new UnseenIndex<UnseenItem>();
        UnseenItem[] items = [.. Enumerable.Range(0, 1_500).Select(number => new UnseenItem(new([Item(number).Rows[0], Dense(number).Rows[1]]), "en"))];
        foreach (var item in items) index.Add(item, item);
        var alone = items.Select(item => index.Closest(item, 20).ToHashSet()).ToArray();
        var together = new HashSet<UnseenItem>[items.Length];
        Parallel.For(0, items.Length, at => together[at] = [.. index.Closest(items[at], 20)]);
        for (var at = 0; at < items.Length; at++) Assert.Equal(alone[at], together[at]);
    }
}
