namespace Cantor.Judging;

/// <summary>A kind of bad answer, of which the canary must not have more than live.</summary>
public enum Metric
{
    /// <summary>Requests that failed.</summary>
    Errors,

    /// <summary>Answers that took longer than the limit.</summary>
    Slow,

    /// <summary>Answers with an empty list.</summary>
    Empty,
}

/// <summary>What becomes of a step.</summary>
public enum Verdict
{
    /// <summary>Nothing yet: it is inconclusive.</summary>
    Hold,

    /// <summary>The next step, or live.</summary>
    Promote,

    /// <summary>Back to live.</summary>
    Abort,
}

/// <summary>What a verdict rests on.</summary>
public enum Rule
{
    /// <summary>Not enough is known yet.</summary>
    Inconclusive,

    /// <summary>Every metric stands at its accept boundary.</summary>
    Accepted,

    /// <summary>A metric stands at its abort boundary.</summary>
    Boundary,

    /// <summary>Many bad answers within a short time, and far more than live has.</summary>
    Guard,

    /// <summary>Live itself is bad, so that nothing can be compared with it.</summary>
    LiveIsIll,

    /// <summary>Click-through is lower than live's by more than the margin.</summary>
    ClickThrough,

    /// <summary>The deadline passed, and the policy decides.</summary>
    Deadline,
}

/// <summary>How a metric stands.</summary>
public enum Stand
{
    /// <summary>Between the boundaries, or there is too little of live to compare with.</summary>
    Undecided,

    /// <summary>At or below the accept boundary.</summary>
    Accepted,

    /// <summary>At or above the abort boundary, or caught by the guard.</summary>
    Aborted,

    /// <summary>Live has too many bad answers itself.</summary>
    LiveIsIll,
}

/// <summary>Bad answers of all answers.</summary>
/// <param name="Bad">How many were bad.</param>
/// <param name="Total">Of how many.</param>
public readonly record struct Share(long Bad, long Total)
{
    /// <summary>(bad + ½) / (total + 1): between 0 and 1, neither included, however few there are.</summary>
    internal double Smoothed => (Bad + .5) / (Total + 1);
}

/// <summary>The numbers of one metric.</summary>
/// <param name="Metric">Which.</param>
/// <param name="Stand">How it stands.</param>
/// <param name="Canary">The canary's answers in all windows that count.</param>
/// <param name="Live">Live's answers in the same windows.</param>
/// <param name="LiveShare">What live's share is taken to be: (bad + ½) / (total + 1).</param>
/// <param name="Alternative">The share that would be too bad.</param>
/// <param name="LogLikelihoodRatio">How much better the alternative explains the canary's answers than live's share does, as a natural logarithm.</param>
/// <param name="AcceptAt">At or below this it is accepted.</param>
/// <param name="AbortAt">At or above this it aborts.</param>
/// <param name="RecentCanary">The canary's answers within the guard's span.</param>
/// <param name="RecentLive">Live's answers within the guard's span.</param>
/// <param name="LeftOut">How many windows do not count because live had an outage in them.</param>
/// <param name="WaitsFor">What is missing to accept it, in plain words; null when nothing is.</param>
public sealed record MetricState(
    Metric Metric, Stand Stand, Share Canary, Share Live, double LiveShare, double Alternative, double LogLikelihoodRatio,
    double AcceptAt, double AbortAt, Share RecentCanary, Share RecentLive, int LeftOut, string? WaitsFor);

/// <summary>The numbers of click-through.</summary>
/// <param name="Stand">How it stands.</param>
/// <param name="Canary">The canary's clicks of lists shown.</param>
/// <param name="Live">Live's clicks of lists shown.</param>
/// <param name="Difference">The canary's click-through less live's.</param>
/// <param name="Low">The interval's lower end; accepted when it is above −margin. Null while there are too few clicks.</param>
/// <param name="High">The interval's upper end; aborts when it is below −margin.</param>
/// <param name="Margin">How much may be lost.</param>
/// <param name="WaitsFor">What is missing to accept it, in plain words; null when nothing is.</param>
public sealed record ClickState(
    Stand Stand, Share Canary, Share Live, double Difference, double? Low, double? High, double Margin, string? WaitsFor);

/// <summary>
/// What the judge made of a step's windows, with every number behind it. The same settings and windows give the same decision,
/// to the last bit.
/// </summary>
/// <param name="Verdict">What becomes of the step.</param>
/// <param name="Rule">By which rule.</param>
/// <param name="Reason">The same in plain words.</param>
/// <param name="At">The end of the last window; the step's start when there is none.</param>
/// <param name="Windows">How many windows were seen.</param>
/// <param name="Metrics">The metrics that are judged, in the order of the settings.</param>
/// <param name="Clicks">Click-through; null when it is not judged.</param>
/// <param name="WaitsFor">What a promotion still waits for; empty when the step is decided.</param>
public sealed record Decision(
    Verdict Verdict, Rule Rule, string Reason, DateTimeOffset At, int Windows, IReadOnlyList<MetricState> Metrics, ClickState? Clicks,
    IReadOnlyList<string> WaitsFor);
