using Cantor.Judging;
using Cantor.Releases;
using Cantor.Storage.Rollouts;

namespace Cantor.Storage.Tests.Rollouts;

public class NoticeTextTests
{
    static Rollout Rollout(RolloutState state = RolloutState.Running, int step = 1) => new()
    {
        Number = 7,
        Name = "news",
        Candidate = "20261124T101500Z-0123abcd",
        Baseline = "20261123T101500Z-abcd0123",
        State = state,
        Step = step,
        Round = step + 1,
        Salt = "",
        Plan = new(),
        Judge = new(),
        Started = new(default, "ann"),
        Why = "because of <it>",
    };

    static readonly Decision Abort = new(Verdict.Abort, Rule.Guard, "errors: 12 of the canary's 90 answers within 20 s, live 1 of 900", default, 1,
        [new(Metric.Errors, Stand.Aborted, new(12, 90), new(1, 900), .0016, .0066, 12.3, -5.29, 6.9, new(12, 90), new(1, 900), 0, null)], null, []);

    [Fact]
    public void An_abort_is_told_with_collection_version_rule_numbers_and_what_to_do()
    {
        var text = NoticeText.Of(Rollout(), Rollout(RolloutState.Aborted), "judge a", Abort);
        foreach (var part in new[] { "*news* 20261124T101500Z-0123abcd: aborted", "rule guard at step 5 %", "canary 12 of 90, live 1 of 900", "cantor releases promote news 20261124T101500Z-0123abcd --server URL" })
            Assert.Contains(part, text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(RolloutState.Gating, 0, RolloutState.Running, 0, "tried on 1 %|undo: cantor rollout abort news")]
    [InlineData(RolloutState.Running, 0, RolloutState.Running, 1, "taken from 1 % to 5 %|undo: cantor rollout abort news")]
    [InlineData(RolloutState.Running, 3, RolloutState.Promoted, 4, "live everywhere|undo: cantor releases rollback news")]
    [InlineData(RolloutState.Gating, 0, RolloutState.Rejected, 0, "rejected at its gate|cantor rollout start news 20261124T101500Z-0123abcd --force")]
    [InlineData(RolloutState.Running, 1, RolloutState.Paused, 1, "paused at 5 %|go on: cantor rollout resume news")]
    [InlineData(RolloutState.Paused, 1, RolloutState.Running, 1, "resumed at 5 %|undo: cantor rollout abort news")]
    [InlineData(RolloutState.Gating, 0, RolloutState.Gating, 0, "begun, at its gate|undo: cantor rollout abort news")]
    [InlineData(RolloutState.Queued, 0, RolloutState.Queued, 0, "waits until the rollout before it has ended")]
    [InlineData(RolloutState.Running, 1, RolloutState.Superseded, 1, "superseded")]
    public void Each_turn_is_told_with_its_way_back_and_who_wanted_it(RolloutState was, int from, RolloutState now, int to, string parts)
    {
        var text = NoticeText.Of(Rollout(was, from), Rollout(now, to), "ann", null);
        foreach (var part in parts.Split('|')) Assert.Contains(part, text, StringComparison.Ordinal);
        Assert.Contains("\nbecause of <it> (ann)", text, StringComparison.Ordinal);
        Assert.Equal(parts.Contains("cantor", StringComparison.Ordinal), text.EndsWith(" --server URL", StringComparison.Ordinal));
        Assert.DoesNotContain("(gate", NoticeText.Of(Rollout(was, from), Rollout(now, to), "gate b", null), StringComparison.Ordinal);
    }

    [Fact]
    public void A_step_that_is_held_says_so() =>
        Assert.Contains("undecided at its deadline, held at 5 %", NoticeText.Of(Rollout(), Rollout() with { Held = true }, "judge a", null), StringComparison.Ordinal);

    [Theory]
    [InlineData(RolloutState.Running, "undo: cantor rollout abort --version --server https://news.example.com")]
    [InlineData(RolloutState.Paused, "go on: cantor rollout resume --version --server https://news.example.com")]
    [InlineData(RolloutState.Promoted, "undo: cantor rollout abort --version --server https://news.example.com")]
    [InlineData(RolloutState.Aborted, "cantor rollout start --version 2.0.0 --server https://news.example.com")]
    public void Where_the_servers_address_is_known_the_command_names_it(RolloutState now, string way)
    {
        var rollout = Rollout(now) with { Subject = RolloutSubject.Version, Name = RolloutTable.ServerName, Candidate = "2.0.0", Baseline = "1.0.0" };
        Assert.EndsWith(way, NoticeText.At(NoticeText.Of(rollout with { State = RolloutState.Running }, rollout, "ann", null), new("https://news.example.com/")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_balancer_that_does_not_follow_is_looked_at_by_the_servers_address()
    {
        var text = NoticeText.At(NoticeText.Of(new GivenWeight("the HTTPRoute cantor", 0, "it answered 403"), 5), new("http://127.0.0.1:8080"));
        Assert.Contains("; cantor rollout status --version --server http://127.0.0.1:8080 shows what is wanted", text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_each_server_is_to_be_told_by_itself_names_no_address_that_all_have()
    {
        var text = NoticeText.OnOneServer("news", null, ReleaseVersion.Parse("20261124T101500Z-0123abcd"), "ann", "why");
        Assert.EndsWith("each by itself: cantor releases rollback news --server ITS-URL --local", text, StringComparison.Ordinal);
        Assert.Equal(text, NoticeText.At(text, new("https://news.example.com")));
    }

    [Fact]
    public void A_route_is_given_back_in_the_gateway_s_own_store() =>
        Assert.EndsWith("\nundo, with the gateway's own --config and --store: cantor gateway set related back",
            NoticeText.Of(Rollout() with { Subject = RolloutSubject.Route, Name = "gateway/related" }, Rollout(step: 2) with { Subject = RolloutSubject.Route, Name = "gateway/related" }, "judge a", null), StringComparison.Ordinal);

    [Fact]
    public void Of_a_route_no_command_for_releases_is_named() =>
        Assert.DoesNotContain("cantor", NoticeText.Of(Rollout() with { Subject = RolloutSubject.Route }, Rollout(RolloutState.Aborted) with { Subject = RolloutSubject.Route }, "ann", null), StringComparison.Ordinal);
}
