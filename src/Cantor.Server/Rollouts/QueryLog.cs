using System.Collections.Concurrent;

namespace Cantor.Server.Rollouts;

/// <summary>
/// The questions that were asked last, in this server's memory only: what a new release is asked before anybody is given it. At
/// most twenty a second are kept, so that a busy service has those of the last minutes and a quiet one those of the last days.
/// </summary>
sealed class QueryLog
{
    internal const int Kept = 2_000;
    const int MaxLength = 1_024;
    const long LeastTicks = TimeSpan.TicksPerMillisecond * 50;

    readonly string?[] _last = new string?[Kept];
    long _next, _lastAt;

    /// <summary>Keeps a question, a raw target, unless one was kept just before.</summary>
    internal void Add(string target, DateTimeOffset now)
    {
        var last = Volatile.Read(ref _lastAt);
        if (now.UtcTicks - last < LeastTicks && now.UtcTicks >= last || target.Length > MaxLength || Interlocked.CompareExchange(ref _lastAt, now.UtcTicks, last) != last) return;
        Volatile.Write(ref _last[(Interlocked.Increment(ref _next) - 1) % Kept], target);
    }

    /// <summary>The last questions, in no order.</summary>
    internal IReadOnlyList<string> Last(int most) => [.. _last.OfType<string>().Take(most)];
}

/// <summary>The questions of each collection.</summary>
sealed class QueryLogs
{
    readonly ConcurrentDictionary<string, QueryLog> _logs = new(StringComparer.Ordinal);

    internal QueryLog Of(string collection) => _logs.GetOrAdd(collection, _ => new());
}
