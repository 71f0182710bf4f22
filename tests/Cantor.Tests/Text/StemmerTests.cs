using System.Text;
using Cantor.Text;

namespace Cantor.Tests.Text;

public class StemmerTests
{
    public static TheoryData<string> Languages => ["da", "de", "en", "es", "fi", "fr", "it", "nb", "nl", "nn", "no", "pt", "ru", "sv", "ja", ""];

    [Theory]
    [InlineData("da", "sygdom sygdommen sygdomme sygdommene sygdommenes")]
    [InlineData("da", "lunge lunger lungen lungerne")]
    [InlineData("da", "hjerte hjertet hjerter hjertets")]
    [InlineData("da", "sund sundhed sundheden")]
    [InlineData("da", "virus virusser")]
    [InlineData("de", "entzündung entzündungen")]
    [InlineData("de", "haus häuser hauses")]
    [InlineData("en", "infection infections infected")]
    [InlineData("es", "pulmón pulmones")]
    [InlineData("fi", "potilas potilaat")]
    [InlineData("fr", "traitement traitements")]
    [InlineData("fr", "cheval chevaux")]
    [InlineData("it", "polmone polmoni")]
    [InlineData("nl", "long longen")]
    [InlineData("nl", "bed bedden")]
    [InlineData("nl", "maan manen")]
    [InlineData("nl", "huis huizen")]
    [InlineData("nl", "brief brieven")]
    [InlineData("nl", "ziekte ziekten ziektes")]
    [InlineData("nl", "mogelijkheid mogelijkheden")]
    [InlineData("nl", "patiënt patiënten")]
    [InlineData("nl", "virus virussen")]
    [InlineData("no", "lunge lunger lungene")]
    [InlineData("nn", "lunge lunger")]
    [InlineData("pt", "coração corações")]
    [InlineData("ru", "болезнь болезни")]
    [InlineData("ru", "infection infections")]
    [InlineData("sv", "sjukdom sjukdomen sjukdomar")]
    public void Forms_of_a_word_meet_in_one_stem(string language, string forms)
    {
        var stems = forms.Split(' ').Select(form => Stem(language, form)).Distinct().ToArray();
        Assert.Single(stems);
    }

    [Theory]
    [InlineData("da", "hånd ånd"), InlineData("de", "hand sand"), InlineData("nl", "long lang"), InlineData("nl", "virus vier"), InlineData("sv", "hand sand")]
    public void Other_words_stay_apart(string language, string words)
    {
        var stems = words.Split(' ').Select(word => Stem(language, word)).ToArray();
        Assert.Equal(stems.Length, stems.Distinct().Count());
    }

    [Theory]
    [InlineData("de-AT"), InlineData("DE"), InlineData("de_DE"), InlineData("de-Latn-CH-1996")]
    public void A_tag_counts_by_its_first_part(string tag) => Assert.Equal("entzundung", Stem(tag, "entzündungen"));

    [Theory]
    [InlineData("ja"), InlineData("zh-Hant"), InlineData("ko"), InlineData("")]
    public void English_words_are_stemmed_where_the_language_has_no_stemmer(string language)
    {
        Assert.Equal("infect", Stem(language, "infections"));
        Assert.Equal("zmęczenia", Stem(language, "zmęczenia"));
    }

    [Theory, MemberData(nameof(Languages))]
    public void A_stem_is_valid_text_never_longer_than_the_word(string language)
    {
        var letter = Gen.Frequency(
            (6, Gen.Int['a', 'z']), (2, Gen.Int['à', 'ÿ']), (2, Gen.Int['а', 'я']), (1, Gen.Int['0', '9']), (1, Gen.Int[0x1F300, 0x1F5FF]),
            (6, Gen.Int[0, "aeioudnrst".Length - 1].Select(i => (int)"aeioudnrst"[i])));
        var strict = new UTF8Encoding(false, throwOnInvalidBytes: true);
        letter.Array[1, 14].Sample(scalars =>
        {
            var word = Encoding.UTF8.GetBytes(string.Concat(scalars.Select(char.ConvertFromUtf32)));
            var length = Stemmer.For(language)!(word);
            return length > 0 && length <= word.Length && strict.GetString(word, 0, length).Length > 0;
        }, iter: 20_000);
    }

    static string Stem(string language, string word)
    {
        var bytes = Encoding.UTF8.GetBytes(word);
        return Encoding.UTF8.GetString(bytes, 0, Stemmer.For(language)!(bytes));
    }
}
