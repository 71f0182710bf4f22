using System.CommandLine;
using System.Data.Common;
using System.Net.Sockets;
using Cantor.Corpus;
using Cantor.Fleet;
using Cantor.Releases;

namespace Cantor.Cli;

/// <summary>What a command's exit code says, and how faults are told.</summary>
static class Exit
{
    internal const int Done = 0, Empty = 1, Different = 1, Fault = 2, Unknown = 3;

    /// <summary>Runs a command; a fault becomes one plain line on standard error and exit code 2. CANTOR_DEBUG=1 shows where it rose.</summary>
    internal static void Runs(this Command command, Func<ParseResult, CancellationToken, Task<int>> run) =>
        command.SetAction(async (parsed, cancellationToken) =>
        {
            try
            {
                return await run(parsed, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                await Console.Error.WriteLineAsync("cantor: stopped");
                return Fault;
            }
            catch (Exception fault) when (Environment.GetEnvironmentVariable("CANTOR_DEBUG") is null && IsExpected(fault))
            {
                foreach (var line in fault is FleetFaultException fleet ? fleet.Faults.Select(one => one.Message) : [fault.Message]) await Console.Error.WriteLineAsync($"cantor: {line}");
                return Fault;
            }
        });

    static bool IsExpected(Exception fault) =>
        fault is InputFaultException or ReleaseFaultException or IOException or FleetFaultException or UnauthorizedAccessException or DbException or SocketException or ArgumentException;
}
