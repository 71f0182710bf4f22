using Cantor.Judging;
using Cantor.Kernels;

namespace Cantor.Tests.Judging;

public class EquivalenceTests
{
    [Fact]
    public void Without_a_difference_it_takes_some_hundred_pairs_to_say_so()
    {
        Assert.Equal(Likeness.NotEnoughData, Equivalence.Of([]).Likeness);
        Assert.Equal(Likeness.NotEnoughData, Equivalence.Of(new double[300]).Likeness);
        var least = Equivalence.Of(new double[300]).More + 300;
        Assert.InRange(least, 350, 500);
        Assert.Equal(Likeness.Equivalent, Equivalence.Of(new double[least]).Likeness);
        Assert.Equal(0, Equivalence.Of(new double[least]).More);
    }

    [Fact]
    public void A_plain_difference_is_seen_soon_and_an_improvement_is_none()
    {
        Assert.Equal(Likeness.Different, Equivalence.Of([.. Enumerable.Repeat(.5, 60)]).Likeness);
        Assert.Equal(Likeness.Equivalent, Equivalence.Of([.. Enumerable.Repeat(-.3, 500)]).Likeness);
        var seen = Equivalence.Of([.. Enumerable.Range(0, 1_000).Select(i => i % 10 == 0 ? .1 : 0)]);
        Assert.Equal((Likeness.Equivalent, 1_000), (seen.Likeness, seen.Pairs));
        Assert.Equal(.01, seen.Mean, 12);
        Assert.True(seen.Low < seen.Mean && seen.Mean < seen.High && seen.High < .02);
    }

    [Theory, InlineData(1.1), InlineData(-1.1), InlineData(double.NaN)]
    public void A_difference_lies_between_minus_one_and_one(double difference) => Assert.Throws<ArgumentOutOfRangeException>(() => Equivalence.Of([difference]));

    [Theory, InlineData(0), InlineData(1), InlineData(double.NaN)]
    public void A_margin_lies_between_zero_and_one(double margin) => Assert.Throws<ArgumentOutOfRangeException>(() => Equivalence.Of([0], margin));

    /// <summary>Services whose true mean difference is the margin: neither verdict may come more often than in a thousandth of the looks, but for the chance of drawing.</summary>
    [Theory]
    [InlineData(1, 450), InlineData(1, 1_000), InlineData(1, 5_000), InlineData(.5, 450), InlineData(.5, 2_000), InlineData(.1, 735), InlineData(.03, 735)]
    public void At_the_margin_a_verdict_is_hardly_ever_given(double size, int pairs)
    {
        const int runs = 4_000;
        var random = new SeededRandom(7);
        var (equivalent, different) = (0, 0);
        for (var run = 0; run < runs; run++)
        {
            // A change of this size, so often that its mean is the margin; above it noise that has no mean.
            var drawn = new double[pairs];
            for (var i = 0; i < pairs; i++)
                drawn[i] = (random.NextDouble() < Equivalence.UsualMargin / size ? size : 0) + (size < 1 ? (random.NextDouble() - .5) * .1 : 0);
            switch (Equivalence.Of(drawn).Likeness)
            {
                case Likeness.Equivalent: equivalent++; break;
                case Likeness.Different: different++; break;
            }
        }
        Assert.InRange(equivalent, 0, 10); // four expected at the most
        Assert.InRange(different, 0, 10);
    }

    [Fact]
    public void Where_lists_change_by_themselves_what_is_worse_than_that_is_still_seen()
    {
        var random = new SeededRandom(3);
        double[] Draw(double worse) => [.. Enumerable.Range(0, 3_000).Select(_ => Math.Clamp(worse + (random.NextDouble() - random.NextDouble()) * .3, -1, 1))];
        Assert.Equal(Likeness.Equivalent, Equivalence.Of(Draw(0)).Likeness);
        Assert.Equal(Likeness.Different, Equivalence.Of(Draw(.06)).Likeness);
    }
}
