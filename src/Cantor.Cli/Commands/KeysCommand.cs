using System.CommandLine;
using System.Text.Json.Nodes;
using Cantor.Corpus;
using Cantor.Storage;
using Spectre.Console;

namespace Cantor.Cli.Commands;

static class KeysCommand
{
    const string Path = "/v1/keys";

    internal static Command Make() => new("keys", "Makes, lists and revokes keys of the API, in a store or at a server. Once there is one, no request is answered without.\n\nExample: cantor keys create website --scopes read,events --collection articles")
    {
        Create(), List(), Rotate(), Revoke(),
    };

    static Option<double?> Days() => new("--days") { Description = "How many days it is valid; until it is revoked when not given." };

    static Argument<string> Id() => new("KEY") { Description = "The 12 digits that keys list shows." };

    static Command Create()
    {
        var (data, store, server, json, days) = (Shared.Data(), Shared.Store(), RemoteServer.Option(), Shared.AsJson(), Days());
        var label = new Argument<string>("LABEL") { Description = "What people call it." };
        var collection = new Option<string?>("--collection") { Description = "The collection it is for; all when not given." };
        var scopes = new Option<string>("--scopes") { Description = $"What it may do, with commas: {string.Join(", ", ScopeNames.All)}.", DefaultValueFactory = _ => "read" };
        var command = new Command("create", "Makes a key and shows it, once.\n\nExample: cantor keys create cms --scopes write") { label, collection, scopes, days, data, store, server, json };
        command.Runs(async (parsed, cancellationToken) =>
        {
            var (what, lifetime) = (ScopeNames.Parse(parsed.GetValue(scopes)!), Lifetime(parsed.GetValue(days)));
            if (RemoteServer.Of(parsed.GetValue(server)) is { } remote)
                using (remote)
                    Show(await remote.SendAsync(HttpMethod.Post, Path, cancellationToken, Body(("label", parsed.GetValue(label)), ("collection", parsed.GetValue(collection)),
                        ("scopes", new JsonArray([.. ScopeNames.Text(what).Split(',').Select(scope => (JsonNode)scope)])), ("days", lifetime?.TotalDays))), parsed.GetValue(json));
            else
            {
                await using var opened = await Shared.OpenStoreAsync(parsed.GetValue(store), parsed.GetValue(data)!, cancellationToken);
                var made = await opened.Keys.CreateAsync(parsed.GetValue(label)!, parsed.GetValue(collection), what, lifetime, Environment.UserName, cancellationToken);
                Show(made.Key, made.Secret, parsed.GetValue(json));
            }
            return Exit.Done;
        });
        return command;
    }

    static Command List()
    {
        var (data, store, server, json) = (Shared.Data(), Shared.Store(), RemoteServer.Option(), Shared.AsJson());
        var command = new Command("list", "Lists keys, never their secrets.\n\nExample: cantor keys list") { data, store, server, json };
        command.Runs(async (parsed, cancellationToken) =>
        {
            List<ApiKey> keys;
            if (RemoteServer.Of(parsed.GetValue(server)) is { } remote)
                using (remote) keys = [.. (await remote.SendAsync(HttpMethod.Get, Path, cancellationToken))!["keys"]!.AsArray().Select(key => KeyOf(key!))];
            else
            {
                await using var opened = await Shared.OpenStoreAsync(parsed.GetValue(store), parsed.GetValue(data)!, cancellationToken);
                keys = [.. (await opened.Keys.ReadAsync(cancellationToken)).Keys];
            }
            if (parsed.GetValue(json)) Shared.PrintJson(keys.Select(Shown));
            else
            {
                var table = new Table().Border(TableBorder.Simple).AddColumns("key", "label", "collection", "scopes", "made", "valid");
                foreach (var key in keys)
                    table.AddRow(key.Id, Markup.Escape(key.Label), key.Collection ?? "all", ScopeNames.Text(key.Scopes), FormattableString.Invariant($"{key.Created.At:yyyy-MM-dd} by {Markup.Escape(key.Created.By)}"), Validity(key));
                AnsiConsole.Write(table);
            }
            return keys.Count > 0 ? Exit.Done : Exit.Empty;
        });
        return command;
    }

