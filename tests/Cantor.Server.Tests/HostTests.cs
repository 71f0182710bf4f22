using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Cantor.Server.Rollouts;

namespace Cantor.Server.Tests;

public sealed class HostTests : IDisposable
{
    const string Target = "/v1/collections/news/items/hub/related";

    readonly World _world = new();

    public void Dispose() => _world.Dispose();

    [Theory, InlineData("TERM"), InlineData("INT")]
    public async Task A_signal_loses_no_request_of_clients_that_leave_within_the_drain(string signal)
    {
        await _world.PublishAsync("news", ["hub", "a"], [("hub", "a", .5)]);
        // On a busy machine they may not manage to leave within a short one.
        foreach (var drain in (int[])[2, 20, 200])
            if (await DrainAsync(signal, drain))
                return;
        Assert.Fail("the clients never left within the drain");
    }

    /// <summary>Has clients ask until the server is well into its drain.</summary>
    /// <returns>False when the drain was over before they had left: what they saw says nothing.</returns>
    async Task<bool> DrainAsync(string signal, int drain)
    {
        using var host = HostProcess.Start(HostProcess.Built, "--data", _world.Data, "--urls", "http://127.0.0.1:0", "--drain", $"{drain}");
        using var client = new HttpClient { BaseAddress = await host.ListeningAsync() };
        using var leave = new CancellationTokenSource();
        var faults = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var (before, during, closing) = (0, 0, 0);
        var draining = false;
        var load = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!leave.IsCancellationRequested)
            {
                try
                {
                    using var reply = await client.GetAsync(Target, CancellationToken.None);
                    if (!reply.IsSuccessStatusCode) faults.Enqueue(reply.StatusCode.ToString());
                    if (reply.Headers.ConnectionClose == true) Interlocked.Increment(ref closing);
                    if (Volatile.Read(ref draining)) Interlocked.Increment(ref during);
                    else Interlocked.Increment(ref before);
                }
                catch (HttpRequestException fault)
                {
                    faults.Enqueue(fault.ToString());
                }
            }
        }, CancellationToken.None)).ToList();

        while (Volatile.Read(ref before) < 100) await Task.Delay(5, TestContext.Current.CancellationToken);
        var began = Stopwatch.GetTimestamp();
        host.Signal(signal);
        await host.SaysAsync($"SIG{signal}: serving for {drain} s more");
        Volatile.Write(ref draining, true);
        // What each of them had under way may have been answered before.
        while (Volatile.Read(ref during) < 100 + load.Count && faults.IsEmpty) await Task.Delay(5, TestContext.Current.CancellationToken);
        // The load balancer has learned of it: no more requests come.
        await leave.CancelAsync();
        await Task.WhenAll(load);
        if (Stopwatch.GetElapsedTime(began) >= TimeSpan.FromSeconds(drain)) return false;

        Assert.Empty(faults);
        Assert.True(closing >= 100, $"{closing} answers asked to close the connection");
        Assert.Equal(0, await host.ExitCodeAsync());
        Assert.Contains("Stopped", host.Said, StringComparison.Ordinal);
        return true;
    }

    [Fact]
    public async Task A_server_whose_store_is_damaged_ends_without_a_fault()
    {
        await _world.PublishAsync("news", ["hub", "a"], [("hub", "a", .5)]);
        var server = await RunningServer.StartAsync(_world);
        var driver = server.Part<RolloutDriver>();
        _world.DamageStore();
        await server.DisposeAsync();
        Assert.True(driver.ExecuteTask!.IsCompletedSuccessfully, driver.ExecuteTask.Exception?.ToString());
    }

    [Fact]
    public async Task Readiness_stays_during_the_drain()
    {
        using var host = HostProcess.Start(HostProcess.Built, "--data", _world.Data, "--urls", "http://127.0.0.1:0", "--drain", "600");
        using var client = new HttpClient { BaseAddress = await host.ListeningAsync() };
        host.Signal("TERM");
        await host.SaysAsync("SIGTERM: serving for 600 s more");
        using var ready = await client.GetAsync("/health/ready", TestContext.Current.CancellationToken);
        Assert.True(ready.IsSuccessStatusCode);

        // A second signal does not wait for the 600 seconds; the exit code says that it was forced.
        host.Signal("TERM");
        Assert.Equal(128 + 15, await host.ExitCodeAsync());
    }

    [Fact]
    public async Task Without_a_drain_a_signal_ends_it_with_0()
    {
        using var host = HostProcess.Start(HostProcess.Built, "--data", _world.Data, "--urls", "http://127.0.0.1:0", "--log", "json");
        await host.ListeningAsync();
        host.Signal("INT");
        Assert.Equal(0, await host.ExitCodeAsync());
        Assert.All(host.Said.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.NotNull(JsonNode.Parse(line)));
    }

    [Theory]
    [InlineData("--port", "80", "the option --port is not known; --help lists those that are")]
    [InlineData("--store=postgres://ann:s3cret@db/cantor", null, "the option --store is not known; --help lists those that are\n")]
    [InlineData("postgres://ann:s3cret@db/cantor", null, "an argument is no option; --help lists those that are\n")]
    [InlineData("--store", "Postgres://ann:s3cret@db/cantor", "--store: there is no kind of store called Postgres; expected postgres://user:password@host:port/database or a data directory\n")]
    [InlineData("--drain", null, "--drain has no value")]
    [InlineData("--drain", "-1", "--drain is -1; expected seconds from 0 to 600")]
    [InlineData("--drain", "601", "--drain is 601; expected seconds from 0 to 600")]
    [InlineData("--drain", "NaN", "--drain is NaN; expected seconds from 0 to 600")]
    [InlineData("--max-connections", "many", "--max-connections is many; expected a whole number from 1 to 1000000")]
    [InlineData("--max-connections", "0", "serve: the most connections are 0; expected 1 to 1000000")]
    [InlineData("--log", "xml", "--log is xml; expected plain or json")]
    [InlineData("--urls", "https://127.0.0.1:1", "serve: the url \"https://127.0.0.1:1\" cannot be listened on; expected http://HOST:PORT (TLS is the load balancer's)")]
    [InlineData("--urls", "http://127.0.0.1:http", "serve: the url \"http://127.0.0.1:http\" cannot be listened on; expected http://HOST:PORT")]
    [InlineData("--urls", "http://127.0.0.1:99999", "serve: the url \"http://127.0.0.1:99999\" cannot be listened on; expected http://HOST:PORT")]
    [InlineData("--urls", "http://127.0.0.1:8080/api", "serve: the url \"http://127.0.0.1:8080/api\" cannot be listened on; expected http://HOST:PORT")]
    [InlineData("--urls", "http://127.0.0.1:8080;http://127.0.0.1:8081", "serve: the url \"http://127.0.0.1:8080;http://127.0.0.1:8081\" cannot be listened on")]
    [InlineData("--urls", "http://192.0.2.1:8080", "--urls: http://192.0.2.1:8080 cannot be listened on: cannot assign requested address")]
    [InlineData("--urls", ",", "serve: there is no url to listen on; expected at least one such as http://127.0.0.1:8080")]
    [InlineData("--data", "/dev/null", "/dev/null: cannot be opened as a data directory")]
    public async Task A_bad_option_is_told_and_ends_it_with_2(string option, string? value, string fault)
    {
        using var host = HostProcess.Start(HostProcess.Built, value is null ? [option] : [option, value]);
        Assert.Equal(2, await host.ExitCodeAsync());
        await host.SaysAsync("cantor-server: ");
        Assert.StartsWith("cantor-server: " + fault, host.Said, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", host.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_is_taken_ends_it_with_2()
    {
        using var other = new TcpListener(System.Net.IPAddress.Loopback, 0);
        other.Start();
        using var host = HostProcess.Start(HostProcess.Built, "--data", _world.Data, "--urls", $"http://{other.LocalEndpoint}");
        Assert.Equal(2, await host.ExitCodeAsync());
        Assert.Equal($"cantor-server: --urls: http://{other.LocalEndpoint} cannot be listened on: address already in use\n", host.Said);
    }

    [Fact]
    public async Task Help_names_every_option_and_ends_with_0()
    {
        using var host = HostProcess.Start(HostProcess.Built, "--help");
        Assert.Equal(0, await host.ExitCodeAsync());
        await host.SaysAsync("--help");
        Assert.All(new[] { "--data", "--urls", "--drain", "--max-connections", "--log" }, option => Assert.Contains(option, host.Said, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_version_is_told_and_ends_with_0()
    {
        using var host = HostProcess.Start(HostProcess.Built, "--version");
        Assert.Equal(0, await host.ExitCodeAsync());
        Assert.Matches(@"^[0-9]+\.[0-9]+\.[0-9]+", host.Said);
    }
}
