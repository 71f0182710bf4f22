using System.Text;
using Cantor.Kernels;
using Cantor.Signals.Text;
using Cantor.Text;

namespace Cantor.Signals.Tags;

/// <summary>
/// Items are related when they share rare tags, or when one is tagged with words of the other. The score is G + .25 WT + .12 WW:
/// G = g_a·g_b / √((|g_a|² + ln²N)(|g_b|² + ln²N)) with g(t) = ln(N/df_t): a tag that every item has weighs nothing, one shared rare
/// tag among few gives about a half;
/// WT: the words of one's tags against the other's text, both ways;
/// WW: the words of one's tags against those of the other's.
/// </summary>
sealed class TagsSignal : ISignal
{
    internal static readonly SignalKind Kind = new()
    {
        Name = "tags",
        FitAsync = (fitting, _) =>
        {
            Fit(fitting.Text, fitting.Sections);
            return new((float)(fitting.Options.WeightOf("tags") ?? UsualWeight));
        },
        Open = (columns, weight) => new TagsSignal(columns, weight),
        MostWeight = 2,
        Steps = [0, .05f, .1f, .2f, .3f, .4f, .55f, .75f, 1, 1.4f, 2],
    };

    const double UsualWeight = .55;
    const float InTextWeight = .25f, InTagsWeight = .12f;

    readonly Texts _names;
    readonly TagWords? _words; // null in releases from before there were words of tags
    readonly Texts _shown; // terms as a reader knows them, where there are words
    readonly FeatureRows _rows; // values g / √(|g|² + ln²N), so that G is a dot product

    internal TagsSignal(SignalColumns columns, float weight)
    {
        var (sections, items) = (columns.Sections, columns.Items);
        var ends = sections.Get<long>("tags.ends", items);
        var features = sections.Get<int>("tags.features");
        _names = Texts.Of(sections, "tags.names", sections.Get<long>("tags.names.ends").Length);
        _rows = new(_names.Count, ends, features, sections.Get<float>("tags.values", features.Length));
        Weight = weight;
        if (!TagWords.AreIn(sections)) return;
        _words = new(columns);
        _shown = Texts.Of(sections, "text.shown", _words.Texts.Weights.Length);
    }

    public string Name => Kind.Name;

    public float Weight { get; }

    public float Highest => _words is null ? 1 : 1 + 2 * InTextWeight + InTagsWeight;

    public FeatureRows Features => _features ??= Scale(_rows, Weight);

    FeatureRows? _features;

    public int? FeatureCount => _rows.FeatureCount;

    public (int Feature, float Value)[] FeaturesOf(int item)
    {
        var row = Row(item);
        var root = MathF.Sqrt(Weight);
        var features = new (int, float)[row.Tags.Length];
        for (var at = 0; at < features.Length; at++) features[at] = (row.Tags[at], root * row.Values[at]);
        return features;
    }

    public FeatureRows? Partners => null;

    public IScorer NewScorer() => new Scorer(this);

