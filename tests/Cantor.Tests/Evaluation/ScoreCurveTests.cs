using Cantor.Corpus;
using Cantor.Evaluation;

namespace Cantor.Tests.Evaluation;

public class ScoreCurveTests
{
    [Fact]
    public void Places_are_counted_by_their_score_and_what_was_judged_of_them()
    {
        var judgments = new Judgments();
        judgments.Add(ItemId.Parse("q"), ItemId.Parse("a"), 2);
        judgments.Add(ItemId.Parse("q"), ItemId.Parse("b"), 0);
        judgments.Add(ItemId.Parse("r"), ItemId.Parse("a"), 1);
        (ItemId, float)[] list = [(ItemId.Parse("a"), 1), (ItemId.Parse("b"), .95f), (ItemId.Parse("c"), .9f), (ItemId.Parse("d"), 0)];
        var curve = ScoreCurve.Of(judgments, query => query.Value == "q" ? list : null);
        Assert.Equal(10, curve.Count);
        Assert.Equal(new ScoreBin(.9, 1, Places: 3, Judged: 2, Good: 1), curve[9]);
        Assert.Equal(new ScoreBin(0, .1, Places: 1, Judged: 0, Good: 0), curve[0]);
        Assert.Equal((1 / 3.0, 0, null), (curve[9].GoodShare, curve[0].GoodShare, curve[5].GoodShare));
        Assert.Equal(4, curve.Sum(bin => bin.Places));
    }

    [Fact]
    public void Places_behind_the_tenth_do_not_count()
    {
        var judgments = new Judgments();
        judgments.Add(ItemId.Parse("q"), Lists.Numbered(11), 1);
        Assert.Equal((10, 0), ScoreCurve.Of(judgments, _ => [.. Enumerable.Range(0, 12).Select(i => (Lists.Numbered(i), .5f))]) is var curve
            ? (curve.Sum(bin => bin.Places), curve.Sum(bin => bin.Good)) : default);
    }
}
