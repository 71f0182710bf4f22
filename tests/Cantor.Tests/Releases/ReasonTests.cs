using Cantor.Releases;
using Cantor.Signals;

namespace Cantor.Tests.Releases;

public class ReasonTests
{
    static readonly Reason[] Many =
    [
        new("text", .40f, [new(ReasonKind.NamesTitle, "", .12f), new(ReasonKind.Term, "pension", .10f), new(ReasonKind.Term, "tax", .06f), new(ReasonKind.Phrase, "tax law", .05f), new(ReasonKind.Term, "law", .04f), new(ReasonKind.Term, "court", .03f)]),
        new("coviews", .20f, [new(ReasonKind.Together, "", .20f, 1200)]),
        new("tags", .08f, [new(ReasonKind.Tag, "finance", .08f)]),
        new("latent", .01f, [new(ReasonKind.Topic, "", .01f)]),
    ];

    [Fact]
    public void A_sentence_tells_the_greatest_reason_first_and_leaves_out_the_least() => Assert.Equal(
        "Both mention “tax law”, “pension” and “court”; 1,200 visitors looked at both; its text names this title; both are tagged “finance”.",
        Reason.Sentence(Many, ReasonLanguage.English));

    [Fact]
    public void A_sentence_in_Japanese_says_the_same() => Assert.Equal(
        "「tax law」「pension」「court」が両方に出てきます。1,200人が両方を見ています。相手の本文がこのタイトルに触れています。タグ「finance」が共通です。",
        Reason.Sentence(Many, ReasonLanguage.Japanese));

    [Fact]
    public void Words_that_a_phrase_holds_are_told_with_it_and_their_weight_is_kept()
    {
        var told = Many[0].Telling(10);
        Assert.Equal(["tax law", "", "pension", "court"], told.Select(part => part.Text));
        Assert.Equal(Many[0].Parts.Sum(part => part.Weight), told.Sum(part => part.Weight), 1e-6f);
    }

    [Theory]
    [InlineData("user interface", "use", 2), InlineData("use of", "use", 1), InlineData("データベース", "デー", 1), InlineData("x", "x", 2)]
    public void A_word_is_part_of_a_phrase_when_it_stands_in_it_whole(string phrase, string word, int told) =>
        Assert.Equal(told, new Reason("text", 1, [new(ReasonKind.Phrase, phrase, .5f), new(ReasonKind.Term, word, .5f)]).Telling(10).Count);

    [Fact]
    public void Lists_that_someone_else_computed_say_so() => Assert.Equal("The imported list says so.", Reason.Sentence([new("imported", .5f, [])], ReasonLanguage.English));

    [Fact]
    public void Without_reasons_there_is_no_sentence() => Assert.Equal("", Reason.Sentence([], ReasonLanguage.Japanese));

    [Fact]
    public void Every_kind_has_a_word_and_a_clause_in_each_language()
    {
        foreach (var kind in Enum.GetValues<ReasonKind>())
        {
            Assert.Matches("^[a-z][A-Za-z]+$", kind.Word());
            Reason reason = new("any", 1, [new(kind, "x", 1, 2)]);
            Assert.All(Enum.GetValues<ReasonLanguage>(), language => Assert.DoesNotContain("import", Reason.Sentence([reason], language), StringComparison.Ordinal));
        }
    }
}
