using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace Cantor.Server.Tests;

/// <summary>Takes messages as Slack does, and keeps their texts.</summary>
sealed class FakeWebhook : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly ConcurrentQueue<string> _texts = [];

    FakeWebhook(WebApplication app) => _app = app;

    internal string Url { get; private set; } = "";

    internal static async Task<FakeWebhook> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var webhook = new FakeWebhook(builder.Build());
        webhook._app.Run(async context => webhook._texts.Enqueue((string)(await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted))!["text"]!));
        await webhook._app.StartAsync(TestContext.Current.CancellationToken);
        webhook.Url = CantorServer.Addresses(webhook._app).Single();
        return webhook;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    /// <summary>Waits for a message.</summary>
    internal Task TellsAsync(Func<string, bool> isIt) => Wait.UntilAsync(() => _texts.Any(isIt), () => string.Join('\n', _texts));
}
