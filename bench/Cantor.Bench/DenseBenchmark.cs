using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Cantor.Kernels;
using Cantor.Neighbors;

namespace Cantor.Bench;

/// <summary>The 20 closest of every one of many vectors, by Cantor's three ways and by faiss and hnswlib: time and recall side by side.</summary>
static class DenseBenchmark
{
    const int Closest = 20, SampledRows = 500;

    sealed record Result(string Engine, double Seconds, double Recall);

    /// <summary>Makes the vectors, measures, prints the table and writes it down. Returns the exit code.</summary>
    /// <param name="count">How many vectors.</param>
    /// <param name="width">How many numbers each has.</param>
    /// <param name="methods">Cantor's ways.</param>
    /// <param name="peers">"faiss", "hnswlib", or none of them.</param>
    /// <param name="threads">How many threads each may use.</param>
    /// <param name="outFolder">Where the table goes.</param>
    /// <param name="cancellationToken">Stops.</param>
    internal static async Task<int> RunAsync(
        int count, int width, IReadOnlyList<PairMethod> methods, string[] peers, int threads, string outFolder, CancellationToken cancellationToken)
    {
        using var vectors = Make(count, width, threads, cancellationToken);
        var chance = new SeededRandom(3);
        var sample = Enumerable.Range(0, SampledRows).Select(_ => chance.NextInt(count)).Distinct().ToArray();
        var truth = Truth(vectors, sample, threads, cancellationToken);
        var results = new List<Result>();
        void Add(Result result)
        {
            results.Add(result);
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{result.Engine}: {result.Seconds:F2} s, recall {result.Recall:F4}"));
        }

        using (var few = Make(2000, width, threads, cancellationToken)) // compiles what is measured
            foreach (var method in methods) AllPairs.Find(few, Closest, method, threads, cancellationToken);
        foreach (var method in methods)
        {
            var watch = Stopwatch.StartNew();
            var found = AllPairs.Find(vectors, Closest, method, threads, cancellationToken);
            var seconds = watch.Elapsed.TotalSeconds;
            Add(new($"Cantor {method.ToString().ToLowerInvariant()}", seconds, Recall(sample, truth, row => found.Features.Slice(found.Row(row).Start, found.Row(row).End).ToArray())));
        }
        var folder = Directory.CreateTempSubdirectory("cantor-bench-");
        try
        {
            if (peers.Length > 0) await WriteAsync(vectors, Path.Combine(folder.FullName, "vectors"), cancellationToken);
            foreach (var peer in peers)
            {
                var (engine, seconds, ids) = await PeerAsync(peer, folder.FullName, count, width, threads, cancellationToken);
                Add(new(engine, seconds, Recall(sample, truth, row => ids[(row * Closest)..((row + 1) * Closest)])));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
        var table = TableOf(results, string.Create(CultureInfo.InvariantCulture, $"{count:N0} vectors of {width:N0} numbers"), $"{Machine.Describe()}, {threads} threads");
        Console.WriteLine(table);
        Directory.CreateDirectory(outFolder);
        await File.WriteAllTextAsync(Path.Combine(outFolder, string.Create(CultureInfo.InvariantCulture, $"dense-{count}x{width}.md")), table, cancellationToken);
        return 0;
    }

    /// <summary>As texts give them: topics, a hundredth as many subjects as vectors within them, differences within those.</summary>
    static DenseVectors Make(int count, int width, int threads, CancellationToken cancellationToken)
    {
        var vectors = new DenseVectors(count, width);
        var subjects = Math.Max(1, count / 100);
        Threads.ForRanges(count, threads, 256, () => new float[width], (x, start, end) =>
        {
            for (var row = start; row < end; row++)
            {
                var own = new SeededRandom(1, (ulong)row);
                var subject = own.NextInt(subjects);
                var (topicChance, subjectChance) = (new SeededRandom(2, (ulong)subject / 50), new SeededRandom(3, (ulong)subject));
                for (var t = 0; t < width; t++) x[t] = (float)(topicChance.NextGaussian() + subjectChance.NextGaussian() + 1.5 * own.NextGaussian());
                vectors.Set(row, x);
            }
        }, cancellationToken);
        return vectors;
    }

    static unsafe int[][] Truth(DenseVectors vectors, int[] sample, int threads, CancellationToken cancellationToken)
    {
        var truth = new int[sample.Length][];
        Threads.ForRanges(sample.Length, threads, 1, () => new ulong[vectors.Count], (keys, start, end) =>
        {
            for (var i = start; i < end; i++)
            {
                for (var other = 0; other < vectors.Count; other++)
                    keys[other] = TopK.Key(other == sample[i] ? 0 : Math.Max(0, FloatTile.Dot(vectors.Start(sample[i]), vectors.Start(other), vectors.Width)), other);
                TopK.Select(keys, Closest);
                truth[i] = [.. keys.Take(Closest).Select(TopK.Item)];
            }
        }, cancellationToken);
        return truth;
    }

    static double Recall(int[] sample, int[][] truth, Func<int, int[]> found) =>
        sample.Select((row, i) => (double)truth[i].Intersect(found(row)).Count() / Closest).Average();

    static async Task WriteAsync(DenseVectors vectors, string path, CancellationToken cancellationToken)
    {
        await using var file = File.Create(path);
        for (var row = 0; row < vectors.Count; row++) await file.WriteAsync(MemoryMarshal.AsBytes(vectors[row]).ToArray(), cancellationToken);
    }

    static async Task<(string Engine, double Seconds, int[] Ids)> PeerAsync(string peer, string folder, int count, int width, int threads, CancellationToken cancellationToken)
    {
        // Debian's packages are for Debian's own Python, whatever else stands in the path.
        string[] args = [Path.Combine(AppContext.BaseDirectory, "dense_peers.py"), peer, folder, $"{count}", $"{width}", $"{Closest}", $"{threads}"];
        using var child = Process.Start(new ProcessStartInfo("/usr/bin/python3", args) { RedirectStandardOutput = true })!;
        await using var stop = cancellationToken.Register(child.Kill);
        var output = await child.StandardOutput.ReadToEndAsync(cancellationToken);
        await child.WaitForExitAsync(cancellationToken);
        if (child.ExitCode != 0) throw new UsageException($"{peer} failed; is the package python3-{peer} installed?");
        var parts = output.Trim().Split('\t');
        var ids = MemoryMarshal.Cast<byte, int>(await File.ReadAllBytesAsync(Path.Combine(folder, "ids"), cancellationToken)).ToArray();
        return (parts[0], double.Parse(parts[1], CultureInfo.InvariantCulture), ids);
    }

    static string TableOf(List<Result> results, string what, string machine)
    {
        var text = new StringBuilder($"""
            # The {Closest} closest of each of {what}

            {machine}. All in one run; compare ratios, not times. README.md says what is compared.

            | engine | time | recall@{Closest} |{string.Concat(results.Select(result => $" time / {result.Engine} |"))}
            |---|--:|--:|{string.Concat(results.Select(_ => "--:|"))}

            """);
        foreach (var result in results)
            text.AppendLine(CultureInfo.InvariantCulture,
                $"| {result.Engine} | {result.Seconds:F2} s | {result.Recall:F4} |{string.Concat(results.Select(other => string.Create(CultureInfo.InvariantCulture, $" {result.Seconds / other.Seconds:F3} |")))}");
        return text.ToString();
    }
}
