using System.CommandLine;
using Cantor.Corpus;
using Cantor.Storage.Rollouts;
using Spectre.Console;

namespace Cantor.Cli.Commands;

/// <summary>cantor judge replay: every stored decision of a rollout again, from its frozen windows.</summary>
static class JudgeReplay
{
    internal static Command Make()
    {
        var (data, store, json) = (Shared.Data(), Shared.Store(), Shared.AsJson());
        var number = new Argument<long>("ROLLOUT") { Description = "The rollout's number; cantor rollout history COLLECTION lists them." };
        var command = new Command("replay", "Judges every stored decision of a rollout again by its frozen windows; exit code 1 when one does not come out the same to the last bit.\n\nExample: cantor judge replay 12") { number, data, store, json };
        command.Runs(async (parsed, cancellationToken) =>
        {
            await using var opened = await Shared.OpenStoreAsync(parsed.GetValue(store), parsed.GetValue(data)!, cancellationToken);
            var rollout = await opened.Rollouts.FindAsync(parsed.GetValue(number), cancellationToken)
                ?? throw new InputFaultException("ROLLOUT", null, $"there is no rollout {parsed.GetValue(number)} in {opened.Name}");
            var rows = (await opened.Rollouts.ReplayAsync(rollout, cancellationToken)).Select(one => new
            {
                one.Entry.At,
                Percent = rollout.Plan.Steps[one.Entry.Step],
                one.Entry.Round,
                Verdict = one.Entry.Decision!.Verdict.ToString().ToLowerInvariant(),
                one.Entry.Why,
                one.Entry.Decision!.Windows,
                Same = RolloutView.Text(one.Entry.Decision!) == RolloutView.Text(one.Again),
                Again = $"{one.Again.Verdict.ToString().ToLowerInvariant()}: {one.Again.Reason}",
            }).ToList();
            if (parsed.GetValue(json)) Shared.PrintJson(rows);
            else
            {
                var table = new Table().Border(TableBorder.Simple).AddColumns("when", "step", "verdict", "windows", "why", "again");
                foreach (var row in rows)
                    table.AddRow(FormattableString.Invariant($"{row.At:yyyy-MM-dd HH:mm:ss}Z"), FormattableString.Invariant($"{row.Percent:0.##} %"), row.Verdict, FormattableString.Invariant($"{row.Windows:N0}"), Markup.Escape(row.Why), row.Same ? "the same" : Markup.Escape(row.Again));
                AnsiConsole.Write(table);
            }
            return rows.All(row => row.Same) ? Exit.Done : Exit.Empty;
        });
        return command;
    }
}
