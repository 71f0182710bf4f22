using System.CommandLine;
using Cantor.Releases;
using Cantor.Sources;
using Cantor.Sources.Config;

namespace Cantor.Cli.Commands;

static class ImportCommand
{
    internal static Command Make()
    {
        var (collection, items, data, map, skipBad, json) = (Shared.Collection(), Shared.Items(), Shared.Data(), Shared.Map(), Shared.SkipBad(), Shared.AsJson());
        var neighbors = new Option<string[]>("--neighbors") { Description = "The lists: columns query, item, score and, if there is one, rank.", AllowMultipleArgumentsPerToken = true, Required = true };
        var k = new Option<int>("--k") { Description = "The most neighbors an item keeps.", DefaultValueFactory = _ => 50 };
        var publish = new Option<PublishTarget?>("--publish") { Description = "Where the release goes: live (default), canary or none." };
        items.Required = true;
        var command = new Command("import", "Makes a release of lists that someone else computed: the API moves before the batch does.\n\nExample: cantor import articles --items articles.jsonl --neighbors lists.tsv")
        {
            collection, items, neighbors, data, k, publish, map, skipBad, json,
        };
        command.Runs(async (parsed, cancellationToken) =>
        {
            var options = Shared.Options(new(), parsed.GetValue(map), parsed.GetValue(skipBad));
            var counts = new SourceCounts();
            var directory = parsed.GetValue(data)!;
            var report = await BuildBars.ShowAsync(parsed.GetValue(json), progress => ReleaseBuilder.ImportAsync(parsed.GetValue(collection)!,
                ItemSource.ReadAsync(parsed.GetValue(items)!, options, counts, cancellationToken),
                NeighborSource.ReadAsync(parsed.GetValue(neighbors)!, options with { Map = ColumnMap.Same }, counts, cancellationToken),
                new() { K = parsed.GetValue(k), Threads = Environment.ProcessorCount }, Path.Combine(directory, "releases"), TimeProvider.System, progress, cancellationToken));
            foreach (var fault in counts.Faults) await Console.Error.WriteLineAsync($"passed over: {fault}");
            Publishing.Print(Publishing.Publish(report, directory, parsed.GetValue(publish) ?? PublishTarget.Live, "import", counts.BadRows), parsed.GetValue(json));
            return Exit.Done;
        });
        return command;
    }
}
