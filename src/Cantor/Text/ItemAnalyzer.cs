using System.Runtime.InteropServices;
using System.Text;
using Cantor.Corpus;

namespace Cantor.Text;

/// <summary>Analyzes items one by one against the terms of a release, as the build that made it did. Serves one thread.</summary>
/// <param name="vocabulary">The release's terms.</param>
/// <param name="lang">The language of items that name none, as the build was told; null to detect it.</param>
/// <param name="dictionary">The release's dictionary, TermDictionary.Of; null when it has none.</param>
/// <param name="idWords">True when the release took the words of ids for words of titles: <see cref="CorpusText.IdWords"/>.</param>
sealed class ItemAnalyzer(FixedVocabulary vocabulary, string? lang, TermDictionary? dictionary = null, bool idWords = false)
{
    /// <summary>Past so many distinct terms the analyzer starts anew: unseen items may bring unknown terms without end.</summary>
    const int MaxTerms = 1 << 16;

    readonly List<int> _sequence = [], _tagWords = [];
    readonly List<int> _numbers = []; // the vocabulary's number of each of the analyzer's terms
    readonly List<byte> _idWords = [];
    Analyzer _analyzer = new(dictionary);

    /// <summary>The terms of an item in reading order, title first, as numbers of the vocabulary; -1 for each that it does not have.</summary>
    internal ItemTerms Analyze(Item item)
    {
        if (_analyzer.Terms.Count > MaxTerms)
        {
            _analyzer = new(dictionary);
            _numbers.Clear();
        }
        _sequence.Clear();
        _tagWords.Clear();
        var (itemLang, idLength, titleLength) = Analyze(_analyzer, item, lang, _idWords, _sequence, _tagWords);
        if (!idWords)
        {
            _sequence.RemoveRange(0, idLength);
            titleLength -= idLength;
        }
        while (_numbers.Count < _analyzer.Terms.Count) _numbers.Add(vocabulary.Find(_analyzer.Terms[_numbers.Count]));
        var terms = new int[_sequence.Count];
        for (var i = 0; i < terms.Length; i++) terms[i] = _numbers[_sequence[i]];
        return new(terms, titleLength, [.. _tagWords.Select(word => _numbers[word]).Where(term => term >= 0).Distinct().Order()], itemLang);
    }

    /// <summary>
    /// The one way from an item to terms, for a build and for what comes after it: the item's language, how many of the terms are
    /// its id's, which come first, and how many are its title's, those of the id among them. The words of its tags stand by themselves.
    /// </summary>
    internal static (string Lang, int IdLength, int TitleLength) Analyze(
        Analyzer analyzer, Item item, string? defaultLang, List<byte> scratch, List<int> terms, List<int> tagWords)
    {
        var lang = item.Lang ?? defaultLang ?? LanguageDetector.Detect(item.Title.Span, item.Body.Span);
        analyzer.Analyze(IdWords.Of(item.Id, scratch), lang, terms);
        var idLength = terms.Count;
        analyzer.Analyze(item.Title.Span, lang, terms);
        var titleLength = terms.Count;
        analyzer.Analyze(item.Body.Span, lang, terms);
        foreach (var tag in item.Tags)
        {
            scratch.Clear();
            scratch.AddRange(Encoding.UTF8.GetBytes(tag));
            analyzer.Analyze(CollectionsMarshal.AsSpan(scratch), lang, tagWords);
        }
        return (lang, idLength, titleLength);
    }
}

/// <summary>An item's terms in the numbers of a vocabulary.</summary>
/// <param name="Terms">In reading order, title first; -1 where the vocabulary does not have the term.</param>
/// <param name="TitleLength">How many of them are the title's.</param>
/// <param name="TagWords">The words of its tags, ascending, each once, those that the vocabulary has.</param>
/// <param name="Lang">The language they were cut and stemmed in; empty when not known.</param>
readonly record struct ItemTerms(int[] Terms, int TitleLength, int[] TagWords, string Lang)
{
    /// <summary>The title's terms that the vocabulary has.</summary>
    internal IEnumerable<int> Title => Terms.Take(TitleLength).Where(term => term >= 0);

    /// <summary>The body's terms that the vocabulary has.</summary>
    internal IEnumerable<int> Body => Terms.Skip(TitleLength).Where(term => term >= 0);
}
