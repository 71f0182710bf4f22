using System.CommandLine;
using System.IO.Compression;
using Cantor.Corpus;
using Cantor.Storage;

namespace Cantor.Cli.Commands;

static class BackupCommands
{
    const string Packed = ".gz";

    internal static Command Dump()
    {
        var (collection, data, store, json) = (Shared.Collection(), Shared.Data(), Shared.Store(), Shared.AsJson());
        var file = new Argument<string>("FILE") { Description = "Where to; packed when it ends in .gz." };
        var command = new Command("dump", "Writes what callers pushed, deleted, hid and told of a collection into a file, as it is at one moment, while servers go on.\n\nExample: cantor dump articles articles.dump.gz") { collection, file, data, store, json };
        command.Runs(async (parsed, cancellationToken) =>
        {
            await using var opened = await Shared.OpenStoreAsync(parsed.GetValue(store), parsed.GetValue(data)!, cancellationToken);
            var path = parsed.GetValue(file)!;
            var counts = new BackupCounts(0, 0, 0);
            await WholeFile.WriteAsync(path, async temporary =>
            {
                var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
                // Units, and what they are hashed with, are nobody else's.
                if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
                await using var file = new FileStream(temporary, options);
                await using Stream to = path.EndsWith(Packed, StringComparison.Ordinal) ? new GZipStream(file, CompressionLevel.Optimal) : file;
                counts = await Backup.DumpAsync(opened, parsed.GetValue(collection)!, to, TimeProvider.System, cancellationToken);
            });
            Print(parsed.GetValue(collection)!, counts, parsed.GetValue(json));
            return Exit.Done;
        });
        return command;
    }

    internal static Command Restore()
    {
        var (data, store, json) = (Shared.Data(), Shared.Store(), Shared.AsJson());
        var file = new Argument<string>("FILE") { Description = "What cantor dump wrote." };
        var command = new Command("restore", "Brings a dump into a store, of whichever kind. What the store has deleted or hidden stays so; what was changed there later stays as it is.\n\nExample: cantor restore articles.dump.gz --store postgres://cantor@db/cantor") { file, data, store, json };
        command.Runs(async (parsed, cancellationToken) =>
        {
            var path = parsed.GetValue(file)!;
            if (!File.Exists(path)) throw new InputFaultException(path, null, "there is no such file");
            await using var opened = await Shared.OpenStoreAsync(parsed.GetValue(store), parsed.GetValue(data)!, cancellationToken);
            try
            {
                var (collection, counts) = await Backup.RestoreAsync(opened, () => Open(path), path, cancellationToken);
                Print(collection, counts, parsed.GetValue(json));
            }
            catch (InvalidDataException fault)
            {
                throw new InputFaultException(path, null, $"cannot be unpacked: {fault.Message}", fault);
            }
            return Exit.Done;
        });
        return command;
    }

    static Stream Open(string path) =>
        path.EndsWith(Packed, StringComparison.Ordinal) ? new GZipStream(File.OpenRead(path), CompressionMode.Decompress) : File.OpenRead(path);

    static void Print(string collection, BackupCounts counts, bool json)
    {
        if (json) Shared.PrintJson(new { Collection = collection, counts.Items, counts.Rules, counts.Events, counts.KeptDown, counts.KeptNewer });
        else
            Console.Out.WriteLine(FormattableString.Invariant($"{collection}: {counts.Items:N0} items, {counts.Rules:N0} rules, {counts.Events:N0} events")
                + (counts.KeptDown + counts.KeptNewer == 0 ? "" : FormattableString.Invariant($"; {counts.KeptDown:N0} stay deleted, {counts.KeptNewer:N0} were changed later and stay as they are")));
    }
}
