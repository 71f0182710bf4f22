namespace Cantor.Kernels;

/// <summary>Sparse rows: for each item some features, ascending, each with a value greater than 0.</summary>
/// <param name="FeatureCount">Features are 0 to here, not included.</param>
/// <param name="Ends">Where each item's row ends.</param>
/// <param name="Features">The rows' features.</param>
/// <param name="Values">Their values.</param>
sealed record FeatureRows(int FeatureCount, Column<long> Ends, Column<int> Features, Column<float> Values)
{
    internal int Count => (int)Ends.Length;

    internal (long Start, long End) Row(int item) => (item == 0 ? 0 : Ends[item - 1], Ends[item]);

    /// <summary>The same numbers by feature: for each feature the items that have it, ascending.</summary>
    internal FeatureRows Transposed()
    {
        var ends = Column<long>.NewPinned(FeatureCount);
        for (long at = 0; at < Features.Length; at++) ends[Features[at]]++;
        for (var feature = 1; feature < FeatureCount; feature++) ends[feature] += ends[feature - 1];
        var next = (long[])ends.Clone(); // filled from behind, so that it ends as the starts
        var (items, values) = (Column<int>.NewPinned(Features.Length), Column<float>.NewPinned(Features.Length));
        for (var item = Count - 1; item >= 0; item--)
        {
            var (at, end) = Row(item);
            for (; at < end; at++)
            {
                var place = --next[Features[at]];
                (items[place], values[place]) = (item, Values[at]);
            }
        }
        return new(Count, Column<long>.Over(ends), Column<int>.Over(items), Column<float>.Over(values));
    }
}
