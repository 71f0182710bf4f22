using Cantor.Judging;
using Cantor.Storage;
using Cantor.Storage.Rollouts;
using Microsoft.Extensions.Logging;

namespace Cantor.Server.Rollouts;

/// <summary>
/// What this server counted, on its way to the store: never on a request's path. While the store is away it is kept, up to a
/// bound; what is dropped then is said.
/// </summary>
public sealed class RolloutCounts(ServerOptions options, ILogger<RolloutCounts> logger)
{
    public const int MaxWaiting = 10_000;

    readonly Lock _sides = new();
    readonly Dictionary<(long Rollout, bool IsCanary), SideTally> _tallies = [];
    readonly SortedDictionary<(long Start, long Rollout, bool IsCanary), SideCounts> _waiting = [];

    /// <summary>How many windows wait for the store.</summary>
    public int Waiting => _waiting.Count;

    /// <summary>Where a side is counted: the same for as long as the rollout is under way.</summary>
    public SideTally Of(long rollout, bool isCanary)
    {
        lock (_sides)
        {
            if (!_tallies.TryGetValue((rollout, isCanary), out var tally)) _tallies.Add((rollout, isCanary), tally = new(rollout, isCanary));
            return tally;
        }
    }

    /// <summary>Forgets the sides of rollouts that have ended.</summary>
    public void Keep(IReadOnlySet<long> rollouts)
    {
        lock (_sides)
            foreach (var key in _tallies.Keys.Where(key => !rollouts.Contains(key.Rollout)).ToList())
                _tallies.Remove(key);
    }

    /// <summary>Adds what has been counted to the store. One caller at a time.</summary>
    /// <param name="store">The store.</param>
    /// <param name="paused">The rollouts that are paused: what was counted of them is dropped.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="StoreUnavailableException">It is kept, and added the next time.</exception>
    public async Task FlushAsync(Store store, IReadOnlySet<long> paused, CancellationToken cancellationToken)
    {
        Gather();
        foreach (var key in _waiting.Keys.Where(key => paused.Contains(key.Rollout)).ToList()) _waiting.Remove(key);
        if (_waiting.Count == 0) return;
        await store.Rollouts.AddCountsAsync([.. _waiting.Select(one => new SideWindow(one.Key.Rollout, one.Key.Start, one.Key.IsCanary, one.Value))], cancellationToken);
        _waiting.Clear();
    }

    /// <summary>Takes what was counted out of the sides, and drops the oldest when there is too much.</summary>
    public void Gather()
    {
        List<SideTally> tallies;
        lock (_sides) tallies = [.. _tallies.Values];
        foreach (var tally in tallies)
            foreach (var (start, counts) in tally.Take(options.Time.GetUtcNow()))
            {
                var key = (start, tally.Rollout, tally.IsCanary);
                _waiting[key] = _waiting.GetValueOrDefault(key) + counts;
            }
        var dropped = 0L;
        while (_waiting.Count > MaxWaiting)
        {
            var (oldest, counts) = _waiting.First();
            dropped += counts.Requests;
            _waiting.Remove(oldest);
        }
        if (dropped > 0) Log.CountsDropped(logger, dropped);
    }
}
