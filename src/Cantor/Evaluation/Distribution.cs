namespace Cantor.Evaluation;

/// <summary>How numbers are spread.</summary>
/// <param name="Count">How many there are, at least one.</param>
/// <param name="Mean">Their mean.</param>
/// <param name="P5">The number that 5 % of them lie below.</param>
/// <param name="P25">25 %.</param>
/// <param name="Median">Half.</param>
/// <param name="P75">75 %.</param>
/// <param name="P95">95 %.</param>
/// <param name="Bins">How many lie in each of equal parts of <paramref name="From"/>..<paramref name="To"/>; what lies outside counts in the nearest.</param>
/// <param name="From">Where the first bin starts.</param>
/// <param name="To">Where the last bin ends.</param>
public sealed record Distribution(
    int Count, double Mean, double P5, double P25, double Median, double P75, double P95, IReadOnlyList<int> Bins, double From, double To)
{
    /// <summary>Sorts <paramref name="values"/> and tells how they are spread; null when there are none.</summary>
    /// <param name="values">Numbers.</param>
    /// <param name="from">Where the first bin starts.</param>
    /// <param name="to">Where the last bin ends, above <paramref name="from"/>.</param>
    /// <param name="bins">How many bins there are, at least one.</param>
    public static Distribution? Of(IReadOnlyCollection<double> values, double from, double to, int bins)
    {
        if (values.Count == 0) return null;
        var sorted = values.ToArray();
        Array.Sort(sorted);
        var counts = new int[bins];
        var sum = 0.0;
        foreach (var value in sorted)
        {
            sum += value;
            counts[Math.Clamp((int)Math.Floor((value - from) / (to - from) * bins), 0, bins - 1)]++;
        }
        double At(double share) => Bootstrap.QuantileOf(sorted, share);
        return new(sorted.Length, sum / sorted.Length, At(.05), At(.25), At(.5), At(.75), At(.95), counts, from, to);
    }
}
