using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Cantor.Tools.Sbom;

namespace Cantor.Fleet.Tests;

/// <summary>
/// deploy/Dockerfile, stage by stage, without a container engine: what it copies is copied into an empty folder, what it runs is run
/// there (all but the system's packages), and what comes out is started as another user, in a folder it may not write to.
/// </summary>
public sealed partial class ImageTests
{
    const string Commit = "0123456789abcdef0123456789abcdef01234567";

    static readonly string Dockerfile = Path.Combine(Scratch.Repository, "deploy", "Dockerfile");

    [Theory, Trait("Category", "Slow")]
    [InlineData("server-build", "server", "cantor-server"), InlineData("command-build", "command", "Cantor.Cli")]
    public async Task A_stage_builds_from_what_it_copies_and_the_program_names_its_commit(string stage, string folder, string program)
    {
        var root = Directory.CreateTempSubdirectory("cantor-image-").FullName;
        try
        {
            await RunStageAsync("source", root);
            await RunStageAsync(stage, root);
            var output = Path.Combine(root, "out", folder);
            Assert.Empty(Directory.EnumerateFiles(output, "*.pdb").Concat(Directory.EnumerateFiles(output, "*.dbg")));
            var sbom = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(output, "sbom.cdx.json"), TestContext.Current.CancellationToken))!;
            Assert.Contains(sbom["components"]!.AsArray(), component => (string?)component!["name"] == "Npgsql");
            Assert.DoesNotContain(sbom["components"]!.AsArray(), component => ((string?)component!["name"])!.Contains("Analyzers", StringComparison.Ordinal));

