using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Cantor.Server.Tests;

/// <summary>A server on a free port of this machine, asked through a plain socket: no client tidies up what is sent.</summary>
sealed class RunningServer : IAsyncDisposable
{
    internal const string TraceId = "0af7651916cd43dd8448eb211c80319c";

    readonly WebApplication _app;

    RunningServer(WebApplication app, Uri url)
    {
        _app = app;
        Url = url;
    }

    internal Uri Url { get; }

    /// <summary>A part of the server.</summary>
    internal T Part<T>() where T : notnull => _app.Services.GetRequiredService<T>();

    internal static async Task<RunningServer> StartAsync(World world, Func<ServerOptions, ServerOptions>? change = null)
    {
        var options = new ServerOptions
        {
            DataDirectory = world.Data,
            Builder = [HostProcess.Built],
            Urls = ["http://127.0.0.1:0"],
            PollInterval = TimeSpan.FromMilliseconds(10),
            ShownWithin = TimeSpan.FromSeconds(60), // on a busy machine
        };
        var app = await CantorServer.CreateAsync(change is null ? options : change(options), TestContext.Current.CancellationToken);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new(app, new(CantorServer.Addresses(app).Single()));
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    internal Task<Reply> GetAsync(string target, params string[] headers) => SendAsync("GET", target, headers);

    internal Task<Reply> SendAsync(string method, string target, params string[] headers) => SendAsync(method, target, headers, "");

    async Task<Reply> SendAsync(string method, string target, string[] headers, string body)
    {
        var lines = string.Concat(headers.Select(header => header + "\r\n"));
        return await SendRawAsync(Encoding.UTF8.GetBytes(
            $"{method} {target} HTTP/1.1\r\nHost: test\r\nConnection: close\r\ntraceparent: 00-{TraceId}-b7ad6b7169203331-01\r\n{lines}\r\n{body}"));
    }

    internal async Task<Reply> SendBodyAsync(string method, string target, string body, params string[] headers) =>
        await SendAsync(method, target, [.. headers, $"Content-Length: {Encoding.UTF8.GetByteCount(body)}"], body);

    internal async Task<Reply> SendRawAsync(byte[] request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(Url.Host, Url.Port, TestContext.Current.CancellationToken);
        await using var stream = client.GetStream();
        await stream.WriteAsync(request, TestContext.Current.CancellationToken);
        using var all = new MemoryStream();
        await stream.CopyToAsync(all, TestContext.Current.CancellationToken);
        return Reply.Parse(Encoding.UTF8.GetString(all.ToArray()));
    }

    /// <summary>Asks again and again until an answer fits: for what follows the store after a while.</summary>
    internal async Task<Reply> GetUntilAsync(string target, Func<Reply, bool> fits, params string[] headers)
    {
        Reply? reply = null;
        await Wait.UntilAsync(async () => fits(reply = await GetAsync(target, headers)), () => $"{target}: {reply?.Status} {reply?.Body}");
        return reply!;
    }
}

/// <summary>What came back.</summary>
sealed partial record Reply(int Status, Dictionary<string, string> Headers, string Body)
{
    internal static Reply Parse(string text)
    {
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        Assert.True(end > 0, $"no answer: \"{text}\"");
        var lines = text[..end].Split("\r\n");
        return new(int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture),
            lines.Skip(1).Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase),
            text[(end + 4)..]);
    }

    /// <summary>The body with what differs between two runs blotted out, one member a line.</summary>
    internal string Steady() => Indented(ReleasePattern().Replace(RequestIdPattern().Replace(Body, "\"requestId\":\"REQUEST\""), "RELEASE"));

    static string Indented(string json) =>
        System.Text.Json.Nodes.JsonNode.Parse(json)!.ToJsonString(new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) + "\n";

    [GeneratedRegex("\"requestId\":\"[^\"]+\"")]
    private static partial Regex RequestIdPattern();

    [GeneratedRegex("[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}")]
    private static partial Regex ReleasePattern();
}
