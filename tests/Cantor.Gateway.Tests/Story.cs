using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Cantor.Gateway.Tests;

/// <summary>The commands of a page, run as they stand there: blocks of sh, and files that blocks of yaml are.</summary>
sealed partial class Story : IDisposable
{
    // What cantor gateway report ends with until there are enough pairs: the page says to wait for them.
    const int NotEnoughData = 3;

    readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("cantor-story-");
    readonly List<Process> _running = [];
    readonly Dictionary<string, string> _changes;
    readonly string _page;
    int _at;

    /// <param name="page">The page's file.</param>
    /// <param name="changes">What is written in place of what the page says: programs, ports, times that a test cannot wait for.</param>
    internal Story(string page, Dictionary<string, string> changes) => (_page, _changes) = (File.ReadAllText(page), changes);

    internal string Folder => _directory.FullName;

    /// <summary>Runs the page up to a heading.</summary>
    internal async Task TellUntilAsync(string heading)
    {
        var end = _page.IndexOf($"\n## {heading}", _at, StringComparison.Ordinal);
        Assert.True(end > 0, $"the page has no heading \"{heading}\" further down");
        foreach (var block in Blocks().Matches(_page[_at..end]).Select(match => (Kind: match.Groups[1].Value, Text: Changed(match.Groups[2].Value))))
        {
            if (block.Kind is "yaml")
                await File.WriteAllTextAsync(Path.Combine(Folder, block.Text.StartsWith("collection:", StringComparison.Ordinal) ? "cantor.yaml" : "gateway.yaml"), block.Text, TestContext.Current.CancellationToken);
            else
                foreach (var line in block.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
                    if (line.EndsWith(" &", StringComparison.Ordinal)) Start(line[..^2]);
                    else await RunToItsEndAsync(line);
        }
        _at = end;
    }

    async Task RunToItsEndAsync(string line)
    {
        var (exit, said) = (0, "");
        await Wait.UntilAsync(async () => ((exit, said) = await RunAsync(line)).exit != NotEnoughData, () => $"{line}\n{said}");
        Assert.True(exit == 0 || line.Contains(" diff ", StringComparison.Ordinal), $"{line} ended with {exit}: {said}");
    }

    /// <summary>Runs one command, as the page would write it.</summary>
    internal async Task<(int Exit, string Out)> RunAsync(string line)
    {
        using var process = Process.Start(Shell(Changed(line)))!;
        var (said, fault) = (process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode is 0 or 1 or 3, $"{line}: {await said}{await fault}");
        return (process.ExitCode, await said);
    }

    /// <summary>Starts a command that goes on; the process itself, not a shell around it.</summary>
    internal Process Start(string line)
    {
        var process = Process.Start(Shell("exec " + Changed(line)))!;
        // Read, so that a full pipe stops nobody.
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _running.Add(process);
        return process;
    }

    /// <summary>The running command that was started with these words.</summary>
    internal Process Running(string words) => _running.Last(process => !process.HasExited && process.StartInfo.ArgumentList[1].Contains(words, StringComparison.Ordinal));

    ProcessStartInfo Shell(string line) => new("bash", ["-c", line]) { WorkingDirectory = Folder, RedirectStandardOutput = true, RedirectStandardError = true };

    string Changed(string text) => _changes.Aggregate(text, (changed, pair) => changed.Replace(pair.Key, pair.Value, StringComparison.Ordinal));

    public void Dispose()
    {
        foreach (var process in _running)
        {
            if (!process.HasExited) process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
        _directory.Delete(recursive: true);
    }

    [GeneratedRegex("```(sh|yaml)\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Blocks();
}

/// <summary>Users that never pause, and remember whom a request failed.</summary>
sealed class Load : IAsyncDisposable
{
    readonly CancellationTokenSource _stop = new();
    readonly HttpClient _client;
    readonly Task[] _users;
    long _answered, _slowest;

    /// <param name="address">Whom they ask.</param>
    /// <param name="users">How many at once.</param>
    /// <param name="articles">How many articles there are.</param>
    internal Load(Uri address, int users, int articles)
    {
        _client = new() { BaseAddress = address, Timeout = TimeSpan.FromSeconds(60) };
        _users = [.. Enumerable.Range(0, users).Select(user => Task.Run(() => AskAsync(user, articles)))];
    }

    internal ConcurrentQueue<string> Failed { get; } = [];

    internal ConcurrentDictionary<string, long> Sides { get; } = [];

    internal long Answered => Interlocked.Read(ref _answered);

    internal TimeSpan Slowest => TimeSpan.FromMilliseconds(Interlocked.Read(ref _slowest));

    async Task AskAsync(int user, int articles)
    {
        var random = new Random(user);
        while (!_stop.IsCancellationRequested)
        {
            var id = random.Next(articles) + 1;
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/articles/{id}/related?n=10");
            request.Headers.Add("X-User", $"user {random.Next(2_000)}");
            var began = Stopwatch.GetTimestamp();
            try
            {
                using var answer = await _client.SendAsync(request, CancellationToken.None);
                var body = await answer.Content.ReadAsStringAsync(CancellationToken.None);
                // What a client of the old API reads.
                var json = (int)answer.StatusCode == 200 ? System.Text.Json.Nodes.JsonNode.Parse(body) : null;
                if (json is null || (string?)json["article"] != $"{id}" || json["related"] is not System.Text.Json.Nodes.JsonArray { Count: > 0 } list || list.Any(one => (string?)one!["id"] is null || (string?)one["headline"] is null))
                    Failed.Enqueue($"{id}: {(int)answer.StatusCode} {body[..Math.Min(200, body.Length)]}");
                Sides.AddOrUpdate(answer.Headers.TryGetValues("Cantor-Side", out var side) ? side.First() : "none", 1, (_, count) => count + 1);
            }
            catch (Exception fault) when (fault is HttpRequestException or OperationCanceledException or System.Text.Json.JsonException)
            {
                Failed.Enqueue($"{id}: {fault.Message}");
            }
            Interlocked.Increment(ref _answered);
            var took = (long)Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            for (var slowest = Interlocked.Read(ref _slowest); took > slowest && Interlocked.CompareExchange(ref _slowest, took, slowest) != slowest;) slowest = Interlocked.Read(ref _slowest);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_users);
        _client.Dispose();
        _stop.Dispose();
    }
}
