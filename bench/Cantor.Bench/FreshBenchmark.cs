using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Cantor.Corpus;
using Cantor.Releases;
using Cantor.Storage;

namespace Cantor.Bench;

/// <summary>
/// How soon a pushed item shows: three servers on one store, a steady stream of new items, and on every server the time from the
/// 2xx until the item has its list and stands in the list of the item it is closest to. Before it, one write at a time with nothing else
/// at work; beside it, in the same run, what a rebuild of the whole collection takes.
/// </summary>
static class FreshBenchmark
{
    const int Servers = 3, Topics = 400, WordsOfTopic = 60, Warming = 40, Alone = 200;

    static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(50);

    internal static async Task<int> RunAsync(int items, int writesPerSecond, int seconds, string? store, string output, CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("cantor-fresh-");
        try
        {
            var time = TimeProvider.System;
            var storeAt = store ?? directory.FullName;
            TimeSpan build;
            await using (var opened = await Store.OpenAsync(storeAt, time, cancellationToken))
            {
                using var registry = opened.Registry(directory.FullName);
                var began = Stopwatch.GetTimestamp();
                var report = await ReleaseBuilder.BuildAsync("fresh", Enumerable.Range(0, items).Select(number => ItemOf(number, items)).ToAsyncEnumerable(), null, new() { Threads = 2, Lang = "en" }, registry.ReleasesDirectory, time, null, cancellationToken);
                build = Stopwatch.GetElapsedTime(began);
                registry.Register(report.Summary);
                registry.MoveAlias("fresh", AliasName.Live, registry.Alias("fresh", AliasName.Live), report.Summary.Version, "bench", "bench");
            }
            var bytes = new FileInfo(Directory.GetFiles(Path.Combine(directory.FullName, "releases"), "*.cantor").Single()).Length;
            Console.WriteLine($"built {items} items in {build.TotalSeconds:0.0} s, {bytes / 1048576.0:0.0} MiB");
            await using var servers = await BenchServers.StartAsync(Servers, directory.FullName, store, cancellationToken);
            var clients = servers.Clients;

            var first = (await PushAsync(clients, items, items, cancellationToken)).Write;
            Console.WriteLine($"the first pushed in {first:0} ms");
            for (var i = 1; i < Warming; i++) await PushAsync(clients, items + i, items, cancellationToken);

            var alone = new List<Pushed>();
            for (var i = 0; i < Alone; i++)
            {
                alone.Add(await PushAsync(clients, items + Warming + i, items, cancellationToken));
                await Task.Delay(Rest, cancellationToken); // servers and database come to rest
            }

            var pushed = new List<Task<Pushed>>();
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / writesPerSecond));
            for (var i = 0; i < seconds * writesPerSecond && await timer.WaitForNextTickAsync(cancellationToken); i++)
                pushed.Add(PushAsync(clients, items + Warming + Alone + i, items, cancellationToken));
            var all = await Task.WhenAll(pushed);
            await WriteAsync(items, writesPerSecond, store is null ? "SQLite" : "PostgreSQL", build, bytes, first, [.. alone], all, output, cancellationToken);
            return 0;
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    /// <summary>What became of one write, in milliseconds.</summary>
    /// <param name="Write">Until the 2xx.</param>
    /// <param name="Own">From there until the last server had the item's own list.</param>
    /// <param name="Both">From there until it stood in the list of one of its closest, on the last server; NaN when it belongs in none.</param>
    sealed record Pushed(double Write, double Own, double Both);

    static async Task<Pushed> PushAsync(List<HttpClient> clients, int number, int released, CancellationToken cancellationToken)
    {
        var item = ItemOf(number, released);
        var body = new JsonObject { ["title"] = Encoding.UTF8.GetString(item.Title.Span), ["body"] = Encoding.UTF8.GetString(item.Body.Span), ["lang"] = "en" };
        var began = Stopwatch.GetTimestamp();
        using (var answer = await clients[number % clients.Count].PutAsync($"/v1/collections/fresh/items/{item.Id}", new StringContent(body.ToJsonString()), cancellationToken))
            answer.EnsureSuccessStatusCode();
        var write = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        var done = Stopwatch.GetTimestamp();
        var seen = await Task.WhenAll(clients.Select(client => SeenAsync(client, item.Id.Value, done, cancellationToken)));
        return new(write, seen.Max(one => one.Own), seen.Max(one => one.Both));
    }

