using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Cantor.Fleet.Capacity;
using Cantor.Kernels;

namespace Cantor.Bench;

/// <summary>What items, requests, collections and processes cost: the numbers that <c>cantor capacity</c> reckons with.</summary>
static class CapacityBenchmark
{
    const int Collections = 20, ItemsEach = 1_000, Callers = 8;
    const ulong Seed = 1;

    /// <summary>A server that was asked for a while.</summary>
    /// <param name="OwnBytes">Its memory without what is mapped of releases; pages shared with other processes count by their share.</param>
    /// <param name="MappedBytes">What of releases is in memory.</param>
    /// <param name="MicrosARequest">Its processor time for a request.</param>
    /// <param name="Requests">How many it was asked.</param>
    /// <param name="StartSeconds">From its start to the first time it said that it is ready.</param>
    sealed record ServerRun(long OwnBytes, long MappedBytes, double MicrosARequest, long Requests, double StartSeconds);

    sealed record Place(string Folder, string Collection, string[] Ids);

    internal static async Task<int> RunAsync(string data, string corpusName, string server, int small, int large, int seconds, string outFolder, CancellationToken cancellationToken)
    {
        var corpus = new BenchCorpus(Path.Combine(data, corpusName));
        if (corpus.Missing is { } missing) throw new UsageException(missing);
        if (!File.Exists(server)) throw new UsageException($"--server: there is no {server}; dotnet publish src/Cantor.Server.Host -c Release -r linux-x64 -o DIR makes it");
        var items = new List<(string Id, string Line)>();
        await foreach (var item in corpus.ReadItemsAsync(cancellationToken))
            items.Add((item.Id.Value, JsonSerializer.Serialize(new { id = item.Id.Value, title = Encoding.UTF8.GetString(item.Title.Span), body = Encoding.UTF8.GetString(item.Body.Span), tags = item.Tags })));
        if (items.Count < Math.Max(large, Collections * ItemsEach)) throw new UsageException($"{corpusName} has {items.Count:N0} items; expected {Math.Max(large, Collections * ItemsEach):N0} or more");
        var folder = Directory.CreateTempSubdirectory("cantor-capacity-").FullName;
        try
        {
            var (smallPlace, smallBuild) = await BuildAsync(folder, "small", "items", items[..small], cancellationToken);
            var (largePlace, largeBuild) = await BuildAsync(folder, "large", "items", items[..large], cancellationToken);
            var apart = new List<Place>();
            var together = new List<Place>();
            for (var i = 0; i < Collections; i++)
            {
                var part = items[(i * ItemsEach)..((i + 1) * ItemsEach)];
                apart.Add((await BuildAsync(folder, $"apart{i:00}", $"c{i:00}", part, cancellationToken)).Place);
                together.Add((await BuildAsync(folder, "together", $"c{i:00}", part, cancellationToken)).Place);
            }
            await Console.Error.WriteLineAsync("built; asking servers");
            var ofSmall = (await ServeAsync(server, [[smallPlace]], seconds, cancellationToken)).Single();
            var ofLarge = (await ServeAsync(server, [[largePlace]], seconds, cancellationToken)).Single();
            var ofTogether = (await ServeAsync(server, [[.. together]], seconds, cancellationToken)).Single();
            var ofApart = await ServeAsync(server, [.. apart.Select(place => new[] { place })], seconds, cancellationToken);
            double More(Func<EngineRun, double> of) => (of(largeBuild) - of(smallBuild)) / (large - small);
            var ownAnItem = Math.Max(0, (ofLarge.OwnBytes - ofSmall.OwnBytes) / (double)(large - small));
            var measured = new Measured(
                Machine.Describe(),
                new(ofSmall.OwnBytes, Math.Max(0, (long)((ofTogether.OwnBytes - ofSmall.OwnBytes) / (Collections - 1.0))), Math.Round(ownAnItem, 1), Math.Round(More(run => run.FileBytes), 1),
                    Math.Round(ofLarge.MicrosARequest, 1), Math.Round(ofLarge.StartSeconds, 3)),
                new((long)(smallBuild.PeakBytes - small * More(run => run.PeakBytes)), Math.Round(More(run => run.PeakBytes), 1),
                    Math.Round(Math.Max(0, smallBuild.ProcessorSeconds - small * More(run => run.ProcessorSeconds)), 2), Math.Round(More(run => run.ProcessorSeconds) * 1e6, 1)),
                new(Collections, ItemsEach, ofTogether.OwnBytes + ofTogether.MappedBytes, ofApart.Sum(run => run.OwnBytes + run.MappedBytes)));
            Directory.CreateDirectory(outFolder);
            await File.WriteAllTextAsync(Path.Combine(outFolder, "capacity.json"), measured.ToJson(), cancellationToken);
            await File.WriteAllTextAsync(Path.Combine(outFolder, "capacity.md"), Table(measured, corpusName, small, large, smallBuild, largeBuild, ofSmall, ofLarge, ofTogether, ofApart), cancellationToken);
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static async Task<(Place Place, EngineRun Build)> BuildAsync(string folder, string data, string collection, List<(string Id, string Line)> items, CancellationToken cancellationToken)
    {
        var file = Path.Combine(folder, "items.jsonl");
        await File.WriteAllLinesAsync(file, items.Select(item => item.Line), cancellationToken);
        // A process of its own: the system tells the memory of all children together.
        using var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["build-into", collection, file, Path.Combine(folder, data)]) { RedirectStandardOutput = true })!;
        var output = await child.StandardOutput.ReadToEndAsync(cancellationToken);
        await child.WaitForExitAsync(cancellationToken);
        if (child.ExitCode != 0) throw new InvalidOperationException($"the build of {collection} failed; its message stands above");
        return (new(Path.Combine(folder, data), collection, [.. items.Select(item => item.Id)]), JsonSerializer.Deserialize<EngineRun>(output)!);
    }

