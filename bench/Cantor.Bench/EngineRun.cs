using System.Diagnostics;
using System.Text.Json;
using Cantor.Corpus;

namespace Cantor.Bench;

/// <summary>What one engine needed for one corpus, from the first byte of the source to the lists of all items.</summary>
/// <param name="Seconds">Wall-clock time: Cantor's with the start of its process, Lucene's without.</param>
/// <param name="ProcessorSeconds">Time of all processors together.</param>
/// <param name="PeakBytes">The most memory that the process had at once, as the system counts it.</param>
/// <param name="FileBytes">The size of the release; 0 for an engine that writes none.</param>
sealed record EngineRun(double Seconds, double ProcessorSeconds, long PeakBytes, long FileBytes)
{
    internal const int Depth = 20;

    /// <summary>The least of each of two runs: what else the machine does only adds.</summary>
    internal static EngineRun Least(EngineRun? a, EngineRun b) => a is null ? b : new(
        Math.Min(a.Seconds, b.Seconds), Math.Min(a.ProcessorSeconds, b.ProcessorSeconds), Math.Min(a.PeakBytes, b.PeakBytes), b.FileBytes);

    /// <summary>Inside the child process: builds, writes the lists, prints what it took as one line of JSON.</summary>
    internal static async Task BuildAsync(string engine, string corpus, string listsFile, int threads, CancellationToken cancellationToken)
    {
        var (run, lists) = engine == "cantor"
            ? await CantorEngine.BuildAsync(new(corpus), Depth, threads, cancellationToken)
            : await MeasureAsync(() => LuceneEngine.BuildAsync(new(corpus), Depth, threads, cancellationToken));
        // Ids hold no control characters, so tabs and line ends separate them safely.
        await File.WriteAllLinesAsync(listsFile, lists.Select(row => string.Join('\t', row.List.Prepend(row.Item))), cancellationToken);
        Console.WriteLine(JsonSerializer.Serialize(run));
    }

    static async Task<(EngineRun, IReadOnlyList<(ItemId Item, ItemId[] List)>)> MeasureAsync(Func<Task<IReadOnlyList<(ItemId Item, ItemId[] List)>>> build)
    {
        using var process = Process.GetCurrentProcess();
        var processorBefore = process.TotalProcessorTime;
        var watch = Stopwatch.StartNew();
        var lists = await build();
        watch.Stop();
        process.Refresh();
        return (new(watch.Elapsed.TotalSeconds, (process.TotalProcessorTime - processorBefore).TotalSeconds, process.PeakWorkingSet64, 0), lists);
    }

    /// <summary>Runs an engine in a process of its own.</summary>
    internal static async Task<(EngineRun Run, Dictionary<ItemId, ItemId[]> Lists)> StartAsync(
        string engine, BenchCorpus corpus, int threads, CancellationToken cancellationToken)
    {
        var listsFile = Path.GetTempFileName();
        try
        {
            string[] args = ["build", engine, corpus.Folder, listsFile, $"{threads}"];
            using var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, args) { RedirectStandardOutput = true })!;
            await using var stop = cancellationToken.Register(child.Kill);
            var output = await child.StandardOutput.ReadToEndAsync(cancellationToken);
            await child.WaitForExitAsync(cancellationToken);
            if (child.ExitCode != 0) throw new InvalidOperationException($"{engine} failed on {corpus.Name}; its message stands above");
            var lists = new Dictionary<ItemId, ItemId[]>();
            await foreach (var line in File.ReadLinesAsync(listsFile, cancellationToken))
            {
                ItemId[] ids = [.. line.Split('\t').Select(ItemId.Parse)];
                lists.Add(ids[0], ids[1..]);
            }
            return (JsonSerializer.Deserialize<EngineRun>(output)!, lists);
        }
        finally
        {
            File.Delete(listsFile);
        }
    }
}
