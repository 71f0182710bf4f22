using System.Text;
using Cantor.Kernels;
using Cantor.Text;

namespace Cantor.Signals.Text;

/// <summary>
/// Items are related when their texts share telling words. The score is S0 + .30 TB + .50 COV + .40 EACH + .15 BI:
/// S0, the core: the dot product of softly normed vectors √(3·title + body)·w;
/// TB: the title of one against the body of the other;
/// COV: how much of one's title stands in the other's body ("a is named in b"), to the sixth power;
/// EACH: how much of either's title at least stands in the other's body ("they name each other"), squared;
/// BI: S0's formula over pairs of neighboring words; in writing without spaces, whose terms are pairs already, S0 again.
/// </summary>
sealed class TextSignal : ISignal
{
    internal const float TitleBodyWeight = .30f, PairWeight = .15f;

    /// <summary>Of COV and EACH. A release keeps its own, since what it says is made of them.</summary>
    static readonly float[] CoverageWeights = [.50f, .40f];

    /// <summary>What releases weighed them before they kept it.</summary>
    static readonly float[] FormerCoverageWeights = [.33f, 0];

    /// <summary>Coverage counts in full only between items that are alike anyway: min(S0, .3).</summary>
    internal const float CoverageCap = .3f;

    const double TitleSoftness = .25, BodySoftness = .1;

    /// <summary>The signal that every item has: the others are weighed against it.</summary>
    internal static readonly SignalKind Kind = new()
    {
        Name = "text",
        FitAsync = (fitting, cancellationToken) =>
        {
            Fit(fitting.Text, fitting.Sections, fitting.Options.Threads, cancellationToken);
            return new(1);
        },
        Open = (columns, weight) => new TextSignal(columns, weight),
    };

    readonly Texts _shown;
    readonly Column<int> _pairTerms; // two a pair, ascending
    readonly Column<float> _titleNorms, _bodyNorms;
    readonly Column<float> _titleWeights; // for each item the sum of the squared weights of its title's terms
    readonly Column<byte> _spaceless; // 1 for an item most of whose terms are of scripts that write without spaces
    readonly Column<byte> _kinds;
    readonly double _titleMean, _bodyMean;

    internal TextSignal(SignalColumns columns, float weight)
    {
        var (sections, items) = (columns.Sections, columns.Items);
        Terms = columns.Texts;
        Pairs = new(sections, "text.pairs", items);
        _shown = Texts.Of(sections, "text.shown", Terms.Weights.Length);
        _pairTerms = sections.Get<int>("text.pairs.terms", Pairs.Weights.Length * 2);
        _titleNorms = sections.Get<float>("text.title.norms", items);
        _bodyNorms = sections.Get<float>("text.body.norms", items);
        _titleWeights = sections.Get<float>("text.title.weights", items);
        _spaceless = sections.Get<byte>("text.spaceless", items);
        Weight = weight;
        var coverage = sections.Has("text.coverage") ? sections.Get<float>("text.coverage", CoverageWeights.Length).Span : FormerCoverageWeights;
        (CoverageWeight, EachWeight) = (coverage[0], coverage[1]);
        if (!sections.Has("text.kinds")) return; // a release from before drafts
        _kinds = sections.Get<byte>("text.kinds", Terms.Weights.Length);
        _titleMean = sections.Get<double>("text.title.mean", 1)[0];
        _bodyMean = sections.Get<double>("text.body.mean", 1)[0];
    }

    internal CountRows Terms { get; }

    internal CountRows Pairs { get; }

    public string Name => Kind.Name;

    public float Weight { get; }

    internal float CoverageWeight { get; }

    internal float EachWeight { get; }

    public float Highest => 1 + 2 * TitleBodyWeight + CoverageCap * (CoverageWeight + EachWeight) + PairWeight;

    public FeatureRows Features => _features ??= MakeFeatures();

    FeatureRows? _features;

    int _threads = 1; // that may make them

    public int? FeatureCount => (int)Terms.Weights.Length;

    public (int Feature, float Value)[] FeaturesOf(int item)
    {
        var (start, end) = Terms.Place(item);
        var row = new (int, float)[end - start];
        for (var at = start; at < end; at++) row[at - start] = (Terms.Features[at], FeatureValue(item, at));
        return row;
    }

