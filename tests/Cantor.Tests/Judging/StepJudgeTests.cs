using Cantor.Judging;

namespace Cantor.Tests.Judging;

/// <summary>Windows of two seconds, 100 requests of the canary and 1,900 of live unless a test says otherwise.</summary>
public sealed class StepJudgeTests
{
    static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    static readonly JudgeSettings Defaults = new();

    static Window At(int number, SideCounts canary, SideCounts live) => new(Start.AddSeconds(2 * number), Start.AddSeconds(2 * number + 2), canary, live);

    static Window[] Windows(int count, SideCounts canary, SideCounts live) => [.. Enumerable.Range(0, count).Select(number => At(number, canary, live))];

    static Decision JudgeWith(JudgeSettings settings, IEnumerable<Window> windows) => StepJudge.Replay(settings, Start, windows);

    static Decision Judge(SideCounts canary, SideCounts live, int windows = 300) => JudgeWith(Defaults, Windows(windows, canary, live));

    [Fact]
    public void A_canary_as_good_as_live_is_promoted()
    {
        var decision = Judge(new(100, 1, 1, 1), new(1900, 19, 19, 19));
        Assert.Equal((Verdict.Promote, Rule.Accepted), (decision.Verdict, decision.Rule));
        Assert.Empty(decision.WaitsFor);
        Assert.All(decision.Metrics, metric => Assert.True(metric.LogLikelihoodRatio <= metric.AcceptAt));
    }

    [Theory]
    [InlineData(Metric.Errors)]
    [InlineData(Metric.Slow)]
    [InlineData(Metric.Empty)]
    public void Three_times_as_many_bad_answers_abort_whatever_their_kind(Metric metric)
    {
        var decision = Judge(Bad(metric, 100, 3), Bad(metric, 1900, 19));
        Assert.Equal((Verdict.Abort, Rule.Boundary), (decision.Verdict, decision.Rule));
        var state = Assert.Single(decision.Metrics, state => state.Stand == Stand.Aborted);
        Assert.Equal(metric, state.Metric);
        Assert.True(state.LogLikelihoodRatio >= state.AbortAt);
        Assert.StartsWith(metric.ToString().ToLowerInvariant(), decision.Reason, StringComparison.Ordinal);
    }

    static SideCounts Bad(Metric metric, long requests, long bad) => metric switch
    {
        Metric.Errors => new(requests, Errors: bad),
        Metric.Slow => new(requests, Slow: bad),
        _ => new(requests, Empty: bad),
    };

    [Fact]
    public void A_metric_that_is_not_judged_aborts_nothing() =>
        Assert.Equal(Verdict.Promote, JudgeWith(Defaults with { Metrics = [Metric.Errors] }, Windows(300, new(100, Slow: 100), new(1900))).Verdict);

    [Fact]
    public void Ten_failures_within_the_span_trip_the_guard_before_live_has_enough_to_compare_with()
    {
        var decision = Judge(new(10, Errors: 10), new(20), windows: 1);
        Assert.Equal((Verdict.Abort, Rule.Guard), (decision.Verdict, decision.Rule));
        Assert.Equal(Verdict.Hold, Judge(new(9, Errors: 9), new(20), windows: 1).Verdict);
    }

    [Fact]
    public void The_guard_forgets_what_is_older_than_its_span()
    {
        // One failure every 4 s: five in 20 s, never the ten that the guard wants; live has too little for the boundary.
        Window[] windows = [.. Enumerable.Range(0, 60).Select(number => At(number, new(2, Errors: (number + 1) % 2), new(2)))];
        Assert.Equal(Verdict.Hold, JudgeWith(Defaults, windows).Verdict);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(.6)]
    public void An_outage_of_both_sides_aborts_nothing_and_is_left_out(double share)
    {
        var ill = Judge(new(100, Errors: (long)(100 * share)), new(1900, Errors: (long)(1900 * share)), windows: 60);
        Assert.Equal((Verdict.Hold, Rule.LiveIsIll), (ill.Verdict, ill.Rule));
        Assert.Equal((60, 0L), (ill.Metrics[0].LeftOut, ill.Metrics[0].Canary.Total));
        Assert.Contains(ill.WaitsFor, wait => wait.Contains("live is ill", StringComparison.Ordinal));
    }

