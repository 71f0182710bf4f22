using System.CommandLine;
using Cantor.Corpus;
using Cantor.Judging;
using Spectre.Console;

namespace Cantor.Cli.Commands;

/// <summary>cantor judge simulate: how often the judge is wrong and how long it takes, played with a seed.</summary>
static class JudgeSimulation
{
    internal static Command Make()
    {
        var (defaults, judge) = (new SimulationOptions(), new JudgeSettings());
        var runs = new Option<int>("--runs") { Description = "How often each case is played, 1 to 1,000,000.", DefaultValueFactory = _ => defaults.Runs };
        var seed = new Option<ulong>("--seed") { Description = "What chance is seeded with; the same seed prints the same table.", DefaultValueFactory = _ => defaults.Seed };
        var minutes = new Option<int>("--minutes") { Description = "When an undecided run is given up, 1 to 1,440.", DefaultValueFactory = _ => defaults.Minutes };
        var live = new Option<int>("--live") { Description = "Requests of live for each of the canary's, 1 to 99: 19 is a canary of 5 %, 1 one of 50 %.", DefaultValueFactory = _ => defaults.LivePerCanary };
        var beta = new Option<double>("--beta") { Description = "The judge's chance to accept a canary twice as bad.", DefaultValueFactory = _ => judge.Beta };
        var (threads, json) = (Shared.Threads(), Shared.AsJson());
        var command = new Command("simulate", "Plays the judge over base rates, effects and request rates: how often it is wrong and how long it takes.\n\nExample: cantor judge simulate --runs 500")
        {
            runs, seed, minutes, live, beta, threads, json,
        };
        command.Runs((parsed, cancellationToken) =>
        {
            var options = new SimulationOptions
            {
                Runs = Shared.Between(1, parsed.GetValue(runs), 1_000_000, "--runs"),
                Seed = parsed.GetValue(seed),
                Minutes = Shared.Between(1, parsed.GetValue(minutes), 1_440, "--minutes"),
                LivePerCanary = Shared.Between(1, parsed.GetValue(live), 99, "--live"),
                Threads = Shared.Between(1, parsed.GetValue(threads) ?? Environment.ProcessorCount, 1024, "--threads"),
            };
            var settings = judge with { Beta = parsed.GetValue(beta) };
            if (settings.Faults() is [var fault, ..]) throw new InputFaultException("--beta", null, fault);
            var cases = Play(settings, options, parsed.GetValue(json), cancellationToken);
            if (parsed.GetValue(json)) Shared.PrintJson(new
            {
                options.Runs,
                options.Seed,
                options.Minutes,
                options.LivePerCanary,
                settings.Alpha,
                settings.Beta,
                settings.Ratio,
                settings.Floor,
                Cases = cases.Select(one => new
                {
                    one.Base,
                    one.Effect,
                    one.Share,
                    one.PerSecond,
                    Expected = one.Expected.ToString().ToLowerInvariant(),
                    one.Runs,
                    one.Aborted,
                    one.Accepted,
                    one.Guarded,
                    one.AbortMedian,
                    one.AbortP95,
                    one.AcceptMedian,
                }),
            });
            else Print(settings, options, cases);
            return Task.FromResult(Exit.Done);
        });
        return command;
    }

    static IReadOnlyList<SimulatedCase> Play(JudgeSettings settings, SimulationOptions options, bool json, CancellationToken cancellationToken)
    {
        if (json || Console.IsErrorRedirected) return Simulation.Run(settings, options, null, cancellationToken);
        var console = AnsiConsole.Create(new() { Out = new AnsiConsoleOutput(Console.Error), Interactive = InteractionSupport.Yes });
        return console.Progress().AutoClear(true).Start(context =>
        {
            var bar = context.AddTask("cases", maxValue: Simulation.Cases);
            return Simulation.Run(settings, options, new Bar(bar), cancellationToken);
        });
    }

    sealed class Bar(ProgressTask bar) : IProgress<int>
    {
        public void Report(int value) => bar.Value = value;
    }

    static void Print(JudgeSettings settings, SimulationOptions options, IReadOnlyList<SimulatedCase> cases)
    {
        Console.Out.WriteLine(FormattableString.Invariant($"{options.Runs:N0} runs a case, seed {options.Seed}, windows of 2 s, at most {options.Minutes} minutes, {options.LivePerCanary} requests of live for each of the canary's"));
        Console.Out.WriteLine(FormattableString.Invariant($"alpha {settings.Alpha}, beta {settings.Beta}, ratio {settings.Ratio}, floor {settings.Floor}; * is wrong: an abort that should pass, an accept that should abort"));
        var table = new Table().Border(TableBorder.Simple);
        foreach (var title in new[] { "live", "canary", "per s", "should", "aborted", "accepted", "held", "abort p50", "p95", "accept p50" })
            table.AddColumn(new TableColumn(title).RightAligned().NoWrap());
        foreach (var one in cases)
            table.AddRow(
                FormattableString.Invariant($"{100 * one.Base:0.##} %"), one.Effect, FormattableString.Invariant($"{one.PerSecond}"),
                one.Expected switch { Expected.Pass => "pass", Expected.Abort => "abort", _ => "either" },
                ShareOf(one.Aborted, one, Expected.Pass), ShareOf(one.Accepted, one, Expected.Abort), ShareOf(one.Runs - one.Aborted - one.Accepted, one, null),
                Seconds(one.AbortMedian), Seconds(one.AbortP95), Seconds(one.AcceptMedian));
        AnsiConsole.Write(table);
    }

    static string ShareOf(int count, SimulatedCase one, Expected? wrongWhen) =>
        FormattableString.Invariant($"{100.0 * count / one.Runs:0.00} %") + (wrongWhen is null ? "" : count > 0 && one.Expected == wrongWhen ? " *" : "  ");

    static string Seconds(double? seconds) => seconds is { } value ? FormattableString.Invariant($"{value:N0} s") : "";
}
