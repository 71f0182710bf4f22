using System.CommandLine;
using Cantor.Corpus.Rows;
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
        var (k, threads) = (Shared.K(), Shared.Threads());
        var publish = new Option<PublishTarget?>("--publish") { Description = "Where the release goes: live (default), canary or none. A collection's first always goes live." };
        items.Required = true;
        var command = new Command("import", "Makes a release of lists that someone else computed: the API moves before the batch does.\n\nExample: cantor import articles --items articles.jsonl --neighbors lists.tsv")
        {
            collection, items, neighbors, data, k, threads, publish, map, skipBad, json,
        };
        command.Runs(async (parsed, cancellationToken) =>
        {
            var options = Shared.Options(new(), parsed.GetValue(map), parsed.GetValue(skipBad));
            var asked = new BuildOptions();
            var build = asked with
            {
                K = Shared.Between(1, parsed.GetValue(k) ?? asked.K, 1000, "--k"),
                Threads = Shared.Between(1, parsed.GetValue(threads) ?? Environment.ProcessorCount, 1024, "--threads"),
            };
            var counts = new SourceCounts();
            var directory = parsed.GetValue(data)!;
            await using var store = await Shared.OpenStoreAsync(null, directory, cancellationToken);
            using var registry = store.Registry(directory);
            var standing = registry.Standing(parsed.GetValue(collection)!);
            var report = await BuildBars.ShowAsync(parsed.GetValue(json), progress => ReleaseBuilder.ImportAsync(parsed.GetValue(collection)!,
                ItemSource.ReadAsync(parsed.GetValue(items)!, options, counts, cancellationToken),
                NeighborSource.ReadAsync(parsed.GetValue(neighbors)!, options with { Map = ColumnMap.Same }, counts, cancellationToken),
                build, Path.Combine(directory, "releases"), TimeProvider.System, progress, cancellationToken));
            foreach (var fault in counts.Faults) await Console.Error.WriteLineAsync($"passed over: {fault}");
            var published = await Publishing.PublishAsync(report, store, registry, parsed.GetValue(publish) ?? PublishTarget.Live, standing, "import", counts.BadRows, null, cancellationToken);
            await store.PruneAsync(registry, null, published.Collection, null, cancellationToken);
            Publishing.Print(published, parsed.GetValue(json));
            return Exit.Done;
        });
        return command;
    }
}
