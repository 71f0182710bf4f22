using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cantor.Cli.Tests;

/// <summary>cantor fleet and cantor capacity as people type them.</summary>
public sealed class FleetTests : IDisposable
{
    readonly Scratch _scratch = new();

    static readonly string Repository = Golden.Root();

    public FleetTests()
    {
        Directory.CreateDirectory(_scratch.PathOf("fleet"));
        Directory.CreateDirectory(_scratch.PathOf("deploy", "kubernetes", "overlays"));
        foreach (var file in Directory.GetFiles(Path.Combine(Repository, "fleet"))) File.Copy(file, _scratch.PathOf("fleet", Path.GetFileName(file)));
    }

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task A_fleet_is_checked_rendered_and_found_as_rendered()
    {
        Assert.Equal((0, "4 services: no fault\n", ""), await _scratch.RunAsync("fleet", "validate"));
        var (code, summary, error) = await _scratch.RunAsync("fleet", "render");
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("prod: 4 services take 10 servers", summary, StringComparison.Ordinal);
        Assert.Matches("\nprod: [0-9]+ USD a month for servers, and 148 for what they share; builds and traffic come on top\nprices as of 2026-06-18: ", summary);
        Assert.Contains("31 files in deploy/fleet: 31 written, 0 deleted\n", summary, StringComparison.Ordinal);
        Assert.Equal((0, "31 files: as rendered\n", ""), await _scratch.RunAsync("fleet", "doctor"));
        Assert.Contains("31 files in deploy/fleet: 0 written, 0 deleted\n", (await _scratch.RunAsync("fleet", "render")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Drift_is_shown_and_ends_with_1()
    {
        await _scratch.RunAsync("fleet", "render");
        await File.AppendAllTextAsync(_scratch.PathOf("deploy/fleet/drugs/prod/kustomization.yaml"), "# by hand\n", TestContext.Current.CancellationToken);
        var (code, output, _) = await _scratch.RunAsync("fleet", "doctor");
        Assert.Equal(1, code);
        Assert.Matches(@"^changed deploy/fleet/drugs/prod/kustomization\.yaml:[0-9]+\n1 file of 31 differs; cantor fleet render makes them right\n$", output);
        using var json = JsonDocument.Parse((await _scratch.RunAsync("fleet", "doctor", "--json")).Out);
        Assert.Equal("changed", json.RootElement[0].GetProperty("kind").GetString());
    }

    [Fact]
    public async Task A_fault_names_file_line_and_field_and_ends_with_2()
    {
        var file = _scratch.PathOf("fleet", "drugs.yaml");
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).Replace("rps: 30", "rps: lots", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        const string fault = "fleet/drugs.yaml:13: size.rps: expected a whole number from 1 to 1000000, found \"lots\"";
        Assert.Equal((2, "", $"cantor: {fault}\n"), await _scratch.RunAsync("fleet", "validate"));
        Assert.Equal((2, "", $"cantor: {fault}\n"), await _scratch.RunAsync("fleet", "render"));
        Assert.Equal((0, "1 file: no fault\n", ""), await _scratch.RunAsync("fleet", "validate", "fleet/articles.yaml"));
        var (code, output, _) = await _scratch.RunAsync("fleet", "validate", "--json");
        Assert.Equal((2, 13), (code, JsonNode.Parse(output)![0]!["line"]!.GetValue<int>()));
    }

    [Fact]
    public async Task A_new_service_needs_little_and_changes_only_its_own_files()
    {
        await _scratch.RunAsync("fleet", "render");
        Assert.Equal((2, "", "cantor: --owner: is missing, and the other services do not have it alike; expected who answers for it\n"), await _scratch.RunAsync("fleet", "new", "recipes"));
        Assert.Equal((0, "fleet/recipes.yaml is made; cantor fleet render makes the rest of it\n", ""), await _scratch.RunAsync("fleet", "new", "recipes", "--owner", "kitchen", "--slack", "C0123456789", "--items", "/corpus/recipes/*.parquet"));
        var (code, _, error) = await _scratch.RunAsync("fleet", "new", "recipes", "--owner", "kitchen", "--slack", "C0123456789");
        Assert.Equal((2, "cantor: NAME: there is a service recipes already\n"), (code, error));
        var (_, drift, _) = await _scratch.RunAsync("fleet", "doctor");
        Assert.All(drift.Split('\n')[..^2], line => Assert.StartsWith("missing deploy/fleet/recipes/", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_new_service_that_no_pod_could_build_is_not_made()
    {
        var (code, _, error) = await _scratch.RunAsync("fleet", "new", "recipes", "--owner", "kitchen", "--slack", "C0123456789", "--items", "recipes.jsonl");
        Assert.Equal((2, "cantor: --items: collections.recipes.items: a pod has no such file; expected /corpus/… (the bucket of the corpus), duckdb:SELECT … over such files, postgres://… or bigquery://…\n"), (code, error));
        Assert.False(File.Exists(_scratch.PathOf("fleet", "recipes.yaml")));
    }

    [Fact]
    public async Task Overlays_that_are_not_there_are_told_before_anything_is_written()
    {
        Assert.Equal((2, "", "cantor: --kubernetes: there is no elsewhere/overlays; expected the folder deploy/kubernetes of a clone of Cantor\n"), await _scratch.RunAsync("fleet", "render", "--kubernetes", "elsewhere"));
        Assert.False(Directory.Exists(_scratch.PathOf("deploy", "fleet")));
    }

    [Fact]
    public async Task Capacity_says_what_a_size_takes()
    {
        using var json = JsonDocument.Parse((await _scratch.RunAsync("capacity", "--items", "1000000", "--rps", "500", "--json")).Out);
        Assert.Equal(2, json.RootElement.GetProperty("servers").GetInt32());
        Assert.InRange(json.RootElement.GetProperty("memoryBytesEach").GetInt64(), 1L << 30, 64L << 30);
        Assert.Contains(" USD a month for servers, by prices as of 2026-06-18", (await _scratch.RunAsync("capacity", "--items", "1000000", "--rps", "500", "--prices", "fleet/prices.yaml")).Out, StringComparison.Ordinal);
        Assert.Contains("a service for each of the 20 collections: 40 servers", (await _scratch.RunAsync("capacity", "--items", "20000", "--rps", "20", "--collections", "20")).Out, StringComparison.Ordinal);
        Assert.Equal((2, "", "cantor: --items: expected 1 to 1,000,000,000, found 0\n"), await _scratch.RunAsync("capacity", "--items", "0", "--rps", "1"));
    }

    // What deploy/kubernetes tells Kubernetes is asked of a program that is started with the arguments that stand there.
    [Theory]
    [InlineData("base/server", "serve")]
    [InlineData("components/migration/gateway")]
    public async Task Kubernetes_is_told_the_programs_own_options_probes_and_times(string folder, params string[] command)
    {
        var pod = YamlJson.Parse(await File.ReadAllTextAsync(Path.Combine(Repository, "deploy/kubernetes", folder, "deployment.yaml"), TestContext.Current.CancellationToken)).Single()!["spec"]!["template"]!["spec"]!;
        var server = pod["containers"]![0]!;
        string[] arguments = [.. server["args"]!.AsArray().Select(one => one!.ToString())];
        string ValueOf(string option) => arguments[Array.IndexOf(arguments, option) + 1];
        var port = server["ports"]![0]!["containerPort"]!.GetValue<decimal>();
        Assert.Equal(FormattableString.Invariant($"http://0.0.0.0:{port}"), ValueOf("--urls"));
        // A pod is killed only after the drain and the time in which requests in flight are finished.
        var drain = TimeSpan.FromSeconds(double.Parse(ValueOf("--drain"), System.Globalization.CultureInfo.InvariantCulture));
        Assert.InRange(drain, TimeSpan.FromSeconds(15), Cantor.Server.ServerOptions.MaxDrain);
        Assert.True(TimeSpan.FromSeconds((double)pod["terminationGracePeriodSeconds"]!.GetValue<decimal>()) >= drain + Cantor.Server.CantorServer.ShutdownTimeout);

        Directory.CreateDirectory(_scratch.PathOf("blobs"));
        await File.WriteAllTextAsync(_scratch.PathOf("gateway.yaml"), "old: {url: http://127.0.0.1:1}\nnew: {url: http://127.0.0.1:1}\nroutes: {related: {path: /a}}\n", TestContext.Current.CancellationToken);
        foreach (var (option, here) in new[] { ("--data", _scratch.PathOf("data")), ("--blobs", _scratch.PathOf("blobs")), ("--config", _scratch.PathOf("gateway.yaml")), ("--urls", "http://127.0.0.1:0") })
            if (arguments.Contains(option)) arguments[Array.IndexOf(arguments, option) + 1] = here;
        using var process = _scratch.Start(Scratch.Program, [.. command, .. arguments]);
        try
        {
            string? line;
            do line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            while (line?.Contains("Listening on ", StringComparison.Ordinal) == false);
            var address = new Uri(System.Text.RegularExpressions.Regex.Match(line!, "http://[0-9.:]+").Value);
            using var client = new HttpClient();
            foreach (var probe in new[] { "startupProbe", "readinessProbe", "livenessProbe" })
                Assert.Equal(System.Net.HttpStatusCode.OK, (await client.GetAsync(new Uri(address, server[probe]!["httpGet"]!["path"]!.ToString()), TestContext.Current.CancellationToken)).StatusCode);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None); // until then it may still write to what is deleted next
        }
    }

    [Fact]
    public async Task A_build_may_leave_the_name_of_the_collection_to_its_cantor_yaml()
    {
        await File.WriteAllTextAsync(_scratch.PathOf("items.jsonl"), """{"id":"1","title":"sea ship"}""" + "\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_scratch.PathOf("0.yaml"), "collection: stories\nitems: items.jsonl\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_scratch.PathOf("1.yaml"), "items: items.jsonl\n", TestContext.Current.CancellationToken);
        var (code, output, error) = await _scratch.RunAsync("build", "--config", "0.yaml", "--json");
        Assert.Equal((0, ""), (code, error));
        Assert.Equal("stories", JsonNode.Parse(output)!["collection"]!.ToString());
        Assert.Equal((2, "", "cantor: COLLECTION: is missing, and 1.yaml does not say it\n"), await _scratch.RunAsync("build", "--config", "1.yaml"));
        Assert.Equal((2, "", "cantor: COLLECTION: is missing; cantor build --help says what it takes\n"), await _scratch.RunAsync("build", "--items", "items.jsonl"));
    }
}
