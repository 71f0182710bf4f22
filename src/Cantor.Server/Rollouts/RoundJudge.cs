using Cantor.Judging;
using Cantor.Storage.Rollouts;

namespace Cantor.Server.Rollouts;

/// <summary>Judges one round of a rollout: makes frozen windows of what was counted, and gives them to the judge. No clock, no I/O.</summary>
sealed class RoundJudge
{
    /// <summary>So long after its end a window is frozen: servers have told what they counted by then.</summary>
    internal const long FrozenAfterMs = 2_000;

    readonly Rollout _rollout;
    readonly StepJudge _judge;
    bool _askedGate;

    /// <param name="rollout">The rollout, in the round that is to be judged.</param>
    /// <param name="frozen">The windows of the round that are frozen already.</param>
    internal RoundJudge(Rollout rollout, IEnumerable<RoundWindow> frozen)
    {
        (_rollout, _judge, At) = (rollout, new(rollout.Judge, rollout.RoundStart), rollout.RoundStart);
        foreach (var window in frozen) Take(window, []);
    }

    internal long Number => _rollout.Number;

    internal int Round => _rollout.Round;

    /// <summary>The end of the last window.</summary>
    internal DateTimeOffset At { get; private set; }

    internal Decision Decide() => _judge.Decide();

    /// <summary>Up to which moment windows are frozen: each that ends by then.</summary>
    internal static DateTimeOffset FrozenUpTo(DateTimeOffset now) => DateTimeOffset.FromUnixTimeMilliseconds(SideTally.StartOf(now.AddMilliseconds(-FrozenAfterMs)));

    /// <summary>Judges what was counted in windows up to a moment.</summary>
    /// <param name="counts">The counts of windows that start at <see cref="At"/> or later and end by <paramref name="upTo"/>.</param>
    /// <param name="upTo">A moment of <see cref="FrozenUpTo"/>.</param>
    /// <returns>The windows that were taken: to be frozen.</returns>
    internal List<RoundWindow> Judge(IReadOnlyList<SideWindow> counts, DateTimeOffset upTo)
    {
        var taken = new List<RoundWindow>();
        foreach (var window in counts.GroupBy(one => one.Start).OrderBy(window => window.Key))
        {
            var start = DateTimeOffset.FromUnixTimeMilliseconds(window.Key);
            if (start < At || start.AddMilliseconds(SideTally.WindowMs) > upTo) continue;
            if (Take(new("traffic", new(start, start.AddMilliseconds(SideTally.WindowMs), Sum(window, isCanary: true), Sum(window, isCanary: false))), taken)) return taken;
        }
        // Where traffic alone does not say enough by the end of the dwell, what the gate was answered counts once.
        if (!_askedGate && upTo > At && upTo >= _rollout.RoundStart + _rollout.Judge.Dwell && _judge.Rule is Rule.Inconclusive && _rollout.Gate is { Replayed.Requests: > 0 } gate
            && Take(new("gate", new(At, upTo, gate.Replayed, gate.ReplayedLive)), taken)) return taken;
        // Time passes without requests too.
        foreach (var due in (TimeSpan[])[_rollout.Judge.Dwell, _rollout.Judge.Deadline])
            if (At < _rollout.RoundStart + due && upTo >= _rollout.RoundStart + due && Take(new("silence", new(At, upTo, default, default)), taken)) return taken;
        return taken;
    }

    // True when the step is decided.
    bool Take(RoundWindow window, List<RoundWindow> taken)
    {
        taken.Add(window);
        At = window.Window.End;
        _askedGate |= window.Source is "gate";
        return _judge.Add(window.Window) != Verdict.Hold;
    }

    static SideCounts Sum(IEnumerable<SideWindow> windows, bool isCanary) =>
        windows.Where(window => window.IsCanary == isCanary).Aggregate(default(SideCounts), (sum, window) => Whole(sum + window.Counts));

    // A request whose parts were taken in two turns may leave a part too many in the first; the judge wants parts of wholes.
    static SideCounts Whole(SideCounts counts) => counts with
    {
        Errors = Math.Min(counts.Errors, counts.Requests),
        Slow = Math.Min(counts.Slow, counts.Requests),
        Empty = Math.Min(counts.Empty, counts.Requests - Math.Min(counts.Errors, counts.Requests)),
    };
}