    /// <summary>Weighs the tags of <paramref name="text"/> and adds them to <paramref name="sections"/>, which hold the texts.</summary>
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
        TagWords.Add(text, sections);
    }

    static FeatureRows Scale(FeatureRows rows, float weight)
    {
        var root = MathF.Sqrt(weight);
        var values = Column<float>.NewPinned(rows.Values.Length);
        for (long at = 0; at < values.LongLength; at++) values[at] = root * rows.Values[at];
        return rows with { Values = Column<float>.Over(values) };
    }

    public SignalRow RowOf(Draft draft)
    {
        // A tag that no item of the release has is one that a build would count once.
        var logItems = FixedMath.Log(Math.Max(2, _rows.Count));
        var tags = draft.Tags.Distinct(StringComparer.Ordinal).Select(name => Find(Encoding.UTF8.GetBytes(name))).ToArray();
        var weights = Array.ConvertAll(tags, tag => tag < 0 ? FixedMath.Log(Math.Max(1, _rows.Count)) : FixedMath.Log((double)_rows.Count / ItemCounts[tag]));
        var norm = 1 / Math.Sqrt(weights.Sum(weight => weight * weight) + logItems * logItems);
        var known = tags.Zip(weights).Where(tag => tag.First >= 0).Select(tag => (Feature: tag.First, Value: (float)(tag.Second * norm))).OrderBy(tag => tag.Feature).ToArray();
        var root = MathF.Sqrt(Weight);
        return new DraftTags([.. known.Select(tag => tag.Feature)], [.. known.Select(tag => tag.Value)], Array.ConvertAll(known, tag => (tag.Feature, root * tag.Value)), _words is null ? null : WordsOf(draft.Text, _words));
    }

    /// <summary>The number of a tag, or -1.</summary>
    int Find(ReadOnlySpan<byte> name)
    {
        var (low, high) = (0, _names.Count - 1);
        while (low <= high)
        {
            var middle = low + (high - low) / 2;
            var order = _names[middle].SequenceCompareTo(name);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }
        return -1;
    }

    int[] ItemCounts => _itemCounts ??= CountItems();

    int[]? _itemCounts; // made for the first draft, by each thread that comes first alike

    int[] CountItems()
    {
        var counts = new int[_names.Count];
        for (long at = 0; at < _rows.Features.Length; at++) counts[_rows.Features[at]]++;
        return counts;
    }

    static DraftWords WordsOf(ItemTerms text, TagWords words) =>
        new(text.TagWords, words.ValuesOf(text.TagWords), words.Texts.RowOf([.. text.Title], [.. text.Body]));

    sealed record DraftTags(int[] Tags, float[] Values, (int, float)[] Features, DraftWords? Words) : SignalRow(Features)
    {
        internal TagRow Row => new(Tags, Values);
    }

    sealed record DraftWords(int[] Words, float[] Values, CountedRow Text)
    {
        internal WordRow Row => new(Words, Values, Text.Row, Text.Norm);
    }

    public void Arrange(int threads, CancellationToken cancellationToken) => _records = new(_rows, _words, threads, cancellationToken);

    public long ArrangedBytes => 8 * (_rows.Features.Length + (_words?.Rows.Features.Length ?? 0) + _rows.Count);

    TagRecords? _records;

    WordRow WordsRow(TagWords words, int item) => _records is { } records ? records.Words(item) : words.Row(item);

    TagRow Row(int item)
    {
        if (_records is { } records) return records.Tags(item);
        var (start, end) = _rows.Row(item);
        return new(_rows.Features.Slice(start, end), _rows.Values.Slice(start, end));
    }

    sealed class Scorer(TagsSignal signal) : IScorer
    {
        /// <summary>Scoring so many rows takes about as long as memory does.</summary>
        const int Ahead = 6;

        int _item;
        DraftTags? _draft; // in place of the item

        readonly AimedWords? _aimedWords = signal._words is { } words ? new(words) : null;

        public void Aim(int item)
        {
            (_item, _draft) = (item, null);
            AimWords();
        }

        public void Aim(SignalRow row)
        {
            _draft = (DraftTags)row;
            AimWords();
        }

        void AimWords()
        {
            if (signal._words is { } words) _aimedWords!.Aim(RowOfWords(words));
        }

        public float Score(int other) =>
            Score(Aimed, signal.Row(other)) + (signal._words is { } words ? WordScore(RowOfWords(words), signal.WordsRow(words, other)) : 0);

        public void Score(ReadOnlySpan<int> others, Span<float> scores)
        {
            var mine = Aimed;
            if (signal._rows.Features.Length == 0 && _draft?.Words is not { Words.Length: > 0 }) // no item has a tag
            {
                scores[..others.Length].Clear();
                return;
            }
            if (signal._words is not { } words)
            {
                for (var i = 0; i < others.Length; i++) scores[i] = Score(mine, signal.Row(others[i]));
                return;
            }
            var myWords = RowOfWords(words);
            for (var i = 0; i < others.Length; i++)
            {
                if (i + Ahead < others.Length) signal._records?.Expect(others[i + Ahead]);
                scores[i] = Score(mine, signal.Row(others[i])) + WordScore(myWords, signal.WordsRow(words, others[i]));
            }
        }

        public float Score(SignalRow other)
        {
            var row = (DraftTags)other;
            return Score(Aimed, row.Row) + (signal._words is { } words && !IsWordless(row) ? WordScore(RowOfWords(words), row.Words!.Row) : 0);
        }

        // What has no tags is not met by their words.
        bool IsWordless(DraftTags other) => _draft is { Words.Words: [] } && other is { Words.Words: [] };

        TagRow Aimed => _draft is null ? signal.Row(_item) : _draft.Row;

        WordRow RowOfWords(TagWords words) => _draft is null ? words.Row(_item) : _draft.Words!.Row;

        float WordScore(in WordRow mine, in WordRow other)
        {
            var (inMine, inTags) = _aimedWords!.InMine(mine, other);
            return InTextWeight * (_aimedWords.InOther(other) + inMine) + InTagsWeight * inTags;
        }

        static float Score(TagRow mine, TagRow other)
        {
            float score = 0;
            for (int a = 0, b = 0; a < mine.Tags.Length && b < other.Tags.Length;)
            {
                var (tagA, tagB) = (mine.Tags[a], other.Tags[b]);
                if (tagA == tagB) score += mine.Values[a] * other.Values[b];
                a += tagA <= tagB ? 1 : 0;
                b += tagB <= tagA ? 1 : 0;
            }
            return score;
        }

        public void Explain(int other, List<ReasonPart> parts)
        {
            for (var common = new CommonTags(Aimed, signal.Row(other)); common.Next();)
                if (common.Share > 0) parts.Add(new(ReasonKind.Tag, Encoding.UTF8.GetString(signal._names[common.Tag]), common.Share));
            if (signal._words is not { } words) return;
            var shares = new SortedDictionary<int, float>();
            var aimed = RowOfWords(words);
            var row = words.Row(other);
            words.InText(aimed, row, (word, share) => Add(word, InTextWeight * share));
            words.InText(row, aimed, (word, share) => Add(word, InTextWeight * share));
            TagWords.InTags(aimed, row, (word, share) => Add(word, InTagsWeight * share));
            foreach (var (word, share) in shares)
                if (share > 0) parts.Add(new(ReasonKind.TagWord, Encoding.UTF8.GetString(signal._shown[word]), share));

            void Add(int word, float share) => shares[word] = shares.GetValueOrDefault(word) + share;
        }
    }

    /// <summary>Walks two rows of tags, which are short, side by side.</summary>
    ref struct CommonTags(TagRow mine, TagRow other)
    {
        readonly TagRow _a = mine, _b = other;
        int _atA, _atB;

        internal int Tag { get; private set; }

        internal float Share { get; private set; }

        internal bool Next()
        {
            while (_atA < _a.Tags.Length && _atB < _b.Tags.Length)
            {
                var (tagA, tagB) = (_a.Tags[_atA], _b.Tags[_atB]);
                if (tagA < tagB) _atA++;
                else if (tagB < tagA) _atB++;
                else
                {
                    (Tag, Share) = (tagA, _a.Values[_atA++] * _b.Values[_atB++]);
                    return true;
                }
            }
            return false;
        }
    }
}

/// <summary>An item's tags, ascending, with their values.</summary>
readonly ref struct TagRow(ReadOnlySpan<int> tags, ReadOnlySpan<float> values)
{
    internal ReadOnlySpan<int> Tags { get; } = tags;

    internal ReadOnlySpan<float> Values { get; } = values;
}
