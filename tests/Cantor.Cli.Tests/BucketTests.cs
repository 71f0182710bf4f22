using System.Text.Json;
using Cantor.Storage.Tests.Blobs;

namespace Cantor.Cli.Tests;

/// <summary>Commands of two machines with one store, whose release files are in a bucket.</summary>
public sealed class BucketTests(S3Server s3) : IClassFixture<S3Server>, IAsyncLifetime
{
    readonly Scratch _scratch = new();
    GcsServer? _gcs;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _gcs = await GcsServer.StartAsync(Token);

    public async ValueTask DisposeAsync()
    {
        await _gcs!.DisposeAsync();
        _scratch.Dispose();
    }

    string Bucket(string scheme, string prefix)
    {
        if (scheme is "gs")
        {
            // The machine's account, as in production.
            _scratch.Environment["GCE_METADATA_HOST"] = _gcs!.Url["http://".Length..];
            _scratch.Environment["CLOUDSDK_CONFIG"] = _scratch.Folder;
            return $"gs://{_gcs.Bucket}/{prefix}?endpoint={_gcs.Url}";
        }
        if (s3.Fault is { } fault)
        {
            Assert.True(string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")), fault);
            Assert.Skip(fault);
        }
        (_scratch.Environment["AWS_ACCESS_KEY_ID"], _scratch.Environment["AWS_SECRET_ACCESS_KEY"]) = ("S3RVER", "S3RVER");
        return $"s3://{s3.Bucket}/{prefix}?endpoint={s3.Endpoint}";
    }

    async Task<string> RunAsync(params string[] arguments)
    {
        var (code, output, error) = await _scratch.RunAsync(arguments);
        Assert.True((code, error) == (0, ""), $"{string.Join(' ', arguments)}: {code} {error}");
        return output;
    }

    [Theory]
    [InlineData("s3"), InlineData("gs")]
    public async Task What_one_machine_builds_another_finds_and_fetches_and_a_third_gets_a_copy(string scheme)
    {
        await File.WriteAllLinesAsync(_scratch.PathOf("items.jsonl"), ["""{"id":"1","title":"sea ship"}""", """{"id":"2","title":"sea wind ship"}""", """{"id":"3","title":"flour"}"""], Token);
        var (bucket, name) = (Bucket(scheme, "news"), $"{scheme}://cantor-test/news");
        await RunAsync("build", "news", "--items", "items.jsonl", "--blobs", bucket);
        var expected = await RunAsync("related", "news", "1", "--json");

        string[] other = ["--data", "other", "--store", "cantor-data"];
        var (code, listed, error) = await _scratch.RunAsync(["releases", "news", .. other]);
        Assert.Equal((0, "some files are not here; --blobs names where else to look\n"), (code, error));
        Assert.Contains("built, the file is not here", listed, StringComparison.Ordinal);
        Assert.Contains($"built, the file is in {name}", await RunAsync(["releases", "news", .. other, "--blobs", bucket]), StringComparison.Ordinal);
        var row = JsonDocument.Parse(await RunAsync(["releases", "news", .. other, "--blobs", bucket, "--json"])).RootElement[0];
        Assert.Equal((true, name), (row.GetProperty("missing").GetBoolean(), row.GetProperty("elsewhere").GetString()));
        Assert.Contains($"the file is neither here nor in {scheme}://cantor-test/empty", await RunAsync(["releases", "news", .. other, "--blobs", Bucket(scheme, "empty")]), StringComparison.Ordinal);

        Assert.Equal(expected, await RunAsync(["related", "news", "1", "--json", .. other, "--blobs", bucket]));
        Assert.DoesNotContain("the file", await RunAsync(["releases", "news", .. other]), StringComparison.Ordinal);
        await RunAsync(["diff", "news", "live", "live", .. other, "--blobs", bucket]);

        await RunAsync("releases", "copy", "news", "live", "--to", "third", "--to-blobs", Bucket(scheme, "third"), "--publish", "live");
        Assert.Equal(expected, await RunAsync("related", "news", "1", "--json", "--store", "third", "--data", "third-machine", "--blobs", Bucket(scheme, "third")));
    }

    [Theory]
    [InlineData("s3"), InlineData("gs")]
    public async Task A_bucket_that_does_not_answer_is_named_and_releases_are_listed_all_the_same(string scheme)
    {
        await File.WriteAllLinesAsync(_scratch.PathOf("items.jsonl"), ["""{"id":"1","title":"sea ship"}""", """{"id":"2","title":"sea wind ship"}"""], Token);
        await RunAsync("build", "news", "--items", "items.jsonl");
        var closed = $"{Bucket(scheme, "x").Split('?')[0]}?endpoint=http://127.0.0.1:1";
        var (code, listed, error) = await _scratch.RunAsync("releases", "news", "--data", "other", "--store", "cantor-data", "--blobs", closed);
        Assert.Equal(0, code);
        Assert.Contains("live", listed, StringComparison.Ordinal);
        Assert.StartsWith($"cantor: {scheme}://cantor-test/x", error, StringComparison.Ordinal);
        (code, _, error) = await _scratch.RunAsync("related", "news", "1", "--data", "other", "--store", "cantor-data", "--blobs", closed);
        Assert.Equal(2, code);
        Assert.StartsWith($"cantor: {scheme}://cantor-test/x", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }
}
