using System.Text;
using Cantor.Kernels;
using Cantor.Text;

namespace Cantor.Tests.Text;

public class AnalyzerTests
{
    static readonly string[] Languages = ["en", "ja", "de", "fi", "ru", "nl", "da", "ko", "zh", "??", ""];
    static readonly Gen<string> Language = Gen.Int[0, Languages.Length - 1].Select(i => Languages[i]);

    [Theory]
    [InlineData("en", "Infections of the heart, 2nd ed.", "infect of the heart 2nd ed")]
    [InlineData("ja", "コンピューターで医学を学ぶ", "コンピュータ コン/½ ンピ/½ ピュ/½ ュー/½ ータ/½ 医学 医/⅓ 学/⅓ 学/⅓")]
    [InlineData("ja", "サーバーとサーバ", "サーバ サー/½ ーバ/½ サーバ サー/½ ーバ/½")]
    [InlineData("ja", "ACE阻害薬のtrials", "ace 阻害 害薬 阻/⅓ 害/⅓ 薬/⅓ trial")]
    [InlineData("ja", "ｶﾙﾃ", "カルテ カル/½ ルテ/½")]
    [InlineData("zh", "心脏病", "心脏 脏病 心/⅓ 脏/⅓ 病/⅓")]
    [InlineData("ko", "심장은 뛴다", "심장 장은 뛴다")]
    [InlineData("th", "หัวใจ", "หั ัว วใ ใจ")]
    [InlineData("lo", "ຫົວໃຈ", "ຫົ ົວ ວໃ ໃຈ")]
    [InlineData("km", "បេះដូង", "បេ េះ ះដ ដូ ូង")]
    [InlineData("de", "Häuser in Köln", "haus in koln")]
    [InlineData("", "ひらがな だけ", "")]
    [InlineData("", "", "")]
    public void Texts_are_cut_by_script(string language, string text, string terms) => Assert.Equal(terms, Cut(language, text));

    [Fact]
    public void A_word_longer_than_64_bytes_is_cut_between_characters()
    {
        Assert.Equal(new string('q', 64), Cut("en", new string('q', 100)));
        Assert.Equal("q" + new string('é', 31), Cut("pl", "q" + new string('é', 50)));
    }

    [Theory]
    [InlineData("HttpClient", "httpclient http client")]
    [InlineData("the HTTPClient of IList", "the httpclient of ilist http client list")]
    [InlineData("XMLHttpRequests", "xmlhttprequest xml http request")]
    [InlineData("IPv6, URLs, RFCs and McCoy", "ipv6 url rfc and mccoi mc coy")]
    [InlineData("Heart, HEART and heart", "heart heart and heart")]
    [InlineData("ペースメーカーのPaceMaker", "ペースメーカ ペー/½ ース/½ スメ/½ メー/½ ーカ/½ pacemak pace maker")]
    public void Words_of_a_name_written_as_one_stand_behind_the_others(string text, string terms) => Assert.Equal(terms, Cut("en", text));

    [Fact]
    public void A_name_longer_than_64_bytes_has_no_parts() =>
        Assert.Equal(new string('a', 63) + "b", Cut("??", new string('a', 63) + "Bb"));

    [Fact]
    public void A_pair_inside_a_katakana_word_is_another_term_than_the_word_of_two() =>
        Assert.Equal("アミ アミノ アミ/½ ミノ/½", Cut("ja", "アミのアミノ"));

    [Fact]
    public void What_was_analyzed_before_does_not_change_the_terms() =>
        Gen.Select(FoldingTexts.Any, FoldingTexts.Any, Language).Sample((before, text, language) =>
        {
            var analyzer = new Analyzer();
            Terms(analyzer, Encoding.UTF8.GetBytes(before), "fr");
            Terms(analyzer, Encoding.UTF8.GetBytes(before), language);
            return Terms(analyzer, Encoding.UTF8.GetBytes(text), language) == Cut(language, text);
        }, iter: 5_000);

    [Fact]
    public void Any_bytes_give_terms_that_are_valid_text() =>
        Gen.Select(Gen.Byte.Array[0, 200], Language).Sample((bytes, language) => AllValid(bytes, language));

    [Fact, Trait("Category", "Slow")]
    public void Fuzz_a_hundred_thousand_texts_mutated_and_random()
    {
        var chance = new SeededRandom(7);
        byte[][] seeds =
        [
            "The heart pumps blood to the lungs, Straße 12 ½ ﬁne."u8.ToArray(), "ｺﾝﾋﾟｭｰﾀｰと醫學―ペースメーカー植込み"u8.ToArray(), "심장은 หัวใจ ຫົວໃຈ បេះដូង"u8.ToArray(),
            "A\u030A \u1112\u1161\u11AB \u00AD\uFEFF 😀🇯🇵 e\u0301\u0323"u8.ToArray(), "Сердце качает кровь הלב يضخ हृदय"u8.ToArray(), [],
        ];
        for (var round = 0; round < 100_000; round++)
        {
            var text = seeds[chance.NextInt(seeds.Length)].ToList();
            for (var edits = chance.NextInt(12); edits >= 0; edits--)
            {
                var at = chance.NextInt(text.Count + 1);
                switch (chance.NextInt(4))
                {
                    case 0 when at < text.Count: text[at] = (byte)chance.NextInt(256); break;
                    case 1 when at < text.Count: text.RemoveAt(at); break;
                    case 2: text.InsertRange(at, seeds[chance.NextInt(seeds.Length)].Skip(chance.NextInt(20)).Take(chance.NextInt(20)).ToArray()); break;
                    default: text.Insert(at, (byte)chance.NextInt(256)); break;
                }
            }
            var (bytes, language) = (text.ToArray(), Languages[chance.NextInt(Languages.Length)]);
            Assert.True(AllValid(bytes, language), $"round {round}, {language}: {Convert.ToHexString(bytes)}");
        }
    }

    static bool AllValid(byte[] bytes, string language)
    {
        var analyzer = new Analyzer();
        var terms = new List<int>();
        analyzer.Analyze(bytes, language, terms);
        return analyzer.Kinds.Count == analyzer.Terms.Count
            && terms.Distinct().Count() == analyzer.Terms.Count
            && Enumerable.Range(0, analyzer.Terms.Count).All(term => analyzer.Terms[term] is { IsEmpty: false, Length: <= 64 + 8 } text && System.Text.Unicode.Utf8.IsValid(text));
    }

    static string Cut(string language, string text) => Terms(new Analyzer(), Encoding.UTF8.GetBytes(text), language);

    static string Terms(Analyzer analyzer, byte[] text, string language)
    {
        var terms = new List<int>();
        analyzer.Analyze(text, language, terms);
        return string.Join(' ', terms.Select(term => analyzer.Kinds[term] switch
        {
            TermKind.KatakanaPair => Encoding.UTF8.GetString(analyzer.Terms[term][1..]) + "/½",
            TermKind.HanSingle => Encoding.UTF8.GetString(analyzer.Terms[term]) + "/⅓",
            _ => Encoding.UTF8.GetString(analyzer.Terms[term]),
        }));
    }
}
