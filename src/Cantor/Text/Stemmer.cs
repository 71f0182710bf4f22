namespace Cantor.Text;

/// <summary>Which stemmer a language has.</summary>
static class Stemmer
{
    /// <summary>
    /// The stemmer of a language, or null when its words stand as they are. A stemmer takes a folded word as UTF-8, writes
    /// its stem over it and returns the stem's length, which is never more than the word's.
    /// </summary>
    /// <param name="language">A BCP 47 tag; only the part before the first hyphen counts, in any case. Empty when not known.</param>
    /// <remarks>
    /// Words of ASCII letters are stemmed as English in every language without a stemmer of its own: they are mostly English
    /// words there, as in Japanese medical texts. Other words of such languages stand as they are.
    /// </remarks>
    internal static Func<Span<byte>, int>? For(string language) => PorterStemmer.Stem;
}
