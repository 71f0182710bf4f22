using Cantor.Corpus;
using Cantor.Evaluation;
using Cantor.Releases;
using Cantor.Sources;
using Spectre.Console;

namespace Cantor.Cli.Commands;

/// <summary>`cantor evaluate --holdout events`: builds without some units and asks what they would have looked at.</summary>
static class HoldoutEvaluation
{
    /// <summary>Lists are made longer than they are served, since all lists of a unit are asked together.</summary>
    const int Depth = 200;

    internal static async Task<HoldoutReport> RunAsync(
        string collection, string[] items, string[] events, bool ordered, double share, double weight, ulong seed, bool quiet, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("cantor-holdout-");
        try
        {
            var holdout = new Holdout(share, seed);
            var source = new SourceOptions { Threads = Environment.ProcessorCount, StandardInput = Console.OpenStandardInput() };
            var counts = new SourceCounts();
            var options = new BuildOptions { K = Depth, Threads = Environment.ProcessorCount, Seed = seed, CoViews = new() { Ordered = ordered, Weight = weight } };
            var report = await BuildBars.ShowAsync(quiet, progress => ReleaseBuilder.BuildAsync(
                collection, ItemSource.ReadAsync(items, source, counts, cancellationToken),
                holdout.TrainAsync(EventSource.ReadAsync(events, source, counts, cancellationToken)),
                options, folder.FullName, TimeProvider.System, progress, cancellationToken));
            using var release = Release.Open(report.Path);
            var ids = Shared.Ids(release);
            var rows = new Dictionary<ItemId, int>(ids.Length);
            foreach (var id in ids) rows.Add(id, rows.Count);
            var lists = new Dictionary<ItemId, (ItemId, float)[]>();
            return holdout.Measure(ListOf, ordered, cancellationToken);

            IReadOnlyList<(ItemId, float)>? ListOf(ItemId item)
            {
                if (!rows.TryGetValue(item, out var row)) return null;
                if (!lists.TryGetValue(item, out var list))
                    lists.Add(item, list = Array.ConvertAll(release.NeighborsOf(new(row)).ToArray(), neighbor => (ids[neighbor.Item.Row], neighbor.Strength)));
                return list;
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    internal static void Print(HoldoutReport report, string collection, bool ordered, bool json)
    {
        if (json)
        {
            Shared.PrintJson(new { Collection = collection, Holdout = "events", Hidden = ordered ? "last" : "random", report.Units, report.One, report.All });
            return;
        }
        var table = new Table().Border(TableBorder.Simple).AddColumns("the hidden item", ordered ? "list of the item before" : "list of one item", "95 %", "lists of all items", "95 %");
        void Row(string name, Interval one, Interval all) => table.AddRow(name, Show(one.Value), $"{Show(one.Low)} to {Show(one.High)}", Show(all.Value), $"{Show(all.Low)} to {Show(all.High)}");
        Row("is first", report.One.HitAt1, report.All.HitAt1);
        Row("in the first 5", report.One.HitAt5, report.All.HitAt5);
        Row("in the first 10", report.One.HitAt10, report.All.HitAt10);
        Row("in the first 20", report.One.HitAt20, report.All.HitAt20);
        Row("1/rank", report.One.ReciprocalRank, report.All.ReciprocalRank);
        AnsiConsole.Write(table);
        Console.Out.WriteLine(FormattableString.Invariant($"{report.Units:N0} units were kept from the build; of each {(ordered ? "the last" : "a random")} item was hidden"));
    }

    static string Show(double value) => FormattableString.Invariant($"{value:F4}");
}
