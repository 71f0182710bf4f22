using System.Runtime.InteropServices;
using Cantor.Kernels;

namespace Cantor.Signals.Text;

/// <summary>
/// For each item the features it has (terms, or pairs of terms), how often in the title and how often in the body, and what
/// each feature weighs. A feature that one item alone has is not here: it relates nothing.
/// </summary>
sealed class CountRows
{
    /// <summary>What a title's occurrence counts beside a body's.</summary>
    internal const int TitleBoost = 3;

    /// <summary>√(3·title + body) for every pair of counts that a byte can hold.</summary>
    internal static readonly float[] Roots = [.. Enumerable.Range(0, (TitleBoost + 1) * byte.MaxValue + 1).Select(count => MathF.Sqrt(count))];

    readonly Column<long> _ends;

    internal CountRows(Sections sections, string prefix, long items)
    {
        _ends = sections.Get<long>(prefix + ".ends", items);
        Features = sections.Get<int>(prefix + ".features");
        Title = sections.Get<byte>(prefix + ".title", Features.Length);
        Body = sections.Get<byte>(prefix + ".body", Features.Length);
        Weights = sections.Get<float>(prefix + ".weights");
        Norms = sections.Get<float>(prefix + ".norms", items);
        Mean = sections.Has(prefix + ".mean") ? sections.Get<double>(prefix + ".mean", 1)[0] : null;
    }

    internal int Count => (int)_ends.Length;

    internal Column<long> Ends => _ends;

    internal Column<int> Features { get; }

    internal Column<byte> Title { get; }

    internal Column<byte> Body { get; }

    /// <summary>For each feature idf^0.9 times its script weight.</summary>
    internal Column<float> Weights { get; }

    /// <summary>For each item what its row is multiplied by: 1 / √(n² + 0.1 m²), n the row's length and m the mean of n.</summary>
    internal Column<float> Norms { get; }

    /// <summary>The mean length of a row, m; null in releases that are too old to say.</summary>
    internal double? Mean { get; }

    /// <summary>The rows once more, laid out to be read row by row; null until somebody does.</summary>
    internal TextRecords? Records { private get; set; }

    internal CountRow Row(int item)
    {
        if (Records is { } records) return records.Terms(item);
        var (start, end) = Place(item);
        return new(Features.Slice(start, end), Title.Slice(start, end), Body.Slice(start, end));
    }

    /// <summary>Where an item's row stands in <see cref="Features"/>.</summary>
    internal (long Start, long End) Place(int item) => (item == 0 ? 0 : _ends[item - 1], _ends[item]);

    /// <summary>√(3·title + body)·w, each row brought to the length 1; an empty row stays empty.</summary>
    internal FeatureRows ToUnitRows(int threads, CancellationToken cancellationToken)
    {
        var values = Column<float>.NewPinned(Features.Length);
        Threads.ForRanges(Count, threads, 1024, (start, end) =>
        {
            for (var item = start; item < end; item++)
            {
                var (first, last) = Place(item);
                SetUnitRow(Row(item), values.AsSpan((int)first, (int)(last - first)));
            }
        }, cancellationToken);
        return new((int)Weights.Length, _ends, Features, Column<float>.Over(values));
    }

    /// <summary>The values of one row brought to the length 1.</summary>
    internal float[] ToUnitRow(CountRow row)
    {
        var values = new float[row.Features.Length];
        SetUnitRow(row, values);
        return values;
    }

    void SetUnitRow(CountRow row, Span<float> values)
    {
        double squares = 0;
        for (var at = 0; at < values.Length; at++)
        {
            values[at] = Root(row.Title[at], row.Body[at]) * Weights[row.Features[at]];
            squares += (double)values[at] * values[at];
        }
        var norm = squares == 0 ? 0 : (float)(1 / Math.Sqrt(squares));
        foreach (ref var value in values) value *= norm;
    }

    /// <summary>√(3·title + body).</summary>
    internal static float Root(byte title, byte body) => Roots[TitleBoost * title + body];

    /// <summary>ln(1 + (N − df + .5)/(df + .5)) to the power .9: how much a feature of df among N items tells.</summary>
    internal static double Weight(int items, int itemCount) =>
        FixedMath.Pow(FixedMath.Log(1 + (items - itemCount + .5) / (itemCount + .5)), .9);

    /// <summary>The <see cref="Weight"/> of each of many features; few counts differ.</summary>
    internal static double[] WeightsOf(int items, int[] itemCounts)
    {
        var weights = new Dictionary<int, double>();
        foreach (var count in itemCounts)
            if (!weights.ContainsKey(count)) weights[count] = Weight(items, count);
        return Array.ConvertAll(itemCounts, count => weights[count]);
    }

