using Cantor.Neighbors;

namespace Cantor.Signals.Vectors;

/// <summary>How the items' vectors relate them.</summary>
public sealed record VectorOptions
{
    /// <summary>What a cosine of 1 adds to the text score, 0 to 2; 0 leaves vectors out.</summary>
    public double Weight { get; init; } = .3;

    /// <summary>How an item's closest are looked for.</summary>
    public PairMethod Method { get; init; }

    /// <summary>The recall that a search which does not meet all pairs must reach, 0 to 1; the build fails below it.</summary>
    public double MinRecall { get; init; }

    /// <summary>What made the vectors, such as a model's hash, kept in the release; null when the source gave them.</summary>
    public string? Encoder { get; init; }

    internal void Check()
    {
        if (!(Weight is >= 0 and <= 2)) throw new ArgumentOutOfRangeException(nameof(Weight), Weight, "expected 0 to 2");
        if (!(MinRecall is >= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(MinRecall), MinRecall, "expected 0 to 1");
        if (!Enum.IsDefined(Method)) throw new ArgumentOutOfRangeException(nameof(Method), Method, "expected one of the methods");
    }
}

/// <summary>What a release knows of the vectors it was built from.</summary>
/// <param name="Items">How many items have one.</param>
/// <param name="Dimensions">How many numbers each has.</param>
/// <param name="Method">How the closest were looked for; never <see cref="PairMethod.Auto"/>.</param>
/// <param name="Recall">Measured on a sample where not all pairs met, 0 to 1; else null.</param>
/// <param name="Encoder">What made them; null when the source gave them.</param>
public sealed record VectorSummary(int Items, int Dimensions, PairMethod Method, double? Recall, string? Encoder);