            // Files are given to all, as COPY gives them; nobody may write them, and the user has no home.
            Assert.Equal(0, (await Scratch.RunAsync("chmod", root, "-R", "a+rX,a-w", root)).Code);
            var (code, version, error) = await AsAnotherUserAsync(Path.Combine(output, program), output, "--version");
            Assert.True(code == 0, error);
            Assert.Equal($"9.8.7+{Commit}", version.Trim());
            if (folder == "command") await BuildAsync(Path.Combine(output, program), output);
        }
        finally
        {
            await Scratch.RunAsync("chmod", "/", "-R", "u+w", root);
            Directory.Delete(root, recursive: true);
        }
    }

    // DuckDB, which reads the CSV, is a library of the system's kind: it must load, and need nothing of the user's home.
    static async Task BuildAsync(string program, string folder)
    {
        var data = Directory.CreateTempSubdirectory("cantor-image-data-").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(data, "items.csv"), "id,title\n1,sea ship\n2,ship at sea\n", TestContext.Current.CancellationToken);
            Assert.Equal(0, (await Scratch.RunAsync("chmod", data, "-R", "a+rwX", data)).Code);
            var (code, output, error) = await AsAnotherUserAsync(program, folder, "build", "stories", "--items", Path.Combine(data, "items.csv"), "--data", Path.Combine(data, "cantor"), "--json");
            Assert.True(code == 0, error);
            Assert.Equal(2, (int?)JsonNode.Parse(output)!["items"]);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    [Fact]
    public void Both_images_run_as_the_user_that_pods_run_as_and_have_no_shell_to_start()
    {
        var stages = Stages();
        foreach (var image in new[] { "server", "command" })
        {
            Assert.Contains("USER 1654:1654", stages[image].Lines);
            Assert.Contains("VOLUME /data", stages[image].Lines);
            Assert.DoesNotContain(stages[image].Lines, line => line.StartsWith("RUN", StringComparison.Ordinal));
            Assert.Contains(stages[image].Lines, line => line.StartsWith("ENTRYPOINT [", StringComparison.Ordinal));
            Assert.EndsWith("-chiseled", Argument(stages[image].From), StringComparison.Ordinal);
        }
        Assert.Contains("runAsUser: 1654", File.ReadAllText(Path.Combine(Scratch.Repository, "deploy/kubernetes/base/server/deployment.yaml")), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_copied_is_not_sent_to_the_builder()
    {
        var sent = File.ReadAllLines(Dockerfile + ".dockerignore").Where(line => line.StartsWith('!')).Select(line => line[1..]);
        var copied = Stages()["source"].Lines.Where(line => line.StartsWith("COPY ", StringComparison.Ordinal)).SelectMany(line => line.Split(' ')[1..^1]).Select(path => path.TrimEnd('/'));
        Assert.Equal(copied.Order(StringComparer.Ordinal), sent.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_bill_of_materials_has_what_ships_and_nothing_else()
    {
        const string assets = """
            {"targets":{"net10.0":{},"net10.0/linux-x64":{
               "A/1.0.0":{"type":"package","dependencies":{"B":"2.0.0","Tool":"3.0.0"},"runtime":{"lib/net10.0/A.dll":{}}},
               "B/2.0.0":{"type":"package","native":{"runtimes/linux-x64/native/b.so":{}}},
               "Empty/1.0.0":{"type":"package","runtime":{"lib/net10.0/_._":{}}},
               "Tool/3.0.0":{"type":"package","build":{"build/Tool.props":{}}},
               "Mine/1.0.0":{"type":"project","runtime":{"bin/Mine.dll":{}}}}},
             "libraries":{"A/1.0.0":{"sha512":"AAEC"},"B/2.0.0":{"sha512":"AwQF"}},
             "project":{"frameworks":{"net10.0":{"downloadDependencies":[{"name":"Microsoft.NETCore.App.Runtime.NativeAOT.linux-x64","version":"[10.0.1, 10.0.1]"},{"name":"Microsoft.AspNetCore.App.Ref","version":"[10.0.1, 10.0.1]"}]}}}}
            """;
        var text = BillOfMaterials.Of(assets, "program", "1.2.3");
        Assert.Equal(text, BillOfMaterials.Of(assets, "program", "1.2.3"));
        var json = JsonNode.Parse(text)!;
        Assert.Equal(["pkg:nuget/A@1.0.0", "pkg:nuget/B@2.0.0", "pkg:nuget/Microsoft.NETCore.App.Runtime.NativeAOT.linux-x64@10.0.1"], json["components"]!.AsArray().Select(component => (string)component!["purl"]!));
        Assert.Equal("000102", (string?)json["components"]![0]!["hashes"]![0]!["content"]);
        Assert.Equal("""{"ref":"pkg:nuget/A@1.0.0","dependsOn":["pkg:nuget/B@2.0.0"]}""", json["dependencies"]![0]!.ToJsonString());
    }

    static async Task RunStageAsync(string stage, string root)
    {
        var source = Path.Combine(root, "source");
        Directory.CreateDirectory(source);
        foreach (var line in Stages()[stage].Lines)
            if (line.StartsWith("COPY ", StringComparison.Ordinal))
            {
                var paths = line.Split(' ')[1..];
                foreach (var path in paths[..^1])
                {
                    var from = Path.Combine(Scratch.Repository, path);
                    if (Directory.Exists(from)) Scratch.Copy(from, Path.Combine(source, paths[^1]));
                    else
                    {
                        Directory.CreateDirectory(Path.Combine(source, paths[^1]));
                        File.Copy(from, Path.Combine(source, paths[^1], Path.GetFileName(path)));
                    }
                }
            }
            else if (line.StartsWith("RUN ", StringComparison.Ordinal) && !line.StartsWith("RUN apt-get ", StringComparison.Ordinal))
            {
                var command = line[4..].Replace("/out/", $"{root}/out/", StringComparison.Ordinal).Replace("${VERSION}", "9.8.7", StringComparison.Ordinal).Replace("${COMMIT}", Commit, StringComparison.Ordinal)
                    .Replace("${TARGETARCH}", "amd64", StringComparison.Ordinal).Replace("${CPU}", "v3", StringComparison.Ordinal);
                Assert.DoesNotContain("${", command, StringComparison.Ordinal);
                var (code, output, error) = await Scratch.RunAsync("bash", source, "-c", command);
                Assert.True(code == 0, $"{command}\n{output}{error}");
            }
    }

    static Task<(int Code, string Out, string Error)> AsAnotherUserAsync(string program, string folder, params string[] arguments) =>
        Environment.UserName == "root"
            ? Scratch.RunAsync("setpriv", folder, ["--reuid", "1654", "--regid", "1654", "--clear-groups", "env", "-u", "HOME", program, .. arguments])
            : Scratch.RunAsync("env", folder, ["-u", "HOME", program, .. arguments]);

    /// <summary>The stages by name: what each begins from, and its lines.</summary>
    static Dictionary<string, (string From, List<string> Lines)> Stages()
    {
        var stages = new Dictionary<string, (string From, List<string> Lines)>(StringComparer.Ordinal);
        var current = "";
        foreach (var line in File.ReadAllLines(Dockerfile).Where(line => line.Length > 0 && !line.StartsWith('#')))
            if (Stage().Match(line) is { Success: true } match) stages[current = match.Groups[2].Value] = (match.Groups[1].Value, []);
            else if (current.Length > 0) stages[current].Lines.Add(line);
        return stages;
    }

    /// <summary>The value that an ARG before the first stage gives to a variable.</summary>
    static string Argument(string variable) =>
        File.ReadLines(Dockerfile).Single(line => line.StartsWith($"ARG {variable.Trim('$', '{', '}')}=", StringComparison.Ordinal)).Split('=', 2)[1];

    [GeneratedRegex(@"^FROM (\S+) AS (\S+)$")]
    private static partial Regex Stage();
}
