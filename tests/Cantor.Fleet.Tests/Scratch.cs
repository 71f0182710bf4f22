using System.Diagnostics;
using Cantor.Fleet.Rendering;

namespace Cantor.Fleet.Tests;

/// <summary>A fleet in a folder of its own.</summary>
sealed class Scratch : IDisposable
{
    internal const string Environments = """
        images: registry.example.com/cantor
        environments:
          dev: {project: example-dev, region: europe-west1, domain: dev.example.com, version: 1.0.0}
          prod: {project: example-prod, region: europe-west1, domain: example.com, version: 1.0.0}
        """;

    internal Scratch() => Write("environments.yaml", Environments);

    internal string Folder { get; } = Directory.CreateTempSubdirectory("cantor-fleet-").FullName;

    /// <summary>The repository, for what is committed.</summary>
    internal static string Repository => Golden.Root();

    internal void Write(string file, string text)
    {
        var path = Path.Combine(Folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    internal void WriteService(string name, string more = "") => Write($"{name}.yaml", Service(name) + more);

    internal static string Service(string name) => $$$"""
        service: {{{name}}}
        owner: team
        slack: C0123456789
        collections: {{{{name}}}: {items: /corpus/{{{name}}}/*.parquet}}
        size: {items: 10000, rps: 20}
        environments: {dev: , prod: }

        """;

    internal Fleet Load() => Fleet.Load(Folder);

    internal SortedDictionary<string, string> Render() => FleetRendering.Render(Load(), "../../../kubernetes");

    internal string FaultOf(string service)
    {
        Write("articles.yaml", service);
        return Assert.Single(Assert.Throws<FleetFaultException>(Load).Faults).Message.Replace(Folder + "/", "", StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    /// <summary>Runs a program to its end.</summary>
    internal static async Task<(int Code, string Out, string Error)> RunAsync(string program, string folder, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true })!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, error);
    }

    internal static bool Has(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>Skips a test where a program is not to be had. What ./test installs must be there where continuous integration runs.</summary>
    internal static void Need(string program, string where, bool installed = false)
    {
        if (Has(program)) return;
        Assert.False(installed && Environment.GetEnvironmentVariable("CI") == "true", $"{program} is not on PATH; {where}");
        Assert.Skip($"{program} is not on PATH; {where}");
    }

    /// <summary>Copies a folder with all that is in it.</summary>
    internal static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var path = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.Copy(file, path);
        }
    }
}
