using Cantor.Judging;
using Cantor.Storage.Rollouts;

namespace Cantor.Storage.Tests.Rollouts;

/// <summary>The table of a rollout, case by case, with the clock as an argument.</summary>
public sealed class RolloutMachineTests
{
    static readonly DateTimeOffset Start = new(2026, 11, 23, 21, 12, 0, TimeSpan.Zero), Later = Start.AddMinutes(10);

    static Rollout Begun(RolloutSubject subject = RolloutSubject.Release, RolloutPlan? plan = null, bool forced = false) =>
        RolloutMachine.Start(subject, "news", "new", "old", plan ?? new(), forced, new(Start, "ann"), "because");

    static Rollout Running(int step = 0) => Begun() with { State = RolloutState.Running, Step = step, Round = step + 1, RoundStart = Start };

    static Rollout Next(Rollout rollout, RolloutAct act)
    {
        var (next, refused) = RolloutMachine.Apply(rollout, act, Later);
        Assert.Null(refused);
        return next!;
    }

    static string Refused(Rollout rollout, RolloutAct act)
    {
        var (next, refused) = RolloutMachine.Apply(rollout, act, Later);
        Assert.Null(next);
        return refused!;
    }

    static RolloutAct.Judge Says(Verdict verdict, Rule rule) => new("judge a", new(verdict, rule, "numbers", Later, 3, [], null, []));

    [Fact]
    public void Nobody_gets_it_before_the_gate_has_passed_it()
    {
        var rollout = Begun();
        Assert.Equal((RolloutState.Gating, 0), (rollout.State, rollout.Weight));
        var passed = Next(rollout, new RolloutAct.Gate("gate", new()));
        Assert.Equal((RolloutState.Running, 0, 1, Later, 100), (passed.State, passed.Step, passed.Round, passed.RoundStart, passed.Weight));
    }

    [Fact]
    public void The_gate_rejects_with_reasons()
    {
        var rejected = Next(Begun(), new RolloutAct.Gate("gate", new() { Reasons = ["3 answers failed", "2 hits are hidden"] }));
        Assert.Equal((RolloutState.Rejected, "3 answers failed; 2 hits are hidden", 0, Later), (rejected.State, rejected.Why, rejected.Weight, rejected.EndedAt));
    }

    [Fact]
    public void Forced_it_passes_and_that_is_on_record()
    {
        var passed = Next(Begun(forced: true), new RolloutAct.Gate("gate", new() { Reasons = ["3 answers failed"] }));
        Assert.Equal((RolloutState.Running, "forced, although the gate says: 3 answers failed"), (passed.State, passed.Why));
        Assert.Single(passed.Gate!.Reasons);
    }

    [Fact]
    public void Accepted_step_by_step_it_is_promoted_where_the_share_would_be_whole()
    {
        var rollout = Running();
        var weights = new List<int>();
        while (rollout.IsActive)
        {
            weights.Add(rollout.Weight);
            rollout = Next(rollout, Says(Verdict.Promote, Rule.Accepted));
        }
        Assert.Equal([100, 500, 2_500, 5_000], weights);
        Assert.Equal((RolloutState.Promoted, Rule.Accepted, Later), (rollout.State, rollout.Rule, rollout.EndedAt));
    }

    [Theory]
    [InlineData(Rule.Boundary), InlineData(Rule.Guard), InlineData(Rule.ClickThrough), InlineData(Rule.Deadline)]
    public void What_the_judge_aborts_nobody_gets(Rule rule)
    {
        var aborted = Next(Running(2), Says(Verdict.Abort, rule));
        Assert.Equal((RolloutState.Aborted, rule, 0, 2, "numbers"), (aborted.State, aborted.Rule, aborted.Weight, aborted.Step, aborted.Why));
    }

    [Fact]
    public void Held_at_its_deadline_somebody_is_told_once_and_it_is_judged_on()
    {
        var held = Next(Running(1), Says(Verdict.Hold, Rule.Deadline));
        Assert.Equal((RolloutState.Running, true, 500), (held.State, held.Held, held.Weight));
        Assert.Equal("nothing is decided yet", Refused(held, Says(Verdict.Hold, Rule.Deadline)));
        Assert.False(Next(held, Says(Verdict.Promote, Rule.Accepted)).Held);
        Assert.Equal("nothing is decided yet", Refused(Running(), Says(Verdict.Hold, Rule.LiveIsIll)));
    }

