using Cantor.Kernels;
using Cantor.Signals.Text;
using Cantor.Text;

namespace Cantor.Signals.Latent;

/// <summary>
/// Items are related when their words usually go together, even if they share few: the cosine of their texts in a space of
/// the 100 directions in which texts differ most, 0 where it is negative.
/// </summary>
sealed class LatentSignal : ISignal
{
    /// <summary>Where nobody says what it weighs, the texts do.</summary>
    internal static readonly SignalKind Kind = new()
    {
        Name = "latent",
        FitAsync = (fitting, cancellationToken) =>
        {
            var (options, asked) = (fitting.Options, fitting.Options.WeightOf("latent"));
            if (asked == 0) return default;
            var tuned = Fit(fitting.Text, fitting.Sections, options.Seed, options.Threads, cancellationToken);
            return new((float?)asked ?? tuned);
        },
        Open = (columns, weight) => new LatentSignal(columns, weight),
        MostWeight = 1,
        Steps = [0, .05f, .1f, .15f, .2f, .3f, .4f, .6f, 1],
    };

    readonly ByteRows _rows;
    readonly CountRows _terms;
    readonly Column<Half> _projection; // a row a term

    internal LatentSignal(SignalColumns columns, float weight)
    {
        var (sections, items) = (columns.Sections, columns.Items);
        var width = ByteRows.PaddedWidth(LatentFit.Rank);
        _rows = new(sections.Get<sbyte>("latent.rows", (long)items * width), sections.Get<float>("latent.scales", items));
        _terms = columns.Texts;
        _projection = sections.Get<Half>("latent.projection", _terms.Weights.Length * LatentFit.Rank);
        Weight = weight;
    }

    public string Name => Kind.Name;

    public float Weight { get; }

    public float Highest => 1;

    public FeatureRows? Features => null;

    public FeatureRows? Partners => null;

    public IScorer NewScorer() => new DenseScorer(_rows);

    /// <summary>Fits the space on the text rows of <paramref name="sections"/> and adds it and the items' places in it; gives the weight that suits the corpus.</summary>
    internal static float Fit(CorpusText text, Sections sections, ulong seed, int threads, CancellationToken cancellationToken)
    {
        var items = text.Count;
        var terms = new CountRows(sections, "text.terms", items);
        var texts = terms.ToUnitRows(threads, cancellationToken);
        var projection = LatentFit.Projection(texts, seed, threads, cancellationToken);
        var halves = Column<Half>.NewPinned((long)texts.FeatureCount * LatentFit.Rank);
        Threads.ForRanges(texts.FeatureCount, threads, 1024, (start, end) =>
        {
            for (var feature = start; feature < end; feature++)
                for (var i = 0; i < LatentFit.Rank; i++)
                {
                    // Rounded before the items use it: an unseen item meets the same numbers.
                    var half = (Half)projection[feature][i];
                    halves[(long)feature * LatentFit.Rank + i] = half;
                    projection[feature][i] = (float)half;
                }
        }, cancellationToken);

        var width = ByteRows.PaddedWidth(LatentFit.Rank);
        var rows = Column<sbyte>.NewPinned((long)items * width);
        var scales = Column<float>.NewPinned(items);
        Threads.ForRanges(items, threads, 256, () => new float[projection.Width], (place, start, end) =>
        {
            for (var item = start; item < end; item++)
            {
                var (from, to) = texts.Row(item);
                DenseMatrix.Product(texts.Features.Slice(from, to), texts.Values.Slice(from, to), projection, place);
                scales[item] = ByteRows.Write(place.AsSpan(0, LatentFit.Rank), rows.AsSpan(item * width, width));
            }
        }, cancellationToken);
        sections.Add("latent.projection", Column<Half>.Over(halves));
        sections.Add("latent.rows", Column<sbyte>.Over(rows));
        sections.Add("latent.scales", Column<float>.Over(scales));
        return LatentWeight.Tune(text, terms, sections.Get<byte>("text.spaceless", items), projection, seed, threads, cancellationToken);
    }

    public SignalRow RowOf(Draft draft)
    {
        // The same products summed in the same order as in Fit.
        var row = _terms.RowOf([.. draft.Text.Title], [.. draft.Text.Body]);
        var values = _terms.ToUnitRow(row.Row);
        var place = new float[LatentFit.Rank];
        for (var at = 0; at < row.Features.Length; at++)
        {
            var first = (long)row.Features[at] * LatentFit.Rank;
            for (var i = 0; i < place.Length; i++)
                place[i] += values[at] * (float)_projection[first + i];
        }
        return DenseRow.Of(place, ByteRows.PaddedWidth(LatentFit.Rank));
    }
}
