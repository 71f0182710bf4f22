using System.CommandLine;
using System.Globalization;
using System.Text;
using Cantor.Corpus;
using Cantor.Server;
using Cantor.Sources;

namespace Cantor.Cli.Commands;

static class ExportCommand
{
    internal static Command Make()
    {
        var (collection, release, data, store, blobs) = (Shared.Collection(), Shared.Release(), Shared.Data(), Shared.Store(), Shared.Blobs());
        var format = new Option<string>("--format") { Description = "tsv or parquet (query, item, rank, score), or jsonl (the same, and raw: the score that was imported).", DefaultValueFactory = _ => "tsv" };
        format.AcceptOnlyFromAmong("tsv", "jsonl", "parquet");
        var target = new Option<string?>("--out") { Description = "A file, written whole or not at all; standard output when - or not given." };
        var variants = new Option<bool>("--variants") { Description = "List near-duplicates too, right behind the better one that stands for them." };
        var command = new Command("export", "Writes all lists of a release as a server would answer now: with what was pushed, without what was deleted or hidden.\n\nExample: cantor export articles --out lists.tsv") { collection, release, format, target, variants, data, store, blobs };
        command.Runs(async (parsed, cancellationToken) =>
        {
            var (chosen, path) = (parsed.GetValue(format), parsed.GetValue(target) is "-" ? null : parsed.GetValue(target));
            if (chosen == "parquet" && path is null)
                throw new InputFaultException("--out", null, "expected a file; parquet does not go to standard output");
            using var opened = await Shared.OpenLaidAsync(parsed.GetValue(store), parsed.GetValue(blobs), parsed.GetValue(data)!, parsed.GetValue(collection)!, parsed.GetValue(release), cancellationToken);
            var lists = new Lists(opened, parsed.GetValue(variants));
            var list = chosen == "jsonl" ? (Func<string, string>)lists.Jsonl : lists.Tsv;
            if (path is null) await WriteAsync(Console.Out, lists.Ids, list, cancellationToken);
            else
                await WholeFile.WriteAsync(path, async temporary =>
                {
                    if (chosen == "parquet")
                    {
                        NeighborParquet.Write(temporary, lists.Rows(), new() { Threads = Environment.ProcessorCount }, cancellationToken);
                        return;
                    }
                    await using var file = new StreamWriter(temporary, append: false);
                    await WriteAsync(file, lists.Ids, list, cancellationToken);
                });
            return Exit.Done;
        });
        return command;
    }

    static async Task WriteAsync(TextWriter output, IEnumerable<string> ids, Func<string, string> write, CancellationToken cancellationToken)
    {
        foreach (var id in ids)
            await output.WriteAsync(write(id).AsMemory(), cancellationToken);
    }

    /// <summary>A release's lists in each format, by the id of the item that a list is of.</summary>
    sealed class Lists(LaidRelease laid, bool variants)
    {
        internal IEnumerable<string> Ids => laid.Ids();

        internal IEnumerable<ListedNeighbor> Rows() => Ids.SelectMany(id => RowsOf(id).Select(row => row.Listed));

        internal string Tsv(string id)
        {
            var text = new StringBuilder();
            foreach (var (listed, _) in RowsOf(id))
                text.Append(CultureInfo.InvariantCulture, $"{listed.Query}\t{listed.Item}\t{listed.Rank}\t{listed.Score:R}\n");
            return text.ToString();
        }

        internal string Jsonl(string id)
        {
            var text = new StringBuilder();
            foreach (var (listed, raw) in RowsOf(id))
            {
                text.Append(CultureInfo.InvariantCulture, $"{{\"query\":{Shared.Json(listed.Query)},\"item\":{Shared.Json(listed.Item)},\"rank\":{listed.Rank},\"score\":{listed.Score:R}");
                if (raw is not null) text.Append(CultureInfo.InvariantCulture, $",\"raw\":{raw:R}");
                text.Append("}\n");
            }
            return text.ToString();
        }

        List<(ListedNeighbor Listed, double? Raw)> RowsOf(string id)
        {
            var rows = new List<(ListedNeighbor, double?)>();
            foreach (var hit in laid.HeldListOf(id))
            {
                Add(hit.Id, hit.Score, hit.Raw);
                if (!variants) continue;
                foreach (var variant in hit.Variants) Add(variant, hit.Score, null);
            }
            return rows;

            void Add(string item, float score, double? raw) => rows.Add((new(id, item, rows.Count + 1, score), raw));
        }
    }
}