    [Fact]
    public void Paused_its_share_stays_and_nothing_is_judged_until_the_step_begins_anew()
    {
        var paused = Next(Running(1), new RolloutAct.Pause("ann", "lunch"));
        Assert.Equal((RolloutState.Paused, 500), (paused.State, paused.Weight));
        Assert.Equal("it is paused", Refused(paused, Says(Verdict.Promote, Rule.Accepted)));
        var resumed = Next(paused, new RolloutAct.Resume("ann", "back"));
        Assert.Equal((RolloutState.Running, 1, 3, Later), (resumed.State, resumed.Step, resumed.Round, resumed.RoundStart));
    }

    [Fact]
    public void People_abort_and_promote_at_any_step()
    {
        foreach (var rollout in new[] { Running(), Running(3), Next(Running(), new RolloutAct.Pause("ann", "")) })
        {
            Assert.Equal(RolloutState.Aborted, Next(rollout, new RolloutAct.Abort("ann", "no")).State);
            Assert.Equal(RolloutState.Promoted, Next(rollout, new RolloutAct.Promote("ann", "yes")).State);
        }
        Assert.Contains("at its gate", Refused(Begun(), new RolloutAct.Promote("ann", "yes")), StringComparison.Ordinal);
    }

    [Fact]
    public void When_live_is_moved_by_somebody_it_ends()
    {
        Assert.Equal((RolloutState.Promoted, 10_000), Next(Running(), new RolloutAct.LiveMoved("ann", "new")) is var promoted ? (promoted.State, promoted.Weight) : default);
        var aborted = Next(Running(), new RolloutAct.LiveMoved("ann", "older"));
        Assert.Equal((RolloutState.Aborted, "live was moved to older meanwhile"), (aborted.State, aborted.Why));
    }

    [Fact]
    public void One_that_waits_begins_at_its_gate_and_can_be_taken_back()
    {
        var queued = RolloutMachine.Start(RolloutSubject.Release, "news", "new", null, new(), false, new(Start, "ann"), "because");
        Assert.Equal((RolloutState.Queued, 0, false), (queued.State, queued.Weight, queued.IsActive));
        Assert.Equal((RolloutState.Gating, "old"), Next(queued, new RolloutAct.Begin("ann", "old")) is var begun ? (begun.State, begun.Baseline) : default);
        Assert.Equal(RolloutState.Aborted, Next(queued, new RolloutAct.Abort("ann", "no")).State);
        Assert.Equal(RolloutState.Superseded, Next(queued, new RolloutAct.Supersede("ann", "newer")).State);
    }

    [Fact]
    public void What_has_ended_stays_as_it_is()
    {
        foreach (var state in new[] { RolloutState.Promoted, RolloutState.Aborted, RolloutState.Rejected, RolloutState.Superseded })
            foreach (var (act, expected) in ((RolloutAct, string)[])[
                (new RolloutAct.Gate("g", new()), ""), (Says(Verdict.Abort, Rule.Guard), ""), (new RolloutAct.Supersede("a", "x"), ""), (new RolloutAct.LiveMoved("a", "x"), ""), (new RolloutAct.Begin("a", "x"), ""),
                (new RolloutAct.Pause("a", ""), "; only one that is running can be paused"), (new RolloutAct.Resume("a", ""), "; only one that is paused can be resumed"),
                (new RolloutAct.Abort("a", ""), "; only one that has not ended can be aborted"), (new RolloutAct.Promote("a", ""), "; only one that is running or paused can be promoted")])
                Assert.Equal($"it is {state.ToString().ToLowerInvariant()}{expected}", Refused(Running() with { State = state }, act));
    }

    [Theory]
    [InlineData(RolloutSubject.Release), InlineData(RolloutSubject.Route), InlineData(RolloutSubject.Version)]
    public void Releases_routes_and_versions_go_alike(RolloutSubject subject)
    {
        var rollout = Next(Begun(subject, new() { Steps = [10, 100] }), new RolloutAct.Gate("gate", new()));
        Assert.Equal(1_000, rollout.Weight);
        Assert.Equal(RolloutState.Promoted, Next(rollout, Says(Verdict.Promote, Rule.Accepted)).State);
    }
}
