using Cantor.Gateway.Config;
using Cantor.Gateway.Shadowing;
using Cantor.Judging;
using Spectre.Console;
using static Cantor.Cli.Reports.EvaluationText;

namespace Cantor.Cli.Reports;

/// <summary>The comparison of both sides of a route as people read it in a terminal.</summary>
static class ShadowText
{
    internal static string Told(Likeness verdict) => verdict switch
    {
        Likeness.Equivalent => "equivalent",
        Likeness.Different => "different",
        _ => "not enough data",
    };

    internal static void Print(ShadowReport report)
    {
        Console.Out.WriteLine(FormattableString.Invariant($"{report.Route}: {Told(report.Verdict)}, by {report.Pairs:N0} pairs since {report.Since:yyyy-MM-dd HH:mm:ss}Z, {report.Noises:N0} of them with the old side asked again"));
        foreach (var reason in report.Reasons) Console.Out.WriteLine($"  {reason}");
        if (report.Pairs == 0) return;
        var lists = Simple("lists", "new beside old", "old beside itself");
        lists.AddRow("1 − RBO, mean", Four(report.Distances!.Mean), report.Noise is { } noise ? Four(noise.Mean) : "");
        if (report.Lists is Lists.Same) lists.AddRow("more than noise", FormattableString.Invariant($"{report.Equivalence.Mean:0.0000} ({report.Equivalence.Low:0.0000} to {report.Equivalence.High:0.0000})"), "");
        if (report.OverlapAt10 is { } overlap) lists.AddRow("overlap@10, mean", Four(overlap), "");
        if (report.KendallTauB is { } tau) lists.AddRow("Kendall tau-b, mean", Four(tau), "");
        AnsiConsole.Write(lists);
        var troubles = Simple("trouble", "new", "old again", "counts");
        foreach (var finding in report.Findings)
            troubles.AddRow(NameOf(finding.Trouble), FormattableString.Invariant($"{finding.New:N0} of {finding.Pairs:N0}"), FormattableString.Invariant($"{finding.Again:N0} of {finding.Noises:N0}"), finding.Counts ? "yes" : "");
        AnsiConsole.Write(troubles);
        var times = Simple("ms", "old", "new");
        foreach (var (name, of) in Quantiles) times.AddRow(name, FormattableString.Invariant($"{of(report.OldMs!):0.0}"), FormattableString.Invariant($"{of(report.NewMs!):0.0}"));
        AnsiConsole.Write(times);
        foreach (var pair in report.Worst)
        {
            Console.Out.WriteLine(FormattableString.Invariant($"{pair.Target}: 1 − RBO {pair.Distance:0.00}{(pair.Noise is { } own ? FormattableString.Invariant($", the old side beside itself {own:0.00}") : "")}"));
            Console.Out.WriteLine($"  old {pair.Old.Status}: {string.Join(' ', pair.Old.List?.Take(10) ?? [])}");
            Console.Out.WriteLine($"  new {pair.New.Status}: {string.Join(' ', pair.New.List?.Take(10) ?? [])}");
        }
    }

    internal static readonly (string Name, Func<Cantor.Evaluation.Distribution, double> Of)[] Quantiles =
        [("mean", times => times.Mean), ("25 %", times => times.P25), ("50 %, the median", times => times.Median), ("75 %", times => times.P75), ("95 %", times => times.P95)];

    internal static string NameOf(Trouble trouble) => trouble switch
    {
        Trouble.Status => "another status",
        Trouble.Empty => "no list",
        Trouble.Shorter => "a shorter list",
        Trouble.Twice => "an item twice",
        Trouble.Self => "the item itself",
        _ => "slow",
    };
}
