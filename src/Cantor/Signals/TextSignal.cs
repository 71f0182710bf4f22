using System.Runtime.CompilerServices;
using System.Text;
using Cantor.Kernels;
using Cantor.Text;

namespace Cantor.Signals;

/// <summary>
/// Items are related when their texts share telling words. The score is S0 + .30 TB + .33 COV + .15 BI:
/// S0, the core: the dot product of softly normed vectors √(3·title + body)·w;
/// TB: the title of one against the body of the other;
/// COV: how much of one's title stands in the other's body ("a is named in b");
/// BI: S0's formula over pairs of neighboring words; in writing without spaces, whose terms are pairs already, S0 again.
/// </summary>
sealed class TextSignal : ISignal
{
    const float TitleBodyWeight = .30f, CoverageWeight = .33f, PairWeight = .15f;

    /// <summary>Coverage counts in full only between items that are alike anyway: min(S0, .3).</summary>
    const float CoverageCap = .3f;

    readonly CountRows _terms, _pairs;
    readonly Texts _shown;
    readonly Column<int> _pairTerms;      // two a pair
    readonly Column<float> _titleNorms, _bodyNorms, _titleWeights;
    readonly Column<byte> _spaceless;     // 1 where most terms are of scripts without spaces

    internal TextSignal(Sections sections, int items, float weight)
    {
        _terms = new(sections, "text.terms", items);
        _pairs = new(sections, "text.pairs", items);
        _shown = Texts.Of(sections, "text.shown", _terms.Weights.Length);
        _pairTerms = sections.Get<int>("text.pairs.terms", _pairs.Weights.Length * 2);
        _titleNorms = sections.Get<float>("text.title.norms", items);
        _bodyNorms = sections.Get<float>("text.body.norms", items);
        _titleWeights = sections.Get<float>("text.title.weights", items);
        _spaceless = sections.Get<byte>("text.spaceless", items);
        Weight = weight;
    }

    public string Name => "text";

    public float Weight { get; }

    public float Highest => 1 + 2 * TitleBodyWeight + CoverageCap * CoverageWeight + PairWeight;

    public FeatureRows Features => _features ??= MakeFeatures();

    FeatureRows? _features;

    public IScorer NewScorer() => new Scorer(this);

    /// <summary>Counts and weighs the terms of <paramref name="text"/> and adds them to <paramref name="sections"/>.</summary>
    internal static void Fit(CorpusText text, Sections sections, int threads, CancellationToken cancellationToken)
    {
        var vocabulary = text.Vocabulary;
        var weights = new float[vocabulary.Count];
        for (var term = 0; term < weights.Length; term++)
            weights[term] = (float)(CountRows.Weight(text.Count, vocabulary.ItemCounts[term]) * vocabulary.Kinds[term].Weight());

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
                var (at, rowEnd) = terms.Row(item);
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
        sections.Add<float>("text.title.norms", Array.ConvertAll(titleLengths, length => (float)CountRows.SoftNorm(length, titleMean, .25)));
        sections.Add<float>("text.body.norms", Array.ConvertAll(bodyLengths, length => (float)CountRows.SoftNorm(length, bodyMean, .1)));
        sections.Add("text.title.weights", Column<float>.Over(titleWeights));
    }

    FeatureRows MakeFeatures()
    {
        var values = Column<float>.NewPinned(_terms.Features.Length);
        var root = MathF.Sqrt(Weight);
        for (var item = 0; item < _terms.Count; item++)
        {
            var (at, end) = _terms.Row(item);
            for (; at < end; at++)
                values[at] = root * _terms.Norms[item] * CountRows.Roots[CountRows.TitleBoost * _terms.Title[at] + _terms.Body[at]] * _terms.Weights[_terms.Features[at]];
        }
        return new((int)_terms.Weights.Length, _terms.Ends, _terms.Features, Column<float>.Over(values));
    }

    /// <summary>What the item aimed at has of one feature.</summary>
    readonly record struct Aimed(float Root, float TitleRoot, float BodyRoot, float Square);

    sealed class Scorer : IScorer
    {
        readonly TextSignal _signal;
        readonly AimedRow _terms, _pairs;
        int _item;

        internal Scorer(TextSignal signal)
        {
            _signal = signal;
            _terms = new(signal._terms);
            _pairs = new(signal._pairs);
        }

        public void Aim(int item)
        {
            _item = item;
            _terms.Aim(item);
            _pairs.Aim(item);
        }

