using Cantor.Kernels;

namespace Cantor.Ranking;

/// <summary>
/// Turns strengths into scores that mean the same in every collection: by how many unrelated items would be expected to come
/// as close by chance. The share of random pairs with a strength of s or more is 10^−(a + b·√s), fitted where it is .1 to
/// .005; of N items E = N·10^−(a + b·√s) come that close; the score is 1 / (1 + 1.8·E^.45). Good to about a factor of two.
/// </summary>
/// <param name="A">Where the curve starts.</param>
/// <param name="B">How fast it falls; greater than 0.</param>
/// <param name="Items">N.</param>
sealed record Calibration(double A, double B, int Items)
{
    /// <summary>Fewer items than this tell nothing.</summary>
    const int LeastItems = 20;

    /// <summary>So many items, or all of fewer, are compared with ...</summary>
    const int Samples = 200;

    /// <summary>... so many others.</summary>
    const int Others = 1000;

    const double Factor = 1.8, Power = .45;

    static readonly double Ln10 = FixedMath.Log(10);

    readonly double _start = FixedMath.Log(Factor) + Power * (FixedMath.Log(Items) - Ln10 * A), _fall = Power * Ln10 * B;

    static readonly double[] Survival = [.1, .05, .02, .01, .005];

    /// <summary>Fits the curve; null for collections too small, or too alike, to tell.</summary>
    internal static Calibration? Fit(Fusion fusion, int items, ulong seed, int threads, CancellationToken cancellationToken)
    {
        if (items < LeastItems) return null;
        var chance = new SeededRandom(seed, 0x63616C6962); // a stream of its own
        var queries = chance.Choose(items, Samples);
        var others = chance.Choose(items, Others);
        var all = new ulong[queries.Length * others.Length]; // 0, the least key, where an item would meet itself
        Threads.ForRanges(queries.Length, threads, 4, () => (Scorer: fusion.NewScorer(), Strengths: new float[Others], Parts: new float[Others * fusion.Signals.Count]), (worker, start, end) =>
        {
            for (var query = start; query < end; query++)
            {
                worker.Scorer.Aim(queries[query]);
                worker.Scorer.Score(others, worker.Strengths, worker.Parts);
                for (var at = 0; at < others.Length; at++)
                {
                    var place = query * others.Length + at;
                    if (others[at] != queries[query]) all[place] = TopK.Key(worker.Strengths[at], place);
                }
            }
        }, cancellationToken);
        var pairs = all.Length - all.AsSpan().Count(0ul);
        var count = (int)(Survival[0] * pairs) + 1; // of the greatest, which are all that the curve needs
        if (count < all.Length) TopK.Select(all, count);
        var greatest = all[..Math.Min(count, all.Length)];
        Array.Sort(greatest);

        var points = Survival
            .Select(share => (Root: Math.Sqrt(TopK.Score(greatest[greatest.Length - 1 - (int)(share * pairs)])), Log: -FixedMath.Log10(share)))
            .Where(point => point.Root > 0).ToArray();
        var (x, y) = (points.Sum(point => point.Root) / points.Length, points.Sum(point => point.Log) / points.Length);
        var spread = points.Sum(point => (point.Root - x) * (point.Root - x));
        if (points.Length < 2 || spread < 1e-9) return null;
        var slope = points.Sum(point => (point.Root - x) * (point.Log - y)) / spread;
        return new(y - slope * x, slope, items);
    }

    /// <summary>The score of a strength, 0..1; it rises with the strength.</summary>
    internal float Score(float strength)
    {
        // 1.8·E^.45 as one power of e.
        return (float)(1 / (1 + FixedMath.Exp(_start - _fall * Math.Sqrt(strength))));
    }
}
