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
    internal sealed record Corpus(IReadOnlyList<Item> Items, Judgments Judgments, int Files);

    /// <summary>Reads documentation files, each beside its reference assembly.</summary>
    internal static Corpus Read(string[] files, CancellationToken cancellationToken)
    {
        var read = files.AsParallel().AsOrdered().WithCancellation(cancellationToken).Select(file => DocFile.Read(file)).ToArray();
        var types = new SortedDictionary<string, DocType>(StringComparer.Ordinal);
        foreach (var type in read.SelectMany(file => file)) types.TryAdd(type.Id, type);
        return new([.. types.Values.Select(ItemOf)], JudgmentsOf(types), files.Length);
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
