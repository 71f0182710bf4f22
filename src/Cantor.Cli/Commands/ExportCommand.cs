using System.CommandLine;
using System.Globalization;
using System.Text;
using Cantor.Corpus;
using Cantor.Ranking;
using Cantor.Releases;
using Cantor.Sources;

namespace Cantor.Cli.Commands;

static class ExportCommand
{
    internal static Command Make()
    {
        var (collection, release, data) = (Shared.Collection(), Shared.Release(), Shared.Data());
        var format = new Option<string>("--format") { Description = "tsv or parquet (query, item, rank, score), or jsonl (the same, and raw: the score that was imported).", DefaultValueFactory = _ => "tsv" };
        format.AcceptOnlyFromAmong("tsv", "jsonl", "parquet");
        var target = new Option<string?>("--out") { Description = "A file, written whole or not at all; standard output when - or not given." };
        var variants = new Option<bool>("--variants") { Description = "List near-duplicates too, right behind the better one that stands for them." };
        var command = new Command("export", "Writes all lists of a release.\n\nExample: cantor export articles --out lists.tsv") { collection, release, format, target, variants, data };
        command.Runs(async (parsed, cancellationToken) =>
        {
            var (chosen, path) = (parsed.GetValue(format), parsed.GetValue(target) is "-" ? null : parsed.GetValue(target));
            if (chosen == "parquet" && path is null)
                throw new InputFaultException("--out", null, "expected a file; parquet does not go to standard output");
            using var opened = Shared.OpenRelease(parsed.GetValue(data)!, parsed.GetValue(collection)!, parsed.GetValue(release));
            var lists = new Lists(opened, parsed.GetValue(variants));
            var list = chosen == "jsonl" ? (Func<int, string>)lists.Jsonl : lists.Tsv;
            if (path is null) await WriteAsync(Console.Out, lists.Count, list, cancellationToken);
            else
                await WholeFile.WriteAsync(path, async temporary =>
                {
                    if (chosen == "parquet")
                    {
                        NeighborParquet.Write(temporary, lists.Rows(), new() { Threads = Environment.ProcessorCount }, cancellationToken);
                        return;
                    }
                    await using var file = new StreamWriter(temporary, append: false);
                    await WriteAsync(file, lists.Count, list, cancellationToken);
                });
            return Exit.Done;
        });
        return command;
    }

    static async Task WriteAsync(TextWriter output, int lists, Func<int, string> write, CancellationToken cancellationToken)
    {
        for (var row = 0; row < lists; row++)
            await output.WriteAsync(write(row).AsMemory(), cancellationToken);
    }

    /// <summary>A release's lists in each format, by the ordinal of the item that a list is of.</summary>
    sealed class Lists(Release release, bool variants)
    {
        readonly ItemId[] _ids = Shared.Ids(release);

        internal int Count => _ids.Length;

        internal IEnumerable<ListedNeighbor> Rows() => Enumerable.Range(0, Count).SelectMany(RowsOf);

        internal string Tsv(int row)
        {
            var text = new StringBuilder();
            foreach (var listed in RowsOf(row))
                text.Append(CultureInfo.InvariantCulture, $"{listed.Query}\t{listed.Item}\t{listed.Rank}\t{listed.Score:R}\n");
            return text.ToString();
        }

        internal string Jsonl(int row)
        {
            var text = new StringBuilder();
            var raw = release.RawOf(new(row));
            foreach (var listed in RowsOf(row))
            {
                text.Append(CultureInfo.InvariantCulture, $"{{\"query\":{Shared.Json(listed.Query)},\"item\":{Shared.Json(listed.Item)},\"rank\":{listed.Rank},\"score\":{listed.Score:R}");
                if (!raw.IsEmpty) text.Append(CultureInfo.InvariantCulture, $",\"raw\":{raw[listed.Rank - 1]:R}");
                text.Append("}\n");
            }
            return text.ToString();
        }

        List<ListedNeighbor> RowsOf(int row)
        {
            var neighbors = release.NeighborsOf(new(row));
            var rows = new List<ListedNeighbor>(neighbors.Length);
            for (var rank = 0; rank < neighbors.Length; rank++)
            {
                Add(neighbors[rank].Item, neighbors[rank].Score);
                if (!variants) continue;
                foreach (var variant in release.VariantsOf(new(row), rank)) Add(variant, neighbors[rank].Score);
            }
            return rows;

            void Add(Ordinal item, float score) => rows.Add(new(_ids[row].Value, _ids[item.Row].Value, rows.Count + 1, score));
        }
    }
}
