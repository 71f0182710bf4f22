using Cantor.Kernels;
using Cantor.Tests.Releases;
using Cantor.Text;

namespace Cantor.Tests.Text;

public class ItemAnalyzerTests
{
    [Fact]
    public async Task An_item_of_the_corpus_gets_the_terms_it_had_in_the_build()
    {
        var items = SyntheticCorpus.Items(600);
        var corpus = await TextItems.ReadAsync(items, threads: 2);
        var analyzer = new ItemAnalyzer(Vocabulary(corpus.Vocabulary.Terms), null);
        var ordinals = corpus.Items.Ids.Select((id, ordinal) => (id, ordinal)).ToDictionary(pair => pair.id, pair => pair.ordinal);
        foreach (var item in items)
        {
            var ordinal = ordinals[item.Id];
            var found = analyzer.Analyze(item);
            Assert.Equal(corpus.Terms[ordinal], found.Terms);
            Assert.Equal(corpus.TitleLengths[ordinal], found.TitleLength);
            Assert.Equal(corpus.Items.Langs[ordinal], found.Lang);
        }
    }

    [Fact]
    public Task Mixed_scripts_and_languages_give_the_terms_of_the_build() => TextItems.Corpora.SampleAsync(async items =>
    {
        var distinct = items.DistinctBy(item => item.Id).OrderBy(item => item.Id).ToArray();
        var corpus = await TextItems.ReadAsync(distinct, lang: "fr");
        var analyzer = new ItemAnalyzer(Vocabulary(corpus.Vocabulary.Terms), "fr");
        return distinct.Index().All(pair => analyzer.Analyze(pair.Item).Terms.SequenceEqual(corpus.Terms[pair.Index]));
    });

    [Fact]
    public void A_term_that_the_release_does_not_have_is_minus_one()
    {
        var analyzer = new ItemAnalyzer(Vocabulary(["heart"u8.ToArray(), "lung"u8.ToArray()]), "en");
        var found = analyzer.Analyze(TextItems.Item("new", "The lungs", "Hearts and lungs"));
        Assert.Equal([-1, 1, 0, -1, 1], found.Terms);
        Assert.Equal(2, found.TitleLength);
    }

    [Fact]
    public void Items_without_end_leave_the_terms_right()
    {
        var analyzer = new ItemAnalyzer(Vocabulary(["heart"u8.ToArray()]), "en");
        for (var i = 0; i < 40; i++)
        {
            var unknown = string.Join(' ', Enumerable.Range(i * 2000, 2000).Select(number => $"w{number}"));
            Assert.Equal([0, .. Enumerable.Repeat(-1, 2000)], analyzer.Analyze(TextItems.Item("new", "heart", unknown)).Terms);
        }
    }

    [Fact]
    public void Every_term_is_found_and_nothing_else() =>
        Gen.Select(Gen.Byte.Array[1, 4].Array[0, 50], Gen.Byte.Array[0, 4].Array[1, 20]).Sample((terms, asked) =>
        {
            var sorted = terms.DistinctBy(Convert.ToHexString).ToArray();
            Array.Sort(sorted, (a, b) => a.AsSpan().SequenceCompareTo(b));
            var vocabulary = Vocabulary(sorted);
            return vocabulary.Count == sorted.Length
                && sorted.Index().All(pair => vocabulary.Find(pair.Item) == pair.Index)
                && asked.All(term => vocabulary.Find(term) == Array.FindIndex(sorted, other => other.AsSpan().SequenceEqual(term)));
        });

    static FixedVocabulary Vocabulary(byte[][] terms)
    {
        var sections = new Sections();
        Texts.Add(sections, "text.vocabulary", terms.Length, i => terms[i]);
        return new(Texts.Of(sections, "text.vocabulary", terms.Length));
    }
}
