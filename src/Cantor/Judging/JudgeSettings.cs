using System.Globalization;

namespace Cantor.Judging;

/// <summary>What happens to a step that its deadline finds undecided.</summary>
public enum DeadlinePolicy
{
    /// <summary>It stays where it is and somebody is told.</summary>
    Hold,

    /// <summary>It goes on, judged or not; but never while live is ill.</summary>
    Promote,

    /// <summary>It is taken back.</summary>
    Abort,
}

/// <summary>The constants of the judge. docs/judge.md says why the defaults are what they are.</summary>
public sealed record JudgeSettings
{
    /// <summary>How likely one metric aborts a canary that is as good as live, above 0 and below .5.</summary>
    public double Alpha { get; init; } = .001;

    /// <summary>How likely one metric accepts a canary that is as bad as the alternative, above 0 and below .5.</summary>
    public double Beta { get; init; } = .005;

    /// <summary>The alternative is a canary this many times as bad as live, above 1 …</summary>
    public double Ratio { get; init; } = 2;

    /// <summary>… but worse by at least this share, above 0 and below .5: smaller harm is let pass on purpose.</summary>
    public double Floor { get; init; } = .005;

    /// <summary>From this share of bad answers on live is ill, and nothing is decided; above 0, at most .5.</summary>
    public double IllShare { get; init; } = .25;

    /// <summary>How many answers of live its share is taken from at least, 1 or more.</summary>
    public long LeastLive { get; init; } = 200;

    /// <summary>How far the hard guard looks back.</summary>
    public TimeSpan GuardSpan { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How many bad answers the hard guard wants at least, 1 or more.</summary>
    public long GuardBad { get; init; } = 10;

    /// <summary>Which share of bad answers it wants at least, above 0 and at most 1.</summary>
    public double GuardShare { get; init; } = .10;

    /// <summary>How many times live's share in the same time it wants at least, above 1.</summary>
    public double GuardRatio { get; init; } = 4;

    /// <summary>
    /// With <see cref="GuardBad"/> bad answers and this share of them within <see cref="GuardSpan"/>, live has an outage: its
    /// windows are left out. Above <see cref="IllShare"/>, at most 1.
    /// </summary>
    public double OutageShare { get; init; } = .5;

    /// <summary>What is judged, each at most once; all three when not given.</summary>
    public IReadOnlyList<Metric> Metrics { get; init; } = [Metric.Errors, Metric.Slow, Metric.Empty];

    /// <summary>How much click-through may be lost, in clicks a list shown (.005 is half a percentage point), above 0 and below 1; null: it is not judged.</summary>
    public double? ClickMargin { get; init; }

    /// <summary>How likely the interval of click-through ever misses the true difference, above 0 and below .5.</summary>
    public double ClickAlpha { get; init; } = .01;

    /// <summary>How long a step lasts at least.</summary>
    public TimeSpan Dwell { get; init; }

    /// <summary>How long a step stays undecided at most.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromHours(24);

    /// <summary>What happens then.</summary>
    public DeadlinePolicy AtDeadline { get; init; }

    /// <summary>The log-likelihood ratio at which a metric is accepted (Wald 1945).</summary>
    internal double AcceptAt => Kernels.FixedMath.Log(Beta / (1 - Alpha));

    /// <summary>The log-likelihood ratio at which a metric aborts.</summary>
    internal double AbortAt => Kernels.FixedMath.Log((1 - Beta) / Alpha);

    /// <summary>Every setting that cannot be, in plain words with what was expected; empty when all can.</summary>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        void Expect(bool right, string name, object value, string expected)
        {
            if (!right) faults.Add(string.Create(CultureInfo.InvariantCulture, $"{name} is {value}; expected {expected}"));
        }
        Expect(Alpha is > 0 and < .5, "alpha", Alpha, "a number between 0 and .5");
        Expect(Beta is > 0 and < .5, "beta", Beta, "a number between 0 and .5");
        Expect(Ratio is > 1 and < double.PositiveInfinity, "ratio", Ratio, "a number above 1");
        Expect(Floor is > 0 and < .5, "floor", Floor, "a number between 0 and .5");
        Expect(IllShare is > 0 and < .5, "illShare", IllShare, "a number between 0 and .5");
        Expect(LeastLive >= 1, "leastLive", LeastLive, "1 or more");
        Expect(GuardSpan > TimeSpan.Zero, "guardSpan", GuardSpan, "a time above 0");
        Expect(GuardBad >= 1, "guardBad", GuardBad, "1 or more");
        Expect(GuardShare is > 0 and <= 1, "guardShare", GuardShare, "a number above 0, at most 1");
        Expect(GuardRatio is > 1 and < double.PositiveInfinity, "guardRatio", GuardRatio, "a number above 1");
        Expect(OutageShare > IllShare && OutageShare <= 1, "outageShare", OutageShare, "a number above illShare, at most 1");
        Expect(Metrics.Distinct().Count() == Metrics.Count && Metrics.All(Enum.IsDefined), "metrics", string.Join(", ", Metrics), "errors, slow and empty, each at most once");
        Expect(Metrics.Count > 0 || ClickMargin is not null, "metrics", "empty", "at least one, or clickMargin");
        Expect(ClickMargin is null or (> 0 and < 1), "clickMargin", ClickMargin ?? 0, "a number between 0 and 1");
        Expect(ClickAlpha is > 0 and < .5, "clickAlpha", ClickAlpha, "a number between 0 and .5");
        Expect(Dwell >= TimeSpan.Zero, "dwell", Dwell, "a time of 0 or more");
        Expect(Deadline > Dwell, "deadline", Deadline, "a time above dwell");
        Expect(Enum.IsDefined(AtDeadline), "atDeadline", AtDeadline, "hold, promote or abort");
        return faults;
    }
}
