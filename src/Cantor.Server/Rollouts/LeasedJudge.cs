using System.Data.Common;
using System.Security.Cryptography;
using Cantor.Judging;
using Cantor.Storage;
using Cantor.Storage.Rollouts;

namespace Cantor.Server.Rollouts;

/// <summary>
/// Judges rollouts under their leases: of several processes one does, and when it dies another goes on from the frozen windows
/// within ten seconds. One caller at a time.
/// </summary>
/// <param name="time">The clock that windows are frozen by.</param>
public sealed class LeasedJudge(TimeProvider time)
{
    static readonly TimeSpan Lease = TimeSpan.FromSeconds(5);

    readonly Dictionary<long, RoundJudge> _rounds = [];

    /// <summary>What this process is called in leases and histories.</summary>
    public string Holder { get; } = $"{Environment.MachineName}-{Environment.ProcessId}-{RandomNumberGenerator.GetHexString(6, lowercase: true)}";

    /// <summary>What it is called where it judges.</summary>
    public string Name => Registry.JudgePrefix + Holder;

    /// <summary>Takes a rollout's lease, or holds on to it; false when somebody else has it.</summary>
    public async Task<bool> TryTakeAsync(Store store, Rollout rollout, CancellationToken cancellationToken)
    {
        var taken = await store.Leases.TryTakeAsync(NameOf(rollout), Holder, Lease, cancellationToken);
        if (!taken) _rounds.Remove(rollout.Number);
        return taken;
    }

    /// <summary>Gives a lease back, so that others take over at once.</summary>
    /// <param name="storeOf">Gives the store, or throws when it is away: the lease then ends by itself.</param>
    /// <param name="rollout">The rollout.</param>
    public async Task ReturnAsync(Func<Store> storeOf, Rollout rollout)
    {
        try
        {
            await storeOf().Leases.ReturnAsync(NameOf(rollout), Holder, CancellationToken.None);
        }
        catch (Exception fault) when (fault is StoreUnavailableException or DbException)
        {
            // It ends by itself.
        }
    }

    /// <summary>Freezes the windows of a running rollout that are due, judges them, and applies what is decided.</summary>
    /// <returns>The rollout after a decision, with the decision; null when nothing was decided, or somebody else was first.</returns>
    public async Task<(Rollout Next, Decision Decision)?> JudgeAsync(Store store, Rollout rollout, CancellationToken cancellationToken)
    {
        if (!_rounds.TryGetValue(rollout.Number, out var round) || round.Round != rollout.Round)
            _rounds[rollout.Number] = round = new(rollout, await store.Rollouts.WindowsAsync(rollout.Number, rollout.Round, cancellationToken));
        var (after, upTo) = (round.At, RoundJudge.FrozenUpTo(time.GetUtcNow()));
        if (upTo <= after) return null;
        var windows = round.Judge(await store.Rollouts.CountsAsync(rollout.Number, after, upTo, cancellationToken), upTo);
        if (windows.Count == 0) return null;
        var decision = round.Decide();
        var decided = decision.Verdict is not Verdict.Hold || decision.Rule is Rule.Deadline && !rollout.Held;
        Rollout? next = null;
        try
        {
            next = await store.Rollouts.JudgedAsync(rollout, after, windows, decided ? decision : null, Name, cancellationToken);
        }
        finally
        {
            // What was not frozen is judged anew.
            if (next is null || decision.Verdict is not Verdict.Hold) _rounds.Remove(rollout.Number);
        }
        return next is not null && decided ? (next, decision) : null;
    }

    static string NameOf(Rollout rollout) => FormattableString.Invariant($"rollout {rollout.Number}");
}
