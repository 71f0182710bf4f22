using System.CommandLine;
using Cantor.Releases;

namespace Cantor.Cli.Commands;

static class VerifyCommand
{
    internal static Command Make()
    {
        var (file, json) = (new Argument<string>("FILE") { Description = "A release file." }, Shared.AsJson());
        var command = new Command("verify", "Reads a whole release file and checks every checksum.\n\nExample: cantor verify cantor-data/releases/articles-20261123T211200Z-9f03ab12.cantor") { file, json };
        command.Runs((parsed, _) =>
        {
            using var release = Release.Open(parsed.GetValue(file)!);
            release.Verify();
            var summary = release.Summary;
            if (parsed.GetValue(json)) Shared.PrintJson(new { summary.Collection, Release = summary.Version.ToString(), summary.Items, summary.Neighbors, summary.Bytes, summary.Provenance });
            else Console.Out.WriteLine(FormattableString.Invariant($"{summary.Collection} {summary.Version}: {summary.Items:N0} items, {summary.Neighbors:N0} neighbors, every checksum is right"));
            return Task.FromResult(Exit.Done);
        });
        return command;
    }
}
