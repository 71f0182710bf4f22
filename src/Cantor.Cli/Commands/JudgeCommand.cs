using System.CommandLine;

namespace Cantor.Cli.Commands;

static class JudgeCommand
{
    internal static Command Make() =>
        new("judge", "Plays and replays the judge that promotes or aborts releases.\n\nExample: cantor judge simulate --runs 500") { JudgeSimulation.Make(), JudgeReplay.Make() };
}
