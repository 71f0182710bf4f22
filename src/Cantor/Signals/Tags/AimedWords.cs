using System.Numerics;
using System.Runtime.CompilerServices;
using Cantor.Signals.Text;

namespace Cantor.Signals.Tags;

/// <summary>
/// The words of the tags and of the text of the item aimed at, to be met by other items: the sums of what <see cref="TagWords"/> calls
/// back with, in the same order, without a search for every word.
/// </summary>
sealed class AimedWords(TagWords words)
{
    const int LeastSlots = 32;

    readonly FeatureFilter _tagged = new();
    readonly AimedRow _text = new(words.Texts);
    (int Word, float Value)[] _values = new (int, float)[LeastSlots]; // word + 1; 0 where free

    internal void Aim(in WordRow row)
    {
        _tagged.Set(row.Words);
        _text.Aim(row.Text);
        // Twice and more as many slots as words: a search for one that is not there ends soon.
        FeatureFilter.Renew(ref _values, row.Words.Length * 2, LeastSlots);
        for (var at = 0; at < row.Words.Length; at++)
        {
            var slot = Slot(row.Words[at]);
            while (_values[slot].Word != 0) slot = slot + 1 & _values.Length - 1;
            _values[slot] = (row.Words[at] + 1, row.Values[at]);
        }
    }

    /// <summary>The words of the aimed item's tags in the other's text.</summary>
    internal float InOther(in WordRow other)
    {
        var sum = 0f;
        var features = other.Text.Features;
        foreach (var at in _tagged.Common(other.Text))
            if (ValueOf(features[at]) is > 0 and var value) sum += value * words.ValueIn(other, at);
        return sum;
    }

    /// <summary>The words of the other's tags in the aimed item's text, and in its tags.</summary>
    internal (float Mine, float Tags) InMine(in WordRow mine, in WordRow other)
    {
        var (inMine, inTags) = (0f, 0f);
        for (var at = 0; at < other.Words.Length; at++)
        {
            // Few words, most of which the text lacks: that adds 0 sooner than a filter would tell.
            var (word, value) = (other.Words[at], other.Values[at]);
            inMine += value * (_text[word].Core * mine.TextNorm);
            inTags += ValueOf(word) * value;
        }
        return (inMine, inTags);
    }

    /// <summary>What a word of the aimed item's tags weighs; 0 for one that it lacks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    float ValueOf(int word)
    {
        var slot = Slot(word);
        while (_values[slot].Word != 0 && _values[slot].Word != word + 1) slot = slot + 1 & _values.Length - 1;
        return _values[slot].Value;
    }

    int Slot(int word) => (int)((uint)word * 2654435769u >> BitOperations.LeadingZeroCount((uint)_values.Length) + 1);
}
