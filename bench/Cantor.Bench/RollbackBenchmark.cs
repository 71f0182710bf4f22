using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Cantor.Corpus;
using Cantor.Releases;
using Cantor.Storage;
using Cantor.Storage.Rollouts;

namespace Cantor.Bench;

/// <summary>
/// How soon a bad release is gone: three servers on one store under load, a canary at half of the units; from the decision to the
/// last answer of the canary, on the server that was told and on the last of all. Then live itself is taken back, the same way.
/// No request may fail.
/// </summary>
static class RollbackBenchmark
{
    const int Servers = 3, Items = 1_000, Neighbors = 20;
    static readonly TimeSpan Before = TimeSpan.FromMilliseconds(300), After = TimeSpan.FromMilliseconds(1_200);

    internal static async Task<int> RunAsync(int rounds, int callers, string? store, string output, CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("cantor-rollback-");
        try
        {
            var time = TimeProvider.System;
            await using var opened = await Store.OpenAsync(store ?? directory.FullName, time, cancellationToken);
            using var registry = opened.Registry(directory.FullName);
            var (good, bad) = (await ImportAsync(registry, 1, cancellationToken), await ImportAsync(registry, 2, cancellationToken));
            registry.MoveAlias("bench", AliasName.Live, registry.Alias("bench", AliasName.Live), good, "bench", "bench");
            await using var servers = await BenchServers.StartAsync(Servers, directory.FullName, store, cancellationToken);
            var load = new Load(servers.Clients, callers);
            var aborts = new List<Gone>();
            var rollbacks = new List<Gone>();
            for (var round = 0; round < rounds; round++)
            {
                // The judge holds it at half for as long as this takes.
                var rollout = await opened.Rollouts.StartAsync(RolloutSubject.Release, "bench", bad.ToString(), null,
                    new() { Steps = [50, 100], Dwell = TimeSpan.FromHours(1), Gate = new() { Replay = 0 } }, forced: true, "bench", "bench", cancellationToken);
                await load.UntilAsync(json => (double?)json["rollout"]?["percent"] == 50, cancellationToken);
                aborts.Add(await load.GoneAsync(bad, round % Servers, $"/v1/collections/bench/rollouts/{rollout.Number}:abort", cancellationToken));

                registry.MoveAlias("bench", AliasName.Live, good, bad, "bench", "bench");
                await load.UntilAsync(json => (string?)json["release"] == bad.ToString(), cancellationToken);
                rollbacks.Add(await load.GoneAsync(bad, round % Servers, "/v1/collections/bench/releases:rollback", cancellationToken));
                Console.WriteLine(FormattableString.Invariant($"round {round + 1}: abort {aborts[^1].Told:0.0} / {aborts[^1].Last:0.0} ms, rollback {rollbacks[^1].Told:0.0} / {rollbacks[^1].Last:0.0} ms, {load.Answered:N0} answers, {load.Failed} failed"));
            }
            await load.StopAsync();
            await WriteAsync(store is null ? "SQLite" : "PostgreSQL", callers, load, aborts, rollbacks, output, cancellationToken);
            return load.Failed == 0 ? 0 : 1;
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    /// <summary>From the moment the decision was sent, in milliseconds.</summary>
    /// <param name="Answered">Until it was answered.</param>
    /// <param name="Told">Until the server that was told gave its last answer of the release.</param>
    /// <param name="Last">Until the last of all servers did.</param>
    sealed record Gone(double Answered, double Told, double Last);

    sealed class Load
    {
        readonly IReadOnlyList<HttpClient> _clients;
        readonly List<Task> _callers;
        readonly ConcurrentQueue<(int Server, string Release, long At)> _answers = new();
        long _answered, _failed;
        bool _enough;

        internal Load(IReadOnlyList<HttpClient> clients, int callers)
        {
            _clients = clients;
            _callers = [.. Enumerable.Range(0, callers).Select(caller => Task.Run(() => CallAsync(caller)))];
        }

        internal long Answered => Interlocked.Read(ref _answered);

        internal long Failed => Interlocked.Read(ref _failed);

        async Task CallAsync(int caller)
        {
            for (var i = caller; !Volatile.Read(ref _enough); i++)
            {
                var server = i % _clients.Count;
                try
                {
                    using var answer = await _clients[server].GetAsync($"/v1/collections/bench/items/item-{i * 31 % Items}/related?unit=user-{i * 17 % 5_000}");
                    var body = await answer.Content.ReadAsStringAsync();
                    if (!answer.IsSuccessStatusCode) Interlocked.Increment(ref _failed);
                    // Seen before the body is looked at: parsing is not the servers' time.
                    _answers.Enqueue((server, body, Stopwatch.GetTimestamp()));
                }
                catch (HttpRequestException)
                {
                    Interlocked.Increment(ref _failed);
                }
                Interlocked.Increment(ref _answered);
            }
        }

        internal async Task UntilAsync(Func<JsonNode, bool> fits, CancellationToken cancellationToken)
        {
            foreach (var client in _clients)
                while (!fits((await client.GetFromJsonAsync<JsonNode>("/v1/collections/bench", cancellationToken))!)) await Task.Delay(10, cancellationToken);
        }

        internal async Task<Gone> GoneAsync(ReleaseVersion release, int server, string decision, CancellationToken cancellationToken)
        {
            await Task.Delay(Before, cancellationToken);
            _answers.Clear();
            var decided = Stopwatch.GetTimestamp();
            using (var answer = await _clients[server].PostAsync(decision, null, cancellationToken)) answer.EnsureSuccessStatusCode();
            var answered = Stopwatch.GetElapsedTime(decided).TotalMilliseconds;
            await Task.Delay(After, cancellationToken);
            var name = $"\"release\":\"{release}\"";
            var last = new double[_clients.Count];
            foreach (var one in _answers)
                if (one.Release.Contains(name, StringComparison.Ordinal)) last[one.Server] = Math.Max(last[one.Server], Stopwatch.GetElapsedTime(decided, one.At).TotalMilliseconds);
            return new(answered, last[server], last.Max());
        }

        internal async Task StopAsync()
        {
            Volatile.Write(ref _enough, true);
            await Task.WhenAll(_callers);
        }
    }

    // Lists that differ from release to release, so that an answer shows whose it is even without its name.
    static async Task<ReleaseVersion> ImportAsync(Registry registry, int shift, CancellationToken cancellationToken)
    {
        static ItemId Id(int number) => ItemId.Parse($"item-{number % Items}");
        var items = Enumerable.Range(0, Items).Select(i => new Item { Id = Id(i), Title = Encoding.UTF8.GetBytes($"Item {i}") });
        var rows = Enumerable.Range(0, Items).SelectMany(i => Enumerable.Range(0, Neighbors).Select(j => new NeighborRow(Id(i), Id(i + shift + j), 1 - j / 32.0, null)));
        var report = await ReleaseBuilder.ImportAsync("bench", items.ToAsyncEnumerable(), rows.ToAsyncEnumerable(), new(), registry.ReleasesDirectory, TimeProvider.System, null, cancellationToken);
        registry.Register(report.Summary);
        return report.Summary.Version;
    }

    static async Task WriteAsync(string kind, int callers, Load load, List<Gone> aborts, List<Gone> rollbacks, string output, CancellationToken cancellationToken)
    {
        static double At(IEnumerable<double> values, double share) => values.Order().ToArray() is var sorted ? sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)] : 0;
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"# How soon a bad release is gone: {Servers} servers on one {kind}, {callers} callers").AppendLine()
            .AppendLine(CultureInfo.InvariantCulture, $"{Machine.Describe()}. Servers, callers and database share the machine; {aborts.Count} rounds, {load.Answered:N0} requests, {load.Failed:N0} failed. From the moment the decision is sent; a server's last answer of the release is read by its caller.").AppendLine()
            .AppendLine("| ms | median | 95 % | greatest |").AppendLine("|---|--:|--:|--:|");
        foreach (var (name, values) in ((string, IEnumerable<double>)[])
        [
            ("abort of a canary at 50 %: last answer, the server that was told", aborts.Select(one => one.Told)),
            ("abort: last answer, the last of three servers", aborts.Select(one => one.Last)),
            ("abort: until it is answered", aborts.Select(one => one.Answered)),
            ("rollback of live: last answer, the server that was told", rollbacks.Select(one => one.Told)),
            ("rollback: last answer, the last of three servers", rollbacks.Select(one => one.Last)),
            ("rollback: until it is answered", rollbacks.Select(one => one.Answered)),
        ])
            text.AppendLine(CultureInfo.InvariantCulture, $"| {name} | {At(values, .5):0.0} | {At(values, .95):0.0} | {At(values, 1):0.0} |");
        await File.WriteAllTextAsync(Path.Combine(output, $"rollback-{kind.ToLowerInvariant()}.md"), text.ToString(), cancellationToken);
        Console.WriteLine(text);
    }
}
