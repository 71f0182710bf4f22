using Cantor.Ranking;
using Cantor.Signals;
using Cantor.Signals.CoViews;
using Cantor.Signals.Latent;
using Cantor.Signals.Tags;
using Cantor.Signals.Text;
using Cantor.Signals.Vectors;
using Cantor.Tests.Signals;

namespace Cantor.Tests.Ranking;

/// <summary>What holds for any mix of signals and weights.</summary>
public sealed class FusionTests(FittedSignals fitted) : IClassFixture<FittedSignals>
{
    /// <summary>A weight for each signal, some left out, never all.</summary>
    static readonly Gen<float[]> Weights = Gen.OneOf(Gen.Const(0f), Gen.Float[.01f, 2f]).Array[5].Where(weights => weights.Sum() > 0);

    static readonly Gen<(int, int)> Pair = Gen.Select(Gen.Int[0, FittedSignals.Count - 1], Gen.Int[0, FittedSignals.Count - 1]).Where((a, b) => a != b);

    Fusion Fuse(float[] weights)
    {
        var (sections, items) = (fitted.Sections, FittedSignals.Count);
        SignalColumns columns = new(sections, items, FittedSignals.Dimensions, null);
        ISignal[] signals =
        [
            new TextSignal(columns, weights[0]), new TagsSignal(columns, weights[1]), new LatentSignal(columns, weights[2]),
            new VectorsSignal(sections, items, FittedSignals.Dimensions, weights[3], null), new CoViewsSignal(sections, items, weights[4]),
        ];
        return new([.. signals.Where(signal => signal.Weight > 0)]);
    }

    [Fact]
    public void Strength_is_the_weighted_mean_of_the_scores_on_their_common_scale() =>
        Gen.Select(Weights, Pair.Array[20]).Sample((weights, pairs) =>
        {
            var fusion = Fuse(weights);
            var scorer = fusion.NewScorer();
            var parts = new float[fusion.Signals.Count];
            var greatest = fusion.Signals.Sum(signal => (double)signal.Weight * signal.Highest);
            foreach (var (a, b) in pairs)
            {
                scorer.Aim(a);
                var strength = scorer.Score(b, parts);
                Assert.InRange(strength, 0, 1.000001f);
                Assert.Equal(strength, parts.Sum(), 1e-6f);
                var expected = fusion.Signals.Sum(signal =>
                {
                    var alone = signal.NewScorer();
                    alone.Aim(a);
                    var left = fusion.Signals.Where(other => other != signal).Aggregate(1.0, (left, other) => left * (other.Leaves?[a] ?? 1));
                    return signal.Weight * alone.Score(b) * left / greatest;
                });
                Assert.Equal(expected, strength, 1e-5);
            }
        }, iter: 100);

    [Fact]
    public void Reasons_sum_to_the_strength_whatever_the_mix() =>
        Gen.Select(Weights, Pair.Array[20]).Sample((weights, pairs) =>
        {
            var fusion = Fuse(weights);
            var scorer = fusion.NewScorer();
            var parts = new float[fusion.Signals.Count];
            foreach (var (a, b) in pairs)
            {
                scorer.Aim(a);
                var strength = scorer.Score(b, parts);
                var told = Enumerable.Range(0, parts.Length).Select(signal => scorer.Explain(signal, b).Sum(part => part.Weight)).ToArray();
                for (var signal = 0; signal < parts.Length; signal++) Assert.Equal(parts[signal], told[signal], 1e-6f);
                Assert.Equal(strength, told.Sum(), 1e-6f);
            }
        }, iter: 100);

    [Fact]
    public void All_weights_times_the_same_change_no_strength() =>
        Gen.Select(Weights, Gen.Float[.1f, 1f], Pair.Array[20]).Sample((weights, times, pairs) =>
        {
            var (fusion, scaled) = (Fuse(weights), Fuse(Array.ConvertAll(weights, weight => weight * times)));
            var (one, other, parts) = (fusion.NewScorer(), scaled.NewScorer(), new float[fusion.Signals.Count]);
            foreach (var (a, b) in pairs)
            {
                one.Aim(a);
                other.Aim(a);
                Assert.Equal(one.Score(b, parts), other.Score(b, parts), 1e-5f);
            }
        }, iter: 50);

    [Fact]
    public void Without_co_views_a_pair_is_as_strong_changed_about_to_the_bit() =>
        Gen.Select(Weights.Where(weights => weights[..4].Sum() > 0), Pair.Array[20]).Sample((weights, pairs) =>
        {
            var (scorer, parts) = (Fuse([.. weights[..4], 0]).NewScorer(), new float[5]);
            foreach (var (a, b) in pairs)
            {
                scorer.Aim(a);
                var strength = scorer.Score(b, parts);
                scorer.Aim(b);
                Assert.Equal(strength, scorer.Score(a, parts));
            }
        }, iter: 50);
}
