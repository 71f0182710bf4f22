using System.CommandLine;
using Cantor.Corpus;
using Cantor.Storage;
using Spectre.Console;

namespace Cantor.Cli.Commands;

static class CollectionsCommand
{
    internal static Command Make() => new("collections", "Makes, lists and deletes collections, in a store or at a server.\n\nExample: cantor collections create articles --server http://127.0.0.1:8080")
    {
        Create(), List(), Delete(),
    };

    static Command Create()
    {
        var (name, data, store, server, json) = (Shared.Collection(), Shared.Data(), Shared.Store(), RemoteServer.Option(), Shared.AsJson());
        var command = new Command("create", "Makes a collection, to be filled over the API.\n\nExample: cantor collections create articles") { name, data, store, server, json };
        command.Runs(async (parsed, cancellationToken) =>
        {
            var collection = parsed.GetValue(name)!;
            if (CollectionName.Check(collection) is { } fault) throw new InputFaultException("COLLECTION", null, fault);
            if (RemoteServer.Of(parsed.GetValue(server)) is { } remote)
                using (remote) await remote.SendAsync(HttpMethod.Put, $"/v1/collections/{collection}", cancellationToken);
            else
            {
                await using var opened = await Shared.OpenStoreAsync(parsed.GetValue(store), parsed.GetValue(data)!, cancellationToken);
                await opened.Collections.CreateAsync(collection, "{}", cancellationToken);
            }
            if (parsed.GetValue(json)) Shared.PrintJson(new { Name = collection });
            else Console.Out.WriteLine($"{collection} is there");
            return Exit.Done;
        });
        return command;
    }

    static Command List()
    {
        var (data, store, server, json) = (Shared.Data(), Shared.Store(), RemoteServer.Option(), Shared.AsJson());
        var command = new Command("list", "Lists collections and their live releases.\n\nExample: cantor collections list") { data, store, server, json };
        command.Runs(async (parsed, cancellationToken) =>
        {
            List<(string Name, string? Release)> rows;
            if (RemoteServer.Of(parsed.GetValue(server)) is { } remote)
                using (remote)
                    rows = [.. (await remote.SendAsync(HttpMethod.Get, "/v1/collections", cancellationToken))!["collections"]!.AsArray().Select(row => ((string)row!["name"]!, (string?)row["release"]))];
            else
            {
                await using var opened = await Shared.OpenStoreAsync(parsed.GetValue(store), parsed.GetValue(data)!, cancellationToken);
                using var registry = opened.Registry(parsed.GetValue(data)!);
                rows = [.. (await opened.Collections.ListAsync(cancellationToken)).Select(row => (row.Name, registry.Alias(row.Name, AliasName.Live)?.ToString()))];
            }
            if (parsed.GetValue(json)) Shared.PrintJson(rows.Select(row => new { row.Name, row.Release }));
            else
            {
                var table = new Table().Border(TableBorder.Simple).AddColumns("collection", "live release");
                foreach (var (collection, release) in rows) table.AddRow(collection, release ?? "none");
                AnsiConsole.Write(table);
            }
            return rows.Count > 0 ? Exit.Done : Exit.Empty;
        });
        return command;
    }

    static Command Delete()
    {
        var (name, data, store, server, json) = (Shared.Collection(), Shared.Data(), Shared.Store(), RemoteServer.Option(), Shared.AsJson());
        var yes = new Option<bool>("--yes") { Description = "Really: items, events, keys and aliases are gone. Release files stay, unknown until the collection is made again." };
        var command = new Command("delete", "Deletes a collection. What was deleted or hidden in it stays so, should it be made again.\n\nExample: cantor collections delete articles --yes") { name, yes, data, store, server, json };
        command.Runs(async (parsed, cancellationToken) =>
        {
            var collection = parsed.GetValue(name)!;
            if (!parsed.GetValue(yes)) throw new InputFaultException("--yes", null, $"is missing; with it, all items and events of {collection} are deleted for good");
            if (RemoteServer.Of(parsed.GetValue(server)) is { } remote)
                using (remote) await remote.SendAsync(HttpMethod.Delete, $"/v1/collections/{collection}", cancellationToken);
            else
            {
                await using var opened = await Shared.OpenStoreAsync(parsed.GetValue(store), parsed.GetValue(data)!, cancellationToken);
                if (!await opened.Collections.DeleteAsync(collection, Environment.UserName, cancellationToken))
                    throw new InputFaultException("COLLECTION", null, $"there is no collection {collection} in {opened.Name}");
            }
            if (parsed.GetValue(json)) Shared.PrintJson(new { Name = collection });
            else Console.Out.WriteLine($"{collection} is deleted");
            return Exit.Done;
        });
        return command;
    }
}
