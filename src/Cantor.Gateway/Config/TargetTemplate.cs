using System.Text;

namespace Cantor.Gateway.Config;

/// <summary>
/// What the new side is asked for a request of the old side: <c>/v1/collections/articles/items/{id}/related?limit={n=10}</c>. A
/// hole is filled with the text of the route's hole of that name, else with the query's parameter of that name, as it was sent;
/// else with what stands behind its "=".
/// </summary>
sealed class TargetTemplate
{
    readonly List<(string Text, string? Hole, string? Otherwise)> _parts;

    TargetTemplate(List<(string, string?, string?)> parts) => _parts = parts;

    /// <summary>Reads a template; null and what is wrong with it otherwise.</summary>
    internal static (TargetTemplate?, string? Fault) Parse(string text)
    {
        const string expected = "expected a path such as /v1/collections/articles/items/{id}/related?limit={n=10}";
        if (text is not ['/', ..] || text.AsSpan().IndexOfAny('#', ' ') >= 0) return (null, expected);
        var parts = new List<(string, string?, string?)>();
        for (var at = 0; at < text.Length;)
        {
            var open = text.IndexOf('{', at);
            if (open < 0)
            {
                parts.Add((text[at..], null, null));
                break;
            }
            var close = text.IndexOf('}', open);
            if (close < 0) return (null, $"a {{ is not closed; {expected}");
            var inside = text[(open + 1)..close];
            var equals = inside.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? inside : inside[..equals];
            if (!PathPattern.IsName(name)) return (null, $"\"{name}\" is no name of a hole; expected letters, digits, - and _");
            parts.Add((text[at..open], name, equals < 0 ? null : inside[(equals + 1)..]));
            at = close + 1;
        }
        return parts.Exists(part => part.Item1.Contains('}', StringComparison.Ordinal)) ? (null, $"a }} was not opened; {expected}") : (new(parts), null);
    }

    /// <summary>The holes that have to be filled: those without anything behind "=".</summary>
    internal IEnumerable<string> Needed => _parts.Where(part => part.Hole is not null && part.Otherwise is null).Select(part => part.Hole!);

    /// <summary>The raw target; null when a hole stays empty.</summary>
    internal string? Fill(PathPattern pattern, ReadOnlySpan<char> path, ReadOnlySpan<Range> filled, ReadOnlySpan<char> query)
    {
        var target = new StringBuilder();
        foreach (var (text, hole, otherwise) in _parts)
        {
            target.Append(text);
            if (hole is null) continue;
            var place = Array.IndexOf(pattern.Holes, hole);
            var value = place >= 0 ? path[filled[place]] : InQuery(query, hole);
            if (!value.IsEmpty) target.Append(value);
            else if (otherwise is not null) target.Append(otherwise);
            else return null;
        }
        return target.ToString();
    }

    /// <summary>A parameter of a raw query, as it was sent; empty when it is not there.</summary>
    internal static ReadOnlySpan<char> InQuery(ReadOnlySpan<char> query, ReadOnlySpan<char> name)
    {
        foreach (var range in query.Split('&'))
        {
            var pair = query[range];
            if (pair.Length > name.Length && pair[name.Length] == '=' && pair.StartsWith(name, StringComparison.Ordinal)) return pair[(name.Length + 1)..];
        }
        return default;
    }
}
