using System.CommandLine;
using Cantor.Releases;

namespace Cantor.Cli.Commands;

static class VerifyCommand
{
    internal static Command Make()
    {
        var file = new Argument<string>("FILE") { Description = "A release file." };
        var command = new Command("verify", "Reads a whole release file and checks every checksum.\n\nExample: cantor verify cantor-data/releases/articles-20261123T211200Z-9f03ab12.cantor") { file };
        command.Runs((parsed, _) =>
        {
            using var release = Release.Open(parsed.GetValue(file)!);
            release.Verify();
            Console.Out.WriteLine(FormattableString.Invariant($"{release.Summary.Collection} {release.Summary.Version}: {release.Count:N0} items, {release.Summary.Neighbors:N0} neighbors, every checksum is right"));
            return Task.FromResult(Exit.Done);
        });
        return command;
    }
}
