using System.CommandLine;
using Cantor.Cli;
using Cantor.Cli.Commands;

var root = new RootCommand("Works out how related pieces of content are, and serves related items.")
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
};
var parsed = root.Parse(args.Length == 0 ? ["--help"] : args);
if (parsed.Errors.Count > 0)
{
    foreach (var error in parsed.Errors) Console.Error.WriteLine($"cantor: {error.Message}");
    return Exit.Fault;
}
return await parsed.InvokeAsync(new() { EnableDefaultExceptionHandler = false });
