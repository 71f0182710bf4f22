using Cantor.Kernels;
using Cantor.Ranking;

namespace Cantor.Tuning;

/// <summary>Looks for the weights that answer questions best: one signal after another takes the best of its steps, until none moves.</summary>
/// <param name="pools">The questions.</param>
/// <param name="steps">For each signal the weights it may have; the one that it has now among them.</param>
/// <param name="coviews">Which of the signals is co-views; -1 for none.</param>
/// <param name="duplicates">Which items say nearly the same.</param>
/// <param name="threads">How many threads answer.</param>
sealed class WeightSearch(Pool[] pools, float[][] steps, int coviews, NearDuplicates? duplicates, int threads)
{
    const int MaxRounds = 4;

    /// <summary>The last bits of two sums are not an improvement.</summary>
    const double Same = 1e-9;

    readonly Dictionary<string, double[]> _answered = new(StringComparer.Ordinal);

    /// <summary>How many weighings were answered.</summary>
    internal int Answered => _answered.Count;

    /// <summary>nDCG@10 of each question.</summary>
    internal double[] Answer(float[] weights, CancellationToken cancellationToken)
    {
        var name = string.Join(' ', weights.Select(BitConverter.SingleToInt32Bits));
        if (_answered.TryGetValue(name, out var values)) return values;
        values = new double[pools.Length];
        Threads.ForRanges(pools.Length, threads, 64, () => new Room(), (room, start, end) =>
        {
            for (var at = start; at < end; at++) values[at] = pools[at].NdcgAt10(weights, coviews, duplicates, ref room.Keys);
        }, cancellationToken);
        _answered.Add(name, values);
        return values;
    }

    /// <summary>The best weights for the questions outside one fold.</summary>
    /// <param name="start">Where to begin; kept where nothing is better.</param>
    /// <param name="without">The fold; -1 to look at all questions.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    internal float[] Best(float[] start, int without, CancellationToken cancellationToken)
    {
        var best = start;
        var bestMean = Mean(Answer(best, cancellationToken), without);
        for (var round = 0; round < MaxRounds; round++)
        {
            var before = best;
            for (var signal = 0; signal < steps.Length; signal++)
                foreach (var weight in steps[signal])
                {
                    var tried = (float[])best.Clone();
                    tried[signal] = weight;
                    var mean = Mean(Answer(tried, cancellationToken), without);
                    if (mean > bestMean + Same) (best, bestMean) = (tried, mean);
                }
            if (best == before) break;
        }
        return best;
    }

    double Mean(double[] values, int without)
    {
        var (sum, count) = (0.0, 0);
        for (var at = 0; at < values.Length; at++)
        {
            if (pools[at].Question.Fold == without) continue;
            sum += values[at];
            count++;
        }
        return count == 0 ? 0 : sum / count;
    }

    sealed class Room
    {
        internal ulong[] Keys = new ulong[512];
    }
}
