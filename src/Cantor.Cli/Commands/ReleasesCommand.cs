using System.CommandLine;
using System.Text.Json.Nodes;
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
        var (collection, data, store, blobs, json) = (Shared.Collection(), Shared.Data(), Shared.Store(), Shared.Blobs(), Shared.AsJson());
        var command = new Command("releases", "Lists a collection's releases, which is live, and where a file is that is not here.\n\nExample: cantor releases articles") { collection, data, store, blobs, json };
        command.Subcommands.Add(Promote());
        command.Subcommands.Add(Rollback());
        command.Subcommands.Add(History());
        command.Subcommands.Add(Copy());
        command.Subcommands.Add(Prune());
        command.Runs(async (parsed, cancellationToken) =>
        {
            var name = parsed.GetValue(collection)!;
            await using var opened = await Shared.OpenKnownAsync(parsed.GetValue(store), parsed.GetValue(data)!, name, cancellationToken);
            using var registry = opened.Registry(parsed.GetValue(data)!);
            var aliases = Enum.GetValues<AliasName>().ToDictionary(alias => alias, alias => registry.Alias(name, alias));
            var releases = registry.Releases(name);
            var (place, there) = await ElsewhereAsync(releases, name, parsed.GetValue(blobs), cancellationToken);
            var rows = releases.Select(release => new
            {
                Release = release.Version.ToString(),
                Aliases = aliases.Where(alias => alias.Value == release.Version).Select(alias => alias.Key.Text()).ToArray(),
                release.Items,
                release.Bytes,
                release.Provenance,
                release.Missing,
                Elsewhere = release.Missing && there?.Contains(release.Version) is true ? place : null,
            }).ToList();
            if (parsed.GetValue(json))
            {
                Shared.PrintJson(rows);
                return Exit.Done;
            }
            var table = new Table().Border(TableBorder.Simple).AddColumns("release", "", "items", "MiB", "provenance");
            foreach (var row in rows)
            {
                var file = !row.Missing ? "" : row.Elsewhere is { } at ? $", the file is in {at}" : there is null ? ", the file is not here" : $", the file is neither here nor in {place}";
                table.AddRow(row.Release, string.Join(", ", row.Aliases), FormattableString.Invariant($"{row.Items:N0}"), FormattableString.Invariant($"{row.Bytes / 1048576.0:F1}"), Markup.Escape(row.Provenance + file));
            }
            AnsiConsole.Write(table);
            return Exit.Done;
        });
        return command;
    }

    /// <summary>Which releases the other place has: asked only where a file is not here, and no fault when it does not answer.</summary>
    static async Task<(string? Place, IReadOnlyList<ReleaseVersion>? There)> ElsewhereAsync(IReadOnlyList<RegisteredRelease> releases, string collection, string? blobs, CancellationToken cancellationToken)
    {
        if (!releases.Any(release => release.Missing)) return (null, null);
        if (blobs is null)
        {
            await Console.Error.WriteLineAsync("some files are not here; --blobs names where else to look");
            return (null, null);
        }
        using var place = ReleaseBlobs.Open(blobs, TimeProvider.System);
        try
        {
            return (place.Name, await place.ListAsync(collection, cancellationToken));
        }
        catch (Exception fault) when (fault is InputFaultException or StoreUnavailableException)
        {
            // Whoever looks for a release to go back to wants the list all the same.
            await Console.Error.WriteLineAsync($"cantor: {fault.Message}");
            return (place.Name, null);
        }
    }

    static Option<string?> Why() => new("--why") { Description = "The reason, for whoever reads the history." };

    static Command Promote()
    {
        var (where, why) = (new Where(), Why());
        var version = new Argument<string>("VERSION") { Description = "The release that is to be live." };
        var command = new Command("promote", "Makes a release live; the one before becomes previous. Servers follow within a second.\n\nExample: cantor releases promote articles 20261124T101500Z-0123abcd --why \"checked by hand\"") { where.Collection, version, why, where.Data, where.Store, where.Blobs, where.Server, where.Json };
        command.Runs((parsed, cancellationToken) => MoveAsync(parsed, where, parsed.GetValue(version), parsed.GetValue(why), local: false, cancellationToken));
        return command;
    }

    static Command Rollback()
    {
        var (where, why) = (new Where(), Why());
        var local = new Option<bool>("--local") { Description = "With --server: on that server alone, also while the store is away. The store is told when it answers again." };
        var command = new Command("rollback", "Goes back to the release that was live before. Servers follow within a second.\n\nExample: cantor releases rollback articles --why \"empty lists\"") { where.Collection, why, where.Data, where.Store, where.Blobs, where.Server, local, where.Json };
        command.Runs((parsed, cancellationToken) => MoveAsync(parsed, where, null, parsed.GetValue(why), parsed.GetValue(local), cancellationToken));
        return command;
    }

    /// <summary>Moves live to a version; null for what was live before.</summary>
    static async Task<int> MoveAsync(ParseResult parsed, Where where, string? version, string? why, bool local, CancellationToken cancellationToken)
    {
        var (collection, server) = (parsed.GetValue(where.Collection)!, parsed.GetValue(where.Server));
        if (local && server is null) throw new InputFaultException("--local", null, "is for one server; expected --server too");
        if (RemoteServer.Of(server) is { } remote)
            using (remote)
            {
                var body = why is null ? null : new JsonObject { ["why"] = why }.ToJsonString();
                var moved = await remote.SendAsync(HttpMethod.Post, $"/v1/collections/{Uri.EscapeDataString(collection)}/releases{(version is null ? local ? ":rollback?local=true" : ":rollback" : $"/{Uri.EscapeDataString(version)}:promote")}", cancellationToken, body);
                return Moved((string)moved!["live"]!, (string?)moved["before"]);
            }
        await using var opened = await Shared.OpenStoreAsync(parsed.GetValue(where.Store), parsed.GetValue(where.Data)!, cancellationToken);
        using var registry = opened.Registry(parsed.GetValue(where.Data)!);
        var live = registry.Alias(collection, AliasName.Live);
        var to = version is null
            ? registry.Alias(collection, AliasName.Previous) ?? throw new InputFaultException("COLLECTION", null, $"{collection} has no release before the live one to go back to")
            : ReleaseVersion.TryParse(version, out var read) ? read : throw new InputFaultException("VERSION", null, $"expected a release's version, found {version}; cantor releases {collection} lists them");
        if (registry.Find(collection, to) is { } release) await Shared.FetchAsync(release, parsed.GetValue(where.Blobs), cancellationToken);
        if (!registry.MoveAlias(collection, AliasName.Live, live, to, Environment.UserName, why ?? (version is null ? "rollback" : "promote"), tell: true))
            throw new IOException($"somebody else moved live of {collection} at the same time; look again and decide anew");
        return Moved(to.ToString(), live?.ToString());

        int Moved(string now, string? before)
        {
            if (parsed.GetValue(where.Json)) Shared.PrintJson(new { Collection = collection, Live = now, Before = before });
            else Console.Out.WriteLine($"{collection}: {now} is live; before it was {before ?? "nothing"}");
            return Exit.Done;
        }
    }

    static Command History()
    {
        var (collection, data, store, json) = (Shared.Collection(), Shared.Data(), Shared.Store(), Shared.AsJson());
        var command = new Command("history", "Lists every move of a collection's aliases: who, when, why.\n\nExample: cantor releases history articles") { collection, data, store, json };
        command.Runs(async (parsed, cancellationToken) =>
        {
            await using var opened = await Shared.OpenStoreAsync(parsed.GetValue(store), parsed.GetValue(data)!, cancellationToken);
            using var registry = opened.Registry(parsed.GetValue(data)!);
            var moves = registry.History(parsed.GetValue(collection)!);
            if (parsed.GetValue(json)) Shared.PrintJson(moves.Select(move => new { move.At, Alias = move.Alias.Text(), From = move.From?.ToString(), To = move.To?.ToString(), move.By, move.Why, move.Numbers }));
            else
            {
                var table = new Table().Border(TableBorder.Simple).AddColumns("when", "alias", "from", "to", "by", "why");
                foreach (var move in moves)
                    table.AddRow(FormattableString.Invariant($"{move.At:yyyy-MM-dd HH:mm:ss}Z"), move.Alias.Text(), move.From?.ToString() ?? "", move.To?.ToString() ?? "", Markup.Escape(move.By), Markup.Escape(move.Why));
                AnsiConsole.Write(table);
            }
            return moves.Count > 0 ? Exit.Done : Exit.Empty;
        });
        return command;
    }

    static Command Copy()
    {
        var (collection, data, store, blobs, json) = (Shared.Collection(), Shared.Data(), Shared.Store(), Shared.Blobs(), Shared.AsJson());
        var version = new Argument<string>("VERSION") { Description = "The release, or live for the one that is." };
        var to = new Option<string>("--to") { Description = "The store of the other environment: postgres://…, or a data directory.", Required = true };
        var toBlobs = new Option<string?>("--to-blobs") { Description = "Where the other environment's servers get release files: a directory, s3://… or gs://…; needed for a store that is no data directory." };
        var publish = new Option<PublishTarget>("--publish") { Description = "Where it goes there: none (default), live or canary. A collection's first always goes live.", DefaultValueFactory = _ => PublishTarget.None };
        var command = new Command("copy", "Brings the very same release file from one environment to the next.\n\nExample: cantor releases copy articles live --to /srv/staging --publish live") { collection, version, to, toBlobs, publish, data, store, blobs, json };
        command.Runs(async (parsed, cancellationToken) =>
        {
            var (name, target) = (parsed.GetValue(collection)!, parsed.GetValue(to)!);
            var isDirectory = !target.Contains("://", StringComparison.Ordinal);
            if (!isDirectory && parsed.GetValue(toBlobs) is null)
                throw new InputFaultException("--to-blobs", null, "is missing; a store that is no data directory holds no files");
            await using var from = await Shared.OpenStoreAsync(parsed.GetValue(store), parsed.GetValue(data)!, cancellationToken);
            using var registry = from.Registry(parsed.GetValue(data)!);
            var wanted = parsed.GetValue(version) is "live" ? registry.Alias(name, AliasName.Live)
                : ReleaseVersion.TryParse(parsed.GetValue(version)!, out var read) ? read
                : throw new InputFaultException("VERSION", null, $"expected a release's version or live, found {parsed.GetValue(version)}");
            if (wanted is not { } found || registry.Find(name, found) is not { } release)
                throw new InputFaultException("VERSION", null, $"{name} has no release {parsed.GetValue(version)} in {from.Name}");
            await Shared.FetchAsync(release, parsed.GetValue(blobs), cancellationToken);

            await using var there = await Storage.Store.OpenAsync(target, TimeProvider.System, cancellationToken);
            using var other = there.Registry(parsed.GetValue(toBlobs) is null ? target : parsed.GetValue(data)!);
            using (var place = ReleaseBlobs.Open(parsed.GetValue(toBlobs) ?? other.ReleasesDirectory, TimeProvider.System))
                await place.PublishAsync(name, found, release.Path, cancellationToken);
            // The other store numbers its own changes: none of them is in this release.
            other.Register(name, found, release.Items, release.Bytes, release.Provenance);
            var alias = await Publishing.PointAsync(there, other, name, found, parsed.GetValue(publish), "copy", cancellationToken);
            if (parsed.GetValue(json)) Shared.PrintJson(new { Collection = name, Release = found.ToString(), To = there.Name, PublishedAs = alias?.Text() ?? "none" });
            else Console.Out.WriteLine($"{name} {found} is in {there.Name} ({alias?.Text() ?? "none"})");
            return Exit.Done;
        });
        return command;
    }

    static Command Prune()
    {
        var (collection, data, store, blobs, server, json) = (Shared.Collection(), Shared.Data(), Shared.Store(), Shared.Blobs(), RemoteServer.Option(), Shared.AsJson());
        var keep = new Option<int?>("--keep") { Description = "How many of the newest stay, 1 to 1,000; what the collection's configuration says (releases.keep, 5) when not given." };
        var command = new Command("prune", "Deletes releases but the newest and those that an alias names. Every build does it too.\n\nExample: cantor releases prune articles --keep 3") { collection, keep, data, store, blobs, server, json };
        command.Runs(async (parsed, cancellationToken) =>
        {
            var (name, directory) = (parsed.GetValue(collection)!, parsed.GetValue(data)!);
            int? most = parsed.GetValue(keep) is { } count ? Shared.Between(1, count, CollectionSettings.MostKept, "--keep") : null;
            List<string> gone;
            if (RemoteServer.Of(parsed.GetValue(server)) is { } remote)
                using (remote)
                {
                    var body = most is null ? null : new JsonObject { ["keep"] = most }.ToJsonString();
                    var answer = await remote.SendAsync(HttpMethod.Post, $"/v1/collections/{Uri.EscapeDataString(name)}/releases:prune", cancellationToken, body);
                    gone = [.. answer!["gone"]!.AsArray().Select(version => (string)version!)];
                }
            else
            {
                await using var opened = await Shared.OpenKnownAsync(parsed.GetValue(store), directory, name, cancellationToken);
                using var registry = opened.Registry(directory);
                using var place = parsed.GetValue(blobs) is { } at ? ReleaseBlobs.Open(at, TimeProvider.System) : null;
                gone = [.. (await opened.PruneAsync(registry, place, name, most, cancellationToken)).Select(release => release.Version.ToString())];
            }
            if (parsed.GetValue(json)) Shared.PrintJson(new { Collection = name, Gone = gone });
            else Console.Out.WriteLine(gone.Count == 0 ? $"{name}: nothing to delete" : $"{name}: deleted {string.Join(", ", gone)}");
            return Exit.Done;
        });
        return command;
    }
}
