using System.Diagnostics;

namespace Cantor.Cli.Tests;

/// <summary>An empty folder to run the command in as people start it: a process, its exit code and what it prints.</summary>
sealed class Scratch : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cantor-cli-");

    /// <summary>What ./cantor starts, where ./test made it; else what was built beside these tests, which takes longer to start.</summary>
    internal static string Program { get; } = System.Environment.GetEnvironmentVariable("CANTOR_TEST_COMMAND") ?? Path.Combine(AppContext.BaseDirectory, "Cantor.Cli");

    internal Dictionary<string, string> Environment { get; } = new(StringComparer.Ordinal)
    {
        ["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")),
        ["LC_ALL"] = "C.UTF-8",
    };

    internal string Folder => _folder.FullName;

    internal string PathOf(params string[] parts) => Path.Combine([Folder, .. parts]);

    internal Task<(int Code, string Out, string Error)> RunAsync(params string[] arguments) => RunProgramAsync(Program, arguments);

    internal async Task<(int Code, string Out, string Error)> RunProgramAsync(string program, params string[] arguments)
    {
        using var process = Start(program, arguments);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, error);
    }

    /// <summary>True where a program is on the path.</summary>
    internal static bool Has(string program) =>
        (System.Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>Runs a command that reads items from standard input, and sends it a signal while it reads.</summary>
    internal async Task<(int Code, string Error)> StopAsync(string signal, params string[] arguments)
    {
        using var process = StartForSignals(arguments);
        // More than a pipe holds: when all is written, the command has begun to read.
        for (var id = 0; id < 10_000; id++) await process.StandardInput.WriteLineAsync($$"""{"id":"{{id}}","title":"sea ship"}""");
        await process.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        using (var kill = Process.Start("kill", ["-s", signal, $"{process.Id}"])) await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await EndAsync(process);
        return (process.ExitCode, await error);
    }

    /// <summary>Starts a server, and sends it a signal when it says where it listens.</summary>
    internal async Task<(int Code, string Log)> StopServerAsync(string signal, params string[] arguments)
    {
        using var process = StartForSignals(arguments);
        var log = "";
        while (!log.Contains("Listening on", StringComparison.Ordinal) && await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line) log += line + "\n";
        using (var kill = Process.Start("kill", ["-s", signal, $"{process.Id}"])) await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        var rest = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await EndAsync(process);
        return (process.ExitCode, log + await rest);
    }

    // What a script starts in the background ignores SIGINT, and so does all that it starts: the command is to get it.
    Process StartForSignals(string[] arguments) => Start("env", ["--default-signal=INT", Program, .. arguments]);

    static async Task EndAsync(Process process)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        late.CancelAfter(TimeSpan.FromMinutes(2));
        try
        {
            await process.WaitForExitAsync(late.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }
    }

    internal Process Start(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = Folder,
        };
        foreach (var (name, value) in Environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
