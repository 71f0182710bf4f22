using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Cantor.Server.Tests;

/// <summary>The real program as a process of its own.</summary>
sealed partial class HostProcess : IDisposable
{
    readonly Process _process;
    readonly StringBuilder _said = new();
    readonly TaskCompletionSource<Uri> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    HostProcess(string program, IEnumerable<(string Name, string Value)> variables, string[] arguments)
    {
        // A shell that started the tests in its background lets them ignore Ctrl-C, and what they start with them.
        _process = new() { StartInfo = new("env", ["--default-signal=INT", program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true } };
        // Runs without what the machine that tests may have set.
        _process.StartInfo.Environment.Remove("CANTOR_DATA");
        _process.StartInfo.Environment.Remove("CANTOR_STORE");
        foreach (var (name, value) in variables) _process.StartInfo.Environment[name] = value;
        _process.OutputDataReceived += (_, line) => Hear(line.Data);
        _process.ErrorDataReceived += (_, line) => Hear(line.Data);
    }

    /// <summary>The program as it was built beside these tests.</summary>
    internal static string Built { get; } = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../Cantor.Server.Host",
        Path.GetFileName(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)), "cantor-server"));

    internal string Said
    {
        get { lock (_said) return _said.ToString(); }
    }

    internal int Id => _process.Id;

    internal static HostProcess Start(string program, params string[] arguments) => StartWith(program, [], arguments);

    /// <summary>Starts it with variables besides those that there are.</summary>
    internal static HostProcess StartWith(string program, IEnumerable<(string Name, string Value)> variables, params string[] arguments)
    {
        var host = new HostProcess(program, variables, arguments);
        host._process.Start();
        host._process.BeginOutputReadLine();
        host._process.BeginErrorReadLine();
        return host;
    }

    /// <summary>Where it listens, once it does.</summary>
    internal Task<Uri> ListeningAsync() => _listening.Task.WaitAsync(Wait.Most, TestContext.Current.CancellationToken);

    internal void Signal(string name)
    {
        using var kill = Process.Start("/bin/sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -{name} {_process.Id}")]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    internal async Task SaysAsync(string text)
    {
        await Wait.UntilAsync(() => Said.Contains(text, StringComparison.Ordinal), () => Said);
    }

    internal async Task<int> ExitCodeAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Wait.Most, TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Memory held now.</summary>
    internal long ResidentBytes()
    {
        _process.Refresh();
        return _process.WorkingSet64;
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit(); // until then it may still write to what is deleted next
        _process.Dispose();
    }

    void Hear(string? line)
    {
        if (line is null) return;
        lock (_said) _said.AppendLine(line);
        if (ListeningPattern().Match(line) is { Success: true } match) _listening.TrySetResult(new(match.Groups[1].Value));
    }

    [GeneratedRegex("Listening on (http://[^ \"]+)")]
    private static partial Regex ListeningPattern();
}
