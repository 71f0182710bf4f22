using Cantor.Signals.Text;

namespace Cantor.Signals.Tags;

/// <summary>
/// The words of the tags and of the text of the item aimed at, to be met by other items: the sums of what <see cref="TagWords"/> calls
/// back with, in the same order, without a search for every word.
/// </summary>
sealed class AimedWords(TagWords words)
{
    readonly FeatureFilter _tagged = new();
    readonly AimedRow _text = new(words.Texts);

    internal void Aim(in WordRow row)
    {
        _tagged.Set(row.Words);
        _text.Aim(row.Text);
    }

    /// <summary>The words of the aimed item's tags in the other's text.</summary>
    internal float InOther(in WordRow mine, in WordRow other)
    {
        var sum = 0f;
        var features = other.Text.Features;
        foreach (var at in _tagged.Common(features))
            if (mine.Words.BinarySearch(features[at]) is >= 0 and var place) sum += mine.Values[place] * words.ValueIn(other, at);
        return sum;
    }

    /// <summary>The words of the other's tags in the aimed item's text.</summary>
    internal float InMine(in WordRow mine, in WordRow other)
    {
        var sum = 0f;
        foreach (var at in _text.Common(other.Words)) sum += other.Values[at] * (_text[other.Words[at]].Core * mine.TextNorm);
        return sum;
    }

    /// <summary>The words that the tags of both have.</summary>
    internal float InTags(in WordRow mine, in WordRow other)
    {
        var sum = 0f;
        foreach (var at in _tagged.Common(other.Words))
            if (mine.Words.BinarySearch(other.Words[at]) is >= 0 and var place) sum += mine.Values[place] * other.Values[at];
        return sum;
    }
}
