using System.Text;
using Cantor.Text;

namespace Cantor.Tests.Text;

public class PorterStemmerTests
{
    // The words of the paper's examples. The paper shows what one rule does; here stands what all steps together leave.
    [Theory]
    // Step 1a
    [InlineData("caresses", "caress"), InlineData("ponies", "poni"), InlineData("ties", "ti"), InlineData("caress", "caress"), InlineData("cats", "cat")]
    // Step 1b
    [InlineData("feed", "feed"), InlineData("agreed", "agre"), InlineData("plastered", "plaster"), InlineData("bled", "bled")]
    [InlineData("motoring", "motor"), InlineData("sing", "sing"), InlineData("conflated", "conflat"), InlineData("troubled", "troubl")]
    [InlineData("sized", "size"), InlineData("hopping", "hop"), InlineData("tanned", "tan"), InlineData("falling", "fall")]
    [InlineData("hissing", "hiss"), InlineData("fizzed", "fizz"), InlineData("failing", "fail"), InlineData("filing", "file")]
    // Step 1c
    [InlineData("happy", "happi"), InlineData("sky", "sky")]
    // Step 2
    [InlineData("relational", "relat"), InlineData("conditional", "condit"), InlineData("rational", "ration"), InlineData("valenci", "valenc")]
    [InlineData("hesitanci", "hesit"), InlineData("digitizer", "digit"), InlineData("conformabli", "conform"), InlineData("radicalli", "radic")]
    [InlineData("differentli", "differ"), InlineData("vileli", "vile"), InlineData("analogousli", "analog"), InlineData("vietnamization", "vietnam")]
    [InlineData("predication", "predic"), InlineData("operator", "oper"), InlineData("feudalism", "feudal"), InlineData("decisiveness", "decis")]
    [InlineData("hopefulness", "hope"), InlineData("callousness", "callous"), InlineData("formaliti", "formal"), InlineData("sensitiviti", "sensit")]
    [InlineData("sensibiliti", "sensibl")]
    // Step 3
    [InlineData("triplicate", "triplic"), InlineData("formative", "form"), InlineData("formalize", "formal"), InlineData("electriciti", "electr")]
    [InlineData("electrical", "electr"), InlineData("hopeful", "hope"), InlineData("goodness", "good")]
    // Step 4
    [InlineData("revival", "reviv"), InlineData("allowance", "allow"), InlineData("inference", "infer"), InlineData("airliner", "airlin")]
    [InlineData("gyroscopic", "gyroscop"), InlineData("adjustable", "adjust"), InlineData("defensible", "defens"), InlineData("irritant", "irrit")]
    [InlineData("replacement", "replac"), InlineData("adjustment", "adjust"), InlineData("dependent", "depend"), InlineData("adoption", "adopt")]
    [InlineData("homologou", "homolog"), InlineData("communism", "commun"), InlineData("activate", "activ"), InlineData("angulariti", "angular")]
    [InlineData("homologous", "homolog"), InlineData("effective", "effect"), InlineData("bowdlerize", "bowdler")]
    // Step 5
    [InlineData("probate", "probat"), InlineData("rate", "rate"), InlineData("cease", "ceas"), InlineData("controll", "control"), InlineData("roll", "roll")]
    // The words of the introduction and of the measure
    [InlineData("connect", "connect"), InlineData("connected", "connect"), InlineData("connecting", "connect"), InlineData("connection", "connect")]
    [InlineData("connections", "connect"), InlineData("relate", "relat"), InlineData("relativity", "rel"), InlineData("generalizations", "gener")]
    [InlineData("oscillators", "oscil"), InlineData("trouble", "troubl"), InlineData("oats", "oat"), InlineData("trees", "tree")]
    [InlineData("troubles", "troubl"), InlineData("private", "privat"), InlineData("oaten", "oaten"), InlineData("orrery", "orreri")]
    [InlineData("derivate", "deriv"), InlineData("demonstrate", "demonstr"), InlineData("matting", "mat"), InlineData("mating", "mate"), InlineData("meeting", "meet")]
    [InlineData("milling", "mill"), InlineData("messing", "mess"), InlineData("meetings", "meet"), InlineData("probabilities", "probabl")]
    // y is a vowel behind a consonant only
    [InlineData("toys", "toi"), InlineData("syzygy", "syzygi"), InlineData("dying", "dy"), InlineData("employed", "emploi"), InlineData("ayyyyed", "ayyyi")]
    public void The_examples_of_the_paper_hold(string word, string stem) => Assert.Equal(stem, Stem(word));

    [Theory]
    [InlineData("was"), InlineData("ion"), InlineData("covid19s"), InlineData("cafés"), InlineData("データs"), InlineData("")]
    public void Short_words_and_words_with_more_than_ascii_letters_stand(string word) => Assert.Equal(word, Stem(word));

    [Fact]
    public void A_stem_is_never_longer_or_empty() =>
        Gen.Char['a', 'z'].Array[1, 20].Select(letters => new string(letters)).Sample(word => Stem(word).Length is > 0 and var length && length <= word.Length);

    static string Stem(string word)
    {
        var bytes = Encoding.UTF8.GetBytes(word);
        return Encoding.UTF8.GetString(bytes, 0, PorterStemmer.Stem(bytes));
    }
}
