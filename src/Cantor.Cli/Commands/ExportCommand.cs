using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Cantor.Corpus;
using Cantor.Releases;

namespace Cantor.Cli.Commands;

static class ExportCommand
{
    internal static Command Make()
    {
        var (collection, release, data) = (Shared.Collection(), Shared.Release(), Shared.Data());
        var format = new Option<string>("--format") { Description = "tsv (query, item, rank, score) or jsonl.", DefaultValueFactory = _ => "tsv" };
        format.AcceptOnlyFromAmong("tsv", "jsonl");
        var target = new Option<string?>("--out") { Description = "A file; standard output when not given." };
        var command = new Command("export", "Writes all lists of a release.\n\nExample: cantor export articles --out lists.tsv") { collection, release, format, target, data };
        command.Runs(async (parsed, cancellationToken) =>
        {
            using var opened = Shared.OpenRelease(parsed.GetValue(data)!, parsed.GetValue(collection)!, parsed.GetValue(release));
            var ids = Shared.Ids(opened);
            var write = parsed.GetValue(format) == "jsonl" ? (Func<Release, ItemId[], int, string>)Jsonl : Tsv;
            if (parsed.GetValue(target) is not { } path)
            {
                await WriteAsync(Console.Out, opened, ids, write, cancellationToken);
                return Exit.Done;
            }
            var temporary = path + ".tmp"; // a crash leaves the file that was there
            await using (var file = new StreamWriter(temporary, append: false))
                await WriteAsync(file, opened, ids, write, cancellationToken);
            File.Move(temporary, path, overwrite: true);
            return Exit.Done;
        });
        return command;
    }

    static async Task WriteAsync(TextWriter output, Release release, ItemId[] ids, Func<Release, ItemId[], int, string> write, CancellationToken cancellationToken)
    {
        for (var row = 0; row < ids.Length; row++)
            await output.WriteAsync(write(release, ids, row).AsMemory(), cancellationToken);
    }

    static string Tsv(Release release, ItemId[] ids, int row)
    {
        var text = new System.Text.StringBuilder();
        var rank = 0;
        foreach (var neighbor in release.NeighborsOf(new(row)))
            text.Append(CultureInfo.InvariantCulture, $"{ids[row]}\t{ids[neighbor.Item.Row]}\t{++rank}\t{neighbor.Score:R}\n");
        return text.ToString();
    }

    static string Jsonl(Release release, ItemId[] ids, int row)
    {
        var text = new System.Text.StringBuilder();
        var rank = 0;
        foreach (var neighbor in release.NeighborsOf(new(row)))
            text.Append(CultureInfo.InvariantCulture, $"{{\"query\":{JsonSerializer.Serialize(ids[row].Value)},\"item\":{JsonSerializer.Serialize(ids[neighbor.Item.Row].Value)},\"rank\":{++rank},\"score\":{neighbor.Score:R}}}\n");
        return text.ToString();
    }
}
