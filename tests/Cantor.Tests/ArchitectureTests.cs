using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Cantor.Tests;

/// <summary>Who may use whom. ARCHITECTURE.md says why.</summary>
public class ArchitectureTests
{
    static readonly Dictionary<string, string[]> Projects = new()
    {
        ["Cantor"] = [],
        ["Cantor.Google"] = ["Cantor"],
        ["Cantor.Sources"] = ["Cantor", "Cantor.Google"],
        ["Cantor.Onnx"] = ["Cantor"],
        ["Cantor.Storage"] = ["Cantor", "Cantor.Google"],
        ["Cantor.Fleet"] = ["Cantor", "Cantor.Gateway", "Cantor.Sources", "Cantor.Storage"],
        ["Cantor.Server"] = ["Cantor", "Cantor.Storage"],
        ["Cantor.Server.Host"] = ["Cantor.Server"],
        ["Cantor.Gateway"] = ["Cantor", "Cantor.Sources", "Cantor.Storage", "Cantor.Server"],
        ["Cantor.Cli"] = ["Cantor", "Cantor.Fleet", "Cantor.Gateway", "Cantor.Onnx", "Cantor.Sources", "Cantor.Storage", "Cantor.Server"],
    };

    static readonly Dictionary<string, string[]> Folders = new()
    {
        ["Kernels"] = [],
        ["Corpus"] = ["Kernels"],
        ["Text"] = ["Kernels", "Corpus"],
        ["Neighbors"] = ["Kernels"],
        ["Signals"] = ["Kernels", "Corpus", "Text", "Neighbors"],
        ["Ranking"] = ["Kernels", "Corpus", "Text", "Signals"],
        ["Releases"] = ["Kernels", "Corpus", "Text", "Neighbors", "Signals", "Ranking"],
        ["Evaluation"] = ["Kernels", "Corpus"],
        ["Tuning"] = ["Kernels", "Corpus", "Signals", "Ranking", "Releases", "Evaluation"],
        ["Judging"] = ["Kernels"],
    };

    /// <summary>One use: who, of whom, and where it stands.</summary>
    sealed record Use(string User, string Used, string Place);

    [Fact]
    public void Projects_refer_to_those_that_the_table_allows()
    {
        var uses = ProjectReferences();
        Assert.Contains(uses, use => use is { User: "Cantor.Server", Used: "Cantor.Storage" });
        Assert.Empty(Faults(uses, Projects));
    }

    [Fact]
    public void Folders_of_the_engine_use_those_that_the_table_allows()
    {
        var uses = FolderUses();
        Assert.Contains(uses, use => use is { User: "Releases", Used: "Signals" });
        Assert.Empty(Faults(uses, Folders));
    }

    [Fact]
    public void A_project_or_folder_that_the_table_does_not_name_is_a_fault()
    {
        Assert.Empty(Names("src", "*.csproj").Except(Projects.Keys));
        Assert.Empty(Directory.GetDirectories(Path.Combine(Root(), "src", "Cantor")).Select(Path.GetFileName)
            .Except(Folders.Keys).Except(["bin", "obj"]));
    }

    [Fact]
    public void The_table_can_fail()
    {
        var narrower = new Dictionary<string, string[]>(Folders) { ["Releases"] = ["Kernels", "Corpus", "Text", "Neighbors", "Ranking"] };
        Assert.All(Faults(FolderUses(), narrower), fault => Assert.StartsWith("Releases may not use Signals: ", fault, StringComparison.Ordinal));
        Assert.NotEmpty(Faults(FolderUses(), narrower));

        var without = new Dictionary<string, string[]>(Projects) { ["Cantor.Server"] = ["Cantor"] };
        Assert.Single(Faults(ProjectReferences(), without), "Cantor.Server may not use Cantor.Storage: Cantor.Server.csproj");
    }

    [Theory]
    [InlineData("using Cantor.Signals;", "Signals")]
    [InlineData("using static Cantor.Text.Folding;", "Text")]
    [InlineData("using Table = Cantor.Corpus.ItemTable;", "Corpus")]
    [InlineData("    throw new Cantor.Corpus.InputFaultException(", "Corpus")]
    public void A_use_is_seen_however_it_is_written(string line, string used) =>
        Assert.Equal([used], UsesOf(line));

    [Theory]
    [InlineData("namespace Cantor.Signals;"), InlineData("/// <see cref=\"Cantor.Signals.ISignal\"/>"), InlineData("// as Cantor.Text does")]
    public void What_a_file_is_called_and_what_comments_say_is_no_use(string line) => Assert.Empty(UsesOf(line));

    static List<string> Faults(IEnumerable<Use> uses, Dictionary<string, string[]> allowed) =>
        [.. uses.Where(use => use.User != use.Used && !(allowed.TryGetValue(use.User, out var those) && those.Contains(use.Used)))
            .Select(use => $"{use.User} may not use {use.Used}: {use.Place}")];

    static List<Use> ProjectReferences() =>
        [.. from path in Files("src", "*.csproj")
            from reference in XDocument.Load(path).Descendants("ProjectReference")
            let used = reference.Attribute("Include")?.Value.Replace('\\', '/') ?? ""
            select new Use(Path.GetFileNameWithoutExtension(path), Path.GetFileNameWithoutExtension(used), Path.GetFileName(path))];

    static List<Use> FolderUses()
    {
        var engine = Path.Combine(Root(), "src", "Cantor");
        return [.. from path in Files("src/Cantor", "*.cs")
                   let place = Path.GetRelativePath(engine, path)
                   from line in File.ReadLines(path)
                   from used in UsesOf(line)
                   select new Use(place.Split(Path.DirectorySeparatorChar)[0], used, place)];
    }

    static IEnumerable<string> UsesOf(string line)
    {
        var code = line.TrimStart();
        return code.StartsWith("//", StringComparison.Ordinal) || code.StartsWith("namespace ", StringComparison.Ordinal)
            ? []
            : Regex.Matches(code, @"\bCantor\.(\w+)").Select(match => match.Groups[1].Value).Where(Folders.ContainsKey);
    }

    static IEnumerable<string> Names(string folder, string pattern) => Files(folder, pattern).Select(path => Path.GetFileNameWithoutExtension(path));

    static IEnumerable<string> Files(string folder, string pattern) =>
        Directory.EnumerateFiles(Path.Combine(Root(), folder), pattern, SearchOption.AllDirectories)
            .Where(path => !path.Split(Path.DirectorySeparatorChar).Any(part => part is "obj"));

    /// <summary>The repository, for tests in other folders.</summary>
    internal static string Repository => Root();

    static string Root([CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", ".."));
}
