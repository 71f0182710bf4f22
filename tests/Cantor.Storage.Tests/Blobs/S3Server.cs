using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

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
        var port = FreePort.Next();
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
        // It may have to be fetched first.
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
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