    /// <summary>Counts, weighs and adds the rows to <paramref name="sections"/>.</summary>
    /// <param name="sections">Where to.</param>
    /// <param name="prefix">What the sections' names begin with.</param>
    /// <param name="items">How many items there are.</param>
    /// <param name="weights">What each feature weighs.</param>
    /// <param name="occurrences">Adds an item's features in any order and with repetition, and says how many of them are the title's.</param>
    /// <param name="threads">How many threads count.</param>
    /// <param name="cancellationToken">Stops counting.</param>
    internal static void Add(
        Sections sections, string prefix, int items, float[] weights, Occurrences occurrences, int threads, CancellationToken cancellationToken)
    {
        var rows = new (int Feature, byte Title, byte Body)[items][];
        var lengths = new double[items];
        Threads.ForRanges(items, threads, 256, () => new Counter(weights.Length), (counter, start, end) =>
        {
            for (var item = start; item < end; item++)
            {
                rows[item] = counter.Count(item, occurrences);
                lengths[item] = Length(rows[item], weights);
            }
        }, cancellationToken);

        var ends = Column<long>.NewPinned(items);
        long total = 0;
        for (var item = 0; item < items; item++) ends[item] = total += rows[item].Length;
        var features = Column<int>.NewPinned(total);
        var title = Column<byte>.NewPinned(total);
        var body = Column<byte>.NewPinned(total);
        var norms = Column<float>.NewPinned(items);
        var mean = lengths.Sum() / Math.Max(1, items);
        Threads.ForRanges(items, threads, 4096, (start, end) =>
        {
            for (var item = start; item < end; item++)
            {
                var at = ends[item] - rows[item].Length;
                foreach (var count in rows[item])
                    (features[at], title[at], body[at++]) = count;
                norms[item] = (float)SoftNorm(lengths[item], mean, .1);
            }
        }, cancellationToken);
        sections.Add(prefix + ".ends", Column<long>.Over(ends));
        sections.Add(prefix + ".features", Column<int>.Over(features));
        sections.Add(prefix + ".title", Column<byte>.Over(title));
        sections.Add(prefix + ".body", Column<byte>.Over(body));
        sections.Add<float>(prefix + ".weights", weights);
        sections.Add(prefix + ".norms", Column<float>.Over(norms));
        sections.Add<double>(prefix + ".mean", [mean]);
    }

    /// <summary>The row of an item that is not here, from the features of its title and of its body, in any order and with repetition.</summary>
    internal CountedRow RowOf(ReadOnlySpan<int> title, ReadOnlySpan<int> body)
    {
        int[] all = [.. title, .. body];
        int[] features = [.. all.Distinct().Order()];
        var (titles, bodies) = (new byte[features.Length], new byte[features.Length]);
        for (var i = 0; i < all.Length; i++)
        {
            ref var count = ref (i < title.Length ? titles : bodies)[Array.BinarySearch(features, all[i])];
            if (count < byte.MaxValue) count++;
        }
        double squares = 0;
        for (var at = 0; at < features.Length; at++) squares += Square(titles[at], bodies[at], Weights[features[at]]);
        var marks = new byte[2 * features.Length + FeatureFilter.MarksBehind];
        FeatureFilter.Mark(features, marks);
        return new(features, titles, bodies, marks, (float)SoftNorm(Math.Sqrt(squares), Mean ?? 0, .1));
    }

    internal delegate int Occurrences(int item, List<int> features);

    /// <summary>1 / √(n² + share·m²): keeps short texts from winning and long ones from losing; 0 for an empty row.</summary>
    internal static double SoftNorm(double length, double mean, double share) =>
        length == 0 ? 0 : 1 / Math.Sqrt(length * length + share * mean * mean);

    static double Length((int Feature, byte Title, byte Body)[] row, float[] weights)
    {
        double squares = 0;
        foreach (var (feature, title, body) in row)
            squares += Square(title, body, weights[feature]);
        return Math.Sqrt(squares);
    }

    static double Square(byte title, byte body, float weight) => (TitleBoost * title + body) * (double)weight * weight;

    /// <summary>Counts the features of one item after another, for one thread.</summary>
    sealed class Counter(int features)
    {
        readonly byte[] _title = new byte[features], _body = new byte[features]; // 0 between items
        readonly List<int> _occurrences = [], _distinct = [];

        internal (int Feature, byte Title, byte Body)[] Count(int item, Occurrences occurrences)
        {
            _occurrences.Clear();
            _distinct.Clear();
            var titleLength = occurrences(item, _occurrences);
            var all = CollectionsMarshal.AsSpan(_occurrences);
            Add(all[..titleLength], _title);
            Add(all[titleLength..], _body);
            _distinct.Sort();
            var row = new (int Feature, byte Title, byte Body)[_distinct.Count];
            for (var at = 0; at < row.Length; at++)
            {
                var feature = _distinct[at];
                row[at] = (feature, _title[feature], _body[feature]);
                _title[feature] = _body[feature] = 0;
            }
            return row;
        }

        void Add(ReadOnlySpan<int> occurrences, byte[] counts)
        {
            foreach (var feature in occurrences)
            {
                if ((_title[feature] | _body[feature]) == 0) _distinct.Add(feature);
                if (counts[feature] < byte.MaxValue) counts[feature]++;
            }
        }
    }
}

/// <summary>One item's features, ascending, and how often its title and its body have each.</summary>
readonly ref struct CountRow(ReadOnlySpan<int> features, ReadOnlySpan<byte> title, ReadOnlySpan<byte> body, ReadOnlySpan<byte> marks = default)
{
    internal ReadOnlySpan<int> Features { get; } = features;

    internal ReadOnlySpan<byte> Title { get; } = title;

    internal ReadOnlySpan<byte> Body { get; } = body;

    /// <summary>What <see cref="FeatureFilter.Mark"/> makes of the features; empty where nobody had it made.</summary>
    internal ReadOnlySpan<byte> Marks { get; } = marks;
}

/// <summary>The row of an item outside the rows.</summary>
/// <param name="Features">Ascending.</param>
/// <param name="Title">How often the title has each.</param>
/// <param name="Body">How often the body has each.</param>
/// <param name="Marks">Those of the features, and room behind them.</param>
/// <param name="Norm">What the row is multiplied by.</param>
sealed record CountedRow(int[] Features, byte[] Title, byte[] Body, byte[] Marks, float Norm)
{
    internal CountRow Row => new(Features, Title, Body, Marks.AsSpan(0, 2 * Features.Length));
}
