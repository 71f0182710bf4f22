namespace Cantor.Kernels;

/// <summary>
/// An inverted index over sparse rows: for each feature the items that have it and with what value. Rows of several signals
/// are laid side by side, so one search finds what is near by all of them together.
/// </summary>
sealed class SparseIndex
{
    const string EndsName = "index.ends", ItemsName = "index.items", ValuesName = "index.values";

    readonly Column<long> _ends;
    readonly Column<int> _items;
    readonly Column<float> _values;
    readonly FeatureRows[] _rows; // none where the index comes from a release
    readonly int[] _firstFeature;

    /// <summary>Turns rows into lists. All rows have the same items.</summary>
    internal SparseIndex(params FeatureRows[] rows)
    {
        _rows = rows;
        _firstFeature = FirstOf([.. rows.Select(kind => kind.FeatureCount)], out var features);
        Count = rows.Length == 0 ? 0 : rows[0].Count;

        var ends = Column<long>.NewPinned(features);
        for (var r = 0; r < rows.Length; r++)
            for (long at = 0; at < rows[r].Features.Length; at++)
                ends[_firstFeature[r] + rows[r].Features[at]]++;
        for (var feature = 1; feature < features; feature++) ends[feature] += ends[feature - 1];
        var total = features == 0 ? 0 : ends[^1];
        var (items, values) = (Column<int>.NewPinned(total), Column<float>.NewPinned(total));
        var next = new long[features];
        for (var feature = 1; feature < features; feature++) next[feature] = ends[feature - 1];
        for (var item = 0; item < Count; item++)
            for (var r = 0; r < rows.Length; r++)
            {
                var (at, end) = rows[r].Row(item);
                for (; at < end; at++)
                {
                    var place = next[_firstFeature[r] + rows[r].Features[at]]++;
                    items[place] = item;
                    values[place] = rows[r].Values[at];
                }
            }
        (_ends, _items, _values) = (Column<long>.Over(ends), Column<int>.Over(items), Column<float>.Over(values));
    }

    SparseIndex(Sections sections, int[] featureCounts, int items)
    {
        (_rows, Count) = ([], items);
        _firstFeature = FirstOf(featureCounts, out var features);
        _ends = sections.Get<long>(EndsName, features);
        _items = sections.Get<int>(ItemsName, features == 0 ? 0 : _ends[features - 1]);
        _values = sections.Get<float>(ValuesName, _items.Length);
        // Searches add to the items' sums without a look: what a file says is looked at once.
        for (long at = 0; at < _items.Length; at++)
            if ((uint)_items[at] >= (uint)items) throw new InvalidDataException($"section {ItemsName} names the item {_items[at]} of {items}");
    }

    /// <summary>The index that a release holds, mapped; null where it holds none.</summary>
    /// <param name="sections">Of the release.</param>
    /// <param name="featureCounts">How many features each kind of rows has.</param>
    /// <param name="items">How many items there are.</param>
    /// <exception cref="InvalidDataException">The sections contradict each other.</exception>
    internal static SparseIndex? Of(Sections sections, int[] featureCounts, int items) => sections.Has(EndsName) ? new(sections, featureCounts, items) : null;

    /// <summary>Adds the index to a release.</summary>
    internal void AddTo(Sections sections)
    {
        sections.Add(EndsName, _ends);
        sections.Add(ItemsName, _items);
        sections.Add(ValuesName, _values);
    }

    static int[] FirstOf(int[] featureCounts, out int features)
    {
        var first = new int[featureCounts.Length];
        features = 0;
        for (var r = 0; r < first.Length; r++) (first[r], features) = (features, features + featureCounts[r]);
        return first;
    }

    internal int Count { get; }

    /// <summary>The rows it was made of; none where it comes from a release.</summary>
    internal ReadOnlySpan<FeatureRows> Rows => _rows;

    /// <summary>Where the list of a feature of one kind of rows stands in <see cref="Items"/> and <see cref="Values"/>.</summary>
    internal (long Start, long End) ListOf(int rows, int feature)
    {
        feature += _firstFeature[rows];
        return (feature == 0 ? 0 : _ends[feature - 1], _ends[feature]);
    }

    /// <summary>The lists' items, ascending in each.</summary>
    internal Column<int> Items => _items;

    /// <summary>The values that these items have.</summary>
    internal Column<float> Values => _values;
}
