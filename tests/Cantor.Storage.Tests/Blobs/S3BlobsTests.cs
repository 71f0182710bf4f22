using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Cantor.Corpus;
using Cantor.Storage.Blobs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Cantor.Storage.Tests.Blobs;

public sealed class S3BlobsTests(S3Server server) : BlobsContract, IClassFixture<S3Server>
{
    private protected override IBlobs Open() => Open(server.Bucket);

    S3Blobs Open(string bucket)
    {
        if (server.Fault is { } fault)
        {
            Assert.True(string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")), fault);
            Assert.Skip(fault);
        }
        return new($"s3://{bucket}/tests/{Data.Name}?endpoint={server.Endpoint}", Arrival.MostSilence);
    }

    [Fact]
    public async Task A_bucket_that_is_not_there_is_refused_by_name()
    {
        using var blobs = Open("no-such-bucket");
        var fault = await Assert.ThrowsAsync<InputFaultException>(() => blobs.ListAsync(Token));
        Assert.StartsWith("s3://no-such-bucket/tests/", fault.Source, StringComparison.Ordinal);
        Assert.Contains("NoSuchBucket", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_told_as_unavailable()
    {
        using var started = Open(); // sets the credentials
        using var blobs = new S3Blobs("s3://bucket?endpoint=http://127.0.0.1:1", Arrival.MostSilence);
        Assert.Equal("s3://bucket", (await Assert.ThrowsAsync<StoreUnavailableException>(() => blobs.ListAsync(Token))).Store);
    }

    [Theory]
    [InlineData(false), InlineData(true)]
    public async Task A_download_goes_on_where_it_broke_or_fell_silent(bool silent)
    {
        using var started = Open(); // sets the credentials
        var sent = RandomNumberGenerator.GetBytes(3_000_000);
        var ranges = new ConcurrentQueue<string>();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var app = builder.Build();
        // Of what is asked for, the first two get a third.
        app.Run(async context =>
        {
            var range = context.Request.Headers.Range.ToString();
            ranges.Enqueue(range);
            var first = range.Length == 0 ? 0 : int.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture);
            if (first > 0) context.Response.StatusCode = 206;
            context.Response.ContentLength = sent.Length - first;
            await context.Response.Body.WriteAsync(sent.AsMemory(first, ranges.Count < 3 ? (sent.Length - first) / 3 : sent.Length - first));
            await context.Response.Body.FlushAsync();
            if (ranges.Count < 3 && silent) await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            if (ranges.Count < 3) context.Abort();
        });
        await app.StartAsync(Token);
        using var blobs = new S3Blobs($"s3://bucket/releases?endpoint={app.Urls.First()}", silent ? TimeSpan.FromSeconds(3) : Arrival.MostSilence);
        var path = Path.Combine(Data.FullName, "got.bin");
        await using (var file = File.Create(path)) Assert.True(await blobs.GetAsync("one.cantor", file, Token));
        Assert.Equal(sent, await File.ReadAllBytesAsync(path, Token));
        Assert.Equal("", ranges.First());
        Assert.Matches("^bytes=[1-9][0-9]*-$", ranges.Last());
    }
}
