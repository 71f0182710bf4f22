using Cantor.Signals.Text;

namespace Cantor.Tests.Signals;

public sealed class FeatureMarksTests
{
    // The marks let a processor look at 32 features at once: they may pass one that the row lacks, never lose one that it has.
    [Fact]
    public void Marks_find_every_feature_that_both_rows_have_in_order() =>
        Gen.Select(Row, Row).Sample((mine, other) =>
        {
            var filter = new FeatureFilter();
            filter.Set(mine);
            var marks = new byte[2 * other.Length + FeatureFilter.MarksBehind];
            FeatureFilter.Mark(other, marks.AsSpan(0, 2 * other.Length));
            marks.AsSpan(2 * other.Length).Fill(255);
            var places = filter.Common(new CountRow(other, [], [], marks.AsSpan(0, 2 * other.Length))).ToArray();
            Assert.Equal(places.Distinct().Order(), places);
            Assert.All(places, place => Assert.InRange(place, 0, other.Length - 1));
            Assert.Empty(other.Intersect(mine).Except(places.Select(place => other[place])));
        });

    [Fact]
    public void Marks_pass_few_features_that_the_row_lacks()
    {
        int[] mine = [.. Enumerable.Range(0, 100).Select(i => i * 37)], other = [.. Enumerable.Range(0, 3000).Select(i => 1_000_000 + i * 11)];
        var filter = new FeatureFilter();
        filter.Set(mine);
        var marks = new byte[2 * other.Length + FeatureFilter.MarksBehind];
        FeatureFilter.Mark(other, marks.AsSpan(0, 2 * other.Length));
        Assert.InRange(filter.Common(new CountRow(other, [], [], marks.AsSpan(0, 2 * other.Length))).Length, 0, other.Length / 5);
    }

    static readonly Gen<int[]> Row = Gen.OneOf(Gen.Int[0, 500], Gen.Int[0, int.MaxValue - 1]).Array[0, 400].Select(features => features.Distinct().Order().ToArray());
}
