using Cantor.Kernels;

namespace Cantor.Signals;

/// <summary>One way two items are related, fitted: made from the sections of a build or of an opened release.</summary>
interface ISignal
{
    /// <summary>The word a user knows it by: "text", "tags".</summary>
    string Name { get; }

    /// <summary>What a score of 1 adds to the fused score; 0 or more.</summary>
    float Weight { get; }

    /// <summary>The greatest score there can be; what the fused score is divided by counts it.</summary>
    float Highest { get; }

    /// <summary>
    /// Features whose dot product finds candidates, already multiplied by the root of <see cref="Weight"/>; null when the signal
    /// finds none of its own.
    /// </summary>
    FeatureRows? Features { get; }

    /// <summary>How many features <see cref="Features"/> has, known without making them; null when there are none.</summary>
    int? FeatureCount => Features?.FeatureCount;

    /// <summary>An item's row of <see cref="Features"/>; empty when there are none.</summary>
    (int Feature, float Value)[] FeaturesOf(int item)
    {
        if (Features is not { } features) return [];
        var (start, end) = features.Row(item);
        var row = new (int, float)[end - start];
        for (var at = start; at < end; at++) row[at - start] = (features.Features[at], features.Values[at]);
        return row;
    }

    /// <summary>
    /// For each item the others that must be scored whatever <see cref="Features"/> find: rows whose features are ordinals; null
    /// when the signal knows none of its own.
    /// </summary>
    FeatureRows? Partners { get; }

    /// <summary>
    /// For each item the share, 0..1, that this signal leaves of the others' scores when the item is aimed at: less where it
    /// knows more of the item than they do. Null for a signal that leaves all.
    /// </summary>
    Column<float>? Leaves => null;

    /// <summary>The row of an item that the build has not seen.</summary>
    /// <exception cref="Corpus.InputFaultException">The item is not like those of the build.</exception>
    SignalRow RowOf(Draft draft);

    /// <summary>The items that must be scored for an unseen one whatever <see cref="Features"/> find, in no order.</summary>
    /// <param name="row">Made by <see cref="RowOf"/>.</param>
    /// <param name="count">How many at most.</param>
    IReadOnlyList<int> Closest(SignalRow row, int count) => [];

    /// <summary>Told before many pairs are scored, while nobody scores: the time to lay rows out for it.</summary>
    void Arrange(int threads, CancellationToken cancellationToken)
    {
    }

    /// <summary>About how many bytes <see cref="Arrange"/> takes.</summary>
    long ArrangedBytes => 0;

    /// <summary>A scorer for one thread.</summary>
    IScorer NewScorer();
}

/// <summary>Scores pairs of one signal for one thread: aim at an item once, then score many others against it.</summary>
interface IScorer
{
    /// <summary>Sets the item that the next scores are about.</summary>
    void Aim(int item);

    /// <summary>Sets an unseen item as what the next scores are about; the row is one of the same signal.</summary>
    void Aim(SignalRow row);

    /// <summary>How related <paramref name="other"/> is: 0..<see cref="ISignal.Highest"/>.</summary>
    float Score(int other);

    /// <summary>How related each of <paramref name="others"/> is: what <see cref="Score(int)"/> says of them, one after another.</summary>
    /// <param name="others">The items.</param>
    /// <param name="scores">Gets as many scores.</param>
    void Score(ReadOnlySpan<int> others, Span<float> scores)
    {
        for (var i = 0; i < others.Length; i++) scores[i] = Score(others[i]);
    }

    /// <summary>How related an unseen item is: 0..<see cref="ISignal.Highest"/>.</summary>
    float Score(SignalRow other);

    /// <summary>Adds what both items have, as a reader knows it; the weights sum to the score.</summary>
    void Explain(int other, List<ReasonPart> parts);
}
