using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Cantor.Server;

namespace Cantor.Gateway.Tests;

/// <summary>One API behind a gateway, on a real socket, that does what a test tells it to.</summary>
sealed class FakeSide : IAsyncDisposable
{
    readonly WebApplication _app;

    FakeSide(WebApplication app) => _app = app;

    internal string Url { get; private set; } = "";

    /// <summary>What it does; a test may change it while it runs.</summary>
    internal Func<HttpContext, Task> Answer { get; set; } = context => context.Response.WriteAsync("ok");

    /// <summary>What it was asked: method and raw target.</summary>
    internal ConcurrentQueue<string> Asked { get; } = [];

    /// <summary>The headers of the last request that was no shadow.</summary>
    internal Dictionary<string, string> Headers { get; private set; } = [];

    /// <summary>What it was asked as a shadow.</summary>
    internal ConcurrentQueue<string> Shadows { get; } = [];

    internal static async Task<FakeSide> StartAsync(Func<HttpContext, Task>? answer = null, int port = 0)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls($"http://127.0.0.1:{port}");
        var side = new FakeSide(builder.Build());
        if (answer is not null) side.Answer = answer;
        side._app.Run(context =>
        {
            var asked = $"{context.Request.Method} {context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget}";
            if (context.Request.Headers.ContainsKey("X-Cantor-Shadow")) side.Shadows.Enqueue(asked);
            else
            {
                side.Asked.Enqueue(asked);
                side.Headers = context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
            }
            return side.Answer(context);
        });
        await side._app.StartAsync(TestContext.Current.CancellationToken);
        side.Url = CantorServer.Addresses(side._app).Single();
        return side;
    }

    /// <summary>Ends at once: connections break, and nobody listens any more.</summary>
    internal Task KillAsync() => _app.StopAsync(new CancellationToken(canceled: true));

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        await _app.DisposeAsync();
    }

    /// <summary>A list as JSON.</summary>
    internal static Func<HttpContext, Task> Lists(Func<string, IEnumerable<string>> of, string member = "related") => context =>
    {
        var id = Uri.UnescapeDataString(context.Request.Path.Value!.Split('/')[2]);
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(System.Text.Json.JsonSerializer.Serialize(new Dictionary<string, object> { ["of"] = id, [member] = of(id).Select(one => new { id = one }) }));
    };

    /// <summary>Silence until the other end gives up.</summary>
    internal static async Task Freeze(HttpContext context)
    {
        try
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The gateway gave up.
        }
    }
}
