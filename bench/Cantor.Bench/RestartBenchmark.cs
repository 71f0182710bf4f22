using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Cantor.Releases;
using Cantor.Storage;

namespace Cantor.Bench;

/// <summary>How long a server takes until it is ready, by how many items were pushed since the release: each is weighed and placed anew.</summary>
static class RestartBenchmark
{
    const int BatchSize = 1_000;

    internal static async Task<int> RunAsync(int items, int[] pushed, string output, CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("cantor-restart-");
        try
        {
            await using var store = await Store.OpenAsync(directory.FullName, TimeProvider.System, cancellationToken);
            using (var registry = store.Registry(directory.FullName))
            {
                var report = await ReleaseBuilder.BuildAsync("fresh", Enumerable.Range(0, items).Select(number => FreshBenchmark.ItemOf(number, items)).ToAsyncEnumerable(), null,
                    new() { Threads = Environment.ProcessorCount, Lang = "en" }, registry.ReleasesDirectory, TimeProvider.System, null, cancellationToken);
                registry.Register(report.Summary);
                registry.MoveAlias("fresh", AliasName.Live, null, report.Summary.Version, "bench", "bench");
            }
            var text = new StringBuilder();
            text.AppendLine(CultureInfo.InvariantCulture, $"# How soon a restarted server is ready: {items:N0} items, and what was pushed since").AppendLine()
                .AppendLine(CultureInfo.InvariantCulture, $"{Machine.Describe()}. From the start of the server, in a process that has compiled its code before, until it is ready: every pushed item has its list and stands in those of others.").AppendLine()
                .AppendLine("| pushed | ready after, s | processor time, s | of it an item, ms | its memory, MiB |").AppendLine("|--:|--:|--:|--:|--:|");
            var there = 0;
            await MeasureAsync(directory.FullName, 0, cancellationToken); // compiles
            foreach (var count in pushed)
            {
                for (; there < count; there += Math.Min(BatchSize, count - there))
                    await store.Changes.AppendAsync("fresh", [.. Enumerable.Range(items + there, Math.Min(BatchSize, count - there)).Select(ChangeOf)], "bench", cancellationToken);
                var (seconds, worked, mebibytes) = await MeasureAsync(directory.FullName, count, cancellationToken);
                text.AppendLine(CultureInfo.InvariantCulture, $"| {count:N0} | {seconds:0.00} | {worked:0.00} | {(count == 0 ? "" : (worked * 1e3 / count).ToString("0.00", CultureInfo.InvariantCulture))} | {mebibytes:0} |");
            }
            await File.WriteAllTextAsync(Path.Combine(output, $"restart-{items}.md"), text.ToString(), cancellationToken);
            Console.WriteLine(text);
            return 0;

            NewChange ChangeOf(int number)
            {
                var item = FreshBenchmark.ItemOf(number, items);
                return new(ChangeKind.Upsert, item.Id.Value, new JsonObject { ["id"] = item.Id.Value, ["title"] = Encoding.UTF8.GetString(item.Title.Span), ["body"] = Encoding.UTF8.GetString(item.Body.Span), ["lang"] = "en" }.ToJsonString());
            }
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    static async Task<(double Seconds, double Worked, double MebiBytes)> MeasureAsync(string directory, int pushed, CancellationToken cancellationToken)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        using var process = Process.GetCurrentProcess();
        var (began, worked) = (Stopwatch.GetTimestamp(), process.TotalProcessorTime);
        await using var servers = await BenchServers.StartAsync(1, directory, null, cancellationToken);
        (await servers.Clients[0].GetAsync("/health/ready", cancellationToken)).EnsureSuccessStatusCode();
        process.Refresh();
        var (seconds, work) = (Stopwatch.GetElapsedTime(began).TotalSeconds, (process.TotalProcessorTime - worked).TotalSeconds);
        var collection = await servers.Clients[0].GetFromJsonAsync<JsonNode>("/v1/collections/fresh", cancellationToken);
        if ((long)collection!["change"]! != pushed) throw new InvalidOperationException($"the server is ready with change {collection["change"]} of {pushed}");
        return (seconds, work, (GC.GetTotalMemory(forceFullCollection: true) - before) / 1048576.0);
    }
}
