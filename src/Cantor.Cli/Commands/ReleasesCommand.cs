using System.CommandLine;
using Cantor.Storage;
using Spectre.Console;

namespace Cantor.Cli.Commands;

static class ReleasesCommand
{
    internal static Command Make()
    {
        var (collection, data, json) = (Shared.Collection(), Shared.Data(), Shared.AsJson());
        var command = new Command("releases", "Lists a collection's releases and which is live.\n\nExample: cantor releases articles") { collection, data, json };
        command.Runs((parsed, _) =>
        {
            var name = parsed.GetValue(collection)!;
            using var registry = Shared.OpenRegistry(parsed.GetValue(data)!, name);
            var aliases = Enum.GetValues<AliasName>().ToDictionary(alias => alias, alias => registry.Alias(name, alias));
            var rows = registry.Releases(name).Select(release => new
            {
                Release = release.Version.ToString(),
                Aliases = aliases.Where(alias => alias.Value == release.Version).Select(alias => alias.Key.ToString().ToLowerInvariant()).ToArray(),
                release.Items,
                release.Bytes,
                release.Provenance,
                release.Missing,
            }).ToList();
            if (parsed.GetValue(json))
            {
                Shared.PrintJson(rows);
                return Task.FromResult(Exit.Done);
            }
            var table = new Table().Border(TableBorder.Simple).AddColumns("release", "", "items", "MiB", "provenance");
            foreach (var row in rows)
                table.AddRow(row.Release, string.Join(", ", row.Aliases), FormattableString.Invariant($"{row.Items:N0}"), FormattableString.Invariant($"{row.Bytes / 1048576.0:F1}"), row.Provenance + (row.Missing ? ", the file is missing" : ""));
            AnsiConsole.Write(table);
            return Task.FromResult(Exit.Done);
        });
        return command;
    }
}
