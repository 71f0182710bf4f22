using System.CommandLine;
using Cantor.Corpus;
using Cantor.Releases;
using Cantor.Sources.Config;
using Cantor.Storage;
using Spectre.Console;

namespace Cantor.Cli.Commands;

static class ReleasesCommand
{
    internal static Command Make()
    {
        var (collection, data, json) = (Shared.Collection(), Shared.Data(), Shared.AsJson());
        var command = new Command("releases", "Lists a collection's releases and which is live.\n\nExample: cantor releases articles") { collection, data, json };
        command.Subcommands.Add(Copy());
        command.Runs((parsed, _) =>
        {
            var name = parsed.GetValue(collection)!;
            using var registry = Shared.OpenRegistry(parsed.GetValue(data)!, name);
            var aliases = Enum.GetValues<AliasName>().ToDictionary(alias => alias, alias => registry.Alias(name, alias));
            var rows = registry.Releases(name).Select(release => new
            {
                Release = release.Version.ToString(),
                Aliases = aliases.Where(alias => alias.Value == release.Version).Select(alias => alias.Key.Text()).ToArray(),
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

    static Command Copy()
    {
        var (collection, data, store, json) = (Shared.Collection(), Shared.Data(), Shared.Store(), Shared.AsJson());
        var version = new Argument<string>("VERSION") { Description = "The release, or live for the one that is." };
        var to = new Option<string>("--to") { Description = "The store of the other environment: postgres://…, or a data directory.", Required = true };
        var blobs = new Option<string?>("--to-blobs") { Description = "Where the other environment's servers get release files: a directory, s3://… or gs://…; needed for a store that is no data directory." };
        var publish = new Option<PublishTarget>("--publish") { Description = "Where it goes there: none (default), live or canary. A collection's first always goes live.", DefaultValueFactory = _ => PublishTarget.None };
        var command = new Command("copy", "Brings the very same release file from one environment to the next.\n\nExample: cantor releases copy articles live --to /srv/staging --publish live") { collection, version, to, blobs, publish, data, store, json };
        command.Runs(async (parsed, cancellationToken) =>
        {
            var (name, target) = (parsed.GetValue(collection)!, parsed.GetValue(to)!);
            var isDirectory = !target.Contains("://", StringComparison.Ordinal);
            if (!isDirectory && parsed.GetValue(blobs) is null)
                throw new InputFaultException("--to-blobs", null, "is missing; a store that is no data directory holds no files");
            await using var from = await Shared.OpenStoreAsync(parsed.GetValue(store), parsed.GetValue(data)!, cancellationToken);
            using var registry = from.Registry(parsed.GetValue(data)!);
            var wanted = parsed.GetValue(version) is "live" ? registry.Alias(name, AliasName.Live)
                : ReleaseVersion.TryParse(parsed.GetValue(version)!, out var read) ? read
                : throw new InputFaultException("VERSION", null, $"expected a release's version or live, found {parsed.GetValue(version)}");
            if (wanted is not { } found || registry.Find(name, found) is not { } release)
                throw new InputFaultException("VERSION", null, $"{name} has no release {parsed.GetValue(version)} in {from.Name}");
            using (var whole = Release.Open(release.Path)) whole.Verify();

            await using var there = await Storage.Store.OpenAsync(target, TimeProvider.System, cancellationToken);
            using var other = there.Registry(isDirectory ? target : parsed.GetValue(data)!);
            using (var place = ReleaseBlobs.Open(parsed.GetValue(blobs) ?? other.ReleasesDirectory, TimeProvider.System))
                await place.PublishAsync(name, found, release.Path, cancellationToken);
            // The other store numbers its own changes: none of them is in this release.
            other.Register(name, found, release.Items, release.Bytes, release.Provenance);
            var alias = Publishing.Point(other, name, found, parsed.GetValue(publish), "copy");
            if (parsed.GetValue(json)) Shared.PrintJson(new { Collection = name, Release = found.ToString(), To = there.Name, PublishedAs = alias?.Text() ?? "none" });
            else Console.Out.WriteLine($"{name} {found} is in {there.Name} ({alias?.Text() ?? "none"})");
            return Exit.Done;
        });
        return command;
    }
}
