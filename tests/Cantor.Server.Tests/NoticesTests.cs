using System.Net;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Cantor.Releases;
using Cantor.Server.Rollouts;
using Cantor.Storage;
using Cantor.Storage.Rollouts;
using Microsoft.Extensions.Logging;

namespace Cantor.Server.Tests;

/// <summary>Messages about releases and rollouts, posted to a real listener that may fail.</summary>
public sealed class NoticesTests : IAsyncDisposable
{
    const string Secret = "T0PSECRET";

    readonly HttpListener _listener = new();
    readonly Channel<string> _received = Channel.CreateUnbounded<string>();
    readonly Queue<int> _statuses = new();
    readonly Lines _log = new();
    readonly string _url;
    readonly Task _serving;
    readonly List<ReleaseVersion> _releases = [];
    World? _world;
    Store? _store;
    Notices? _notices;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public NoticesTests()
    {
        var port = FreePort.Next();
        _url = $"http://127.0.0.1:{port}/services/{Secret}";
        _listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        _listener.Start();
        _serving = ServeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving;
        if (_notices is not null)
        {
            await _notices.StopAsync(CancellationToken.None);
            _notices.Dispose();
        }
        if (_store is not null) await _store.DisposeAsync();
        _world?.Dispose();
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

    async Task OpenAsync()
    {
        _world = new();
        for (var i = 0; i < 2; i++) _releases.Add(await _world.RegisterAsync("news", ["a", "b"], [("a", "b", .5 + i / 10.0)]));
        _store = await Store.OpenAsync(_world.Data, _world.Time, Token);
    }

    Task StartAsync(params int[] statuses) => StartAsAsync(null, null, statuses);

    async Task StartAsAsync(string? service, string? address, params int[] statuses)
    {
        foreach (var status in statuses) _statuses.Enqueue(status);
        if (_world is null) await OpenAsync();
        _notices = NewNotices(service, address);
        await _notices.StartAsync(Token);
    }

    Notices NewNotices(string? service = null, string? address = null) => new(new() { DataDirectory = "none", Webhook = _url, Service = service, Address = address is null ? null : new(address), WebhookRetry = TimeSpan.FromMilliseconds(10), Time = _world!.Time }, () => _store!, _log);

    /// <summary>Somebody makes the other of two releases live, which is told.</summary>
    void Promote(string why)
    {
        var live = _world!.Registry.Alias("news", AliasName.Live);
        Assert.True(_world.Registry.MoveAlias("news", AliasName.Live, live, _releases.First(release => release != live), "ann", why, tell: true));
    }

    async Task<string> TextAsync()
    {
        var received = await _received.Reader.ReadAsync(Token);
        Assert.StartsWith($"POST /services/{Secret} application/json; charset=utf-8 ", received, StringComparison.Ordinal);
        return (string)JsonNode.Parse(received[received.IndexOf('{', StringComparison.Ordinal)..])!["text"]!;
    }

    [Fact]
    public async Task What_fails_is_tried_again_until_it_is_delivered()
    {
        await StartAsync(500, 503, 429);
        Promote("first");
        for (var i = 0; i < 4; i++) Assert.Contains("first (ann)", await TextAsync(), StringComparison.Ordinal);
        Promote("second <&>");
        var text = await TextAsync(); // delivered once, and the next follows
        foreach (var part in new[] { $"*news* {_releases[1]}: live everywhere; before it was {_releases[0]}", "second &lt;&amp;&gt; (ann)", "undo: cantor releases rollback news --server URL" })
            Assert.Contains(part, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Services_that_share_a_channel_are_told_apart()
    {
        await StartAsAsync("articles.example.com", null);
        Promote("first");
        Assert.StartsWith("*articles.example.com* :white_check_mark: *news* ", await TextAsync(), StringComparison.Ordinal);
        await _store!.Notices.AddAsync(RolloutTable.ServerName, NoticeText.Of(new("the HTTPRoute cantor", 5, null), 5), _world!.Time.GetUtcNow(), Token);
        Assert.StartsWith("*articles.example.com* :white_check_mark: *server*: the HTTPRoute cantor has", await TextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_knows_where_people_reach_it_says_so_in_the_command_whoever_left_the_message()
    {
        await OpenAsync();
        Promote("first");
        Promote("by a command on the store");
        await StartAsAsync(null, "https://articles.example.com/");
        Assert.Contains("first (ann)", await TextAsync(), StringComparison.Ordinal);
        Assert.EndsWith("by a command on the store (ann)\nundo: cantor releases rollback news --server https://articles.example.com", await TextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_refused_or_cannot_be_delivered_is_told_in_the_log_without_the_secret()
    {
        await StartAsync([404, .. Enumerable.Repeat(500, 6)]);
        Promote("first");
        Promote("second");
        for (var i = 0; i < 7; i++) await TextAsync();
        while (_log.All.Count < 2) await Task.Delay(5, Token);
        _listener.Close();
        Promote("third");
        while (_log.All.Count < 3) await Task.Delay(5, Token);
        Assert.Equal(["A message about news was not delivered: the webhook answered 404", "A message about news was not delivered: the webhook answered 500, 6 times", "A message about news was not delivered: the webhook cannot be reached: ConnectionError, 6 times"], _log.All);
        Assert.DoesNotContain(Secret, new ServerOptions { DataDirectory = "none", Webhook = _url }.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_waits_for_a_webhook_and_what_waits_is_bounded()
    {
        await OpenAsync();
        for (var i = 0; i < 2 * NoticeTable.MostWaiting; i++) Promote($"reason {i}.");
        Assert.Equal(NoticeTable.MostWaiting, (await _store!.Notices.WaitingAsync(Token)).Count);
        await StartAsync();
        for (var i = NoticeTable.MostWaiting; i < 2 * NoticeTable.MostWaiting; i++) Assert.Contains($"reason {i}.", await TextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_happened_while_no_server_ran_is_told_by_the_next_one_unless_it_is_a_day_ago()
    {
        await OpenAsync();
        Promote("long ago");
        _world!.Time.Now += TimeSpan.FromHours(30);
        Promote("last hour");
        _world.Time.Now += TimeSpan.FromHours(1);
        await StartAsync();
        Assert.Contains("last hour", await TextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_two_servers_one_tells_it()
    {
        await StartAsync();
        using var other = NewNotices();
        await other.StartAsync(Token);
        for (var i = 0; i < 3; i++)
        {
            Promote($"reason {i}.");
            Assert.Contains($"reason {i}.", await TextAsync(), StringComparison.Ordinal);
        }
        while ((await _store!.Notices.WaitingAsync(Token)).Count > 0) await Task.Delay(5, Token);
        await other.StopAsync(Token);
        Assert.False(_received.Reader.TryRead(out _));
    }

    [Fact]
    public async Task What_people_do_over_the_API_is_told()
    {
        await OpenAsync();
        Promote("first");
        await using var server = await RunningServer.StartAsync(_world!, options => options with { Webhook = _url, RolloutInterval = TimeSpan.FromDays(1), Time = _world!.Time });
        Assert.Contains("first", await TextAsync(), StringComparison.Ordinal);
        const string news = "/v1/collections/news";
        Assert.Equal(200, (await server.SendBodyAsync("POST", $"{news}/releases/{_releases[1]}:promote", """{"why":"checked by hand"}""")).Status);
        Assert.Contains("checked by hand (", await TextAsync(), StringComparison.Ordinal);
        Assert.Equal(200, (await server.SendBodyAsync("POST", $"{news}/releases:rollback", "")).Status);
        Assert.Contains($"*news* {_releases[0]}: live everywhere; before it was {_releases[1]}", await TextAsync(), StringComparison.Ordinal);
        Assert.Equal(202, (await server.SendBodyAsync("POST", $"{news}/rollouts", $$"""{"release":"{{_releases[1]}}","why":"newer"}""")).Status);
        Assert.Contains("begun, at its gate\nnewer (", await TextAsync(), StringComparison.Ordinal);
        Assert.Equal(200, (await server.SendBodyAsync("POST", $"{news}/rollouts/current:abort", """{"why":"no"}""")).Status);
        Assert.Contains("aborted\nno (", await TextAsync(), StringComparison.Ordinal);
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
