using System.Text;
using Cantor.Corpus;
using Cantor.Kernels;
using Cantor.Text;

namespace Cantor.Tests.Text;

public class TermDictionaryTests
{
    const string Drugs = """
        # term, variants, synonyms
        アセトアミノフェン,パラセタモール,Tylenol, acetaminophen
        β遮断薬	beta blocker	ベータブロッカー
        heart failure
        heart failure with preserved ejection fraction,HFpEF
        ACE
        2,4-D	dichlorophenoxyacetic acid

        """;

    [Theory]
    [InlineData("ﾊﾟﾗｾﾀﾓｰﾙ錠とTYLENOLを", "アセトアミノフェン アセトアミノフェン")]
    [InlineData("ベータブロッカー、β遮断薬", "β遮断薬 β遮断薬")]
    [InlineData("Heart\n  Failure.", "heart failure")]
    [InlineData("heart failure with preserved ejection fraction", "heart failure with preserved ejection fraction")]
    [InlineData("heart failure with HFpEF", "heart failure|heart failure with preserved ejection fraction")]
    [InlineData("ACE阻害薬, place, aces, face", "ace")]
    [InlineData("the herbicide 2,4-D and D", "2,4-d")]
    [InlineData("heart", "")]
    public void Terms_stay_whole_and_their_variants_become_them(string text, string entries) =>
        Assert.Equal(entries.Replace('|', ' '), Entries(Parse(Drugs), text));

    [Fact]
    public void Ordinary_terms_lose_nothing()
    {
        var text = "ACE阻害薬とパラセタモール in heart failure"u8.ToArray();
        var (plain, with) = (new Analyzer(), new Analyzer(Parse(Drugs)));
        List<int> plainTerms = [], withTerms = [];
        plain.Analyze(text, "ja", plainTerms);
        with.Analyze(text, "ja", withTerms);
        Assert.Equal(plainTerms, withTerms[..plainTerms.Count]);
        Assert.All(withTerms[plainTerms.Count..], term => Assert.Equal(TermKind.Entry, with.Kinds[term]));
    }

    [Theory]
    [InlineData("a,b\nc,,d", "terms.txt:2: has an empty form")]
    [InlineData("a\n# x\nb, A", "terms.txt:3: \"A\" stands on line 1 too")]
    [InlineData("a,＃b", "terms.txt:1: has a form that starts with #")]
    [InlineData("a,---", "terms.txt:1: \"---\" has no letter or digit")]
    public void A_bad_line_is_named(string file, string fault)
    {
        var thrown = Assert.Throws<InputFaultException>(() => Parse(file));
        Assert.StartsWith(fault, thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_not_utf8_and_endless_forms_are_named()
    {
        Assert.StartsWith("t:2: is not valid UTF-8", Assert.Throws<InputFaultException>(() => TermDictionary.Parse("t", [.. "a\nb"u8, 0xFF])).Message, StringComparison.Ordinal);
        Assert.StartsWith("terms.txt:1: has a form of 201 bytes", Assert.Throws<InputFaultException>(() => Parse(new string('x', 201))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_release_keeps_it_whatever_the_order_of_its_lines()
    {
        var (first, second) = (Stored(Parse(Drugs)), Stored(Parse(string.Join('\n', Drugs.Split('\n').Reverse()))));
        Assert.Equal(Bytes(first), Bytes(second));
        Assert.Equal(Parse(Drugs).Count, TermDictionary.Of(first)!.Count);
        foreach (var text in new[] { "2,4-D and ﾊﾟﾗｾﾀﾓｰﾙ", "HFpEF", "beta-blocker beta blocker" })
            Assert.Equal(Entries(Parse(Drugs), text), Entries(TermDictionary.Of(first)!, text));
        Assert.Null(TermDictionary.Of(new()));
    }

    [Fact]
    public void Any_bytes_can_be_searched() => Gen.Byte.Array[0, 60].Sample(bytes =>
    {
        Entries(Parse(Drugs), Encoding.UTF8.GetString(bytes) + " ACE");
        return true;
    }, iter: 2_000);

    [Fact]
    public async Task Synonyms_meet_in_one_term_of_the_vocabulary()
    {
        var corpus = await TextItems.ReadAsync([TextItems.Item("a", "Tylenol", ""), TextItems.Item("b", "パラセタモール", "")], dictionary: Parse(Drugs));
        Assert.Equal(["アセトアミノフェン"], corpus.Vocabulary.Shown.Select(Encoding.UTF8.GetString));
    }

    static Sections Stored(TermDictionary dictionary)
    {
        var sections = new Sections();
        dictionary.AddTo(sections);
        return sections;
    }

    static byte[] Bytes(Sections sections) => sections.Get<byte>("text.dictionary").Span.ToArray();

    static TermDictionary Parse(string file) => TermDictionary.Parse("terms.txt", Encoding.UTF8.GetBytes(file));

    static string Entries(TermDictionary dictionary, string text)
    {
        var analyzer = new Analyzer(dictionary);
        var terms = new List<int>();
        analyzer.Analyze(Encoding.UTF8.GetBytes(text), "en", terms);
        return string.Join(' ', terms.Where(term => analyzer.Kinds[term] == TermKind.Entry).Select(term => Encoding.UTF8.GetString(analyzer.Terms[term][1..])));
    }
}
