using Cantor.Kernels;
using Cantor.Signals.Text;
using Cantor.Text;

namespace Cantor.Signals.Tags;

/// <summary>
/// The words of tags: "sailing-boats" says something of a text about boats. A word weighs the least of what it weighs in texts and
/// of idf^.9 among tags, so that a word that all tags have ("role::program") weighs nothing; a row's values are w / √(n² + .25 m²),
/// n its length and m the mean of n.
/// </summary>
sealed class TagWords
{
    const double Softness = .25;

    readonly FeatureRows _rows;
    readonly double _mean;

    internal TagWords(SignalColumns columns)
    {
        var (sections, items) = (columns.Sections, columns.Items);
        Texts = columns.Texts;
        var ends = sections.Get<long>("tags.words.ends", items);
        var features = sections.Get<int>("tags.words.features");
        _rows = new((int)Texts.Weights.Length, ends, features, sections.Get<float>("tags.words.values", features.Length));
        _mean = sections.Get<double>("tags.words.mean", 1)[0];
    }

    /// <summary>False for a release from before there were words of tags.</summary>
    internal static bool AreIn(Sections sections) => sections.Has("tags.words.ends");

    /// <summary>The items' texts, by the same numbers of terms.</summary>
    internal CountRows Texts { get; }

    /// <summary>For each item the words of its tags.</summary>
    internal FeatureRows Rows => _rows;

    internal WordRow Row(int item)
    {
        var (start, end) = _rows.Row(item);
        return RowOf(item, _rows.Features.Slice(start, end), _rows.Values.Slice(start, end));
    }

    /// <summary>The row of an item whose words were read elsewhere.</summary>
    internal WordRow RowOf(int item, ReadOnlySpan<int> words, ReadOnlySpan<float> values) => new(words, values, Texts.Row(item), Texts.Norms[item]);

    /// <summary>The values of an unseen item's words.</summary>
    internal float[] ValuesOf(int[] words) => Values(words, Array.ConvertAll(words, word => Weight(Texts, ItemCounts, word)), _mean);

    int[] ItemCounts => _itemCounts ??= CountItems();

    int[]? _itemCounts; // made for the first unseen item, by each thread that comes first alike

    int[] CountItems()
    {
        var counts = new int[_rows.FeatureCount];
        for (long at = 0; at < _rows.Features.Length; at++) counts[_rows.Features[at]]++;
        return counts;
    }

    /// <summary>Weighs the words and adds them to <paramref name="sections"/>, which hold the texts.</summary>
    internal static void Add(CorpusText text, Sections sections)
    {
        var texts = new CountRows(sections, "text.terms", text.Count);
        var itemCounts = new int[texts.Weights.Length];
        foreach (var words in text.TagWords)
            foreach (var word in words) itemCounts[word]++;
        var weights = new double[itemCounts.Length];
        for (var word = 0; word < weights.Length; word++)
            if (itemCounts[word] > 0) weights[word] = Weight(texts, itemCounts, word);
        var ends = Column<long>.NewPinned(text.Count);
        var (total, lengths) = (0L, 0.0);
        for (var item = 0; item < text.Count; item++)
        {
            ends[item] = total += text.TagWords[item].Length;
            lengths += Length(Array.ConvertAll(text.TagWords[item], word => weights[word]));
        }
        var mean = lengths / Math.Max(1, text.Count);
        var (features, values) = (Column<int>.NewPinned(total), Column<float>.NewPinned(total));
        for (var item = 0; item < text.Count; item++)
        {
            var words = text.TagWords[item];
            var at = (int)(ends[item] - words.Length);
            words.CopyTo(features, at);
            Values(words, Array.ConvertAll(words, word => weights[word]), mean).CopyTo(values, at);
        }
        sections.Add("tags.words.ends", Column<long>.Over(ends));
        sections.Add("tags.words.features", Column<int>.Over(features));
        sections.Add("tags.words.values", Column<float>.Over(values));
        sections.Add<double>("tags.words.mean", [mean]);
    }

    static double Weight(CountRows texts, int[] itemCounts, int word) =>
        Math.Min(texts.Weights[word], CountRows.Weight(texts.Count, Math.Max(1, itemCounts[word])));

    static double Length(double[] weights)
    {
        var squares = 0.0;
        foreach (var weight in weights) squares += weight * weight;
        return Math.Sqrt(squares);
    }

    static float[] Values(int[] words, double[] weights, double mean)
    {
        var norm = CountRows.SoftNorm(Length(weights), mean, Softness);
        return Array.ConvertAll(weights, weight => (float)(weight * norm));
    }

    /// <summary>What the words of one item's tags have in common with the other's text; calls back with each word and what it brings, ascending.</summary>
    internal void InText(in WordRow tagged, in WordRow other, Action<int, float> found)
    {
        var from = 0;
        for (var i = 0; i < tagged.Words.Length && from < other.Text.Features.Length; i++)
        {
            var place = other.Text.Features[from..].BinarySearch(tagged.Words[i]);
            from += place < 0 ? ~place : place;
            if (place < 0) continue;
            found(tagged.Words[i], tagged.Values[i] * ValueIn(other, from));
        }
    }

    /// <summary>What the term at a place of an item's row weighs in its text.</summary>
    internal float ValueIn(in WordRow row, int place) =>
        CountRows.Root(row.Text.Title[place], row.Text.Body[place]) * Texts.Weights[row.Text.Features[place]] * row.TextNorm;

    /// <summary>What the words of both items' tags have in common; calls back with each and what it brings, ascending.</summary>
    internal static void InTags(in WordRow a, in WordRow b, Action<int, float> found)
    {
        for (int i = 0, j = 0; i < a.Words.Length && j < b.Words.Length;)
        {
            if (a.Words[i] < b.Words[j]) i++;
            else if (a.Words[i] > b.Words[j]) j++;
            else
            {
                found(a.Words[i], a.Values[i] * b.Values[j]);
                i++;
                j++;
            }
        }
    }
}

/// <summary>The words of an item's tags, ascending, with their values, and its text.</summary>
readonly ref struct WordRow(ReadOnlySpan<int> words, ReadOnlySpan<float> values, CountRow text, float textNorm)
{
    internal ReadOnlySpan<int> Words { get; } = words;

    internal ReadOnlySpan<float> Values { get; } = values;

    internal CountRow Text { get; } = text;

    internal float TextNorm { get; } = textNorm;
}