    public FeatureRows? Partners => null;

    public IScorer NewScorer() => new TextScorer(this);

    public void Arrange(int threads, CancellationToken cancellationToken)
    {
        Terms.Records = Records = new(this, threads, cancellationToken);
        _threads = threads;
    }

    public long ArrangedBytes => TextRecords.BytesOf(Terms) + TextRecords.BytesOf(Pairs);

    internal TextRecords? Records { get; private set; }

    internal TextRow Row(int item) => Records is { } records ? records[item] : RowOfColumns(item);

    internal TextRow RowOfColumns(int item) => new(
        Terms.Row(item), Pairs.Row(item), new(Terms.Norms[item], Pairs.Norms[item], _titleNorms[item], _bodyNorms[item], _titleWeights[item], _spaceless[item] == 1));

    public SignalRow RowOf(Draft draft)
    {
        var (all, titleLength) = (draft.Text.Terms, draft.Text.TitleLength);
        var terms = Terms.RowOf([.. draft.Text.Title], [.. draft.Text.Body]);
        var isSpaceless = TermPairs.IsSpaceless(all, term => (TermKind)_kinds[term]);
        var (titlePairs, bodyPairs) = (new List<int>(), new List<int>());
        if (!isSpaceless)
        {
            TermPairs.AddNumbers(all.AsSpan(0, titleLength), IsStop, FindPair, titlePairs);
            TermPairs.AddNumbers(all.AsSpan(titleLength), IsStop, FindPair, bodyPairs);
        }
        var pairs = Pairs.RowOf([.. titlePairs], [.. bodyPairs]);

        double title = 0, body = 0, titleWeight = 0;
        var features = new (int, float)[terms.Features.Length];
        var root = MathF.Sqrt(Weight);
        for (var at = 0; at < features.Length; at++)
        {
            var weight = Terms.Weights[terms.Features[at]];
            var square = (double)weight * weight;
            title += terms.Title[at] * square;
            body += terms.Body[at] * square;
            if (terms.Title[at] > 0) titleWeight += square;
            features[at] = (terms.Features[at], root * terms.Norm * CountRows.Root(terms.Title[at], terms.Body[at]) * weight);
        }
        return new DraftTextRow(terms, pairs, new(
            terms.Norm, pairs.Norm, (float)CountRows.SoftNorm(Math.Sqrt(title), _titleMean, TitleSoftness), (float)CountRows.SoftNorm(Math.Sqrt(body), _bodyMean, BodySoftness),
            (float)titleWeight, isSpaceless), features);
    }

    /// <summary>As the build decided it, by the number of items: a term's weight falls with it.</summary>
    bool IsStop(int term) =>
        Terms.Weights[term] < (float)(CountRows.Weight(Terms.Count, (int)(TermPairs.StopShare * Terms.Count)) * ((TermKind)_kinds[term]).Weight());

    /// <summary>The pair's number; -1 for one that the release does not know.</summary>
    int FindPair(int before, int after)
    {
        var (low, high) = (0L, _pairTerms.Length / 2 - 1);
        while (low <= high)
        {
            var middle = low + (high - low) / 2;
            var order = (_pairTerms[2 * middle], _pairTerms[2 * middle + 1]).CompareTo((before, after));
            if (order == 0) return (int)middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }
        return -1;
    }

    /// <summary>A term as a reader knows it: the form it most often has.</summary>
    internal string TermText(int term) => Encoding.UTF8.GetString(_shown[term]);

    internal string PairText(int pair) => Joined(TermText(_pairTerms[2 * pair]), TermText(_pairTerms[2 * pair + 1]));

    /// <summary>Two neighboring terms as one text. Those of a run without spaces overlap: "サーバ" and "サー" are "サーバ", "名胜" and "胜古" "名胜古".</summary>
    internal static string Joined(string first, string second) =>
        first.Length == 0 || second.Length == 0 || char.IsAscii(first[^1]) || char.IsAscii(second[0]) ? $"{first} {second}"
        : first.Contains(second, StringComparison.Ordinal) ? first
        : second.Contains(first, StringComparison.Ordinal) ? second
        : first.Length > 1 && second.Length > 1 && first[^1] == second[0] ? first + second[1..]
        : $"{first} {second}";

