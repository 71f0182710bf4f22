using System.CommandLine;
using Cantor.Corpus;
using Cantor.Fleet;
using Cantor.Fleet.Rendering;

namespace Cantor.Cli.Commands;

static class FleetCommand
{
    const int DefaultItems = 10_000, DefaultRps = 10;

    static readonly Option<string> Folder = new("--fleet") { Description = "The folder with environments.yaml and a file NAME.yaml for each service.", DefaultValueFactory = _ => "fleet" };

    internal static Command Make() => new("fleet", "Runs many services from one file each: checks the files, renders what follows from them, shows drift.\n\nExample: cantor fleet render")
    {
        Validate(), Render(), Doctor(), New(),
    };

    static Command Validate()
    {
        var (files, json) = (new Argument<string[]>("FILE") { Description = "Files of services that count; the whole folder when none is given.", Arity = ArgumentArity.ZeroOrMore }, Shared.AsJson());
        var command = new Command("validate", "Checks the files of a fleet; a fault names file, line and field.\n\nExample: cantor fleet validate") { files, Folder, json };
        command.Runs((parsed, _) =>
        {
            var (folder, wanted) = (parsed.GetValue(Folder)!, parsed.GetValue(files)!.Select(Path.GetFullPath).ToArray());
            if (wanted.FirstOrDefault(file => !File.Exists(file)) is { } missing) throw new InputFaultException("FILE", null, $"there is no file {missing}");
            if (wanted.FirstOrDefault(file => Path.GetDirectoryName(file) != Path.GetFullPath(folder)) is { } elsewhere) throw new InputFaultException("FILE", null, $"{elsewhere} does not stand in {folder}; expected --fleet with its folder");
            IReadOnlyList<InputFaultException> faults = [];
            var services = 0;
            try
            {
                services = Fleet.Fleet.Load(folder).Services.Count;
            }
            catch (FleetFaultException wrong)
            {
                faults = [.. wrong.Faults.Where(fault => wanted.Length == 0 || wanted.Contains(Path.GetFullPath(fault.Source)))];
            }
            if (parsed.GetValue(json)) Shared.PrintJson(faults.Select(fault => new { File = fault.Source, Line = fault.Row, Fault = fault.Fault }));
            else foreach (var fault in faults) Console.Error.WriteLine($"cantor: {fault.Message}");
            if (faults.Count > 0) return Task.FromResult(Exit.Fault);
            if (!parsed.GetValue(json)) Console.Out.WriteLine(wanted.Length > 0 ? $"{Count(wanted.Length, "file")}: no fault" : $"{Count(services, "service")}: no fault");
            return Task.FromResult(Exit.Done);
        });
        return command;
    }

    static Command Render()
    {
        var (output, kubernetes, json) = (Output(), Kubernetes(), Shared.AsJson());
        var command = new Command("render", "Writes everything that follows from a fleet's files: what Kubernetes and Terraform read, and a runbook for each service. What is right already is not touched.\n\nExample: cantor fleet render")
        {
            Folder, output, kubernetes, json,
        };
        command.Runs((parsed, _) =>
        {
            var (fleet, files) = Rendered(parsed.GetValue(Folder)!, parsed.GetValue(output)!, parsed.GetValue(kubernetes)!);
            var written = RenderedFolder.Write(parsed.GetValue(output)!, files);
            if (parsed.GetValue(json)) Shared.PrintJson(FleetSummary.Of(fleet, files.Count, written));
            else FleetSummary.Print(FleetSummary.Of(fleet, files.Count, written), parsed.GetValue(output)!);
            return Task.FromResult(Exit.Done);
        });
        return command;
    }

    static Command Doctor()
    {
        var (output, kubernetes, json) = (Output(), Kubernetes(), Shared.AsJson());
        var command = new Command("doctor", "Shows where a rendered folder differs from what its fleet's files say; exit code 1 when it does anywhere.\n\nExample: cantor fleet doctor") { Folder, output, kubernetes, json };
        command.Runs((parsed, _) =>
        {
            var (_, files) = Rendered(parsed.GetValue(Folder)!, parsed.GetValue(output)!, parsed.GetValue(kubernetes)!);
            var drifts = RenderedFolder.Compare(parsed.GetValue(output)!, files);
            if (parsed.GetValue(json)) Shared.PrintJson(drifts.Select(drift => new { Kind = drift.Kind.ToString().ToLowerInvariant(), drift.Path, drift.Line }));
            else if (drifts.Count == 0) Console.Out.WriteLine($"{Count(files.Count, "file")}: as rendered");
            else
            {
                foreach (var drift in drifts) Console.Out.WriteLine(FormattableString.Invariant($"{drift.Kind.ToString().ToLowerInvariant(),-8}{Path.Combine(parsed.GetValue(output)!, drift.Path)}{(drift.Line is { } line ? $":{line}" : "")}"));
                Console.Out.WriteLine($"{Count(drifts.Count, "file")} of {files.Count} differ{(drifts.Count == 1 ? "s" : "")}; cantor fleet render makes them right");
            }
            return Task.FromResult(drifts.Count == 0 ? Exit.Done : Exit.Different);
        });
        return command;
    }

