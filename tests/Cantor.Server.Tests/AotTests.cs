using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace Cantor.Server.Tests;

public sealed class AotTests : IDisposable
{
    const long MostResidentBytes = 64L << 20;

    readonly World _world = new();
    readonly DirectoryInfo _published = Directory.CreateTempSubdirectory("cantor-aot-");

    public void Dispose()
    {
        _world.Dispose();
        _published.Delete(recursive: true);
    }

    // For processors of the last ten years, and for all.
    [Theory, Trait("Category", "Slow")]
    [InlineData("v3"), InlineData("baseline")]
    public async Task The_native_program_is_published_without_warnings_and_answers_in_little_memory(string processor)
    {
        var output = await PublishAsync(processor);
        Assert.DoesNotContain("warning", output, StringComparison.OrdinalIgnoreCase);
        CheckOnAnOldProcessor(processor);

        await _world.PublishAsync("news", [.. Enumerable.Range(0, 2000).Select(i => $"item-{i}"), "hub"],
            Enumerable.Range(0, 50).Select(i => ("hub", $"item-{i}", 1 - i / 64.0)));
        var program = Path.Combine(_published.FullName, "cantor-server");
        var began = Stopwatch.GetTimestamp();
        using var host = HostProcess.Start(program, "--data", _world.Data, "--urls", "http://127.0.0.1:0");
        using var client = new HttpClient { BaseAddress = await host.ListeningAsync() };
        var answer = JsonNode.Parse(await client.GetStringAsync("/v1/collections/news/items/hub/related?explain=true&fields=*", TestContext.Current.CancellationToken))!;
        var first = Stopwatch.GetElapsedTime(began);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"item-{i}"), answer["items"]!.AsArray().Select(item => (string?)item!["id"]));

        // What reflection or a culture would break shows on the less trodden ways.
        foreach (var target in new[] { "/v1/collections", "/v1/collections/news/items/hub", "/health/ready", "/openapi/v1.json" })
            Assert.NotNull(JsonNode.Parse(await client.GetStringAsync(target, TestContext.Current.CancellationToken)));
        foreach (var (method, target, body) in ((string, string, string)[])
        [
            ("PUT", "/v1/collections/news/items/new", """{"title":"new","tags":["a"],"deep":{"n":1.5}}"""), ("PATCH", "/v1/collections/news/items/new", """{"deep":{"n":null,"m":true}}"""),
            ("PATCH", "/v1/collections/news/items/hub", """{"price":3}"""), ("POST", "/v1/collections/news/items:batch", """{"delete":"item-3"}"""),
            ("POST", "/v1/collections/news/events", """[{"id":"e","unit":"u","item":"hub","time":"2026-11-24T00:00:00Z"}]"""), ("PUT", "/v1/collections/fresh", "{}"),
        ])
        {
            using var request = new HttpRequestMessage(new(method), target) { Content = new StringContent(body) };
            using var written = await client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.True(written.IsSuccessStatusCode, $"{method} {target}: {await written.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
        }
        Assert.Contains("\"deep\":{\"m\":true}", await client.GetStringAsync("/v1/collections/news/items/new", TestContext.Current.CancellationToken), StringComparison.Ordinal);
        using (var refused = await client.GetAsync("/v1/collections/news/items/nobody", TestContext.Current.CancellationToken))
            Assert.Equal("unknown-item", (string?)JsonNode.Parse(await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["code"]);
        for (var i = 0; i < 2000; i++)
            await client.GetStringAsync("/v1/collections/news/items/hub/related", TestContext.Current.CancellationToken);

        var resident = host.ResidentBytes();
        TestContext.Current.SendDiagnosticMessage(string.Create(CultureInfo.InvariantCulture,
            $"native program {new FileInfo(program).Length >> 20} MiB, first answer after {first.TotalMilliseconds:0} ms, {resident >> 20} MiB resident"));
        Assert.True(resident < MostResidentBytes, $"{resident >> 20} MiB resident; expected under {MostResidentBytes >> 20}");
        host.Signal("TERM");
        Assert.Equal(0, await host.ExitCodeAsync());
    }

    /// <summary>A processor of 2008 names what it lacks, or runs what is compiled for all.</summary>
    void CheckOnAnOldProcessor(string processor)
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64) return;
        Process? process;
        try
        {
            process = Process.Start(new ProcessStartInfo("qemu-x86_64", ["-cpu", "Nehalem", Path.Combine(_published.FullName, "cantor-server"), "--version"]) { RedirectStandardOutput = true, RedirectStandardError = true });
        }
        catch (System.ComponentModel.Win32Exception absent)
        {
            Assert.Fail($"an old processor needs Debian's package qemu-user: {absent.Message}");
            throw;
        }
        using (process)
        {
            var (said, faults) = (process!.StandardOutput.ReadToEnd(), process.StandardError.ReadToEnd());
            process.WaitForExit();
            if (processor == "baseline") Assert.True(process.ExitCode == 0 && said.Length > 0, faults);
            else Assert.True(process.ExitCode == 2 && faults.StartsWith("cantor-server: this program is compiled for x86-64-v3; the processor lacks avx avx2 bmi bmi2 fma lzcnt movbe.", StringComparison.Ordinal), faults);
        }
    }

    async Task<string> PublishAsync(string processor)
    {
        var project = Path.Combine(Golden.Root(), "src", "Cantor.Server.Host");
        using var dotnet = Process.Start(new ProcessStartInfo("dotnet",
            ["publish", project, "-c", "Release", "-r", RuntimeInformation.RuntimeIdentifier, "-o", _published.FullName, "-v", "quiet", "--nologo", $"-p:CantorCpu={processor}"])
        { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (said, faults) = (dotnet.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), dotnet.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await dotnet.WaitForExitAsync(TestContext.Current.CancellationToken);
        var output = await said + await faults;
        Assert.True(dotnet.ExitCode == 0, output);
        return output;
    }
}
