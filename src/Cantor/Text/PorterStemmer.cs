namespace Cantor.Text;

/// <summary>
/// M. F. Porter, "An algorithm for suffix stripping", Program 14 (1980) 130-137, exactly as published, on words of more than
/// three ASCII lower-case letters. All other words stand as they are.
/// </summary>
static class PorterStemmer
{
    internal static int Stem(Span<byte> word)
    {
        if (word.Length <= 3 || word.ContainsAnyExceptInRange((byte)'a', (byte)'z')) return word.Length;
        var stem = new Suffixes(word);
        stem.Plural();
        stem.PastAndProgress();
        stem.FinalY();
        stem.DoubleSuffix();
        stem.IcateAndNess();
        stem.LongStem();
        stem.FinalE();
        return stem.Length;
    }

    ref struct Suffixes(Span<byte> word)
    {
        readonly Span<byte> _word = word;

        internal int Length { get; private set; } = word.Length;

        /// <summary>Step 1a.</summary>
        internal void Plural()
        {
            if (Ends("sses"u8) || Ends("ies"u8)) Length -= 2;
            else if (Ends("s"u8) && !Ends("ss"u8)) Length--;
        }

        /// <summary>Step 1b.</summary>
        internal void PastAndProgress()
        {
            if (Ends("eed"u8))
            {
                if (Measure(Length - 3) > 0) Length--;
                return;
            }
            var cut = Ends("ed"u8) ? 2 : Ends("ing"u8) ? 3 : 0;
            if (cut == 0 || !HasVowel(Length - cut)) return;
            Length -= cut;
            if (Ends("at"u8) || Ends("bl"u8) || Ends("iz"u8)) _word[Length++] = (byte)'e';
            else if (EndsInDoubleConsonant() && _word[Length - 1] is not ((byte)'l' or (byte)'s' or (byte)'z')) Length--;
            else if (Measure(Length) == 1 && IsShortSyllable(Length)) _word[Length++] = (byte)'e';
        }

        /// <summary>Step 1c.</summary>
        internal void FinalY()
        {
            if (Ends("y"u8) && HasVowel(Length - 1)) _word[Length - 1] = (byte)'i';
        }

        // In each of the two steps that follow, the longest suffix that the word ends with decides, whether or not its stem is
        // long enough. The order of the lists sees to that.

        /// <summary>Step 2.</summary>
        internal void DoubleSuffix() => _ =
            Replace("ational"u8, "ate"u8) || Replace("tional"u8, "tion"u8) || Replace("enci"u8, "ence"u8) || Replace("anci"u8, "ance"u8)
            || Replace("izer"u8, "ize"u8) || Replace("abli"u8, "able"u8) || Replace("alli"u8, "al"u8) || Replace("entli"u8, "ent"u8)
            || Replace("eli"u8, "e"u8) || Replace("ousli"u8, "ous"u8) || Replace("ization"u8, "ize"u8) || Replace("ation"u8, "ate"u8)
            || Replace("ator"u8, "ate"u8) || Replace("alism"u8, "al"u8) || Replace("iveness"u8, "ive"u8) || Replace("fulness"u8, "ful"u8)
            || Replace("ousness"u8, "ous"u8) || Replace("aliti"u8, "al"u8) || Replace("iviti"u8, "ive"u8) || Replace("biliti"u8, "ble"u8);

        /// <summary>Step 3.</summary>
        internal void IcateAndNess() => _ =
            Replace("icate"u8, "ic"u8) || Replace("ative"u8, ""u8) || Replace("alize"u8, "al"u8) || Replace("iciti"u8, "ic"u8)
            || Replace("ical"u8, "ic"u8) || Replace("ful"u8, ""u8) || Replace("ness"u8, ""u8);

        /// <summary>Step 4.</summary>
        internal void LongStem() => _ =
            Drop("al"u8) || Drop("ance"u8) || Drop("ence"u8) || Drop("er"u8) || Drop("ic"u8) || Drop("able"u8) || Drop("ible"u8)
            || Drop("ant"u8) || Drop("ement"u8) || Drop("ment"u8) || Drop("ent"u8) || DropIon() || Drop("ou"u8) || Drop("ism"u8)
            || Drop("ate"u8) || Drop("iti"u8) || Drop("ous"u8) || Drop("ive"u8) || Drop("ize"u8);

        /// <summary>Step 5.</summary>
        internal void FinalE()
        {
            if (Ends("e"u8) && Measure(Length - 1) is var measure && (measure > 1 || (measure == 1 && !IsShortSyllable(Length - 1)))) Length--;
            if (Ends("ll"u8) && Measure(Length) > 1) Length--;
        }

        bool Replace(ReadOnlySpan<byte> suffix, ReadOnlySpan<byte> with)
        {
            if (!Ends(suffix)) return false;
            var stem = Length - suffix.Length;
            if (Measure(stem) > 0)
            {
                with.CopyTo(_word[stem..]);
                Length = stem + with.Length;
            }
            return true;
        }

        bool Drop(ReadOnlySpan<byte> suffix)
        {
            if (!Ends(suffix)) return false;
            if (Measure(Length - suffix.Length) > 1) Length -= suffix.Length;
            return true;
        }

        bool DropIon()
        {
            if (!Ends("ion"u8)) return false;
            if (Length > 3 && _word[Length - 4] is (byte)'s' or (byte)'t' && Measure(Length - 3) > 1) Length -= 3;
            return true;
        }

        readonly bool Ends(ReadOnlySpan<byte> suffix) => _word[..Length].EndsWith(suffix);

        /// <summary>How often vowels are followed by consonants in the first letters: m of [C](VC)^m[V].</summary>
        readonly int Measure(int length)
        {
            var (measure, afterVowel) = (0, false);
            for (var i = 0; i < length; i++)
            {
                var consonant = IsConsonant(i);
                if (consonant && afterVowel) measure++;
                afterVowel = !consonant;
            }
            return measure;
        }

        readonly bool HasVowel(int length)
        {
            for (var i = 0; i < length; i++)
                if (!IsConsonant(i)) return true;
            return false;
        }

        readonly bool EndsInDoubleConsonant() => Length > 1 && _word[Length - 1] == _word[Length - 2] && IsConsonant(Length - 1);

        /// <summary>*o: the first letters end in consonant, vowel, consonant, the last not w, x or y.</summary>
        readonly bool IsShortSyllable(int length) => length > 2
            && IsConsonant(length - 1) && !IsConsonant(length - 2) && IsConsonant(length - 3)
            && _word[length - 1] is not ((byte)'w' or (byte)'x' or (byte)'y');

        // y is a vowel behind a consonant. A run of y alternates, so look back to where it starts.
        readonly bool IsConsonant(int at)
        {
            if (_word[at] != (byte)'y') return _word[at] is not ((byte)'a' or (byte)'e' or (byte)'i' or (byte)'o' or (byte)'u');
            var start = at;
            while (start > 0 && _word[start - 1] == (byte)'y') start--;
            var firstIsConsonant = start == 0 || _word[start - 1] is (byte)'a' or (byte)'e' or (byte)'i' or (byte)'o' or (byte)'u';
            return firstIsConsonant == ((at - start) % 2 == 0);
        }
    }
}