    /// <summary>Inside the child process: builds once and prints what it took as one line of JSON.</summary>
    internal static async Task BuildIntoAsync(string collection, string itemsFile, string data, CancellationToken cancellationToken) =>
        Console.WriteLine(JsonSerializer.Serialize((await CantorEngine.BuildAsync(collection, itemsFile, data, 2, cancellationToken)).Run));

    /// <summary>Starts a server for each group of collections, asks them all for a while, and looks at their memory while all are alive.</summary>
    static async Task<List<ServerRun>> ServeAsync(string program, Place[][] groups, int seconds, CancellationToken cancellationToken)
    {
        var servers = new List<(Process Process, Uri Address, Place[] Places, double Start)>();
        using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = Callers });
        try
        {
            foreach (var places in groups)
            {
                var watch = Stopwatch.StartNew();
                var process = Process.Start(new ProcessStartInfo(program, ["--data", places[0].Folder, "--urls", "http://127.0.0.1:0"]) { RedirectStandardOutput = true })!;
                var line = "";
                while (!line.Contains("Listening on ", StringComparison.Ordinal)) line = await process.StandardOutput.ReadLineAsync(cancellationToken) ?? throw new InvalidOperationException("a server did not start; its message stands above");
                _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, cancellationToken);
                var address = new Uri(line[line.IndexOf("http://", StringComparison.Ordinal)..].Trim());
                while (!(await client.GetAsync(new Uri(address, "/health/ready"), cancellationToken)).IsSuccessStatusCode) await Task.Delay(5, cancellationToken);
                servers.Add((process, address, places, watch.Elapsed.TotalSeconds));
            }
            await AskAsync(client, servers, TimeSpan.FromSeconds(Math.Min(2, seconds)), cancellationToken); // warm
            var before = servers.Select(server => Processor(server.Process)).ToArray();
            var asked = await AskAsync(client, servers, TimeSpan.FromSeconds(seconds), cancellationToken);
            return [.. servers.Select((server, at) =>
            {
                var (own, mapped) = Memory(server.Process.Id);
                return new ServerRun(own, mapped, (Processor(server.Process) - before[at]).TotalMicroseconds / Math.Max(1, asked[at]), asked[at], server.Start);
            })];
        }
        finally
        {
            foreach (var (process, _, _, _) in servers)
            {
                process.Kill();
                process.Dispose();
            }
        }
    }

    static async Task<long[]> AskAsync(HttpClient client, List<(Process Process, Uri Address, Place[] Places, double Start)> servers, TimeSpan time, CancellationToken cancellationToken)
    {
        var asked = new long[servers.Count];
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            var chance = new SeededRandom(Seed, (ulong)caller);
            for (var at = caller; watch.Elapsed < time; at++)
            {
                var server = at % servers.Count;
                var place = servers[server].Places[chance.NextInt(servers[server].Places.Length)];
                var id = place.Ids[chance.NextInt(place.Ids.Length)];
                using var answer = await client.GetAsync(new Uri(servers[server].Address, $"/v1/collections/{place.Collection}/related?id={Uri.EscapeDataString(id)}"), cancellationToken);
                answer.EnsureSuccessStatusCode();
                await answer.Content.ReadAsByteArrayAsync(cancellationToken);
                Interlocked.Increment(ref asked[server]);
            }
        }, cancellationToken)));
        return asked;
    }

    static TimeSpan Processor(Process process)
    {
        process.Refresh();
        return process.TotalProcessorTime;
    }

    /// <summary>The proportional set size: a page that n processes share counts as an nth.</summary>
    static (long Own, long Mapped) Memory(int process)
    {
        var (own, mapped, isRelease) = (0L, 0L, false);
        foreach (var line in File.ReadLines($"/proc/{process}/smaps"))
            if (line.StartsWith("Pss:", StringComparison.Ordinal))
            {
                var bytes = long.Parse(line.AsSpan()[4..^2].Trim(), CultureInfo.InvariantCulture) * 1024;
                if (isRelease) mapped += bytes;
                else own += bytes;
            }
            else if (line.Length > 0 && char.IsAsciiHexDigitLower(line[0]) && line.Contains('-', StringComparison.Ordinal))
            {
                isRelease = line.EndsWith(".cantor", StringComparison.Ordinal);
            }
        return (own, mapped);
    }

    static string Table(Measured measured, string corpus, int small, int large, EngineRun smallBuild, EngineRun largeBuild, ServerRun ofSmall, ServerRun ofLarge, ServerRun together, List<ServerRun> apart)
    {
        static string MiB(double bytes) => (bytes / (1 << 20)).ToString("N1", CultureInfo.InvariantCulture) + " MiB";
        var text = new StringBuilder();
        void Add(FormattableString lines) => text.Append(lines.ToString(CultureInfo.InvariantCulture)).Append('\n');
        Add($"""
            # What items, requests, collections and processes cost

            {measured.Machine}. The first items of {corpus}; the server is the one compiled ahead of time, asked by {Callers} callers on the same machine. Memory is the
            proportional set size after that: a page that several processes share counts by its share. README.md says how it is measured; `cantor capacity` reckons with it.

            ## A server

            | | {small:N0} items | {large:N0} items | {Collections} collections of {ItemsEach:N0} items | {Collections} processes with one of them each |
            |---|--:|--:|--:|--:|
            | memory of its own | {MiB(ofSmall.OwnBytes)} | {MiB(ofLarge.OwnBytes)} | {MiB(together.OwnBytes)} | {MiB(apart.Sum(run => run.OwnBytes))} |
            | of the releases in memory | {MiB(ofSmall.MappedBytes)} | {MiB(ofLarge.MappedBytes)} | {MiB(together.MappedBytes)} | {MiB(apart.Sum(run => run.MappedBytes))} |
            | both | {MiB(ofSmall.OwnBytes + ofSmall.MappedBytes)} | {MiB(ofLarge.OwnBytes + ofLarge.MappedBytes)} | {MiB(measured.Sharing.TogetherBytes)} | {MiB(measured.Sharing.ApartBytes)} |
            | processor time of a request | {ofSmall.MicrosARequest:F0} µs | {ofLarge.MicrosARequest:F0} µs | {together.MicrosARequest:F0} µs | {apart.Sum(run => run.MicrosARequest * run.Requests) / apart.Sum(run => run.Requests):F0} µs |
            | requests asked | {ofSmall.Requests:N0} | {ofLarge.Requests:N0} | {together.Requests:N0} | {apart.Sum(run => run.Requests):N0} |
            | from its start to ready | {ofSmall.StartSeconds:F2} s | {ofLarge.StartSeconds:F2} s | {together.StartSeconds:F2} s | {apart.Average(run => run.StartSeconds):F2} s each |

            One process for {Collections} collections takes {measured.Sharing.TogetherBytes / (double)measured.Sharing.ApartBytes:P0} of the memory of {Collections} processes.

            ## A build

            | | {small:N0} items | {large:N0} items | an item more |
            |---|--:|--:|--:|
            | processor time | {smallBuild.ProcessorSeconds:F1} s | {largeBuild.ProcessorSeconds:F1} s | {measured.Build.ProcessorMicrosAnItem:F0} µs |
            | peak memory | {MiB(smallBuild.PeakBytes)} | {MiB(largeBuild.PeakBytes)} | {measured.Build.BytesAnItem:N0} B |
            | release file | {MiB(smallBuild.FileBytes)} | {MiB(largeBuild.FileBytes)} | {measured.Server.FileBytesAnItem:N0} B |
            """);
        return text.ToString();
    }
}
