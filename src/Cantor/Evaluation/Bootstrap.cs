using Cantor.Kernels;

namespace Cantor.Evaluation;

/// <summary>How far a mean would move had other queries been judged (Efron 1979, percentile interval).</summary>
static class Bootstrap
{
    const int Resamples = 1_000;
    const double TailShare = .025;

    /// <summary>The mean of each column with its interval; all columns are resampled by the same rows.</summary>
    /// <param name="columns">Columns of one length, at least 1: a value a query.</param>
    /// <param name="seed">Repeats the same draws.</param>
    /// <param name="cancellationToken">Looked at before every resample.</param>
    internal static Interval[] MeansOf(double[][] columns, ulong seed, CancellationToken cancellationToken)
    {
        var rows = columns[0].Length;
        var means = Array.ConvertAll(columns, _ => new double[Resamples]);
        var random = new SeededRandom(seed);
        var drawn = new int[rows];
        for (var resample = 0; resample < Resamples; resample++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (var i = 0; i < rows; i++) drawn[i] = random.NextInt(rows);
            for (var column = 0; column < columns.Length; column++)
            {
                var values = columns[column];
                var sum = 0.0;
                foreach (var row in drawn) sum += values[row];
                means[column][resample] = sum / rows;
            }
        }
        foreach (var column in means) Array.Sort(column);
        return [.. columns.Select((values, column) =>
            new Interval(MeanOf(values), QuantileOf(means[column], TailShare), QuantileOf(means[column], 1 - TailShare)))];
    }

    // From first to last, not by Enumerable.Average, whose vector sums differ in the last bit between machines.
    static double MeanOf(double[] values)
    {
        var sum = 0.0;
        foreach (var value in values) sum += value;
        return sum / values.Length;
    }

    /// <summary>The value below which <paramref name="share"/> of the values lie, straight between two of them; ascending, at least one.</summary>
    internal static double QuantileOf(ReadOnlySpan<double> sorted, double share)
    {
        var position = share * (sorted.Length - 1);
        var below = (int)position;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
    }
}
