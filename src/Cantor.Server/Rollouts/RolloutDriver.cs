using System.Collections.Concurrent;
using Cantor.Evaluation;
using Cantor.Server.Rollouts.Versions;
using Cantor.Storage;
using Cantor.Storage.Rollouts;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cantor.Server.Rollouts;

/// <summary>
/// Takes rollouts forward: adds what this server counted to the store, and where it holds the rollout's lease puts the candidate
/// through the gate and judges its steps. Of several servers one does; when it dies, another does within ten seconds.
/// </summary>
sealed class RolloutDriver(ServerOptions options, LiveReleases live, StoreWatch watch, RolloutCounts counts, QueryLogs queries, LeasedJudge judge, VersionTraffic version, VersionRounds versions, ILogger<RolloutDriver> logger) : BackgroundService
{
    static readonly TimeSpan OpeningTime = TimeSpan.FromMinutes(2), KeepQuestions = TimeSpan.FromMinutes(1);

    readonly ConcurrentDictionary<long, Task> _gates = [];
    readonly CancellationTokenSource _stopping = new();
    DateTimeOffset _questionsKept = options.Time.GetUtcNow();
    bool _stuck;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var stop = stoppingToken.Register(_stopping.Cancel);
        using var timer = new PeriodicTimer(options.RolloutInterval);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await LookAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops; others take over at once.
            foreach (var rollout in live.Current.InOrder.Select(collection => collection.Traffic?.Rollout).Append(version.Rollout).OfType<Rollout>()) await judge.ReturnAsync(() => watch.Store, rollout);
            await versions.LeaveAsync(() => watch.Store);
        }
    }

    async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            await TickAsync(cancellationToken);
            _stuck = false;
        }
#pragma warning disable CA1031 // Whatever it is, it is told once, and the next look may succeed.
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            counts.Gather();
            versions.Failed();
            if (!_stuck) Log.RolloutsStuck(logger, fault.Message);
            _stuck = true;
        }
    }

    /// <summary>One look at everything that is rolled out.</summary>
    internal async Task TickAsync(CancellationToken cancellationToken)
    {
        if (options.Time.GetUtcNow() - _questionsKept >= KeepQuestions) await KeepQuestionsAsync(cancellationToken);
        await versions.TellAsync(() => watch.Store, cancellationToken);
        var rolling = live.Current.InOrder.Where(collection => collection.Traffic is not null).ToList();
        if (rolling.Count == 0 && version.Rollout is null) return;
        var store = watch.Store;
        // Nothing is judged of a rollout that is paused, so nothing of it is stored.
        await counts.FlushAsync(store, rolling.Select(one => one.Traffic!.Rollout).Append(version.Rollout).OfType<Rollout>().Where(rollout => rollout.State is RolloutState.Paused).Select(rollout => rollout.Number).ToHashSet(), cancellationToken);
        if (await versions.TakeForwardAsync(store, cancellationToken) is { } tried) Show(tried);
        foreach (var rollout in await store.Rollouts.ActiveAsync(cancellationToken))
        {
            if (rolling.Find(one => one.Traffic!.Rollout.Number == rollout.Number) is not { } collection) continue;
            if (!await judge.TryTakeAsync(store, rollout, cancellationToken)) continue;
            if (collection.Wanted?.ToString() != rollout.Baseline) await ActAsync(store, rollout, new RolloutAct.LiveMoved(judge.Name, collection.Wanted?.ToString()), cancellationToken);
            else if (rollout.State is RolloutState.Gating) await GateAsync(store, rollout, collection, cancellationToken);
            else if (rollout.State is RolloutState.Running && await judge.JudgeAsync(store, rollout, cancellationToken) is var (next, _)) Show(next);
        }
    }

    // Whichever server's gate looks next has what all were asked.
    async Task KeepQuestionsAsync(CancellationToken cancellationToken)
    {
        _questionsKept = options.Time.GetUtcNow();
        try
        {
            foreach (var collection in live.Current.InOrder)
                if (collection.Queries is { } asked) await asked.KeepAsync(watch.Store, collection.Name, cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            // They stay here, and are kept the next time.
        }
    }

    // ── the gate ──

    async Task GateAsync(Store store, Rollout rollout, ServedCollection collection, CancellationToken cancellationToken)
    {
        if (_gates.ContainsKey(rollout.Number)) return; // at work; the lease was held on to
        if (collection.Canary is { Release: not null } candidate && candidate.Release.VersionText == rollout.Candidate)
        {
            _gates[rollout.Number] = Task.Run(() => RunGateAsync(store, rollout, collection, candidate), CancellationToken.None);
            return;
        }
        // The file may yet arrive, here or at another server.
        if (collection.IsCanaryOpening || options.Time.GetUtcNow() - rollout.Started.At < OpeningTime) await judge.ReturnAsync(() => store, rollout);
        else await ActAsync(store, rollout, new RolloutAct.Gate(Registry.GatePrefix + judge.Holder, new() { Reasons = ["its file cannot be opened; the log of the servers says why"] }), cancellationToken);
    }

    async Task RunGateAsync(Store store, Rollout rollout, ServedCollection collection, ServedCollection candidate)
    {
        var cancellationToken = _stopping.Token;
        try
        {
            if (!candidate.Release!.TryLease()) return; // closed meanwhile: the next look begins anew
            try
            {
                if (collection.Release?.TryLease() is not true) return;
                try
                {
                    Judgments? judgments = null;
                    if (rollout.Plan.Gate.Judgments is { } file)
                    {
                        using var reader = File.OpenText(file);
                        judgments = await Judgments.ReadAsync(reader, file, cancellationToken);
                    }
                    await queries.Of(rollout.Name).KeepAsync(store, rollout.Name, cancellationToken);
                    var asked = await store.Questions.LastAsync(rollout.Name, rollout.Plan.Gate.Replay, cancellationToken);
                    var report = new ReleaseGate(candidate, collection, rollout.Plan, options.Time).Look(asked, judgments, cancellationToken);
                    await ActAsync(store, rollout, new RolloutAct.Gate(Registry.GatePrefix + judge.Holder, report), cancellationToken);
                }
                finally
                {
                    collection.Release.Return();
                }
            }
            finally
            {
                candidate.Release.Return();
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops; another server begins anew.
        }
        catch (Exception fault) when (fault is Corpus.InputFaultException or IOException or UnauthorizedAccessException && rollout.Plan.Gate.Judgments is not null && fault is not StoreUnavailableException)
        {
            await ActAsync(store, rollout, new RolloutAct.Gate(Registry.GatePrefix + judge.Holder, new() { Reasons = [$"the judgments cannot be read: {fault.Message}"] }), CancellationToken.None);
        }
#pragma warning disable CA1031 // Told, and tried again.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            Log.RolloutsStuck(logger, fault.Message);
        }
        finally
        {
            _gates.TryRemove(rollout.Number, out _);
        }
    }

    // ── what comes of it ──

    async Task ActAsync(Store store, Rollout rollout, RolloutAct act, CancellationToken cancellationToken)
    {
        if ((await store.Rollouts.ActAsync(rollout, act, cancellationToken)).Next is { } next) Show(next);
    }

    void Show(Rollout after)
    {
        Log.RolledOut(logger, after.Number, after.Name, after.State, after.Why);
        watch.End(after);
        watch.Poke();
    }

    public override void Dispose()
    {
        base.Dispose(); // first: of a host that was never stopped it cancels, and that cancels what is disposed of next
        _stopping.Dispose();
    }
}