    /// <summary>Counts and weighs the terms of <paramref name="text"/> and adds them to <paramref name="sections"/>.</summary>
    internal static void Fit(CorpusText text, Sections sections, int threads, CancellationToken cancellationToken)
    {
        var vocabulary = text.Vocabulary;
        var rarities = CountRows.WeightsOf(text.Count, vocabulary.ItemCounts);
        var weights = new float[rarities.Length];
        for (var term = 0; term < weights.Length; term++) weights[term] = (float)(rarities[term] * vocabulary.Kinds[term].Weight());

        CountRows.Add(sections, "text.terms", text.Count, weights, (item, terms) =>
        {
            var titleLength = 0;
            for (var i = 0; i < text.Terms[item].Length; i++)
            {
                if (i == text.TitleLengths[item]) titleLength = terms.Count;
                if (text.Terms[item][i] >= 0) terms.Add(text.Terms[item][i]);
            }
            return text.TitleLengths[item] >= text.Terms[item].Length ? terms.Count : titleLength;
        }, threads, cancellationToken);
        sections.Add<float>("text.coverage", CoverageWeights);
        sections.Add<byte>("text.kinds", Array.ConvertAll(vocabulary.Kinds, kind => (byte)kind));
        Texts.Add(sections, "text.vocabulary", vocabulary.Count, term => vocabulary.Terms[term]);
        Texts.Add(sections, "text.shown", vocabulary.Count, term => vocabulary.Shown[term]);
        AddFieldNorms(sections, text.Count, threads, cancellationToken);
        TermPairs.Add(text, sections, threads, cancellationToken);
    }

    /// <summary>What TB and COV need: norms of titles and bodies by themselves, and the squared weight of each title.</summary>
    static void AddFieldNorms(Sections sections, int items, int threads, CancellationToken cancellationToken)
    {
        var terms = new CountRows(sections, "text.terms", items);
        var (titleLengths, bodyLengths) = (new double[items], new double[items]);
        var titleWeights = Column<float>.NewPinned(items);
        Threads.ForRanges(items, threads, 1024, (start, end) =>
        {
            for (var item = start; item < end; item++)
            {
                double title = 0, body = 0, titleWeight = 0;
                var (at, rowEnd) = terms.Place(item);
                for (; at < rowEnd; at++)
                {
                    var square = (double)terms.Weights[terms.Features[at]] * terms.Weights[terms.Features[at]];
                    title += terms.Title[at] * square;
                    body += terms.Body[at] * square;
                    if (terms.Title[at] > 0) titleWeight += square;
                }
                (titleLengths[item], bodyLengths[item], titleWeights[item]) = (Math.Sqrt(title), Math.Sqrt(body), (float)titleWeight);
            }
        }, cancellationToken);
        var (titleMean, bodyMean) = (titleLengths.Sum() / Math.Max(1, items), bodyLengths.Sum() / Math.Max(1, items));
        sections.Add<float>("text.title.norms", Array.ConvertAll(titleLengths, length => (float)CountRows.SoftNorm(length, titleMean, TitleSoftness)));
        sections.Add<float>("text.body.norms", Array.ConvertAll(bodyLengths, length => (float)CountRows.SoftNorm(length, bodyMean, BodySoftness)));
        sections.Add<double>("text.title.mean", [titleMean]);
        sections.Add<double>("text.body.mean", [bodyMean]);
        sections.Add("text.title.weights", Column<float>.Over(titleWeights));
    }

    FeatureRows MakeFeatures()
    {
        var values = Column<float>.NewPinned(Terms.Features.Length);
        Threads.ForRanges(Terms.Count, _threads, 1024, (start, end) =>
        {
            for (var item = start; item < end; item++)
            {
                var (at, rowEnd) = Terms.Place(item);
                for (; at < rowEnd; at++) values[at] = FeatureValue(item, at);
            }
        }, CancellationToken.None);
        return new((int)Terms.Weights.Length, Terms.Ends, Terms.Features, Column<float>.Over(values));
    }

    float FeatureValue(int item, long at) =>
        MathF.Sqrt(Weight) * Terms.Norms[item] * CountRows.Roots[CountRows.TitleBoost * Terms.Title[at] + Terms.Body[at]] * Terms.Weights[Terms.Features[at]];
}