    [Fact]
    public void After_an_outage_of_both_sides_the_step_goes_on_and_is_promoted()
    {
        Window Of(int number) => number < 60 ? At(number, new(100, Errors: 100), new(1900, Errors: 1900)) : At(number, new(100), new(1900));
        var decision = JudgeWith(Defaults, Enumerable.Range(0, 200).Select(Of));
        Assert.Equal((Verdict.Promote, Rule.Accepted), (decision.Verdict, decision.Rule));
    }

    [Fact]
    public void A_live_side_that_is_bad_all_the_time_decides_nothing()
    {
        var decision = Judge(new(100, Errors: 30), new(1900, Errors: 570));
        Assert.Equal((Verdict.Hold, Rule.LiveIsIll), (decision.Verdict, decision.Rule));
        Assert.Contains("errors", decision.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_enough_of_live_nothing_passes()
    {
        var decision = Judge(new(100), new(1), windows: 199);
        Assert.Equal((Verdict.Hold, Rule.Inconclusive), (decision.Verdict, decision.Rule));
        Assert.Contains(decision.WaitsFor, wait => wait.Contains("199 of the 200", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_a_request_of_the_canary_nothing_passes() =>
        Assert.Equal((Verdict.Hold, Rule.Inconclusive), Judge(new(0), new(1900)) is var decision ? (decision.Verdict, decision.Rule) : default);

    [Fact]
    public void A_step_lasts_as_long_as_its_dwell_but_a_bad_canary_is_not_kept_for_it()
    {
        var settings = Defaults with { Dwell = TimeSpan.FromMinutes(5) };
        var decision = JudgeWith(settings, Windows(300, new(100), new(1900)));
        Assert.Equal((Verdict.Promote, Start.AddMinutes(5)), (decision.Verdict, decision.At));
        var before = JudgeWith(settings, Windows(149, new(100), new(1900)));
        Assert.Equal(Verdict.Hold, before.Verdict);
        Assert.Equal("dwell: 2 s more", Assert.Single(before.WaitsFor));
        Assert.Equal(Start.AddSeconds(2), JudgeWith(settings, Windows(300, new(100, Errors: 50), new(1900))).At);
    }

    [Theory]
    [InlineData(DeadlinePolicy.Hold, Verdict.Hold)]
    [InlineData(DeadlinePolicy.Promote, Verdict.Promote)]
    [InlineData(DeadlinePolicy.Abort, Verdict.Abort)]
    public void At_the_deadline_an_undecided_step_follows_the_policy(DeadlinePolicy policy, Verdict expected)
    {
        var settings = Defaults with { Deadline = TimeSpan.FromHours(1), AtDeadline = policy };
        // One request a minute: far from any boundary after an hour.
        Window[] windows = [.. Enumerable.Range(0, 60).Select(minute => new Window(Start.AddMinutes(minute), Start.AddMinutes(minute + 1), new(1), new(19)))];
        Assert.Equal((Verdict.Hold, Rule.Inconclusive), JudgeWith(settings, windows[..59]) is var before ? (before.Verdict, before.Rule) : default);
        Assert.Equal((expected, Rule.Deadline), JudgeWith(settings, windows) is var after ? (after.Verdict, after.Rule) : default);
    }

    [Fact]
    public void The_deadline_promotes_nothing_while_live_is_ill()
    {
        var settings = Defaults with { Deadline = TimeSpan.FromMinutes(1), AtDeadline = DeadlinePolicy.Promote };
        var decision = JudgeWith(settings, Windows(60, new(100, Errors: 60), new(1900, Errors: 1140)));
        Assert.Equal((Verdict.Hold, Rule.Deadline), (decision.Verdict, decision.Rule));
    }

    [Theory]
    [InlineData(10, Verdict.Promote, Rule.Accepted)]
    [InlineData(5, Verdict.Abort, Rule.ClickThrough)]
    public void Click_through_is_judged_against_live_up_to_the_margin(long clicks, Verdict verdict, Rule rule)
    {
        var settings = Defaults with { ClickMargin = .01 };
        var decision = JudgeWith(settings, Windows(2_000, new(100, Impressions: 100, Clicks: clicks), new(1900, Impressions: 1900, Clicks: 190)));
        Assert.Equal((verdict, rule), (decision.Verdict, decision.Rule));
        Assert.NotNull(decision.Clicks);
        Assert.True(decision.Clicks.Low < decision.Clicks.Difference && decision.Clicks.Difference < decision.Clicks.High);
    }

    [Fact]
    public void Click_through_without_clicks_holds_what_the_other_metrics_accept()
    {
        var decision = JudgeWith(Defaults with { ClickMargin = .01 }, Windows(300, new(100), new(1900)));
        Assert.Equal((Verdict.Hold, Rule.Inconclusive), (decision.Verdict, decision.Rule));
        Assert.StartsWith("click-through: ", Assert.Single(decision.WaitsFor), StringComparison.Ordinal);
    }

    [Fact]
    public void A_replay_of_the_windows_gives_the_decision_of_the_run()
    {
        var settings = Defaults with { ClickMargin = .02 };
        // Numbers without a pattern that repeat: the remainders of squares.
        Window[] windows = [.. Enumerable.Range(0, 500).Select(n => At(n, new(50, n * n % 3, n * n % 2, n % 2, 40, n * n % 5), new(950, n * n % 17, n % 19, n % 13, 800, 60 + n % 41)))];
        var judge = new StepJudge(settings, Start);
        var taken = windows.TakeWhile(window => judge.Verdict == Verdict.Hold && judge.Add(window) is var _).Count();
        Assert.Equal(Print(judge.Decide()), Print(StepJudge.Replay(settings, Start, windows)));
        Assert.Equal(taken, judge.Decide().Windows);
    }

    static string Print(Decision decision) => System.Text.Json.JsonSerializer.Serialize(decision);

    [Fact]
    public void A_decided_step_takes_no_further_window()
    {
        var judge = new StepJudge(Defaults, Start);
        Assert.Equal(Verdict.Abort, judge.Add(At(0, new(100, Errors: 100), new(1900))));
        Assert.Throws<InvalidOperationException>(() => judge.Add(At(1, new(100), new(1900))));
    }

    [Fact]
    public void A_window_that_overlaps_or_cannot_be_is_refused_by_name()
    {
        var judge = new StepJudge(Defaults, Start);
        judge.Add(At(1, new(1), new(1)));
        Assert.Contains("starts at", Fault(At(1, new(1), new(1))), StringComparison.Ordinal);
        Assert.Contains("canary: errors is 2", Fault(At(2, new(1, Errors: 2), new(1))), StringComparison.Ordinal);
        Assert.Contains("live: empty is 1", Fault(At(2, new(1), new(1, Errors: 1, Empty: 1))), StringComparison.Ordinal);
        string Fault(Window window) => Assert.Throws<ArgumentException>(() => judge.Add(window)).Message;
    }

    [Fact]
    public void Settings_that_cannot_be_are_named_all_at_once()
    {
        var message = Assert.Throws<ArgumentException>(() => new StepJudge(Defaults with { Alpha = 0, GuardRatio = 1, Metrics = [] }, Start)).Message;
        Assert.All(["alpha is 0", "guardRatio is 1", "metrics is empty"], fault => Assert.Contains(fault, message, StringComparison.Ordinal));
    }
}
