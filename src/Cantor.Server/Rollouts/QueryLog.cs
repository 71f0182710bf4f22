using System.Collections.Concurrent;
using System.Text;
using Cantor.Storage;

namespace Cantor.Server.Rollouts;

/// <summary>
/// The questions that this server was asked last, on their way to the store: what a new release is asked before anybody is given it. At
/// most twenty a second are kept, so that a busy service has those of the last minutes and a quiet one those of the last days.
/// Nothing of who asked is in them.
/// </summary>
sealed class QueryLog
{
    const int Kept = Questions.Kept;
    const int MaxLength = 1_024;
    const long LeastTicks = TimeSpan.TicksPerMillisecond * 50;

    readonly string?[] _last = new string?[Kept];
    long _next, _lastAt, _stored;

    /// <summary>Keeps a question, a raw target, unless one was kept just before.</summary>
    internal void Add(string target, DateTimeOffset now)
    {
        var last = Volatile.Read(ref _lastAt);
        if (now.UtcTicks - last < LeastTicks && now.UtcTicks >= last || target.Length > MaxLength || !target.StartsWith('/') || Interlocked.CompareExchange(ref _lastAt, now.UtcTicks, last) != last) return;
        var question = WithoutUnit(target);
        Volatile.Write(ref _last[(Interlocked.Increment(ref _next) - 1) % Kept], question);
    }

    /// <summary>Gives the store what it has not been given yet. One caller at a time for a collection is enough; two keep a question twice.</summary>
    internal async Task KeepAsync(Store store, string collection, CancellationToken cancellationToken)
    {
        var (stored, next) = (Volatile.Read(ref _stored), Volatile.Read(ref _next));
        var fresh = new List<string>();
        for (var number = Math.Max(stored, next - Kept); number < next; number++)
            if (Volatile.Read(ref _last[number % Kept]) is { } question) fresh.Add(question);
        if (fresh.Count == 0) return;
        await store.Questions.KeepAsync(collection, fresh, cancellationToken);
        Volatile.Write(ref _stored, next);
    }

    /// <summary>The target with what says what is asked: neither the unit, nor the release, nor anything else that a client may have put there.</summary>
    internal static string WithoutUnit(string target)
    {
        if (target.IndexOf('?', StringComparison.Ordinal) is not (>= 0 and var question)) return target;
        var kept = new StringBuilder(target, 0, question, target.Length);
        var query = target.AsSpan(question + 1);
        foreach (var range in query.Split('&'))
        {
            var pair = query[range];
            var name = pair.IndexOf('=') is >= 0 and var equals ? pair[..equals] : pair;
            if (name is "id" or "limit" or "offset" or "explain" or "lang" or "minScore" or "diversity" or "fields")
                kept.Append(kept.Length == question ? '?' : '&').Append(pair);
        }
        return kept.ToString();
    }
}

/// <summary>The questions of each collection.</summary>
sealed class QueryLogs
{
    readonly ConcurrentDictionary<string, QueryLog> _logs = new(StringComparer.Ordinal);

    internal QueryLog Of(string collection) => _logs.GetOrAdd(collection, _ => new());
}
