using System.Diagnostics;
using System.Text.Json;
using Cantor.Corpus;

namespace Cantor.Bench;

/// <summary>What one engine needed for one corpus, from the first byte of the source to the lists of all items.</summary>
/// <param name="Seconds">Wall-clock time, the start of the process not included.</param>
/// <param name="ProcessorSeconds">Time of all processors together.</param>
/// <param name="PeakBytes">The most memory that the process had at once, as the system counts it (VmHWM on Linux).</param>
sealed record EngineRun(double Seconds, double ProcessorSeconds, long PeakBytes)
{
    internal const int Depth = 20;

    /// <summary>The engines by the name that the child process is given.</summary>
    static Dictionary<string, Func<BenchCorpus, int, int, CancellationToken, Task<IReadOnlyList<(ItemId Item, ItemId[] List)>>>> Engines => new()
    {
        ["cantor"] = CantorEngine.BuildAsync,
        ["lucene"] = LuceneEngine.BuildAsync,
    };

    /// <summary>Inside the child process: builds, writes the lists, prints what it took as one line of JSON.</summary>
    internal static async Task BuildAsync(string engine, string corpus, string listsFile, int threads, CancellationToken cancellationToken)
    {
        using var process = Process.GetCurrentProcess();
        var processorBefore = process.TotalProcessorTime;
        var watch = Stopwatch.StartNew();
        var lists = await Engines[engine](new(corpus), Depth, threads, cancellationToken);
        watch.Stop();
        process.Refresh();
        var run = new EngineRun(watch.Elapsed.TotalSeconds, (process.TotalProcessorTime - processorBefore).TotalSeconds, process.PeakWorkingSet64);
        // Ids hold no control characters, so tabs and line ends separate them safely.
        await File.WriteAllLinesAsync(listsFile, lists.Select(row => string.Join('\t', row.List.Prepend(row.Item))), cancellationToken);
        Console.WriteLine(JsonSerializer.Serialize(run));
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
