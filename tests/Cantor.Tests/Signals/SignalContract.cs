using Cantor.Corpus;
using Cantor.Kernels;
using Cantor.Signals;
using Cantor.Signals.CoViews;
using Cantor.Signals.Latent;
using Cantor.Signals.Tags;
using Cantor.Signals.Text;
using Cantor.Signals.Vectors;

namespace Cantor.Tests.Signals;

/// <summary>What every signal holds to, whatever it is made of.</summary>
public abstract class SignalContract(FittedSignals fitted)
{
    internal abstract SignalKind Kind { get; }

    /// <summary>False for a signal that knows nothing of an item before somebody looked at it.</summary>
    protected virtual bool KnowsUnseenItems => true;

    protected virtual bool IsSymmetric => true;

    ISignal Signal => Kind.Open(new(fitted.Sections, FittedSignals.Count, FittedSignals.Dimensions, null), .7f);

    static IEnumerable<(int A, int B)> Pairs() =>
        Enumerable.Range(0, 3000).Select(i => (i * 31 % FittedSignals.Count, i * 57 / 3 % FittedSignals.Count)).Where(pair => pair.Item1 != pair.Item2);

    float Score(IScorer scorer, int a, int b)
    {
        scorer.Aim(a);
        return scorer.Score(b);
    }

    [Fact]
    public void It_is_known_by_its_name_and_tuning_tries_weights_that_it_may_have()
    {
        Assert.Equal(Kind.Name, Signal.Name);
        Assert.Same(Kind, SignalKind.All.Single(kind => kind.Name == Kind.Name));
        Assert.True(Kind.Steps.SequenceEqual(Kind.Steps.Distinct().Order()));
        if (Kind.MostWeight is { } most) Assert.Equal((0, (float)most), (Kind.Steps[0], Kind.Steps[^1]));
    }

    [Fact]
    public void Scores_lie_between_0_and_the_highest_and_some_are_greater_than_0()
    {
        var scorer = Signal.NewScorer();
        var scores = Pairs().Select(pair => Score(scorer, pair.A, pair.B)).ToArray();
        Assert.All(scores, score => Assert.InRange(score, 0, Signal.Highest));
        Assert.Contains(scores, score => score > 0);
    }

    [Fact]
    public void A_scorer_gives_a_pair_the_same_score_whatever_it_was_aimed_at_before()
    {
        var used = Signal.NewScorer();
        Assert.All(Pairs().Take(500), pair => Assert.Equal(Score(Signal.NewScorer(), pair.A, pair.B), Score(used, pair.A, pair.B)));
    }

    [Fact]
    public void A_pair_scores_the_same_to_the_bit_changed_about_unless_the_signal_holds_back_one_of_the_two()
    {
        var scorer = Signal.NewScorer();
        var differ = Pairs().Count(pair => Score(scorer, pair.A, pair.B) != Score(scorer, pair.B, pair.A));
        Assert.Equal(IsSymmetric, differ == 0);
    }

    [Fact]
    public void What_explains_a_score_sums_to_it_and_nothing_explains_0()
    {
        var scorer = Signal.NewScorer();
        foreach (var (a, b) in Pairs())
        {
            var parts = new List<ReasonPart>();
            var score = Score(scorer, a, b);
            scorer.Explain(b, parts);
            Assert.Equal(score, parts.Sum(part => part.Weight), 1e-5f);
            Assert.All(parts, part => Assert.True(part.Weight > 0 && Enum.IsDefined(part.Kind)));
            Assert.All(parts, part => Assert.Equal(part.Kind is ReasonKind.Term or ReasonKind.Phrase or ReasonKind.Tag or ReasonKind.TagWord, part.Text.Length > 0));
            Assert.All(parts, part => Assert.Equal(part.Kind is ReasonKind.Together, part.Count > 0));
        }
    }

    [Fact]
    public void Rows_that_find_candidates_ascend_and_have_values_greater_than_0()
    {
        foreach (var rows in new[] { Signal.Features, Signal.Partners }.OfType<FeatureRows>())
            for (var item = 0; item < FittedSignals.Count; item++)
            {
                var (start, end) = rows.Row(item);
                for (var at = start; at < end; at++)
                {
                    Assert.True(at == start || rows.Features[at - 1] < rows.Features[at]);
                    Assert.True(rows.Features[at] < rows.FeatureCount && rows.Values[at] >= 0);
                }
            }
    }

