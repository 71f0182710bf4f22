using Cantor.Corpus;
using Cantor.Storage.Blobs;

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
        return new($"s3://{bucket}/tests/{Data.Name}?endpoint={server.Endpoint}");
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
        using var blobs = new S3Blobs("s3://bucket?endpoint=http://127.0.0.1:1");
        Assert.Equal("s3://bucket", (await Assert.ThrowsAsync<StoreUnavailableException>(() => blobs.ListAsync(Token))).Store);
    }
}
