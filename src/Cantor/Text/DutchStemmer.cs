namespace Cantor.Text;

/// <summary>
/// Takes the endings of number off Dutch nouns and adjectives, then undoes what the spelling did for them: longen and long,
/// bedden and bed, manen and maan, huizen and huis meet. So do man and maan, which is the price.
/// </summary>
static class DutchStemmer
{
    internal static int Stem(Span<byte> word)
    {
        var length = word.Length;
        if (length >= 7 && word.EndsWith("heden"u8))
        {
            "heid"u8.CopyTo(word[(length - 5)..]);
            return length - 1;
        }
        if (EndsBehindConsonant(word, "en"u8)) length -= 2;
        else
        {
            if (length >= 4 && word[^1] == (byte)'s' && (word[^2] == (byte)'e' || Consonants.IsOne(word[^2], except: (byte)'s'))) length--;
            if (EndsBehindConsonant(word[..length], "e"u8)) length--;
        }
        return Spell(word, length);
    }

    static bool EndsBehindConsonant(ReadOnlySpan<byte> word, ReadOnlySpan<byte> ending) =>
        word.EndsWith(ending) && word.Length - ending.Length is >= 3 and var stem && Consonants.IsOne(word[stem - 1]);

    // Spells the stem as it stands before an ending: one vowel, one consonant, but f and s as at the end of a word.
    static int Spell(Span<byte> word, int length)
    {
        length = Consonants.Single(word[..length]);
        if (length < 3) return length;
        ref var last = ref word[length - 1];
        if (last == (byte)'v') last = (byte)'f';
        if (last == (byte)'z') last = (byte)'s';
        if (length < 4 || !Consonants.IsOne(last) || word[length - 2] != word[length - 3]
            || word[length - 2] is not ((byte)'a' or (byte)'e' or (byte)'o' or (byte)'u')) return length;
        word[length - 2] = last;
        return length - 1;
    }
}
