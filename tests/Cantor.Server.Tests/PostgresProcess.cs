using System.Diagnostics;
using System.Globalization;
using Cantor.Storage;

namespace Cantor.Server.Tests;

/// <summary>A PostgreSQL server of its own, to be stopped, frozen and killed.</summary>
sealed class PostgresProcess : IAsyncDisposable
{
    const string Password = "secret";

    static readonly string MostSeconds = Wait.Most.TotalSeconds.ToString(CultureInfo.InvariantCulture);

    readonly DirectoryInfo _directory;
    readonly int _port;

    PostgresProcess(DirectoryInfo directory, int port) => (_directory, _port) = (directory, port);

    /// <summary>What a user would write behind --store who is in no hurry: on a busy machine it may not answer in the seconds that a server gives it.</summary>
    internal string Address => string.Create(CultureInfo.InvariantCulture, $"postgres://cantor:{Password}@127.0.0.1:{_port}/postgres?sslmode=disable&connect_timeout=60&command_timeout=60");

    /// <summary>The same with the seconds that a server gives it.</summary>
    internal string HurriedAddress => Address + "&connect_timeout=3&command_timeout=5";

    /// <summary>Skips, with a note, where no PostgreSQL is installed; in CI that is a failure, because ./test installs it.</summary>
    /// <param name="place">An empty directory for it; one of its own when not given.</param>
    internal static async Task<PostgresProcess> StartAsync(DirectoryInfo? place = null)
    {
        Assert.SkipWhen(Bin is null && Environment.GetEnvironmentVariable("CANTOR_TEST_POSTGRES") is null, "no PostgreSQL is installed");
        var postgres = new PostgresProcess(place ?? Directory.CreateTempSubdirectory("cantor-postgres-"), FreePort.Next());
        var password = Path.Combine(postgres._directory.FullName, "password");
        await File.WriteAllTextAsync(password, Password);
        if (Environment.IsPrivilegedProcess) await RunAsync("chown", "-R", "postgres", postgres._directory.FullName);
        await RunAsAsync($"{Bin}/initdb", "-D", postgres.Data, "-U", "cantor", "-A", "scram-sha-256", "--pwfile", password, "-E", "UTF8", "--locale=C", "-N");
        await postgres.StartAgainAsync();
        return postgres;
    }

    // After a kill the orphans of the server that is dead hold its memory for a moment.
    internal async Task StartAgainAsync()
    {
        for (var began = Stopwatch.GetTimestamp(); ;)
            try
            {
                await StartNowAsync();
                return;
            }
            catch (Xunit.Sdk.TrueException) when (Stopwatch.GetElapsedTime(began) < Wait.Most)
            {
                await Task.Delay(100, TestContext.Current.CancellationToken);
            }
    }

    /// <summary>Opens it as a store.</summary>
    internal async Task<Store> OpenAsync()
    {
        Store? store = null;
        await Wait.UntilAsync(async () =>
        {
            try
            {
                store = await Store.OpenAsync(Address, TimeProvider.System, TestContext.Current.CancellationToken);
            }
            catch (StoreUnavailableException)
            {
                // On a busy machine one that has just started may not answer in the time that a server allows.
            }
            return store is not null;
        });
        return store!;
    }

    Task StartNowAsync() =>
        RunAsAsync($"{Bin}/pg_ctl", "-D", Data, "-w", "-t", MostSeconds, "-l", Path.Combine(_directory.FullName, "log"), "-o", string.Create(CultureInfo.InvariantCulture, $"-p {_port} -k {_directory.FullName} -c listen_addresses=127.0.0.1"), "start");

    /// <summary>True while it takes connections or may come to.</summary>
    internal bool IsRunning => File.Exists(Path.Combine(Data, "postmaster.pid"));

    internal Task StopAsync() => RunAsAsync($"{Bin}/pg_ctl", "-D", Data, "-m", "fast", "-w", "-t", MostSeconds, "stop");

    /// <summary>Sends a signal to the server and all its workers: STOP, CONT, KILL.</summary>
    internal async Task SignalAsync(string name)
    {
        var id = (await File.ReadAllLinesAsync(Path.Combine(Data, "postmaster.pid")))[0];
        // Stopped first: it begins no worker while they are listed. One may end by itself.
        await RunAsync("/bin/sh", "-c", $"kill -STOP {id}; workers=$(ps -o pid= --ppid {id}); kill -{name} {id} && for worker in $workers; do kill -{name} $worker || true; done");
    }

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(Path.Combine(Data, "postmaster.pid")))
        {
            await SignalAsync("CONT");
            await RunAsAsync($"{Bin}/pg_ctl", "-D", Data, "-m", "immediate", "-w", "-t", MostSeconds, "stop");
        }
        _directory.Delete(recursive: true);
    }

    string Data => Path.Combine(_directory.FullName, "data");

    static string? Bin { get; } = Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").OrderBy(version => int.TryParse(Path.GetFileName(version), CultureInfo.InvariantCulture, out var number) ? number : 0).Select(version => version + "/bin").LastOrDefault()
        : null;

    // PostgreSQL refuses to run as root.
    static Task RunAsAsync(string program, params string[] arguments) =>
        Environment.IsPrivilegedProcess ? RunAsync("runuser", ["-u", "postgres", "--", program, .. arguments]) : RunAsync(program, arguments);

    static async Task RunAsync(string program, params string[] arguments)
    {
        // Its output is not redirected: the database it starts would hold the pipe open.
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >/dev/null 2>&1", "sh", program, .. arguments]) { WorkingDirectory = "/" })!;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(2 * Wait.Most);
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {process.ExitCode}");
    }
}