    static Command Rotate()
    {
        var (id, data, store, server, json, days) = (Id(), Shared.Data(), Shared.Store(), RemoteServer.Option(), Shared.AsJson(), Days());
        var overlap = new Option<double>("--overlap-hours") { Description = "How long the old key stays valid beside the new one.", DefaultValueFactory = _ => 24 };
        var command = new Command("rotate", "Makes a key that may do what another may, and lets the other expire.\n\nExample: cantor keys rotate 0123456789ab --overlap-hours 48") { id, overlap, days, data, store, server, json };
        command.Runs(async (parsed, cancellationToken) =>
        {
            var (key, hours, lifetime) = (parsed.GetValue(id)!, Shared.Between(0, parsed.GetValue(overlap), 24 * 366, "--overlap-hours"), Lifetime(parsed.GetValue(days)));
            if (RemoteServer.Of(parsed.GetValue(server)) is { } remote)
                using (remote)
                    Show(await remote.SendAsync(HttpMethod.Post, $"{Path}/{Uri.EscapeDataString(key)}:rotate", cancellationToken, Body(("overlapHours", hours), ("days", lifetime?.TotalDays))), parsed.GetValue(json));
            else
            {
                await using var opened = await Shared.OpenStoreAsync(parsed.GetValue(store), parsed.GetValue(data)!, cancellationToken);
                var made = await opened.Keys.RotateAsync(key, TimeSpan.FromHours(hours), lifetime, Environment.UserName, cancellationToken)
                    ?? throw new InputFaultException("KEY", null, $"there is no valid key {key}; cantor keys list shows all");
                Show(made.Key, made.Secret, parsed.GetValue(json));
            }
            return Exit.Done;
        });
        return command;
    }

    static Command Revoke()
    {
        var (id, data, store, server, json) = (Id(), Shared.Data(), Shared.Store(), RemoteServer.Option(), Shared.AsJson());
        var command = new Command("revoke", "Makes a key invalid; servers refuse it within a second.\n\nExample: cantor keys revoke 0123456789ab") { id, data, store, server, json };
        command.Runs(async (parsed, cancellationToken) =>
        {
            var key = parsed.GetValue(id)!;
            if (RemoteServer.Of(parsed.GetValue(server)) is { } remote)
                using (remote) await remote.SendAsync(HttpMethod.Post, $"{Path}/{Uri.EscapeDataString(key)}:revoke", cancellationToken);
            else
            {
                await using var opened = await Shared.OpenStoreAsync(parsed.GetValue(store), parsed.GetValue(data)!, cancellationToken);
                if (!await opened.Keys.RevokeAsync(key, Environment.UserName, cancellationToken))
                    throw new InputFaultException("KEY", null, $"there is no key {key}; cantor keys list shows all");
            }
            if (parsed.GetValue(json)) Shared.PrintJson(new { Id = key });
            else Console.Out.WriteLine($"key {key} is revoked");
            return Exit.Done;
        });
        return command;
    }

    static TimeSpan? Lifetime(double? days) => days is { } count ? TimeSpan.FromDays(Shared.Between(0.0001, count, 36_500, "--days")) : null;

    // What is not given is not sent.
    static string Body(params (string Name, JsonNode? Value)[] members) =>
        new JsonObject(members.Where(member => member.Value is not null).Select(member => KeyValuePair.Create(member.Name, member.Value))).ToJsonString();

    static void Show(JsonNode? answer, bool json) => Show(KeyOf(answer!["key"]!), (string)answer["secret"]!, json);

    static void Show(ApiKey key, string secret, bool json)
    {
        if (json) Shared.PrintJson(new { secret, Key = Shown(key) });
        else
        {
            Console.Out.WriteLine(secret);
            Console.Error.WriteLine($"key {key.Id} ({ScopeNames.Text(key.Scopes)}, {key.Collection ?? "all collections"}). It is shown this once: only its hash is kept.");
        }
    }

    static ApiKey KeyOf(JsonNode told) => new(
        (string)told["id"]!, (string)told["label"]!, (string?)told["collection"], ScopeNames.Parse(string.Join(',', told["scopes"]!.AsArray().Select(scope => (string)scope!))),
        new((DateTimeOffset)told["created"]!, (string)told["createdBy"]!), (DateTimeOffset?)told["expiresAt"],
        told["revoked"] is { } revoked ? new((DateTimeOffset)revoked, (string)told["revokedBy"]!) : null);

    static object Shown(ApiKey key) => new
    {
        key.Id,
        key.Label,
        key.Collection,
        Scopes = ScopeNames.Text(key.Scopes),
        Created = key.Created.At,
        CreatedBy = key.Created.By,
        key.ExpiresAt,
        Revoked = key.Revoked?.At,
        RevokedBy = key.Revoked?.By,
    };

    static string Validity(ApiKey key) =>
        key.Revoked is { } revoked ? FormattableString.Invariant($"revoked {revoked.At:yyyy-MM-dd} by {Markup.Escape(revoked.By)}")
        : key.ExpiresAt is { } end ? FormattableString.Invariant($"{(end <= TimeProvider.System.GetUtcNow() ? "expired" : "until")} {end:yyyy-MM-dd}")
        : "until revoked";
}