        public float Score(int other)
        {
            var s = _signal;
            float core = 0, titleBody = 0, bodyTitle = 0, mineNamed = 0, otherNamed = 0;
            var rows = s._terms;
            var (start, end) = rows.Row(other);
            var features = rows.Features.Slice(start, end);
            var titles = rows.Title.Slice(start, end);
            var bodies = rows.Body.Slice(start, end);
            var aimed = _terms.Lookup;
            for (var i = 0; i < features.Length; i++)
            {
                ref readonly var mine = ref aimed[features[i]];
                if (mine.Square == 0) continue;
                var (title, body) = (titles[i], bodies[i]);
                core += mine.Root * CountRows.Roots[CountRows.TitleBoost * title + body] * mine.Square;
                if (title > 0)
                {
                    bodyTitle += mine.BodyRoot * CountRows.Roots[title] * mine.Square;
                    if (mine.BodyRoot > 0) otherNamed += mine.Square;
                }
                if (body > 0 && mine.TitleRoot > 0)
                {
                    titleBody += mine.TitleRoot * CountRows.Roots[body] * mine.Square;
                    mineNamed += mine.Square;
                }
            }
            var s0 = core * (rows.Norms[_item] * rows.Norms[other]);
            if (s0 == 0) return 0;
            var tb = titleBody * (s._titleNorms[_item] * s._bodyNorms[other]) + bodyTitle * (s._bodyNorms[_item] * s._titleNorms[other]);
            var coverage = Math.Max(Coverage(mineNamed, s._titleWeights[_item]), Coverage(otherNamed, s._titleWeights[other]));
            var squared = coverage * coverage;
            var cov = squared * squared * squared * Math.Min(s0, CoverageCap);
            var bi = (s._spaceless[_item] + s._spaceless[other]) switch
            {
                2 => s0,
                1 => 0,
                _ => PairScore(other),
            };
            // Roundings may lift a sum of many a hair above what the formulas allow.
            return Math.Min(Math.Min(s0, 1) + TitleBodyWeight * Math.Min(tb, 2) + CoverageWeight * cov + PairWeight * Math.Min(bi, 1), s.Highest);
        }

        static float Coverage(float named, float title) => title > 0 ? Math.Min(1, named / title) : 0;

        float PairScore(int other)
        {
            var rows = _signal._pairs;
            float score = 0;
            var (start, end) = rows.Row(other);
            var features = rows.Features.Slice(start, end);
            var aimed = _pairs.Lookup;
            for (var i = 0; i < features.Length; i++)
            {
                ref readonly var mine = ref aimed[features[i]];
                if (mine.Square != 0)
                    score += mine.Root * CountRows.Roots[CountRows.TitleBoost * rows.Title[start + i] + rows.Body[start + i]] * mine.Square;
            }
            return score * (rows.Norms[_item] * rows.Norms[other]);
        }

        public void Explain(int other, List<Shared> shared)
        {
            var s = _signal;
            Explain(s._terms, _terms, other, 1, shared, term => Encoding.UTF8.GetString(s._shown[term]));
            if (s._spaceless[_item] + s._spaceless[other] == 0)
                Explain(s._pairs, _pairs, other, PairWeight, shared, pair =>
                    $"{Encoding.UTF8.GetString(s._shown[s._pairTerms[2 * pair]])} {Encoding.UTF8.GetString(s._shown[s._pairTerms[2 * pair + 1]])}");
        }

        void Explain(CountRows rows, AimedRow aimed, int other, float weight, List<Shared> shared, Func<int, string> textOf)
        {
            var (start, end) = rows.Row(other);
            var lookup = aimed.Lookup;
            for (var at = start; at < end; at++)
            {
                ref readonly var mine = ref lookup[rows.Features[at]];
                if (mine.Square == 0) continue;
                var share = weight * mine.Root * CountRows.Roots[CountRows.TitleBoost * rows.Title[at] + rows.Body[at]] * mine.Square;
                shared.Add(new(textOf(rows.Features[at]), share * (rows.Norms[_item] * rows.Norms[other])));
            }
        }
    }

    /// <summary>
    /// The features of the item aimed at, in a hash table of its own size: it stays in the nearest cache, and an explanation
    /// asked of a server does not need memory for the whole vocabulary.
    /// </summary>
    sealed class AimedRow(CountRows rows)
    {
        int[] _features = new int[64]; // feature + 1; 0 where free
        Aimed[] _aimed = new Aimed[64];
        int _shift = 32 - 6;

        /// <summary>The table as it is now, for a loop over another item's row.</summary>
        internal AimedLookup Lookup => new(_features, _aimed, _shift);

        internal void Aim(int item)
        {
            var (start, end) = rows.Row(item);
            var size = Math.Max(64, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)(4 * (end - start))));
            if (_features.Length < size)
            {
                _features = new int[size];
                _aimed = new Aimed[size];
            }
            else
            {
                Array.Clear(_features);
                Array.Clear(_aimed);
            }
            _shift = 32 - System.Numerics.BitOperations.Log2((uint)_features.Length);
            for (var at = start; at < end; at++)
            {
                var feature = rows.Features[at];
                var slot = AimedLookup.Slot(feature, _shift);
                while (_features[slot] != 0) slot = slot + 1 & _features.Length - 1;
                _features[slot] = feature + 1;
                var (title, body, weight) = (rows.Title[at], rows.Body[at], rows.Weights[feature]);
                _aimed[slot] = new(CountRows.Roots[CountRows.TitleBoost * title + body], CountRows.Roots[title], CountRows.Roots[body], weight * weight);
            }
        }
    }

    readonly ref struct AimedLookup(int[] features, Aimed[] aimed, int shift)
    {
        readonly ReadOnlySpan<int> _features = features;
        readonly ReadOnlySpan<Aimed> _aimed = aimed;

        /// <summary>What the item has of <paramref name="feature"/>; nothing, with a Square of 0, if it lacks it.</summary>
        internal ref readonly Aimed this[int feature]
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get
            {
                var slot = Slot(feature, shift);
                while (_features[slot] != 0 && _features[slot] != feature + 1) slot = slot + 1 & _features.Length - 1;
                return ref _aimed[slot];
            }
        }

        internal static int Slot(int feature, int shift) => (int)((uint)feature * 2654435769u >> shift);
    }
}
