using Cantor.Gateway.Config;

namespace Cantor.Gateway.Proxying;

/// <summary>What this process has seen of a route: breakers, counters, how much is compared. It outlives reloads; several threads use it at once.</summary>
sealed class RouteHealth(RouteConfig config, TimeProvider time)
{
    long _old, _new, _failed, _rescued, _diverted, _compared, _dropped;
    long _drawn, _second;
    int _inSecond;

    internal Breaker Old { get; } = new(config.BreakerFailures, config.BreakerPause, time);

    internal Breaker New { get; } = new(config.BreakerFailures, config.BreakerPause, time);

    /// <summary>True when the breakers are as a configuration wants them.</summary>
    internal bool Fits(RouteConfig other) => other.BreakerFailures == config.BreakerFailures && other.BreakerPause == config.BreakerPause;

    internal void Answered(bool byNew) => Interlocked.Increment(ref byNew ? ref _new : ref _old);

    internal void Failed() => Interlocked.Increment(ref _failed);

    internal void Rescued() => Interlocked.Increment(ref _rescued);

    internal void Diverted() => Interlocked.Increment(ref _diverted);

    internal void Compared() => Interlocked.Increment(ref _compared);

    internal void Dropped() => Interlocked.Increment(ref _dropped);

    internal RouteCounters Counters => new(Interlocked.Read(ref _old), Interlocked.Read(ref _new), Interlocked.Read(ref _failed), Interlocked.Read(ref _rescued), Interlocked.Read(ref _diverted), Interlocked.Read(ref _compared), Interlocked.Read(ref _dropped), Old.IsOpen, New.IsOpen);

    /// <summary>True when the next request is to be compared: a share of them, drawn by their number, and so many in a second at the most.</summary>
    internal bool Draw(double share, int mostPerSecond)
    {
        if (share <= 0 || Mixed((ulong)Interlocked.Increment(ref _drawn)) >= share) return false;
        var second = (long)time.GetElapsedTime(0, time.GetTimestamp()).TotalSeconds;
        if (Interlocked.Exchange(ref _second, second) != second) Volatile.Write(ref _inSecond, 0);
        return Interlocked.Increment(ref _inSecond) <= mostPerSecond;
    }

    // The finalizer of SplitMix64 (Steele, Lea and Flood 2014): numbers in a row come out as if drawn by chance, 0..1.
    static double Mixed(ulong number)
    {
        var z = number * 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return ((z ^ (z >> 31)) >> 11) * (1.0 / (1UL << 53));
    }
}
