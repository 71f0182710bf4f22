using System.Diagnostics;
using System.Runtime.InteropServices;
using Cantor.Corpus;

namespace Cantor.Cli.Demo;

/// <summary>Finds the documentation files of .NET and ASP.NET Core: beside the SDK, else among the NuGet packages, where they are restored to when absent.</summary>
static class ReferencePacks
{
    static readonly string[] Packs = ["Microsoft.NETCore.App.Ref", "Microsoft.AspNetCore.App.Ref"];

    static readonly string Dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    static readonly string NuGetFolder = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } folder
        ? folder
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    /// <summary>The XML files of the newest packs, in order.</summary>
    /// <param name="packs">Where packs are; null for the SDK's own place.</param>
    /// <param name="cancellationToken">Stops a restore.</param>
    /// <exception cref="InputFaultException">They are not there and cannot be restored.</exception>
    internal static async Task<string[]> FilesAsync(string? packs, CancellationToken cancellationToken)
    {
        string[] roots = [packs ?? Path.Combine(Dotnet, "packs"), NuGetFolder];
        if (Packs.Where(pack => FilesOf(pack, roots).Length == 0).ToArray() is { Length: > 0 } missing) await RestoreAsync(missing, cancellationToken);
        return [.. Packs.SelectMany(pack => FilesOf(pack, roots))];
    }

    static string[] FilesOf(string pack, string[] roots)
    {
        foreach (var root in roots)
        {
            var versions = new[] { pack, pack.ToLowerInvariant() }.Select(name => Path.Combine(root, name)).Where(Directory.Exists).SelectMany(Directory.GetDirectories);
            foreach (var version in versions.OrderByDescending(path => Version.TryParse(Path.GetFileName(path).Split('-')[0], out var number) ? number : new()))
                if (Directory.Exists(Path.Combine(version, "ref")) && Directory.GetFiles(Path.Combine(version, "ref"), "*.xml", SearchOption.AllDirectories) is { Length: > 0 } files)
                    return [.. files.Order(StringComparer.Ordinal)];
        }
        return [];
    }

    /// <summary>Lets NuGet fetch the packs of the SDK's own version, by a project that has nothing else.</summary>
    static async Task RestoreAsync(string[] packs, CancellationToken cancellationToken)
    {
        await Console.Error.WriteLineAsync($"the documentation is not beside the SDK: restoring {string.Join(" and ", packs)} to {NuGetFolder} (once) ...");
        var folder = Directory.CreateTempSubdirectory("cantor-packs-");
        try
        {
            var project = Path.Combine(folder.FullName, "packs.csproj");
            await File.WriteAllTextAsync(project, $"""
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup>
                    <TargetFramework>net{Environment.Version.ToString(2)}</TargetFramework>
                    <DisableImplicitFrameworkReferences>true</DisableImplicitFrameworkReferences>
                  </PropertyGroup>
                  <ItemGroup>
                    {string.Concat(packs.Select(pack => $"<PackageDownload Include=\"{pack}\" Version=\"[$(BundledNETCoreAppPackageVersion)]\" />"))}
                  </ItemGroup>
                </Project>
                """, cancellationToken);
            var (code, output) = await RunAsync(folder.FullName, ["restore", project, "--nologo", "-tl:off"], cancellationToken);
            var fault = code != 0
                ? FaultIn(output, project)
                : packs.FirstOrDefault(pack => FilesOf(pack, [NuGetFolder]).Length == 0) is { } pack ? $"{pack} came without XML files" : null;
            if (fault is not null)
                throw new InputFaultException("demo", null, $"{string.Join(" and ", packs)} with the documentation are neither beside the SDK nor in {NuGetFolder}, and dotnet restore does not get them: {fault}");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    static string FaultIn(string output, string project)
    {
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var line = lines.FirstOrDefault(line => line.Contains("error", StringComparison.OrdinalIgnoreCase)) ?? lines.LastOrDefault() ?? "it says nothing";
        return line.Replace(project, "", StringComparison.Ordinal).TrimStart(' ', ':').Replace(" []", "", StringComparison.Ordinal);
    }

    static async Task<(int Code, string Output)> RunAsync(string folder, string[] arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Path.Combine(Dotnet, "dotnet"), arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["NUGET_PACKAGES"] = NuGetFolder;
        try
        {
            using var process = Process.Start(start)!;
            try
            {
                var error = process.StandardError.ReadToEndAsync(cancellationToken);
                var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
                await process.WaitForExitAsync(cancellationToken);
                return (process.ExitCode, output + await error);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }
        }
        catch (System.ComponentModel.Win32Exception fault)
        {
            return (Exit.Fault, fault.Message);
        }
    }
}
