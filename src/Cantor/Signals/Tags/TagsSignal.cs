using System.Text;
using Cantor.Kernels;
using Cantor.Text;

namespace Cantor.Signals.Tags;

/// <summary>
/// Items are related when they share rare tags: G = g_a·g_b / √((|g_a|² + ln²N)(|g_b|² + ln²N)) with g(t) = ln(N/df_t).
/// A tag that every item has weighs nothing; one shared rare tag among few gives about a half.
/// </summary>
sealed class TagsSignal : ISignal
{
    readonly Texts _names;
    readonly FeatureRows _rows; // values g / √(|g|² + ln²N), so that G is a dot product

    internal TagsSignal(Sections sections, int items, float weight)
    {
        var ends = sections.Get<long>("tags.ends", items);
        var features = sections.Get<int>("tags.features");
        _names = Texts.Of(sections, "tags.names", sections.Get<long>("tags.names.ends").Length);
        _rows = new(_names.Count, ends, features, sections.Get<float>("tags.values", features.Length));
        Weight = weight;
    }

    public string Name => "tags";

    public float Weight { get; }

    public float Highest => 1;

    public FeatureRows Features => _features ??= Scale(_rows, Weight);

    FeatureRows? _features;

    public FeatureRows? Partners => null;

    public IScorer NewScorer() => new Scorer(this);

    /// <summary>Weighs the tags of <paramref name="text"/> and adds them to <paramref name="sections"/>.</summary>
    internal static void Fit(CorpusText text, Sections sections)
    {
        var itemCounts = new int[text.TagNames.Length];
        foreach (var tags in text.Tags)
            foreach (var tag in tags) itemCounts[tag]++;
        var logItems = FixedMath.Log(Math.Max(2, text.Count));
        var weights = Array.ConvertAll(itemCounts, count => FixedMath.Log((double)text.Count / count));

        var ends = Column<long>.NewPinned(text.Count);
        long total = 0;
        for (var item = 0; item < text.Count; item++) ends[item] = total += text.Tags[item].Length;
        var features = Column<int>.NewPinned(total);
        var values = Column<float>.NewPinned(total);
        for (var item = 0; item < text.Count; item++)
        {
            var at = ends[item] - text.Tags[item].Length;
            var squares = text.Tags[item].Sum(tag => weights[tag] * weights[tag]);
            var norm = 1 / Math.Sqrt(squares + logItems * logItems);
            foreach (var tag in text.Tags[item])
            {
                features[at] = tag;
                values[at++] = (float)(weights[tag] * norm);
            }
        }
        sections.Add("tags.ends", Column<long>.Over(ends));
        sections.Add("tags.features", Column<int>.Over(features));
        sections.Add("tags.values", Column<float>.Over(values));
        Texts.Add(sections, "tags.names", text.TagNames.Length, tag => text.TagNames[tag]);
    }

    static FeatureRows Scale(FeatureRows rows, float weight)
    {
        var root = MathF.Sqrt(weight);
        var values = Column<float>.NewPinned(rows.Values.Length);
        for (long at = 0; at < values.LongLength; at++) values[at] = root * rows.Values[at];
        return rows with { Values = Column<float>.Over(values) };
    }

    sealed class Scorer(TagsSignal signal) : IScorer
    {
        int _item;

        public void Aim(int item) => _item = item;

        public float Score(int other)
        {
            float score = 0;
            for (var common = new CommonTags(signal._rows, _item, other); common.Next();) score += common.Share;
            return score;
        }

        public void Explain(int other, List<Shared> shared)
        {
            for (var common = new CommonTags(signal._rows, _item, other); common.Next();)
                if (common.Share > 0) shared.Add(new(Encoding.UTF8.GetString(signal._names[common.Tag]), common.Share));
        }
    }

    /// <summary>Walks two rows of tags, which are short, side by side.</summary>
    struct CommonTags(FeatureRows rows, int item, int other)
    {
        long _a = rows.Row(item).Start, _b = rows.Row(other).Start;
        readonly long _aEnd = rows.Row(item).End, _bEnd = rows.Row(other).End;

        internal int Tag { get; private set; }

        internal float Share { get; private set; }

        internal bool Next()
        {
            while (_a < _aEnd && _b < _bEnd)
            {
                var (tagA, tagB) = (rows.Features[_a], rows.Features[_b]);
                if (tagA < tagB) _a++;
                else if (tagB < tagA) _b++;
                else
                {
                    (Tag, Share) = (tagA, rows.Values[_a++] * rows.Values[_b++]);
                    return true;
                }
            }
            return false;
        }
    }
}
