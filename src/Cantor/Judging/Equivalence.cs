namespace Cantor.Judging;

/// <summary>What two services that answer the same requests are to each other.</summary>
public enum Likeness
{
    /// <summary>Too little was compared to say.</summary>
    NotEnoughData,

    /// <summary>What differs is less than the margin.</summary>
    Equivalent,

    /// <summary>They differ by more than the margin.</summary>
    Different,
}

/// <summary>
/// How far a new service's answers lie from the old one's, beyond what the old one differs from itself: the mean of paired
/// differences with an interval whose ends are each passed over with a chance of at most one in a thousand.
/// </summary>
/// <remarks>
/// Each difference is d(old, new) − d(old, old again), so −1..1. The ends are Student's, of the differences and three more at
/// the worst value there is: without these a run of equal differences would have no spread, and a change that one request in
/// fifty meets would pass for none until it is met. A test draws the share of wrong verdicts at the margin, rare changes included.
/// </remarks>
/// <param name="Likeness">The verdict.</param>
/// <param name="Pairs">How many differences there are.</param>
/// <param name="Mean">Their mean; 0 without any.</param>
/// <param name="Low">The interval's lower end, −1 or more.</param>
/// <param name="High">The interval's upper end, 1 or less.</param>
/// <param name="Margin">Below this a difference does not matter.</param>
public sealed record Equivalence(Likeness Likeness, int Pairs, double Mean, double Low, double High, double Margin)
{
    /// <summary>A mean distance of lists (1 − rank-biased overlap) that nobody notices.</summary>
    public const double UsualMargin = .02;

    // The normal deviate that one in a thousand lies above.
    const double Deviate = 3.090232306167813;
    const int Imagined = 3;

    /// <summary>Judges differences.</summary>
    /// <param name="differences">Each −1..1, in the order in which they were seen.</param>
    /// <param name="margin">Above 0 and below 1.</param>
    public static Equivalence Of(IReadOnlyList<double> differences, double margin = UsualMargin)
    {
        if (margin is not (> 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(margin), margin, "expected a number between 0 and 1, both not included");
        double sum = 0, squares = 0;
        foreach (var difference in differences)
        {
            if (difference is not (>= -1 and <= 1)) throw new ArgumentOutOfRangeException(nameof(differences), difference, "expected −1 to 1");
            sum += difference;
            squares += difference * difference;
        }
        if (differences.Count == 0) return new(Likeness.NotEnoughData, 0, 0, -1, 1, margin);
        var (low, high) = (Math.Max(-1, End(-1)), Math.Min(1, End(1)));
        var likeness = high < margin ? Likeness.Equivalent : low > margin ? Likeness.Different : Likeness.NotEnoughData;
        return new(likeness, differences.Count, sum / differences.Count, low, high, margin);

        double End(int worst)
        {
            var n = (double)differences.Count + Imagined;
            var mean = (sum + Imagined * worst) / n;
            var variance = Math.Max(0, (squares + Imagined - n * mean * mean) / (n - 1));
            return mean + worst * Student(n - 1) * Math.Sqrt(variance / n);
        }
    }

    /// <summary>About how many pairs more it takes to see that there is no difference, if there is none; 0 when it is decided.</summary>
    public int More => Likeness is not Likeness.NotEnoughData ? 0 : Math.Max(1, (int)Math.Ceiling(Least(Margin)) - Pairs);

    // Of differences that are all 0: where three imagined ones no longer reach the margin.
    static double Least(double margin) => (Imagined + Deviate * Math.Sqrt(Imagined)) / margin + 10;

    // Student's quantile by the expansion in Abramowitz and Stegun (1964), 26.7.5.
    static double Student(double freedom)
    {
        const double z = Deviate, z3 = z * z * z, z5 = z3 * z * z, z7 = z5 * z * z;
        return z + (z3 + z) / 4 / freedom + (5 * z5 + 16 * z3 + 3 * z) / 96 / (freedom * freedom) + (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / 384 / (freedom * freedom * freedom);
    }
}
