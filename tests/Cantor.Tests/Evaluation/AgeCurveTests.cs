using Cantor.Evaluation;

namespace Cantor.Tests.Evaluation;

public class AgeCurveTests
{
    static readonly DateTimeOffset AsOf = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Places_are_counted_by_the_age_of_the_item_they_show()
    {
        // a is from tomorrow, b exactly 30 days old, c a little older, d ancient, e has no date.
        var published = new Dictionary<string, DateTimeOffset?>
        {
            ["a"] = AsOf.AddDays(1),
            ["b"] = AsOf.AddDays(-30),
            ["c"] = AsOf.AddDays(-31),
            ["d"] = AsOf.AddYears(-40),
            ["e"] = null,
        };
        var curve = AgeCurve.Of(Lists.Of("abcde"), id => id.Value == "e" ? null : Lists.Of("bd"), id => published[id.Value], AsOf);
        Assert.Equal(
            [
                new("30 days", 2, .4, .5),
                new("90 days", 1, .2, 0),
                new("older", 1, .2, .5),
                new("undated", 1, .2, 0),
            ], curve);
    }

    [Fact]
    public void Without_lists_nothing_is_shown() =>
        Assert.Equal([new("undated", 1, 1, 0)], AgeCurve.Of(Lists.Of("a"), _ => null, _ => null, AsOf));
}
