using Cantor.Kernels;

namespace Cantor.Judging;

/// <summary>
/// Whether the canary's click-through is live's or better, up to a margin, by an interval that may be looked at after every
/// window: all of them together miss the true difference with a chance of at most <see cref="JudgeSettings.ClickAlpha"/>.
/// </summary>
/// <remarks>
/// The normal mixture of Robbins (1970) as Johari, Koomen, Pekelis and Walsh (2022, "Always valid inference") use it for two
/// shares: d ± √(V (V + τ²) / τ² · (2 ln(1/α) + ln((V + τ²) / V))), V being the variance of the difference d; valid for many
/// clicks, as Waudby-Smith et al. (2024, "Time-uniform central limit theory") show. τ only decides when the interval is
/// tightest: about when its half is τ long, so τ is the margin.
/// </remarks>
sealed class ClickTest(double margin, double alpha)
{
    // As many clicks are expected of each side before the normal law is trusted. A canary that gets none at all counts too.
    internal const double LeastClicks = 30;

    Share _canary, _live;

    internal Stand Stand { get; private set; }

    internal void Add(SideCounts canary, SideCounts live)
    {
        _canary = new(_canary.Bad + canary.Clicks, _canary.Total + canary.Impressions);
        _live = new(_live.Bad + live.Clicks, _live.Total + live.Impressions);
        Stand = Interval() is not var (low, high) ? Stand.Undecided : high < -margin ? Stand.Aborted : low > -margin ? Stand.Accepted : Stand.Undecided;
    }

    internal ClickState State()
    {
        var interval = Interval();
        return new(Stand, _canary, _live, Rate(_canary) - Rate(_live), interval?.Low, interval?.High, margin, WaitsFor(interval));
    }

    /// <summary>Why it aborts, in plain words.</summary>
    internal string Reason()
    {
        var state = State();
        return FormattableString.Invariant($"click-through: {_canary.Bad:N0} of {_canary.Total:N0} lists, live {_live.Bad:N0} of {_live.Total:N0}; the difference is between {state.Low:P2} and {state.High:P2}, less than −{margin:P2}");
    }

    string? WaitsFor((double Low, double High)? interval) =>
        Stand != Stand.Undecided ? null
        : interval is not var (low, _) ? FormattableString.Invariant($"click-through: the canary has {_canary.Total:N0} lists shown, live {_live.Bad:N0} clicks of {_live.Total:N0}; at least {LeastClicks} clicks are expected of each")
        : FormattableString.Invariant($"click-through: the difference may be as low as {low:P2}; expected above −{margin:P2}");

    (double Low, double High)? Interval()
    {
        var (canary, live) = (Rate(_canary), Rate(_live));
        if (_live.Bad < LeastClicks || _canary.Total * live < LeastClicks) return null;
        // The canary's spread is never taken smaller than live's would be: with few clicks its own is a bad guess.
        var spread = Math.Max(canary * (1 - canary), live * (1 - live));
        var variance = spread / _canary.Total + live * (1 - live) / _live.Total;
        var mixed = margin * margin;
        var half = Math.Sqrt(variance * (variance + mixed) / mixed * (2 * FixedMath.Log(1 / alpha) + FixedMath.Log((variance + mixed) / variance)));
        return (canary - live - half, canary - live + half);
    }

    // Late clicks may outnumber the lists shown for a while.
    static double Rate(Share clicks) => Math.Min(1, clicks.Smoothed);
}
