using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Cantor.Corpus;
using Cantor.Storage.Blobs;

namespace Cantor.Storage.Tests.Blobs;

/// <summary>The npm package s3rver, started once for the class.</summary>
public sealed class S3Server : IAsyncLifetime
{
    readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("cantor-s3-");
    Process? _process;

    public string Bucket { get; } = "cantor-test";

    public string Endpoint { get; private set; } = "";

    public string? Fault { get; private set; }

    public async ValueTask InitializeAsync()
    {
        // The client takes its credentials from the environment, as in production.
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", "S3RVER");
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", "S3RVER");
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var port = ((IPEndPoint)probe.LocalEndpoint).Port;
        probe.Stop();
        Endpoint = FormattableString.Invariant($"http://127.0.0.1:{port}");
        try
        {
            _process = Process.Start(new ProcessStartInfo("npx", ["--yes", "s3rver@3.7.1", "-s", "-d", _data.FullName, "-a", "127.0.0.1", "-p", $"{port}", "--no-vhost-buckets", "--configure-bucket", Bucket])
            {
                RedirectStandardInput = true,
                WorkingDirectory = _data.FullName,
            })!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Fault = "there is no npx (node) on this machine, which starts the S3 server of these tests";
            return;
        }
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (true)
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port, limit.Token);
                return;
            }
            catch (SocketException) when (!_process.HasExited)
            {
                await Task.Delay(100, limit.Token);
            }
            catch (SocketException)
            {
                Fault = $"npx s3rver@3.7.1 ended with exit code {_process.ExitCode}";
                return;
            }
    }

    public ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false }) _process.Kill(entireProcessTree: true);
        _process?.Dispose();
        _data.Delete(recursive: true);
        return default;
    }
}

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
