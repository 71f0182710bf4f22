using Cantor.Evaluation;

namespace Cantor.Tuning;

/// <summary>What was learned about the weights of a collection's signals, and how sure it is.</summary>
public sealed record TuningReport
{
    /// <summary>How many questions were asked: judged items, or units of which one item was hidden.</summary>
    public required int Questions { get; init; }

    /// <summary>nDCG@10 with the weights as they are.</summary>
    public required Interval Before { get; init; }

    /// <summary>nDCG@10 of each question with weights that were learned without it and without a fifth of the others.</summary>
    public required Interval After { get; init; }

    /// <summary><see cref="After"/> less <see cref="Before"/>, question by question.</summary>
    public required Interval Gain { get; init; }

    /// <summary>True when the gain's interval lies above 0, so that the learned weights are to be used; false: those there are stay.</summary>
    public required bool IsBetter { get; init; }

    /// <summary>The signals that have anything to say, text aside, against which they are weighed.</summary>
    public required IReadOnlyList<TunedWeight> Weights { get; init; }

    /// <summary>How many weighings were compared.</summary>
    public required int Compared { get; init; }
}

/// <summary>What one signal weighs beside text, which weighs 1.</summary>
/// <param name="Signal">"tags", "latent", "vectors" or "coviews".</param>
/// <param name="Before">What it weighed; of latent what the texts themselves said.</param>
/// <param name="Learned">What suits all questions best.</param>
/// <param name="Least">The least that any four fifths of the questions wanted.</param>
/// <param name="Greatest">The greatest.</param>
public sealed record TunedWeight(string Signal, double Before, double Learned, double Least, double Greatest);
