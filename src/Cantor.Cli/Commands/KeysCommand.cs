using System.CommandLine;
using Cantor.Corpus;
using Cantor.Storage;
using Spectre.Console;

namespace Cantor.Cli.Commands;

static class KeysCommand
{
    internal static Command Make() => new("keys", "Makes, lists and revokes keys of the API. Once there is one, no request is answered without.\n\nExample: cantor keys create website --scopes read,events --collection articles")
    {
        Create(), List(), Rotate(), Revoke(),
    };

    static Option<double?> Days() => new("--days") { Description = "How many days it is valid; until it is revoked when not given." };

    static Command Create()
    {
        var (data, store, json, days) = (Shared.Data(), Shared.Store(), Shared.AsJson(), Days());
        var label = new Argument<string>("LABEL") { Description = "What people call it." };
        var collection = new Option<string?>("--collection") { Description = "The collection it is for; all when not given." };
        var scopes = new Option<string>("--scopes") { Description = $"What it may do, with commas: {string.Join(", ", ScopeNames.All)}.", DefaultValueFactory = _ => "read" };
        var command = new Command("create", "Makes a key and shows it, once.\n\nExample: cantor keys create cms --scopes write") { label, collection, scopes, days, data, store, json };
        command.Runs(async (parsed, cancellationToken) =>
        {
            await using var opened = await Shared.OpenStoreAsync(parsed.GetValue(store), parsed.GetValue(data)!, cancellationToken);
            var made = await opened.Keys.CreateAsync(parsed.GetValue(label)!, parsed.GetValue(collection), ScopeNames.Parse(parsed.GetValue(scopes)!), Lifetime(parsed.GetValue(days)), Environment.UserName, cancellationToken);
            Show(made, parsed.GetValue(json));
            return Exit.Done;
        });
        return command;
    }

    static Command List()
    {
        var (data, store, json) = (Shared.Data(), Shared.Store(), Shared.AsJson());
        var command = new Command("list", "Lists keys, never their secrets.\n\nExample: cantor keys list") { data, store, json };
        command.Runs(async (parsed, cancellationToken) =>
        {
            await using var opened = await Shared.OpenStoreAsync(parsed.GetValue(store), parsed.GetValue(data)!, cancellationToken);
            var keys = (await opened.Keys.ReadAsync(cancellationToken)).Keys.ToList();
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
        var (data, store, json, days) = (Shared.Data(), Shared.Store(), Shared.AsJson(), Days());
        var id = new Argument<string>("KEY") { Description = "The 12 digits that keys list shows." };
        var overlap = new Option<double>("--overlap-hours") { Description = "How long the old key stays valid beside the new one.", DefaultValueFactory = _ => 24 };
        var command = new Command("rotate", "Makes a key that may do what another may, and lets the other expire.\n\nExample: cantor keys rotate 0123456789ab --overlap-hours 48") { id, overlap, days, data, store, json };
        command.Runs(async (parsed, cancellationToken) =>
        {
            await using var opened = await Shared.OpenStoreAsync(parsed.GetValue(store), parsed.GetValue(data)!, cancellationToken);
            var made = await opened.Keys.RotateAsync(parsed.GetValue(id)!, TimeSpan.FromHours(parsed.GetValue(overlap)), Lifetime(parsed.GetValue(days)), Environment.UserName, cancellationToken)
                ?? throw new InputFaultException("KEY", null, $"there is no valid key {parsed.GetValue(id)}; cantor keys list shows all");
            Show(made, parsed.GetValue(json));
            return Exit.Done;
        });
        return command;
    }

    static Command Revoke()
    {
        var (data, store) = (Shared.Data(), Shared.Store());
        var id = new Argument<string>("KEY") { Description = "The 12 digits that keys list shows." };
        var command = new Command("revoke", "Makes a key invalid; servers refuse it within a second.\n\nExample: cantor keys revoke 0123456789ab") { id, data, store };
        command.Runs(async (parsed, cancellationToken) =>
        {
            await using var opened = await Shared.OpenStoreAsync(parsed.GetValue(store), parsed.GetValue(data)!, cancellationToken);
            if (!await opened.Keys.RevokeAsync(parsed.GetValue(id)!, Environment.UserName, cancellationToken))
                throw new InputFaultException("KEY", null, $"there is no key {parsed.GetValue(id)}; cantor keys list shows all");
            return Exit.Done;
        });
        return command;
    }

    static TimeSpan? Lifetime(double? days) => days is { } count ? TimeSpan.FromDays(Shared.Between(0.0001, count, 36_500, "--days")) : null;

    static void Show(NewKey made, bool json)
    {
        if (json) Shared.PrintJson(new { made.Secret, Key = Shown(made.Key) });
        else
        {
            Console.Out.WriteLine(made.Secret);
            Console.Error.WriteLine($"key {made.Key.Id} ({ScopeNames.Text(made.Key.Scopes)}, {made.Key.Collection ?? "all collections"}). It is shown this once: only its hash is kept.");
        }
    }

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
