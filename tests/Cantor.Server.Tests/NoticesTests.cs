using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Cantor.Judging;
using Cantor.Server.Rollouts;
using Cantor.Storage.Rollouts;
using Microsoft.Extensions.Logging;

namespace Cantor.Server.Tests;

/// <summary>Messages about rollouts, posted to a real listener that may fail.</summary>
public sealed class NoticesTests : IAsyncDisposable
{
    const string Secret = "T0PSECRET";

    readonly HttpListener _listener = new();
    readonly Channel<string> _received = Channel.CreateUnbounded<string>();
    readonly Queue<int> _statuses = new();
    readonly Lines _log = new();
    readonly string _url;
    readonly Task _serving;
    Notices? _notices;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public NoticesTests()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var port = ((IPEndPoint)probe.LocalEndpoint).Port;
        probe.Stop();
        _url = $"http://127.0.0.1:{port}/services/{Secret}";
        _listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        _listener.Start();
        _serving = ServeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving;
        if (_notices is null) return;
        await _notices.StopAsync(CancellationToken.None);
        _notices.Dispose();
    }

    async Task ServeAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
            using var reader = new StreamReader(context.Request.InputStream);
            var body = await reader.ReadToEndAsync(Token);
            lock (_statuses) context.Response.StatusCode = _statuses.Count > 0 ? _statuses.Dequeue() : 200;
            await _received.Writer.WriteAsync($"{context.Request.HttpMethod} {context.Request.Url!.AbsolutePath} {context.Request.ContentType} {body}", Token);
            context.Response.Close();
        }
    }

    async Task<Notices> StartAsync(params int[] statuses)
    {
        foreach (var status in statuses) _statuses.Enqueue(status);
        _notices = new(new() { DataDirectory = "none", Webhook = _url, WebhookRetry = TimeSpan.FromMilliseconds(10) }, _log);
        await _notices.StartAsync(Token);
        return _notices;
    }

    static Rollout Rollout(RolloutState state = RolloutState.Running, int step = 1) => new()
    {
        Number = 7,
        Name = "news",
        Candidate = "20261124T101500Z-0123abcd",
        Baseline = "20261123T101500Z-abcd0123",
        State = state,
        Step = step,
        Round = step + 1,
        Salt = "",
        Plan = new(),
        Judge = new(),
        Started = new(default, "ann"),
        Why = "errors: 12 of the canary's 90 answers within 20 s, live 1 of <900>",
    };

    static readonly Decision Abort = new(Verdict.Abort, Rule.Guard, "errors: 12 of the canary's 90 answers within 20 s, live 1 of <900>", default, 1,
        [new(Metric.Errors, Stand.Aborted, new(12, 90), new(1, 900), .0016, .0066, 12.3, -5.29, 6.9, new(12, 90), new(1, 900), 0, null)], null, []);

    async Task<string> TextAsync()
    {
        var received = await _received.Reader.ReadAsync(Token);
        Assert.StartsWith($"POST /services/{Secret} application/json; charset=utf-8 ", received, StringComparison.Ordinal);
        return (string)JsonNode.Parse(received[received.IndexOf('{', StringComparison.Ordinal)..])!["text"]!;
    }

    [Fact]
    public async Task An_abort_is_told_with_collection_version_rule_numbers_and_what_to_do()
    {
        var notices = await StartAsync();
        notices.Tell(Rollout(), Rollout(RolloutState.Aborted), Abort);
        var text = await TextAsync();
        foreach (var part in new[] { "*news* 20261124T101500Z-0123abcd: aborted", "rule guard at step 5 %", "canary 12 of 90, live 1 of 900", "live 1 of &lt;900&gt;", "cantor releases promote news 20261124T101500Z-0123abcd" })
            Assert.Contains(part, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_end_has_its_way_back()
    {
        var notices = await StartAsync();
        foreach (var (before, after, expected) in new[]
        {
            (Rollout(RolloutState.Gating, 0), Rollout(RolloutState.Running, 0), "tried on 1 %|undo: cantor rollout abort news"),
            (Rollout(step: 0), Rollout(), "taken from 1 % to 5 %|undo: cantor rollout abort news"),
            (Rollout(), Rollout() with { Held = true }, "held at 5 %|undo: cantor rollout abort news"),
            (Rollout(step: 3), Rollout(RolloutState.Promoted, 4), "live everywhere|undo: cantor releases rollback news"),
            (Rollout(RolloutState.Gating, 0), Rollout(RolloutState.Rejected, 0), "rejected at its gate|cantor rollout start news 20261124T101500Z-0123abcd --force"),
        })
        {
            notices.Tell(before, after, null);
            var text = await TextAsync();
            foreach (var part in expected.Split('|')) Assert.Contains(part, text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_fails_is_tried_again_until_it_is_delivered()
    {
        var notices = await StartAsync(500, 503, 429);
        notices.Tell(Rollout(), Rollout(RolloutState.Aborted), Abort);
        for (var i = 0; i < 4; i++) Assert.Contains("aborted", await TextAsync(), StringComparison.Ordinal);
        notices.Tell(Rollout(step: 3), Rollout(RolloutState.Promoted, 4), null);
        Assert.Contains("live everywhere", await TextAsync(), StringComparison.Ordinal); // delivered once, and the next follows
    }

    [Fact]
    public async Task What_is_refused_or_cannot_be_delivered_is_told_in_the_log_without_the_secret()
    {
        var notices = await StartAsync([404, .. Enumerable.Repeat(500, 6)]);
        notices.Tell(Rollout(), Rollout(RolloutState.Aborted), Abort);
        notices.Tell(Rollout(), Rollout(RolloutState.Aborted), Abort);
        for (var i = 0; i < 7; i++) await TextAsync();
        while (_log.All.Count < 2) await Task.Delay(5, Token);
        _listener.Close();
        notices.Tell(Rollout(), Rollout(RolloutState.Aborted), Abort);
        while (_log.All.Count < 3) await Task.Delay(5, Token);
        Assert.Equal(["A message about news was not delivered: the webhook answered 404", "A message about news was not delivered: the webhook answered 500, 6 times", "A message about news was not delivered: the webhook cannot be reached: ConnectionError, 6 times"], _log.All);
        Assert.DoesNotContain(Secret, new ServerOptions { DataDirectory = "none", Webhook = _url }.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_waits_for_a_webhook_and_what_waits_is_bounded()
    {
        var notices = await StartAsync(Enumerable.Repeat(500, 1_000).ToArray());
        for (var i = 0; i < 10 * Notices.MostWaiting; i++) notices.Tell(Rollout(), Rollout(RolloutState.Aborted) with { Name = $"news-{i}" }, Abort);
        // The newest are kept; telling took no longer than writing into a queue, however ill the webhook is.
        lock (_statuses) _statuses.Clear();
        var names = new HashSet<string>();
        while (names.Count == 0 || !names.Contains($"news-{10 * Notices.MostWaiting - 1}")) names.Add((await TextAsync()).Split('*')[1]);
        Assert.InRange(names.Count, 2, Notices.MostWaiting + 1);
    }

    [Theory]
    [InlineData("ftp://example.org"), InlineData("hooks.slack.com/services/T0PSECRET")]
    public void An_address_that_is_none_is_refused_without_showing_it(string url)
    {
        var fault = Assert.Single(new ServerOptions { DataDirectory = "none", Webhook = url }.Faults());
        Assert.Contains("CANTOR_WEBHOOK", fault, StringComparison.Ordinal);
        Assert.DoesNotContain(url, fault, StringComparison.Ordinal);
    }

    sealed class Lines : ILogger<Notices>
    {
        readonly List<string> _lines = [];

        internal List<string> All
        {
            get
            {
                lock (_lines) return [.. _lines];
            }
        }

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_lines) _lines.Add(formatter(state, exception));
        }
    }
}
