using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;

namespace Cantor.Server.Tests;

public sealed class TracingTests : IDisposable
{
    readonly World _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task With_a_listener_a_request_is_a_span_of_the_caller_s_trace()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using var server = await RunningServer.StartAsync(_world);
        const string mine = "traceparent: 00-11111111111111112222222222222222-3333333333333333-01";
        var reply = await server.SendRawAsync(Encoding.ASCII.GetBytes($"GET /nothing HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{mine}\r\n\r\n"));
        Assert.Equal("11111111111111112222222222222222", (string?)JsonNode.Parse(reply.Body)!["traceId"]);
        while (!spans.Any(span => span.ParentSpanId.ToHexString() == "3333333333333333")) await Task.Delay(5, TestContext.Current.CancellationToken);
    }
}
