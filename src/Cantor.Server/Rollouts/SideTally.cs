using Cantor.Judging;

namespace Cantor.Server.Rollouts;

/// <summary>How a request for related items went.</summary>
[Flags]
public enum Outcome
{
    Good = 0,

    /// <summary>It was answered by a 5xx.</summary>
    Failed = 1,

    /// <summary>It took longer than the collection's limit.</summary>
    Slow = 2,

    /// <summary>Its list was empty, or its item not known.</summary>
    Empty = 4,
}

/// <summary>
/// What one side of a rollout answered at this server, window by window. Requests add to the current window without waiting; what
/// has ended is taken by one thread, again and again, so that a request that ends late is not lost.
/// </summary>
public sealed class SideTally(long rollout, bool isCanary)
{
    /// <summary>How long a window lasts.</summary>
    public const long WindowMs = 2_000;

    /// <summary>So long after its end a window may still be added to by a request of this server.</summary>
    const long KeptMs = 30_000;

    readonly Lock _turning = new();
    readonly List<WindowTally> _past = [];
    WindowTally _current = new(0);

    public long Rollout => rollout;

    public bool IsCanary => isCanary;

    /// <summary>Counts a request that ends now.</summary>
    public void Add(DateTimeOffset now, Outcome outcome) => At(now).Add(outcome);

    /// <summary>Counts a list that was shown, or clicked.</summary>
    public void AddEvent(DateTimeOffset now, bool isClick) => At(now).AddEvent(isClick);

    /// <summary>Takes what was counted in windows that have ended, and was not taken before.</summary>
    public IEnumerable<(long Start, SideCounts Counts)> Take(DateTimeOffset now)
    {
        var before = StartOf(now);
        WindowTally[] ended;
        lock (_turning)
        {
            if (_current.Start < before && _current.Start > 0)
            {
                _past.Add(_current);
                Volatile.Write(ref _current, new(before));
            }
            _past.RemoveAll(window => window.Start + WindowMs + KeptMs < before);
            ended = [.. _past];
        }
        foreach (var window in ended)
            if (window.Take() is var counts && counts != default) yield return (window.Start, counts);
    }

    public static long StartOf(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / WindowMs * WindowMs;

    WindowTally At(DateTimeOffset now)
    {
        var start = StartOf(now);
        var current = Volatile.Read(ref _current);
        if (current.Start >= start) return current; // or a clock that was put back: the window that is open
        lock (_turning)
        {
            if (_current.Start >= start) return _current;
            if (_current.Start > 0) _past.Add(_current);
            current = new(start);
            Volatile.Write(ref _current, current);
            return current;
        }
    }

    sealed class WindowTally(long start)
    {
        long _requests, _errors, _slow, _empty, _impressions, _clicks;

        internal long Start => start;

        internal void Add(Outcome outcome)
        {
            Interlocked.Increment(ref _requests);
            if ((outcome & Outcome.Failed) != 0) Interlocked.Increment(ref _errors);
            if ((outcome & Outcome.Slow) != 0) Interlocked.Increment(ref _slow);
            if ((outcome & Outcome.Empty) != 0) Interlocked.Increment(ref _empty);
        }

        internal void AddEvent(bool isClick) => Interlocked.Increment(ref isClick ? ref _clicks : ref _impressions);

        internal SideCounts Take()
        {
            // Parts before requests: what is taken of a request that is being counted is at most its being one.
            var (errors, slow, empty) = (Interlocked.Exchange(ref _errors, 0), Interlocked.Exchange(ref _slow, 0), Interlocked.Exchange(ref _empty, 0));
            return new(Interlocked.Exchange(ref _requests, 0), errors, slow, empty, Interlocked.Exchange(ref _impressions, 0), Interlocked.Exchange(ref _clicks, 0));
        }
    }
}
