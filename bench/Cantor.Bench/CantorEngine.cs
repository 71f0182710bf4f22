using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Cantor.Corpus;
using Cantor.Releases;

namespace Cantor.Bench;

/// <summary>Cantor as people run it: the command ./cantor builds a release with its defaults, in a process of its own.</summary>
static class CantorEngine
{
    /// <summary>What a build took, the start of its process and what it read included, and what it said of itself.</summary>
    /// <param name="Run">What it took.</param>
    /// <param name="Report">What <c>cantor build --json</c> printed.</param>
    internal sealed record Built(EngineRun Run, JsonElement Report);

    /// <summary>The first <paramref name="depth"/> neighbors of all items.</summary>
    internal static async Task<(EngineRun Run, IReadOnlyList<(ItemId Item, ItemId[] List)> Lists)> BuildAsync(
        BenchCorpus corpus, int depth, int threads, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("cantor-bench-");
        try
        {
            var built = await BuildAsync(corpus.Name, corpus.ItemsFile, folder.FullName, threads, cancellationToken);
            using var release = Release.Open(built.Report.GetProperty("path").GetString()!);
            return (built.Run, ListsOf(release, depth));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Builds a collection in a data directory. One build a process: its processor time and memory are told by the system for all children together.</summary>
    internal static async Task<Built> BuildAsync(string collection, string itemsFile, string data, int threads, CancellationToken cancellationToken)
    {
        await RunAsync(["--version"], cancellationToken); // compiles the command where that is not done yet
        var before = OfChildren();
        var watch = Stopwatch.StartNew();
        var output = await RunAsync(["build", collection, "--items", itemsFile, "--data", data, "--threads", $"{threads}", "--json"], cancellationToken);
        watch.Stop();
        var after = OfChildren();
        var report = JsonDocument.Parse(output).RootElement;
        return new(new(watch.Elapsed.TotalSeconds, after.Seconds - before.Seconds, after.PeakBytes, report.GetProperty("bytes").GetInt64()), report);
    }

    static async Task<string> RunAsync(string[] args, CancellationToken cancellationToken)
    {
        using var child = Process.Start(new ProcessStartInfo(Command(), args) { RedirectStandardOutput = true })!;
        await using var stop = cancellationToken.Register(child.Kill);
        var output = await child.StandardOutput.ReadToEndAsync(cancellationToken);
        await child.WaitForExitAsync(cancellationToken);
        return child.ExitCode == 0 ? output : throw new InvalidOperationException($"cantor {args[0]} ended with {child.ExitCode}; its message stands above");
    }

    static string Command()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
            if (File.Exists(Path.Combine(folder, "Cantor.slnx"))) return Path.Combine(folder, "cantor");
        throw new UsageException("the benchmarks run from a clone of the repository: there is no ./cantor above them");
    }

    /// <summary>The processor time of all children that have ended, and the most memory that one of them had.</summary>
    static (double Seconds, long PeakBytes) OfChildren()
    {
        const int Children = -1;
        if (GetUsage(Children, out var usage) != 0) throw new InvalidOperationException("the system does not tell what its processes use");
        return (usage.UserSeconds + usage.SystemSeconds + (usage.UserMicroseconds + usage.SystemMicroseconds) / 1e6, usage.PeakKiB * 1024);
    }

    /// <summary>Linux's struct rusage; what follows is not read here.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 144)]
    struct Usage
    {
        internal long UserSeconds, UserMicroseconds, SystemSeconds, SystemMicroseconds, PeakKiB;
    }

    [DllImport("libc", EntryPoint = "getrusage")]
    static extern int GetUsage(int who, out Usage usage);

    static (ItemId, ItemId[])[] ListsOf(Release release, int depth)
    {
        var ids = new ItemId[release.Count];
        for (var row = 0; row < ids.Length; row++) ids[row] = ItemId.Parse(Encoding.UTF8.GetString(release.IdOf(new(row))));
        var lists = new (ItemId, ItemId[])[ids.Length];
        for (var row = 0; row < ids.Length; row++)
        {
            var neighbors = release.NeighborsOf(new(row));
            var list = new ItemId[Math.Min(depth, neighbors.Length)];
            for (var i = 0; i < list.Length; i++) list[i] = ids[neighbors[i].Item.Row];
            lists[row] = (ids[row], list);
        }
        return lists;
    }
}
