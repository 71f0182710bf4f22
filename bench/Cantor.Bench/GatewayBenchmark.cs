using System.Diagnostics;
using System.Globalization;
using System.Text;
using Cantor.Storage;
using Cantor.Storage.Gateways;

namespace Cantor.Bench;

/// <summary>
/// What the gateway costs beside YARP alone, in turns, one and the same side behind both; and what clients see when a side dies,
/// freezes or fails now and then.
/// </summary>
static class GatewayBenchmark
{
    const int Latencies = 250, Callers = 8;
    static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(500), Scenario = TimeSpan.FromSeconds(20);

    /// <summary>What one of them did: in each round the median time, and the throughput.</summary>
    sealed class Measured(string name)
    {
        internal string Name => name;

        internal List<double> Micros { get; } = [];

        internal List<double> Slowest { get; } = [];

        internal List<double> Rates { get; } = [];
    }

    internal static async Task<int> RunAsync(int rounds, string output, CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("cantor-gateway-");
        try
        {
            var text = new StringBuilder();
            text.AppendLine("# What the gateway costs, and what clients see when a side fails").AppendLine()
                .AppendLine(CultureInfo.InvariantCulture, $"{Machine.Describe()}. Clients, gateway, YARP and sides share the machine, each in a process of its own.").AppendLine();
            await CostAsync(directory.FullName, rounds, text, cancellationToken);
            Console.WriteLine(text); // the rest takes minutes
            var failed = await FailuresAsync(directory.FullName, text, cancellationToken);
            await File.WriteAllTextAsync(Path.Combine(output, "gateway.md"), text.ToString(), cancellationToken);
            Console.WriteLine(text);
            return failed == 0 ? 0 : 1;
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    // ── cost ──

    static async Task CostAsync(string directory, int rounds, StringBuilder text, CancellationToken cancellationToken)
    {
        using var old = await GatewayProcess.StartAsync(cancellationToken, "gateway-side", "0", "0", "0");
        using var young = await GatewayProcess.StartAsync(cancellationToken, "gateway-side", "0", "0", "0");
        using var yarp = await GatewayProcess.StartAsync(cancellationToken, "gateway-yarp", old.Url);
        using var gateway = await GatewayAsync(directory, """
            name: cost
            rescue: new
            routes:
              plain: {path: '/plain/{id}', ids: {at: '$.items[*].id'}}
              shadow: {path: '/shadow/{id}', ids: {at: '$.items[*].id'}, shadow: {sample: 0.1}}
              all: {path: '/all/{id}', ids: {at: '$.items[*].id'}, shadow: {sample: 1, mostPerSecond: 10000}}
              moved: {path: '/moved/{id}', ids: {at: '$.items[*].id'}}
            """, old.Url, young.Url, cancellationToken);
        await using (var store = await Store.OpenAsync(directory, TimeProvider.System, cancellationToken))
        {
            foreach (var route in (string[])["shadow", "all"]) await store.Gateways.SetAsync("cost", route, RouteMode.Shadow, 0, "bench", "bench", cancellationToken);
            await store.Gateways.SetAsync("cost", "moved", RouteMode.Cutover, 0, "bench", "bench", cancellationToken);
        }
        (Measured Measured, string Url)[] all =
        [
            (new("the side itself"), $"{old.Url}/plain/1"), (new("YARP alone"), $"{yarp.Url}/plain/1"), (new("gateway, old side"), $"{gateway.Url}/plain/1"), (new("gateway, cutover"), $"{gateway.Url}/moved/1"),
            (new("gateway, shadow, 10 %, at most 20 a second"), $"{gateway.Url}/shadow/1"), (new("gateway, shadow, every request"), $"{gateway.Url}/all/1"),
        ];
        using var client = Client();
        foreach (var (_, url) in all) await ThroughputAsync(client, url, Slice, cancellationToken); // compiled and connected
        for (var round = 0; round < rounds; round++)
            // Each time another one first: what the machine does meanwhile meets all of them.
            for (var i = 0; i < all.Length; i++)
            {
                var (measured, url) = all[(i + round) % all.Length];
                var times = new List<double>(Latencies);
                for (var n = 0; n < Latencies; n++)
                {
                    var began = Stopwatch.GetTimestamp();
                    await client.GetByteArrayAsync(new Uri(url), cancellationToken);
                    times.Add(Stopwatch.GetElapsedTime(began).TotalMicroseconds);
                }
                measured.Micros.Add(At(times, .5));
                measured.Slowest.Add(At(times, .99));
                measured.Rates.Add(await ThroughputAsync(client, url, Slice, cancellationToken));
            }
        var bare = all[1].Measured;
        text.AppendLine("## Cost").AppendLine()
            .AppendLine(CultureInfo.InvariantCulture, $"In turns, {rounds} rounds: each {Latencies} requests one after another for the time, then {Slice.TotalSeconds:0.0} s of {Callers} callers for the throughput. Medians of the rounds; what stands beside YARP alone is the median of each round's difference and ratio. Answers of 500 bytes.").AppendLine()
            .AppendLine("| | p50 µs | p99 µs | p50 beside YARP alone | requests/s | of YARP alone |").AppendLine("|---|--:|--:|--:|--:|--:|");
        foreach (var (measured, _) in all)
            text.AppendLine(CultureInfo.InvariantCulture, $"| {measured.Name} | {At(measured.Micros, .5):0} | {At(measured.Slowest, .5):0} | {At([.. measured.Micros.Zip(bare.Micros, (one, other) => one - other)], .5):+0;−0;0} | {At(measured.Rates, .5):N0} | {At([.. measured.Rates.Zip(bare.Rates, (one, other) => one / other)], .5):0.00} |");
        var (plain, shadows) = (all[2].Measured.Micros, all[4..].Select(one => one.Measured.Micros));
        text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"p50 with shadowing, as a multiple of without: {string.Join(", ", shadows.Select(shadow => At([.. shadow.Zip(plain, (one, other) => one / other)], .5).ToString("0.00", CultureInfo.InvariantCulture)))}.");
        text.AppendLine();
    }

    static async Task<double> ThroughputAsync(HttpClient client, string url, TimeSpan span, CancellationToken cancellationToken)
    {
        var (began, answered) = (Stopwatch.GetTimestamp(), 0L);
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(began) < span)
            {
                await client.GetByteArrayAsync(new Uri(url), cancellationToken);
                Interlocked.Increment(ref answered);
            }
        }, cancellationToken)));
        return answered / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    // ── failures ──

    static async Task<long> FailuresAsync(string directory, StringBuilder text, CancellationToken cancellationToken)
    {
        text.AppendLine("## Failures").AppendLine()
            .AppendLine(CultureInfo.InvariantCulture, $"{Scenario.TotalSeconds:0} s of {Callers} callers each, timeout 1 s, `rescue: new`. A failure is any answer but 200.").AppendLine()
            .AppendLine("| | requests | failed | p50 ms | p99 ms | slowest ms |").AppendLine("|---|--:|--:|--:|--:|--:|");
        var failed = 0L;
        failed += await ScenarioAsync("the new side is killed at 50 %", 50, "0", (young, third) => young.Signal("KILL"));
        failed += await ScenarioAsync("the new side freezes at 50 %, and thaws", 50, "0", (young, third) => young.Signal(third is 1 ? "STOP" : "CONT"));
        failed += await ScenarioAsync("the old side fails 3 s of every 10 s", 0, "10", (_, _) => { });
        text.AppendLine();
        await MoveAsync(directory, text, cancellationToken);
        return failed;

        async Task<long> ScenarioAsync(string name, int percent, string every, Action<GatewayProcess, int> harm)
        {
            var data = Directory.CreateDirectory(Path.Combine(directory, $"{name.Length}-{percent}")).FullName;
            using var old = await GatewayProcess.StartAsync(cancellationToken, "gateway-side", "0", every, "3");
            using var young = await GatewayProcess.StartAsync(cancellationToken, "gateway-side", "0", "0", "0");
            using var gateway = await GatewayAsync(data, "name: fail\nunits: ['query:unit']\ntimeout: 1s\nbudget: 4s\nrescue: new\nroutes: {related: {path: '/items/{id}'}}", old.Url, young.Url, cancellationToken);
            await using (var store = await Store.OpenAsync(data, TimeProvider.System, cancellationToken))
                if (percent > 0) await store.Gateways.SetAsync("fail", "related", RouteMode.Canary, 100 * percent, "bench", "bench", cancellationToken);
            using var client = Client();
            var (began, bad, times) = (Stopwatch.GetTimestamp(), 0L, new System.Collections.Concurrent.ConcurrentBag<double>());
            var callers = Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
            {
                for (var i = 0; Stopwatch.GetElapsedTime(began) < Scenario; i++)
                {
                    var asked = Stopwatch.GetTimestamp();
                    try
                    {
                        using var answer = await client.GetAsync(new Uri($"{gateway.Url}/items/{i % 100}?unit={caller}-{i}"), cancellationToken);
                        if ((int)answer.StatusCode != 200) Interlocked.Increment(ref bad);
                    }
                    catch (HttpRequestException)
                    {
                        Interlocked.Increment(ref bad);
                    }
                    times.Add(Stopwatch.GetElapsedTime(asked).TotalMilliseconds);
                }
            }, cancellationToken)).ToArray();
            foreach (var third in (int[])[1, 2])
            {
                await Task.Delay(Scenario / 3, cancellationToken);
                harm(young, third);
            }
            await Task.WhenAll(callers);
            text.AppendLine(CultureInfo.InvariantCulture, $"| {name} | {times.Count:N0} | {bad:N0} | {At([.. times], .5):0.0} | {At([.. times], .99):0.0} | {times.Max():0} |");
            return bad;
        }
    }

    // From the moment somebody sets a route until the last answer of the side that is left.
    static async Task MoveAsync(string directory, StringBuilder text, CancellationToken cancellationToken)
    {
        var data = Directory.CreateDirectory(Path.Combine(directory, "move")).FullName;
        using var old = await GatewayProcess.StartAsync(cancellationToken, "gateway-side", "0", "0", "0");
        using var gateway = await GatewayAsync(data, "name: move\nrescue: new\nroutes: {related: {path: '/items/{id}'}}", old.Url, old.Url, cancellationToken);
        await using var store = await Store.OpenAsync(data, TimeProvider.System, cancellationToken);
        using var client = Client();
        var (stop, lastNew) = (false, 0L);
        var callers = Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            while (!Volatile.Read(ref stop))
            {
                using var answer = await client.GetAsync(new Uri($"{gateway.Url}/items/1"), cancellationToken);
                if (answer.Headers.TryGetValues("Cantor-Side", out var side) && side.Single() is "new") Volatile.Write(ref lastNew, Stopwatch.GetTimestamp());
            }
        }, cancellationToken)).ToArray();
        var (told, gone) = (new List<double>(), new List<double>());
        for (var round = 0; round < 30; round++)
        {
            await store.Gateways.SetAsync("move", "related", RouteMode.Cutover, 0, "bench", "bench", cancellationToken);
            await Task.Delay(300, cancellationToken);
            var began = Stopwatch.GetTimestamp();
            await store.Gateways.SetAsync("move", "related", RouteMode.Old, 0, "bench", "bench", cancellationToken);
            told.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            await Task.Delay(300, cancellationToken);
            gone.Add(Stopwatch.GetElapsedTime(began, Volatile.Read(ref lastNew)).TotalMilliseconds);
        }
        Volatile.Write(ref stop, true);
        await Task.WhenAll(callers);
        text.AppendLine("## Back").AppendLine()
            .AppendLine(CultureInfo.InvariantCulture, $"`set related back` under the load of {Callers} callers, {gone.Count} times, the store a SQLite: written after {At(told, .5):0.0} ms (median; greatest {told.Max():0.0}), the last answer of the new side after {At(gone, .5):0.0} ms (median; greatest {gone.Max():0.0}).");
    }

    static async Task<GatewayProcess> GatewayAsync(string data, string config, string old, string young, CancellationToken cancellationToken)
    {
        var file = Path.Combine(data, "gateway.yaml");
        await File.WriteAllTextAsync(file, $"urls: ['http://127.0.0.1:{GatewayProcess.FreePort()}']\nold: {{url: '{old}'}}\nnew: {{url: '{young}'}}\n{config}\n", cancellationToken);
        return await GatewayProcess.StartAsync(cancellationToken, "gateway-gateway", file, data);
    }

    static HttpClient Client() => new(new SocketsHttpHandler { UseProxy = false, ActivityHeadersPropagator = null }) { Timeout = TimeSpan.FromMinutes(1) };

    static double At(IReadOnlyCollection<double> values, double share) => values.Order().ToArray() is var sorted ? sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)] : 0;
}
