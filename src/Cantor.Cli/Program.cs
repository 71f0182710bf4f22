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
    DiffCommand.Make(),
    VerifyCommand.Make(),
    ServeCommand.Make(),
    CollectionsCommand.Make(),
    BackupCommands.Dump(),
    BackupCommands.Restore(),
    KeysCommand.Make(),
    JudgeCommand.Make(),
    DemoCommand.Make(),
    new HelpOption(),
    new VersionOption(),
};
if (Console.IsOutputRedirected) Spectre.Console.AnsiConsole.Profile.Width = 200; // no terminal: nothing to wrap for
var parsed = root.Parse(args.Length == 0 ? ["--help"] : args);
if (parsed.Errors.Count > 0)
{
    foreach (var fault in Faults(parsed, root)) Console.Error.WriteLine($"cantor: {fault}");
    return Exit.Fault;
}
return await parsed.InvokeAsync(new() { EnableDefaultExceptionHandler = false });

static IEnumerable<string> Faults(ParseResult parsed, Command root)
{
    var command = parsed.CommandResult.Command;
    if (parsed.UnmatchedTokens.Count == 0) return parsed.Errors.Select(error => error.Message);
    var (word, known) = (parsed.UnmatchedTokens[0], command.Subcommands.Select(other => other.Name).Concat(command.Options.Select(option => option.Name)));
    var path = command == root ? root.Name : $"{root.Name} {command.Name}";
    return [$"{path} does not know {word}; {Shared.DidYouMean(word, known) ?? $"{path} --help lists what it knows"}"];
}
