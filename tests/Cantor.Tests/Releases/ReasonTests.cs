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

    [Fact]
    public void What_is_not_told_by_name_is_a_rest_with_its_number_and_its_weight()
    {
        var told = Many[0].Telling(2);
        Assert.Equal([new(ReasonKind.Phrase, "tax law", .15f), new(ReasonKind.NamesTitle, "", .12f)], told.SkipLast(1));
        Assert.Equal((ReasonKind.Rest, "", 2), (told[^1].Kind, told[^1].Text, told[^1].Count));
        Assert.Equal(.13f, told[^1].Weight, 1e-6f);
        Assert.DoesNotContain(Many[0].Telling(4), part => part.Kind is ReasonKind.Rest);
    }

    [Fact]
    public void Of_a_hundred_parts_none_is_forgotten_in_the_rest_or_in_the_sentence()
    {
        var hundred = new Reason("text", 1, [.. Enumerable.Range(0, 100).Select(at => new ReasonPart(ReasonKind.Term, $"word{at:D3}", .01f))]);
        var told = hundred.Telling(5);
        Assert.Equal((6, 95), (told.Count, told[^1].Count));
        Assert.Equal(1, told.Sum(part => part.Weight), 1e-6f);
        Assert.Equal("Both mention “word000”, “word001”, “word002” and 97 more.", Reason.Sentence([hundred], ReasonLanguage.English));
        Assert.Equal("「word000」「word001」「word002」ほか97語が両方に出てきます。", Reason.Sentence([hundred], ReasonLanguage.Japanese));
    }

    [Theory]
    [InlineData("user interface", "use", 2), InlineData("use of", "use", 1), InlineData("データベース", "デー", 1), InlineData("入門", "入 門", 1), InlineData("門 入", "入門", 2), InlineData("サーバ", "サーバ", 1)]
    public void A_word_is_part_of_a_phrase_when_it_stands_in_it_whole(string phrase, string word, int told) =>
        Assert.Equal(told, new Reason("text", 1, [new(ReasonKind.Phrase, phrase, .5f), new(ReasonKind.Term, word, .5f)]).Telling(10).Count);

    [Theory]
    [InlineData("heart", "failure", "heart failure"), InlineData("サーバ", "サー", "サーバ"), InlineData("サー", "ーバ", "サーバ"), InlineData("名胜", "胜古", "名胜古")]
    [InlineData("起動", "手順", "起動 手順"), InlineData("入", "門", "入 門"), InlineData("python", "解析", "python 解析"), InlineData("国", "国立", "国立")]
    public void Neighboring_terms_of_writing_without_spaces_are_shown_as_they_overlap(string first, string second, string shown) =>
        Assert.Equal(shown, Cantor.Signals.Text.TextSignal.Joined(first, second));

    [Fact]
    public async Task A_mix_of_all_signals_is_told_with_counts_in_both_languages_and_sums_to_the_strength()
    {
        var folder = Directory.CreateTempSubdirectory("cantor-reasons-");
        try
        {
            var items = SyntheticCorpus.Items(200).Select((item, i) => i % 7 == 0 ? item : item with { Vector = new float[] { 1 + i % 5, i % 3, 1 } }).ToArray();
            var report = await ReleaseBuilder.BuildAsync("mix", SyntheticCorpus.Stream(items), SyntheticCorpus.Stream(SyntheticCorpus.Events(items, 600)), new() { Threads = 2 },
                folder.FullName, TimeProvider.System, null, TestContext.Current.CancellationToken);
            using var release = Release.Open(report.Path);
            var seen = new HashSet<string>();
            for (var row = 0; row < release.Count; row++)
                foreach (var neighbor in release.NeighborsOf(new(row)))
                {
                    var reasons = release.ReasonsOf(new Cantor.Ranking.Ordinal(row), neighbor.Item);
                    Assert.Equal(neighbor.Strength, reasons.Sum(reason => reason.Weight), 1e-6f);
                    Assert.All(reasons, reason => Assert.Equal(reason.Weight, reason.Parts.Sum(part => part.Weight), 1e-5f));
                    Assert.All(reasons, reason => Assert.Equal(reason.Weight, reason.Telling(2).Sum(part => part.Weight), 1e-5f));
                    seen.Add(string.Join('+', reasons.Select(reason => reason.Signal).Order(StringComparer.Ordinal)));
                    var (english, japanese) = (Reason.Sentence(reasons, ReasonLanguage.English), Reason.Sentence(reasons, ReasonLanguage.Japanese));
                    Assert.Equal(english.Contains(" looked at both", StringComparison.Ordinal), japanese.Contains("人が両方を見ています", StringComparison.Ordinal));
                    Assert.Equal(english.Contains(" title", StringComparison.Ordinal), japanese.Contains("タイトルに触れています", StringComparison.Ordinal));
                }
            Assert.Contains(seen, mix => release.Summary.Signals.All(signal => mix.Split('+').Contains(signal.Name)));
            Assert.True(seen.Count > 5);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

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
