using System.Text;
using Cantor.Corpus;
using Cantor.Evaluation;

namespace Cantor.Cli.Demo;

/// <summary>
/// The documentation that every .NET SDK carries: one item per public type, and as judgments the links that its writers set
/// between types. The links' text is left out of the bodies, so the lists cannot be read off them.
/// </summary>
static class DotnetDocs
{
    static readonly string[] Packs = ["Microsoft.NETCore.App.Ref", "Microsoft.AspNetCore.App.Ref"];

    internal sealed record Corpus(IReadOnlyList<Item> Items, Judgments Judgments, int Files);

    /// <summary>Reads the newest reference packs of .NET and ASP.NET Core.</summary>
    /// <exception cref="InputFaultException">No packs are there.</exception>
    internal static Corpus Read(CancellationToken cancellationToken)
    {
        var files = Packs.SelectMany(FilesOf).ToArray();
        if (files.Length == 0)
            throw new InputFaultException("demo", null, $"the reference packs {string.Join(" and ", Packs)} are neither beside the SDK nor among the NuGet packages; install the .NET 10 SDK, or run: dotnet add package {Packs[0]}");

        var read = files.AsParallel().AsOrdered().WithCancellation(cancellationToken).Select(file => DocFile.Read(file)).ToArray();
        var types = new SortedDictionary<string, DocType>(StringComparer.Ordinal);
        foreach (var type in read.SelectMany(file => file)) types.TryAdd(type.Id, type);
        return new([.. types.Values.Select(ItemOf)], JudgmentsOf(types), files.Length);
    }

    static IEnumerable<string> FilesOf(string pack)
    {
        foreach (var root in Roots())
        {
            var versions = new[] { Path.Combine(root, pack), Path.Combine(root, pack.ToLowerInvariant()) }.Where(Directory.Exists).SelectMany(Directory.GetDirectories);
            var newest = versions.OrderByDescending(path => Version.TryParse(Path.GetFileName(path).Split('-')[0], out var version) ? version : new()).ToArray();
            foreach (var version in newest)
                if (Directory.Exists(Path.Combine(version, "ref")) && Directory.GetFiles(Path.Combine(version, "ref"), "*.xml", SearchOption.AllDirectories) is { Length: > 0 } files)
                    return files.Order(StringComparer.Ordinal);
        }
        return [];
    }

    static IEnumerable<string> Roots()
    {
        var runtime = System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory();
        yield return Path.GetFullPath(Path.Combine(runtime, "..", "..", "..", "packs"));
        if (Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } root) yield return Path.Combine(root, "packs");
        yield return Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
    }

    static Item ItemOf(DocType type)
    {
        var spaces = type.Namespace.Split('.');
        return new()
        {
            Id = ItemId.Parse(type.Id),
            Title = Encoding.UTF8.GetBytes(type.Title),
            Body = Encoding.UTF8.GetBytes(type.Body.ToString()),
            Tags = [.. spaces.Select((_, i) => $"namespace:{string.Join('.', spaces[..(i + 1)])}"), $"kind:{type.Kind}", $"assembly:{type.Assembly}"],
            Lang = "en",
            Url = "https://learn.microsoft.com/dotnet/api/" + type.Id.ToLowerInvariant().Replace('`', '-'),
        };
    }

    /// <summary>A link from one type to another is grade 1, both ways or by seealso grade 2.</summary>
    static Judgments JudgmentsOf(SortedDictionary<string, DocType> types)
    {
        var judgments = new Judgments();
        foreach (var type in types.Values)
            foreach (var (target, isSeeAlso) in type.Links)
            {
                if (target == type.Id || !types.TryGetValue(target, out var other)) continue;
                var grade = isSeeAlso || other.Links.ContainsKey(type.Id) ? 2 : 1;
                judgments.Add(ItemId.Parse(type.Id), ItemId.Parse(target), grade);
            }
        return judgments;
    }
}

/// <summary>What the documentation says of one type and its members.</summary>
sealed record DocType(string Id, string Title, string Namespace, string Kind, string Assembly)
{
    internal StringBuilder Body { get; } = new();

    /// <summary>Linked types, and whether by seealso.</summary>
    internal Dictionary<string, bool> Links { get; } = new(StringComparer.Ordinal);
}
