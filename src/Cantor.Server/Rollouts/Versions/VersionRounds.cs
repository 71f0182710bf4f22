using System.Data.Common;
using Cantor.Judging;
using Cantor.Storage;
using Cantor.Storage.Rollouts;
using Microsoft.Extensions.Logging;

namespace Cantor.Server.Rollouts.Versions;

/// <summary>
/// Takes rollouts of the servers' version forward: tells the store of this server, has it ask itself at the gate what was asked
/// last, and under the lease lets the gate and the judge decide. One caller at a time.
/// </summary>
sealed class VersionRounds(ServerOptions options, LiveReleases live, VersionTraffic traffic, RouteWeights weights, QueryLogs queries, LeasedJudge judge, ILogger<VersionRounds> logger)
{
    /// <summary>So long a canary may take until its servers are there.</summary>
    internal static readonly TimeSpan OpeningTime = TimeSpan.FromMinutes(10);

    /// <summary>So long a server is silent until it is taken for dead, while a version is rolled out.</summary>
    internal static readonly TimeSpan Silent = TimeSpan.FromSeconds(10);

    static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(2), TellIdly = TimeSpan.FromSeconds(30), SilentIdly = TimeSpan.FromSeconds(75);

    DateTimeOffset _told = DateTimeOffset.MinValue;
    TellingServer? _last;
    DateTimeOffset? _lookingSince;
    (long Rollout, SideCounts Counts)? _asked;
    long _asking;

    /// <summary>Tells the store of this server where that is due; while the store is away, not.</summary>
    internal async Task TellAsync(Func<Store> storeOf, CancellationToken cancellationToken)
    {
        var (now, rolling, asked) = (options.Time.GetUtcNow(), traffic.Rollout is not null, _asked);
        var self = new TellingServer { Name = judge.Holder, Version = options.Version, Track = options.Track, Ready = live.Current.Ready, Asked = asked?.Rollout, Answered = asked?.Counts ?? default, Weight = weights.Given };
        if (self == _last && now - _told < (rolling ? TellEvery : TellIdly)) return;
        try
        {
            await storeOf().Servers.TellAsync(self, rolling ? Silent : SilentIdly, cancellationToken);
            (_last, _told) = (self, now);
        }
        catch (StoreUnavailableException)
        {
            Failed();
        }
    }

    /// <summary>Tells the store that this server ends.</summary>
    internal async Task LeaveAsync(Func<Store> storeOf)
    {
        try
        {
            await storeOf().Servers.LeaveAsync(judge.Holder, CancellationToken.None);
        }
        catch (Exception fault) when (fault is StoreUnavailableException or DbException)
        {
            // The store is away, or its file is damaged, which others say. The server is taken for dead in a while.
        }
    }

    /// <summary>Looks at the rollout that is under way, if there is one.</summary>
    /// <returns>The rollout after what was decided; null when nothing was.</returns>
    internal async Task<Rollout?> TakeForwardAsync(Store store, CancellationToken cancellationToken)
    {
        if (traffic.Rollout is not { } seen || await store.Rollouts.FindAsync(seen.Number, cancellationToken) is not { IsActive: true } rollout)
        {
            _lookingSince = null;
            return null;
        }
        _lookingSince ??= options.Time.GetUtcNow();
        if (rollout.State is RolloutState.Gating && _asking != rollout.Number && live.Current.Ready && VersionTraffic.IsCanary(rollout, options.Track, options.Version) is not null)
        {
            _asking = rollout.Number;
            _ = Task.Run(() => AskAsync(store, rollout, cancellationToken), CancellationToken.None);
        }
        if (!await judge.TryTakeAsync(store, rollout, cancellationToken)) return null;
        var servers = await store.Servers.LivingAsync(cancellationToken);
        if (ActOf(rollout, servers) is { } act) return (await store.Rollouts.ActAsync(rollout, act, cancellationToken)).Next;
        return rollout.State is RolloutState.Running ? (await judge.JudgeAsync(store, rollout, cancellationToken))?.Next : null;
    }

    /// <summary>A look failed: whoever was silent meanwhile may have been without the store, as this server was.</summary>
    internal void Failed() => _lookingSince = null;

    RolloutAct? ActOf(Rollout rollout, IReadOnlyList<TellingServer> servers)
    {
        var now = options.Time.GetUtcNow();
        var stable = servers.Where(server => server.Track is Track.Stable).Select(server => server.Version).Distinct(StringComparer.Ordinal).ToList();
        if (rollout.State is RolloutState.Gating or RolloutState.Running && stable is [var other] && other != rollout.Baseline) return new RolloutAct.LiveMoved(judge.Name, other);
        var canaries = servers.Where(server => VersionTraffic.IsCanary(rollout, server.Track, server.Version) is true).ToList();
        if (rollout.State is RolloutState.Running && canaries.Count == 0 && now - _lookingSince >= Silent)
            return new RolloutAct.Abort(judge.Name, FormattableString.Invariant($"no server of track canary that runs {rollout.Candidate} has told of itself for {Silent.TotalSeconds} s"));
        if (rollout.State is not RolloutState.Gating) return null;
        var lives = servers.Where(server => VersionTraffic.IsCanary(rollout, server.Track, server.Version) is false && server.Asked == rollout.Number).ToList();
        if (canaries.Count > 0 && canaries.TrueForAll(server => server.Ready && server.Asked == rollout.Number) && lives.Count > 0)
        {
            var report = new GateReport { Servers = canaries.Count, Replayed = canaries[0].Answered, ReplayedLive = lives[0].Answered };
            return new RolloutAct.Gate(Registry.GatePrefix + judge.Holder, report with { Reasons = ReleaseGate.FaultOfQueries(rollout.Plan, report) is { } fault ? [fault] : [] });
        }
        if (now - rollout.Started.At < OpeningTime) return null;
        var lacks = canaries.Count == 0 ? $"no server of track canary runs {rollout.Candidate}; it is told by its option or variable CANTOR_VERSION, and its track by CANTOR_TRACK"
            : !canaries.TrueForAll(server => server.Ready) ? $"{canaries.First(server => !server.Ready).Name} runs it and is not ready"
            : "the servers have not asked themselves what was asked last; their logs say why";
        return new RolloutAct.Gate(Registry.GatePrefix + judge.Holder, new() { Servers = canaries.Count(server => server.Ready), Reasons = [lacks] });
    }

    // ── the gate's questions, asked of this server itself ──

    async Task AskAsync(Store store, Rollout rollout, CancellationToken cancellationToken)
    {
        try
        {
            var collections = live.Current.InOrder.Select(collection => collection.Name).ToList();
            var counts = default(SideCounts);
            foreach (var name in collections)
            {
                await queries.Of(name).KeepAsync(store, name, cancellationToken);
                var asked = await store.Questions.LastAsync(name, rollout.Plan.Gate.Replay / collections.Count, cancellationToken);
                foreach (var question in asked) counts += Ask(name, question, rollout.Plan);
            }
            _asked = (rollout.Number, counts);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The host stops.
        }
#pragma warning disable CA1031 // Told, and tried again at the next look.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            Log.RolloutsStuck(logger, fault.Message);
            _asking = 0;
        }
    }

    SideCounts Ask(string name, string question, RolloutPlan plan)
    {
        if (!live.TryLease(name, out var collection)) return default;
        try
        {
            return ReleaseGate.Ask(collection, question, plan, options.Time);
        }
        finally
        {
            collection.Release?.Return();
        }
    }
}
