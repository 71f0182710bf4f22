using Cantor.Kernels;

namespace Cantor.Judging;

/// <summary>What a simulation is asked for.</summary>
public sealed record SimulationOptions
{
    /// <summary>How often each cell is played, 1 to 1,000,000.</summary>
    public int Runs { get; init; } = 2_000;

    /// <summary>Repeats the same table.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>After how many minutes an undecided run is given up, 1 to 1,440.</summary>
    public int Minutes { get; init; } = 120;

    /// <summary>How many requests live gets for each of the canary's, 1 to 99: 19 is a canary of 5 %.</summary>
    public int LivePerCanary { get; init; } = 19;

    /// <summary>The numbers of the cases to be played, from 0 in the table's order; null for all. A case comes out alike, alone or among others.</summary>
    public IReadOnlyCollection<int>? Only { get; init; }

    /// <summary>How many threads work; never changes the table.</summary>
    public int Threads { get; init; } = 1;
}

/// <summary>What the judge should do in a cell.</summary>
public enum Expected
{
    /// <summary>Not abort: the canary is as good as live, or better.</summary>
    Pass,

    /// <summary>Either: the canary is worse, by less than the alternative.</summary>
    Either,

    /// <summary>Not accept: the canary is as bad as the alternative, or worse.</summary>
    Abort,
}

/// <summary>What many runs of one case came to.</summary>
/// <param name="Base">Live's true share of bad answers.</param>
/// <param name="Effect">How the canary differs, as in the table's heading.</param>
/// <param name="Share">The canary's true share.</param>
/// <param name="PerSecond">How many requests a second the canary gets.</param>
/// <param name="Expected">What should come out.</param>
/// <param name="Runs">How many runs there were.</param>
/// <param name="Aborted">How many ended with an abort: false ones where it should pass.</param>
/// <param name="Accepted">How many ended with a promotion: false ones where it should abort.</param>
/// <param name="Guarded">How many of the aborts were the guard's.</param>
/// <param name="AbortMedian">Seconds to an abort, the median over the runs that ended so; null without any.</param>
/// <param name="AbortP95">Seconds to an abort, what 95 % of these runs do not exceed.</param>
/// <param name="AcceptMedian">Seconds to a promotion, the median over the runs that ended so.</param>
public sealed record SimulatedCase(
    double Base, string Effect, double Share, int PerSecond, Expected Expected, int Runs, int Aborted, int Accepted, int Guarded,
    double? AbortMedian, double? AbortP95, double? AcceptMedian);

/// <summary>
/// Plays the judge against chance whose truth is known: windows of two seconds with the same number of requests each, of which
/// every one is bad or not, independent of the others. One metric is judged; its name does not matter.
/// </summary>
public static class Simulation
{
    const int WindowSeconds = 2, RunsAtOnce = 16;

    static readonly double[] Bases = [0, .001, .01, .05, .2];
    static readonly int[] Rates = [1, 5, 50];
    static readonly (string Name, Func<double, double> Of)[] Effects =
    [
        ("×1", share => share), ("×2", share => 2 * share), ("×3", share => 3 * share), ("+.5 pp", share => share + .005),
        ("2 %", _ => .02), ("10 %", _ => .1), ("100 %", _ => 1),
    ];

    /// <summary>How many cases the table has.</summary>
    public static int Cases => Truths().Count();

    /// <summary>Plays the cases of the table, in its order: by base, effect, requests a second.</summary>
    /// <param name="settings">The judge's constants; <see cref="JudgeSettings.Metrics"/>, clicks, dwell and deadline are not looked at.</param>
    /// <param name="options">How often, how long, with which seed.</param>
    /// <param name="progress">Told how many cases are done.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="ArgumentException">A setting or an option cannot be.</exception>
    public static IReadOnlyList<SimulatedCase> Run(
        JudgeSettings settings, SimulationOptions options, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        if (options.Runs is < 1 or > 1_000_000 || options.Minutes is < 1 or > 1_440 || options.LivePerCanary is < 1 or > 99)
            throw new ArgumentException("expected 1 to 1,000,000 runs, 1 to 1,440 minutes, 1 to 99 requests of live for each of the canary's", nameof(options));
        var judged = settings with { Metrics = [Metric.Errors], ClickMargin = null, Dwell = TimeSpan.Zero, Deadline = TimeSpan.MaxValue };
        var cases = new List<SimulatedCase>();
        foreach (var (number, truth) in Truths().Index())
        {
            if (options.Only?.Contains(number) is false) continue;
            cases.Add(Play(truth, number, judged, options, cancellationToken));
            progress?.Report(cases.Count);
        }
        return cases;
    }

    readonly record struct Truth(double Base, string Effect, double Share, int PerSecond);

    // Twice and three times nothing is nothing: these would be the case ×1 again.
    static IEnumerable<Truth> Truths() =>
        from live in Bases
        from effect in Effects
        where live > 0 || effect.Name is not ("×2" or "×3")
        from rate in Rates
        select new Truth(live, effect.Name, effect.Of(live), rate);

    /// <summary>How one run ended.</summary>
    readonly record struct Ending(Verdict Verdict, bool Guarded, int Seconds);

    static SimulatedCase Play(Truth truth, int number, JudgeSettings settings, SimulationOptions options, CancellationToken cancellationToken)
    {
        var canary = truth.PerSecond * WindowSeconds;
        var live = canary * options.LivePerCanary;
        var (canaryBad, liveBad) = (new BinomialTable(canary, truth.Share), new BinomialTable(live, truth.Base));
        var windows = options.Minutes * 60 / WindowSeconds;
        var endings = new Ending[options.Runs];
        Threads.ForRanges(options.Runs, options.Threads, RunsAtOnce, (start, end) =>
        {
            for (var run = start; run < end; run++)
            {
                var random = new SeededRandom(options.Seed, ((ulong)number << 32) + (ulong)run);
                var judge = new StepJudge(settings, DateTimeOffset.UnixEpoch);
                var at = 0;
                for (; at < windows && judge.Verdict == Verdict.Hold; at++)
                    judge.Add(new(
                        DateTimeOffset.UnixEpoch.AddSeconds(at * WindowSeconds), DateTimeOffset.UnixEpoch.AddSeconds((at + 1) * WindowSeconds),
                        new(canary, canaryBad.Draw(random)), new(live, liveBad.Draw(random))));
                endings[run] = new(judge.Verdict, judge.Rule == Rule.Guard, at * WindowSeconds);
            }
        }, cancellationToken);

        var (aborts, accepts) = (SecondsOf(endings, Verdict.Abort), SecondsOf(endings, Verdict.Promote));
        var alternative = Math.Min(.5, Math.Max(settings.Ratio * truth.Base, truth.Base + settings.Floor));
        return new(truth.Base, truth.Effect, truth.Share, truth.PerSecond,
            truth.Share <= truth.Base ? Expected.Pass : truth.Share < alternative ? Expected.Either : Expected.Abort,
            options.Runs, aborts.Length, accepts.Length, endings.Count(ending => ending.Guarded),
            QuantileOf(aborts, .5), QuantileOf(aborts, .95), QuantileOf(accepts, .5));
    }

    static int[] SecondsOf(Ending[] endings, Verdict verdict) =>
        [.. endings.Where(ending => ending.Verdict == verdict).Select(ending => ending.Seconds).Order()];

    // The smallest value that at least the share does not exceed: a time that was seen, never one between two.
    static double? QuantileOf(int[] sorted, double share) =>
        sorted.Length == 0 ? null : sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)];
}
