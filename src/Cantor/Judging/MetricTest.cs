using Cantor.Kernels;

namespace Cantor.Judging;

/// <summary>
/// The sequential probability ratio test (Wald 1945) of one metric: is the canary's share of bad answers live's, or the
/// alternative? Live's share comes from the same windows, so what hits both sides alike decides nothing.
/// </summary>
sealed class MetricTest(Metric metric, JudgeSettings settings)
{
    readonly double _acceptAt = settings.AcceptAt, _abortAt = settings.AbortAt;
    Share _canary, _live, _recentCanary, _recentLive;
    double _liveShare, _alternative, _ratio;
    int _leftOut;

    internal Metric Metric => metric;

    internal Stand Stand { get; private set; }

    /// <summary>True when the guard caught it, and not the boundary.</summary>
    internal bool Guarded { get; private set; }

    /// <summary>Takes a window.</summary>
    /// <param name="canary">The canary's counts in it.</param>
    /// <param name="live">Live's counts in it.</param>
    /// <param name="recentCanary">The canary's counts within the guard's span, the window included.</param>
    /// <param name="recentLive">Live's counts within the guard's span.</param>
    internal void Add(SideCounts canary, SideCounts live, SideCounts recentCanary, SideCounts recentLive)
    {
        (_recentCanary, _recentLive) = (ShareOf(recentCanary), ShareOf(recentLive));
        var outage = _recentLive.Bad >= settings.GuardBad && _recentLive.Bad >= settings.OutageShare * _recentLive.Total;
        if (outage) _leftOut++;
        else
        {
            _canary = Sum(_canary, ShareOf(canary));
            _live = Sum(_live, ShareOf(live));
        }
        Weigh();
        Guarded = _recentCanary.Bad >= settings.GuardBad && _recentCanary.Bad >= settings.GuardShare * _recentCanary.Total
            && _recentCanary.Bad >= settings.GuardRatio * _recentLive.Smoothed * _recentCanary.Total;
        Stand =
            Guarded ? Stand.Aborted
            : outage || _liveShare >= settings.IllShare && _live.Total >= settings.LeastLive ? Stand.LiveIsIll
            : _live.Total < settings.LeastLive ? Stand.Undecided
            : _ratio >= _abortAt ? Stand.Aborted
            : _ratio <= _acceptAt ? Stand.Accepted
            : Stand.Undecided;
    }

    internal MetricState State()
    {
        if (_canary.Total == 0) Weigh();
        return new(metric, Stand, _canary, _live, _liveShare, _alternative, _ratio, _acceptAt, _abortAt, _recentCanary, _recentLive, _leftOut, WaitsFor());
    }

    /// <summary>Why it aborts, in plain words.</summary>
    internal string Reason()
    {
        var name = Name();
        return Guarded
            ? FormattableString.Invariant($"{name}: {_recentCanary.Bad:N0} of the canary's {_recentCanary.Total:N0} answers within {settings.GuardSpan.TotalSeconds:0.#} s, live {_recentLive.Bad:N0} of {_recentLive.Total:N0}")
            : FormattableString.Invariant($"{name}: {_canary.Bad:N0} of the canary's {_canary.Total:N0} answers, live {_live.Bad:N0} of {_live.Total:N0}; log-likelihood ratio {_ratio:F2}, abort at {_abortAt:F2}");
    }

    string? WaitsFor() => Stand switch
    {
        Stand.Accepted or Stand.Aborted => null,
        Stand.LiveIsIll => FormattableString.Invariant($"{Name()}: live is ill, {Math.Max(_liveShare, _recentLive.Smoothed):P1} of its answers are bad; waits until it is well again"),
        _ when _live.Total < settings.LeastLive => FormattableString.Invariant($"{Name()}: live has {_live.Total:N0} of the {settings.LeastLive:N0} answers to compare with"),
        _ => FormattableString.Invariant($"{Name()}: about {Math.Ceiling((_acceptAt - _ratio) / DriftOfLive()):N0} more answers of the canary, if they are as good as live's"),
    };

    string Name() => metric.ToString().ToLowerInvariant();

    void Weigh()
    {
        _liveShare = _live.Smoothed;
        _alternative = Math.Min(.5, Math.Max(settings.Ratio * _liveShare, _liveShare + settings.Floor));
        _ratio = _liveShare >= _alternative ? 0 // live is beyond the greatest alternative, and ill: there is nothing to tell apart
            : _canary.Bad * FixedMath.Log(_alternative / _liveShare) + (_canary.Total - _canary.Bad) * FixedMath.Log((1 - _alternative) / (1 - _liveShare));
    }

    // What one answer of a canary as good as live adds to the ratio on average: below 0.
    double DriftOfLive() =>
        _liveShare * FixedMath.Log(_alternative / _liveShare) + (1 - _liveShare) * FixedMath.Log((1 - _alternative) / (1 - _liveShare));

    Share ShareOf(SideCounts counts)
    {
        var (bad, total) = counts.Of(metric);
        return new(bad, total);
    }

    static Share Sum(Share a, Share b) => new(a.Bad + b.Bad, a.Total + b.Total);
}
