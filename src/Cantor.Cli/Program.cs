using System.CommandLine;
using System.CommandLine.Help;
using Cantor.Cli;
using Cantor.Cli.Commands;

// Not a RootCommand: that one is named after its file, Cantor.Cli, and people type cantor.
var root = new Command("cantor", "Works out how related pieces of content are, and serves related items.")
{
    BuildCommand.Make(),
    ImportCommand.Make(),
    RelatedCommand.Make(),
    EvaluateCommand.Make(),
    TuneCommand.Make(),
    ExportCommand.Make(),
    ReleasesCommand.Make(),
    RolloutCommand.Make(),
    DiffCommand.Make(),
    VerifyCommand.Make(),
    ServeCommand.Make(),
    GatewayCommand.Make(),
    CollectionsCommand.Make(),
    FleetCommand.Make(),
    CapacityCommand.Make(),
    BackupCommands.Dump(),
    BackupCommands.Restore(),
    KeysCommand.Make(),
    JudgeCommand.Make(),
    DemoCommand.Make(),
    new HelpOption(),
    new VersionOption(),
};
CommandLine.NameChoices(root);
if (Console.IsOutputRedirected) Spectre.Console.AnsiConsole.Profile.Width = 200; // no terminal: nothing to wrap for
var parsed = root.Parse(args.Length == 0 ? ["--help"] : args);
var faults = CommandLine.Faults(parsed, args);
foreach (var fault in faults) Console.Error.WriteLine($"cantor: {fault}");
if (faults.Count > 0) return Exit.Fault;
return await parsed.InvokeAsync(new()
{
    EnableDefaultExceptionHandler = false,
    // A server drains by itself. The parser's own handler would hold the signal back from it, and then end it with 143.
    ProcessTerminationTimeout = parsed.CommandResult.Command.Name is "serve" or "gateway" or "demo" ? null : TimeSpan.FromSeconds(10),
});
