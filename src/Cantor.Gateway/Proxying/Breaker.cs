namespace Cantor.Gateway.Proxying;

/// <summary>
/// Takes a side out of a route after failures in a row, and lets one request a pause through to see whether it is well again: its
/// success closes the breaker. Each process has its own; several threads use it at once.
/// </summary>
sealed class Breaker(int failures, TimeSpan pause, TimeProvider time)
{
    int _inRow;
    long _retryAt; // 0 while it is closed

    internal bool IsOpen => Volatile.Read(ref _retryAt) != 0;

    /// <summary>True when a request may go to the side. Of those that ask while it is open, one a pause is let through.</summary>
    internal bool Allows()
    {
        var retryAt = Volatile.Read(ref _retryAt);
        if (retryAt == 0) return true;
        var now = Now();
        return now >= retryAt && Interlocked.CompareExchange(ref _retryAt, now + Pause, retryAt) == retryAt;
    }

    /// <summary>The side answered.</summary>
    internal void Succeeded()
    {
        if (Volatile.Read(ref _inRow) != 0) Volatile.Write(ref _inRow, 0);
        if (IsOpen) Volatile.Write(ref _retryAt, 0);
    }

    /// <summary>The side failed.</summary>
    /// <returns>True when that opened the breaker.</returns>
    internal bool Failed()
    {
        if (Interlocked.Increment(ref _inRow) < failures) return false;
        return Interlocked.CompareExchange(ref _retryAt, Now() + Pause, 0) == 0;
    }

    long Pause => pause.Ticks;

    long Now() => Math.Max(1, time.GetElapsedTime(0, time.GetTimestamp()).Ticks);
}
