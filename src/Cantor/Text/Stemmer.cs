using System.Text;
using Lucene.Net.Analysis.De;
using Lucene.Net.Analysis.Es;
using Lucene.Net.Analysis.Fi;
using Lucene.Net.Analysis.Fr;
using Lucene.Net.Analysis.It;
using Lucene.Net.Analysis.No;
using Lucene.Net.Analysis.Pt;
using Lucene.Net.Analysis.Ru;
using Lucene.Net.Analysis.Sv;

namespace Cantor.Text;

/// <summary>Which stemmer a language has. docs/languages.md tells users the same.</summary>
static class Stemmer
{
    // Lucene's light stemmers hold no state: one each serves all threads.
    static readonly Func<Span<byte>, int>
        Finnish = OnChars(new FinnishLightStemmer().Stem),
        French = OnChars(new FrenchLightStemmer().Stem),
        German = OnChars(new GermanLightStemmer().Stem),
        Italian = OnChars(new ItalianLightStemmer().Stem),
        Bokmal = OnChars(new NorwegianLightStemmer(NorwegianStandard.BOKMAAL).Stem),
        Nynorsk = OnChars(new NorwegianLightStemmer(NorwegianStandard.NYNORSK).Stem),
        Portuguese = OnChars(new PortugueseLightStemmer().Stem),
        Russian = OnChars(new RussianLightStemmer().Stem),
        Spanish = OnChars(new SpanishLightStemmer().Stem),
        Swedish = OnChars(new SwedishLightStemmer().Stem);

    /// <summary>
    /// The stemmer of a language, or null when its words stand as they are. A stemmer takes a folded word as UTF-8, writes
    /// its stem over it and returns the stem's length, which is never more than the word's. Any number of threads may use it.
    /// </summary>
    /// <param name="language">A BCP 47 tag; only the part before the first hyphen counts, in any case. Empty when not known.</param>
    /// <remarks>
    /// Words of ASCII letters are stemmed as English in every language without a stemmer of its own, and in Russian: they are
    /// mostly English words there, as in Japanese medical texts. Other words of such languages stand as they are.
    /// </remarks>
    internal static Func<Span<byte>, int>? For(string language) => language.Split('-', '_')[0].ToLowerInvariant() switch
    {
        "da" => DanishStemmer.Stem,
        "de" => German,
        "es" => Spanish,
        "fi" => Finnish,
        "fr" => French,
        "it" => Italian,
        "nl" => DutchStemmer.Stem,
        "no" or "nb" => Bokmal,
        "nn" => Nynorsk,
        "pt" => Portuguese,
        "ru" => word => Ascii.IsValid(word) ? PorterStemmer.Stem(word) : Russian(word),
        "sv" => Swedish,
        _ => PorterStemmer.Stem,
    };

    static Func<Span<byte>, int> OnChars(Func<char[], int, int> stem) => word =>
    {
        var chars = new char[word.Length];
        var length = stem(chars, Encoding.UTF8.GetChars(word, chars));
        return length > 0 && Encoding.UTF8.TryGetBytes(chars.AsSpan(0, length), word, out var written) ? written : word.Length;
    };
}
