using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Cantor.Server.Tests;

/// <summary>Alone in the process: what others allocate meanwhile would be counted too.</summary>
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
public sealed class AloneInTheProcess;

[Collection(nameof(AllocationTests))]
public sealed class AllocationTests : IDisposable
{
    // The target and the request's id, as strings. The answer itself (2 KiB) must not be among them.
    const long MostBytesPerRequest = 200;

    readonly World _world = new();

    public void Dispose() => _world.Dispose();

    [Theory]
    [InlineData("/v1/collections/news/items/hub/related"), InlineData("/v1/collections/news/related?id=hub&limit=20&minScore=0.1")]
    public async Task A_plain_request_allocates_next_to_nothing(string target)
    {
        await _world.PublishAsync("news", ["hub", .. Enumerable.Range(0, 50).Select(i => $"item-{i}")],
            Enumerable.Range(0, 50).Select(i => ("hub", $"item-{i}", 1 - i / 64.0)));
        await using var server = await RunningServer.StartAsync(_world, options => options with { PollInterval = TimeSpan.FromMinutes(1), RolloutInterval = TimeSpan.FromDays(1), MaxStaleness = TimeSpan.FromHours(1) }); // however slow the machine: nothing comes in between
        var request = Encoding.ASCII.GetBytes($"GET {target} HTTP/1.1\r\nHost: test\r\n\r\n");
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        // Not asynchronous: a socket that once was allocates for every blocking call thereafter.
        client.Connect(IPAddress.Loopback, server.Url.Port);

        Assert.True(Ask(client, request, 2_000) > 0);
        const int requests = 5_000;
        var before = GC.GetTotalAllocatedBytes(precise: true);
        Ask(client, request, requests);
        var each = (GC.GetTotalAllocatedBytes(precise: true) - before) / requests;
        Assert.True(each <= MostBytesPerRequest, $"{each} bytes a request; expected at most {MostBytesPerRequest}");
        TestContext.Current.SendDiagnosticMessage($"{each} bytes a request");
    }

    // Waits by blocking, and reads into one array: the client allocates nothing.
    static int Ask(Socket client, byte[] request, int times)
    {
        var buffer = new byte[64 << 10];
        var length = 0;
        for (var i = 0; i < times; i++)
        {
            client.Send(request);
            var received = client.Receive(buffer);
            if (i == 0)
            {
                Assert.StartsWith("HTTP/1.1 200", Encoding.ASCII.GetString(buffer, 0, received), StringComparison.Ordinal);
                length = received;
            }
            while (received < length) received += client.Receive(buffer);
            if (received != length) Assert.Fail($"{received} bytes instead of {length}");
        }
        return length;
    }
}