    [Fact]
    public void The_row_of_an_item_that_the_build_saw_scores_and_finds_to_the_bit_like_the_item()
    {
        if (!KnowsUnseenItems) return; // the test below holds for it
        var signal = Signal;
        var (byItem, byRow) = (signal.NewScorer(), signal.NewScorer());
        for (var item = 0; item < 50; item++)
        {
            var row = signal.RowOf(fitted.DraftOf(fitted.Items[item]));
            byItem.Aim(item);
            byRow.Aim(row);
            for (var other = 0; other < FittedSignals.Count; other++)
            {
                if (other == item) continue;
                Assert.Equal(byItem.Score(other), byRow.Score(other));
                Assert.Equal(byRow.Score(other), Score(signal.NewScorer(), row, other));
            }
            if (signal.Features is not { } features) continue;
            var (start, end) = features.Row(item);
            Assert.Equal(row.Features.Select(feature => feature.Feature), features.Features.Slice(start, end).ToArray());
            Assert.Equal(row.Features.Select(feature => feature.Value), features.Values.Slice(start, end).ToArray());
        }
    }

    /// <summary>The other way round: the item aimed at, the row scored.</summary>
    static float Score(IScorer scorer, SignalRow row, int aimed)
    {
        scorer.Aim(aimed);
        return scorer.Score(row);
    }

    [Fact]
    public void Two_unseen_items_score_like_the_items_they_repeat_or_0_where_nobody_looked_yet()
    {
        var signal = Signal;
        var scorer = signal.NewScorer();
        var rows = fitted.Items.Take(60).Select(item => signal.RowOf(fitted.DraftOf(item))).ToArray();
        for (var a = 0; a < rows.Length; a++)
            for (var b = 0; b < a; b++)
            {
                scorer.Aim(rows[a]);
                Assert.Equal(KnowsUnseenItems ? Score(signal.NewScorer(), a, b) : 0, scorer.Score(rows[b]));
            }
    }

    [Fact]
    public void An_unseen_item_that_shares_nothing_scores_0_with_all()
    {
        var row = Signal.RowOf(fitted.DraftOf(new Item { Id = ItemId.Parse("new"), Title = "qqq zzz"u8.ToArray(), Tags = ["nobody has it"] }));
        var scorer = Signal.NewScorer();
        scorer.Aim(row);
        Assert.All(Enumerable.Range(0, FittedSignals.Count), item => Assert.Equal(0, scorer.Score(item)));
        Assert.Equal(0, scorer.Score(row));
        Assert.Empty(row.Features);
    }

    [Fact]
    public void The_closest_of_an_unseen_item_are_those_with_the_greatest_scores()
    {
        var (signal, scorer) = (Signal, Signal.NewScorer());
        for (var item = 0; item < 40; item++)
        {
            var row = signal.RowOf(fitted.DraftOf(fitted.Items[item]));
            var closest = signal.Closest(row, 15);
            if (closest.Count == 0) continue; // features find them, or nobody can
            scorer.Aim(row);
            var scores = Enumerable.Range(0, FittedSignals.Count).Select(scorer.Score).Order().ToArray();
            Assert.Equal(scores[^15..], closest.Select(scorer.Score).Order());
        }
    }

    [Fact]
    public void What_a_signal_leaves_of_the_others_is_a_share()
    {
        if (Signal.Leaves is not { } leaves) return;
        for (var item = 0; item < FittedSignals.Count; item++) Assert.InRange(leaves[item], 0, 1);
    }
}

public sealed class TextSignalTests(FittedSignals fitted) : SignalContract(fitted), IClassFixture<FittedSignals>
{
    internal override SignalKind Kind => TextSignal.Kind;
}

public sealed class TagsSignalTests(FittedSignals fitted) : SignalContract(fitted), IClassFixture<FittedSignals>
{
    internal override SignalKind Kind => TagsSignal.Kind;
}

public sealed class LatentSignalTests(FittedSignals fitted) : SignalContract(fitted), IClassFixture<FittedSignals>
{
    internal override SignalKind Kind => LatentSignal.Kind;
}

public sealed class VectorsSignalContractTests(FittedSignals fitted) : SignalContract(fitted), IClassFixture<FittedSignals>
{
    internal override SignalKind Kind => VectorsSignal.Kind;
}

public sealed class CoViewsSignalTests(FittedSignals fitted) : SignalContract(fitted), IClassFixture<FittedSignals>
{
    internal override SignalKind Kind => CoViewsSignal.Kind;

    protected override bool KnowsUnseenItems => false;

    protected override bool IsSymmetric => false;
}