    static Command New()
    {
        var name = new Argument<string>("NAME") { Description = "The service's name: 2 to 20 of a-z, 0-9 and -, a letter first." };
        var owner = new Option<string?>("--owner") { Description = "Who answers for it; as with the other services when they all have it alike." };
        var slack = new Option<string?>("--slack") { Description = "The id of its Slack channel; as with the other services when they all have it alike." };
        var collections = new Option<string[]>("--collections") { Description = "Its collections; one of its own name when not given.", AllowMultipleArgumentsPerToken = true };
        var sources = new Option<string[]>("--items") { Description = "Where the items of its first collection come from; they are pushed when not given.", AllowMultipleArgumentsPerToken = true };
        var items = new Option<long?>("--expect-items") { Description = "About how many items it has; 10,000 when not given." };
        var rps = new Option<int?>("--expect-rps") { Description = "How many requests a second it gets at the busiest time; 10 when not given." };
        var command = new Command("new", "Makes the file of a new service. What can be derived is not asked: schedule, addresses, accounts, sizes and replicas follow from it.\n\nExample: cantor fleet new recipes --items '/corpus/recipes/*.parquet'")
        {
            name, owner, slack, collections, sources, items, rps, Folder,
        };
        command.Runs((parsed, _) =>
        {
            var folder = parsed.GetValue(Folder)!;
            var text = NewService.Text(
                Fleet.Fleet.Load(folder), parsed.GetValue(name)!, parsed.GetValue(owner), parsed.GetValue(slack), parsed.GetValue(collections) ?? [], parsed.GetValue(sources) ?? [],
                Shared.Between(1, parsed.GetValue(items) ?? DefaultItems, 100_000_000, "--expect-items"), Shared.Between(1, parsed.GetValue(rps) ?? DefaultRps, 1_000_000, "--expect-rps"));
            var file = Path.Combine(folder, $"{parsed.GetValue(name)}.yaml");
            using (var stream = new StreamWriter(new FileStream(file, FileMode.CreateNew, FileAccess.Write))) stream.Write(text);
            try
            {
                Fleet.Fleet.Load(folder);
            }
            catch (FleetFaultException fault)
            {
                File.Delete(file); // such as a source that no pod can read: nothing was made
                throw new InputFaultException("--items", null, fault.Faults[0].Fault, fault);
            }
            Console.Out.WriteLine($"{file} is made; cantor fleet render makes the rest of it");
            return Task.FromResult(Exit.Done);
        });
        return command;
    }

    static Option<string> Output() => new("--out") { Description = "The folder that what is rendered stands in, a folder for each service.", DefaultValueFactory = _ => "deploy/fleet" };

    static Option<string> Kubernetes() => new("--kubernetes") { Description = "The folder of the overlays and components that are built on.", DefaultValueFactory = _ => "deploy/kubernetes" };

    static (Fleet.Fleet Fleet, SortedDictionary<string, string> Files) Rendered(string folder, string output, string kubernetes)
    {
        var fleet = Fleet.Fleet.Load(folder);
        if (!Directory.Exists(Path.Combine(kubernetes, "overlays"))) throw new InputFaultException("--kubernetes", null, $"there is no {Path.Combine(kubernetes, "overlays")}; expected the folder deploy/kubernetes of a clone of Cantor");
        var from = Path.GetRelativePath(Path.Combine(Path.GetFullPath(output), "SERVICE", "ENVIRONMENT"), Path.GetFullPath(kubernetes));
        return (fleet, FleetRendering.Render(fleet, from.Replace(Path.DirectorySeparatorChar, '/')));
    }

    internal static string Count(int count, string what) => FormattableString.Invariant($"{count:N0} {what}{(count == 1 ? "" : "s")}");
}
