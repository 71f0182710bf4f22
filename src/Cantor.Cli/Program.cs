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
    ExportCommand.Make(),
    ReleasesCommand.Make(),
    VerifyCommand.Make(),
    ServeCommand.Make(),
    DemoCommand.Make(),
    new HelpOption(),
};
if (Console.IsOutputRedirected) Spectre.Console.AnsiConsole.Profile.Width = 200; // no terminal: nothing to wrap for
var parsed = root.Parse(args.Length == 0 ? ["--help"] : args);
if (parsed.Errors.Count > 0)
{
    foreach (var error in parsed.Errors) Console.Error.WriteLine($"cantor: {error.Message}");
    return Exit.Fault;
}
return await parsed.InvokeAsync(new() { EnableDefaultExceptionHandler = false });