    static async Task<(double Own, double Both)> SeenAsync(HttpClient client, string id, long since, CancellationToken cancellationToken)
    {
        List<string>? closest = null;
        while (closest is null)
        {
            using var answer = await client.GetAsync($"/v1/collections/fresh/items/{id}/related?limit=20", cancellationToken);
            if (answer.StatusCode is HttpStatusCode.OK && await answer.Content.ReadFromJsonAsync<JsonNode>(cancellationToken) is { } related)
                closest = [.. related["items"]!.AsArray().Select(hit => (string)hit!["id"]!).Where(other => other.StartsWith("old", StringComparison.Ordinal))];
            else await Task.Delay(5, cancellationToken);
        }
        var own = Stopwatch.GetElapsedTime(since).TotalMilliseconds;
        // An item's closest may have many that are closer still: it stands in the list of one of them.
        for (var i = 0; closest.Count > 0; i++)
        {
            if ((await client.GetStringAsync($"/v1/collections/fresh/items/{closest[i % closest.Count]}/related?limit=50", cancellationToken)).Contains($"\"{id}\"", StringComparison.Ordinal)) break;
            if (i == closest.Count) return (own, double.NaN); // in none
        }
        return (own, Stopwatch.GetElapsedTime(since).TotalMilliseconds);
    }

    // Items of a topic share words that few others have; the first items are the release's.
    internal static Item ItemOf(int number, int released)
    {
        var random = new Random(number * 7919 + 13);
        var topic = random.Next(Topics);
        string Word() => random.Next(3) == 0 ? $"topic{topic}word{(int)(WordsOfTopic * Math.Pow(random.NextDouble(), 2))}" : $"common{(int)(20_000 * Math.Pow(random.NextDouble(), 4))}";
        return new()
        {
            Id = ItemId.Parse(number < released ? $"old{number}" : $"new{number}"),
            Title = Encoding.UTF8.GetBytes(string.Join(' ', Enumerable.Range(0, 6).Select(_ => Word()))),
            Body = Encoding.UTF8.GetBytes(string.Join(' ', Enumerable.Range(0, 80).Select(_ => Word()))),
            Lang = "en",
        };
    }

    static async Task WriteAsync(int items, int rate, string kind, TimeSpan build, long bytes, double first, Pushed[] alone, Pushed[] all, string output, CancellationToken cancellationToken)
    {
        static double At(IEnumerable<double> values, double share) => values.Where(double.IsFinite).Order().ToArray() is var sorted ? sorted[(int)Math.Min(sorted.Length - 1, Math.Ceiling(share * sorted.Length))] : 0;
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"# How soon a pushed item shows: {items:N0} items, {rate} writes a second, {Servers} servers on one {kind}").AppendLine()
            .AppendLine(CultureInfo.InvariantCulture, $"{Machine.Describe()}. Servers, callers and database share the machine; {all.Length:N0} writes, of which {all.Count(one => double.IsNaN(one.Both)):N0} belong in no list of their 20 closest. The release has {bytes / 1048576.0:0.0} MiB; the very first write took {first:0} ms until its 2xx. Compare with the rebuild in the same run: {build.TotalSeconds:0.0} s.").AppendLine()
            .AppendLine("| ms | median | 99 % | greatest | 99 % / rebuild |").AppendLine("|---|--:|--:|--:|--:|");
        foreach (var (name, values) in ((string, IEnumerable<double>)[])
        [
            ($"one of {alone.Length:N0} at a time: write until its 2xx", alone.Select(one => one.Write)),
            ("one at a time: 2xx until both directions on all servers", alone.Select(one => one.Both)),
            ($"{rate} a second: write until its 2xx", all.Select(one => one.Write)),
            ($"{rate} a second: 2xx until its own list on all servers", all.Select(one => one.Own)),
            ($"{rate} a second: 2xx until both directions on all servers", all.Select(one => one.Both)),
        ])
            text.AppendLine(CultureInfo.InvariantCulture, $"| {name} | {At(values, .5):0.0} | {At(values, .99):0.0} | {At(values, 1):0.0} | {At(values, .99) / build.TotalMilliseconds:0.00000} |");
        var path = Path.Combine(output, $"fresh-{items}-{kind.ToLowerInvariant()}.md");
        await File.WriteAllTextAsync(path, text.ToString(), cancellationToken);
        Console.WriteLine(text);
    }
}
