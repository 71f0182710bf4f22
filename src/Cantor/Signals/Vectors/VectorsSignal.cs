using Cantor.Corpus;
using Cantor.Kernels;
using Cantor.Neighbors;
using Cantor.Text;

namespace Cantor.Signals.Vectors;

/// <summary>
/// Items are related when their vectors point the same way: the cosine, 0 where it is negative. An item without a vector is
/// related to nobody by this signal.
/// </summary>
sealed class VectorsSignal : ISignal
{
    internal static readonly SignalKind Kind = new()
    {
        Name = "vectors",
        FitAsync = (fitting, cancellationToken) =>
        {
            var options = fitting.Options;
            if (options.Vectors.Weight == 0 || Fit(fitting.Text, options.K, options.Vectors, options.Seed, fitting.Sections, options.Threads, cancellationToken) is not { } vectors) return default;
            (fitting.VectorPartners, fitting.Vectors) = vectors;
            return new((float)options.Vectors.Weight);
        },
        Open = (columns, weight) => new VectorsSignal(columns.Sections, columns.Items, columns.Dimensions, weight, columns.VectorPartners),
        Steps = [0, .1f, .2f, .3f, .45f, .7f, 1, 1.4f, 2],
    };

    /// <summary>An item's candidates are at least so many of its closest.</summary>
    const int LeastPartners = 100;

    internal const int LeastDimensions = 2, MaxDimensions = 4096;

    readonly ByteRows _rows;
    readonly int _width, _dimensions;

    /// <param name="sections">Of a build or a release.</param>
    /// <param name="items">How many items there are.</param>
    /// <param name="dimensions">How many numbers a vector has.</param>
    /// <param name="weight">What a cosine of 1 adds.</param>
    /// <param name="partners">Each item's closest; null in a release, which has ranked them.</param>
    internal VectorsSignal(Sections sections, int items, int dimensions, float weight, FeatureRows? partners)
    {
        var rows = sections.Get<sbyte>("vectors.rows");
        if (rows.Length % ((long)items * ByteRows.WidthStep) != 0)
            throw new InvalidDataException($"section vectors.rows holds {rows.Length} numbers; expected a multiple of {ByteRows.WidthStep} for each of {items} items");
        _rows = new(rows, sections.Get<float>("vectors.scales", items));
        (Weight, Partners) = (weight, partners);
        (_width, _dimensions) = (items == 0 ? 0 : (int)(rows.Length / items), dimensions);
    }

    public string Name => Kind.Name;

    public float Weight { get; }

    public float Highest => 1;

    public FeatureRows? Features => null;

    public FeatureRows? Partners { get; }

    public IScorer NewScorer() => new DenseScorer(_rows);

    /// <summary>
    /// Adds the vectors, a byte a number, to <paramref name="sections"/> and finds each item's closest; null when no item has a vector.
    /// </summary>
    /// <param name="text">The corpus.</param>
    /// <param name="k">How many neighbors an item will have.</param>
    /// <param name="options">How.</param>
    /// <param name="seed">What the sample for the recall is drawn with.</param>
    /// <param name="sections">Where to.</param>
    /// <param name="threads">Never changes the result.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <exception cref="InputFaultException">A vector is not like the others, or the recall is below its floor.</exception>
    internal static (FeatureRows Partners, VectorSummary Summary)? Fit(
        CorpusText text, int k, VectorOptions options, ulong seed, Sections sections, int threads, CancellationToken cancellationToken)
    {
        var withVector = Enumerable.Range(0, text.Count).Where(item => !text.Vectors[item].IsEmpty).ToArray();
        if (withVector.Length == 0) return null;
        var dimensions = text.Vectors[withVector[0]].Length;
        foreach (var item in withVector)
            if (Fault(text.Vectors[item].Span, dimensions) is { } fault)
                throw new InputFaultException($"item \"{text.Items.Ids[item]}\"", null, $"vector: {fault}");

        using var vectors = new DenseVectors(text.Count, dimensions);
        var width = ByteRows.PaddedWidth(dimensions);
        var rows = new AlignedBuffer<sbyte>((long)text.Count * width);
        var scales = Column<float>.NewPinned(text.Count);
        Threads.ForRanges(text.Count, threads, 256, (start, end) =>
        {
            for (var item = start; item < end; item++)
            {
                vectors.Set(item, text.Vectors[item].Span);
                scales[item] = ByteRows.Write(vectors[item], rows.Slice((long)item * width, width));
            }
        }, cancellationToken);
        sections.Add("vectors.rows", rows.ToColumn());
        sections.Add("vectors.scales", Column<float>.Over(scales));

        var partners = Math.Max(LeastPartners, 2 * k);
        var method = options.Method == PairMethod.Auto ? AllPairs.Choose(text.Count, dimensions) : options.Method;
        var found = AllPairs.Find(vectors, partners, method, threads, cancellationToken);
        double? recall = method == PairMethod.Pruned ? SampledRecall.Measure(vectors, found, k, seed, threads, cancellationToken) : null;
        if (recall < options.MinRecall)
            throw new InputFaultException("signals.vectors.minRecall", null, FormattableString.Invariant(
                $"the search that does not meet all pairs found {recall:F3} of the closest; expected at least {options.MinRecall}; signals.vectors.method: bytes meets all"));
        return (found, new(withVector.Length, dimensions, method, recall, options.Encoder));
    }

    static string? Fault(ReadOnlySpan<float> vector, int dimensions)
    {
        if (vector.Length is < LeastDimensions or > MaxDimensions) return $"it has {vector.Length} numbers; expected {LeastDimensions} to {MaxDimensions}";
        if (vector.Length != dimensions) return $"it has {vector.Length} numbers; expected {dimensions}, as the others have";
        for (var at = 0; at < vector.Length; at++)
            if (!float.IsFinite(vector[at])) return FormattableString.Invariant($"number {at + 1} is {vector[at]}; expected one that is finite");
        return null;
    }

    public SignalRow RowOf(Draft draft)
    {
        if (draft.Vector.IsEmpty) return DenseRow.Of([], _width);
        if (Fault(draft.Vector.Span, _dimensions) is { } fault) throw new InputFaultException("vector", null, fault);
        using var one = new DenseVectors(1, _dimensions); // brought to the length 1 as in Fit, bit for bit
        one.Set(0, draft.Vector.Span);
        return DenseRow.Of(one[0], _width);
    }

    public IReadOnlyList<int> Closest(SignalRow row, int count)
    {
        var draft = (DenseRow)row;
        if (draft.Scale == 0) return [];
        var keys = new ulong[2 * count];
        var (kept, least) = (0, 0f);
        for (var item = 0; item < _rows.Count; item++)
        {
            if (_rows.Dot(draft.Bytes, draft.Scale, item) is var cosine && !(cosine > least)) continue;
            keys[kept++] = TopK.Key(cosine, item);
            if (kept < keys.Length) continue;
            least = TopK.Score(TopK.Select(keys, count));
            kept = count;
        }
        if (kept > count) TopK.Select(keys.AsSpan(0, kept), count);
        return Array.ConvertAll(keys[..Math.Min(kept, count)], TopK.Item);
    }
}
