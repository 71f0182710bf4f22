using System.Text;

namespace Cantor.Gateway.Config;

/// <summary>
/// What the new side is asked for a request of the old side: <c>/v1/collections/articles/items/{id}/related?limit={n=10}&amp;unit={unit?}</c>.
/// A hole is filled with the text of the route's hole of that name, else with the query's parameter of that name, as it was sent;
/// else with what stands behind its "=". <c>{unit}</c> is whose request it is. A parameter with an unfilled hole with a "?" is left out.
/// </summary>
sealed class TargetTemplate
{
    const string Unit = "unit";

    readonly List<Part> _path;
    readonly List<List<Part>> _query;

    TargetTemplate(List<Part> path, List<List<Part>> query) => (_path, _query) = (path, query);

    /// <summary>Text, and the hole behind it.</summary>
    /// <param name="Text">What stands there.</param>
    /// <param name="Hole">The hole's name; null for none.</param>
    /// <param name="Otherwise">What fills it where there is nothing; null for nothing.</param>
    /// <param name="IsOptional">True when its parameter is left out then.</param>
    sealed record Part(string Text, string? Hole, string? Otherwise, bool IsOptional);

    /// <summary>True when it says whose request it is.</summary>
    internal bool NeedsUnit { get; private init; }

    /// <summary>Reads a template; null and what is wrong with it otherwise.</summary>
    internal static (TargetTemplate?, string? Fault) Parse(string text)
    {
        if (text is not ['/', ..] || text.AsSpan().IndexOfAny('#', ' ') >= 0) return (null, "expected a path such as /v1/collections/articles/items/{id}/related?limit={n=10}");
        var (question, depth) = (-1, 0);
        for (var i = 0; i < text.Length && question < 0; i++)
        {
            depth += text[i] is '{' ? 1 : text[i] is '}' ? -1 : 0;
            if (text[i] is '?' && depth == 0) question = i;
        }
        var (path, fault) = PartsOf(question < 0 ? text : text[..question]);
        if (path?.Exists(part => part.IsOptional) is true) return (null, "a hole with ? may stand in the query only");
        var query = new List<List<Part>>();
        foreach (var parameter in question < 0 ? [] : text[(question + 1)..].Split('&'))
        {
            if (fault is not null) break;
            (var parts, fault) = PartsOf(parameter);
            if (parts is not null) query.Add(parts);
        }
        return fault is not null ? (null, fault) : (new(path!, query) { NeedsUnit = path!.Concat(query.SelectMany(parts => parts)).Any(part => part.Hole is Unit) }, null);
    }

    static (List<Part>?, string? Fault) PartsOf(string text)
    {
        var parts = new List<Part>();
        for (var at = 0; at < text.Length;)
        {
            var (open, close) = (text.IndexOf('{', at), text.IndexOf('}', at));
            if (open < 0 && close < 0)
            {
                parts.Add(new(text[at..], null, null, false));
                break;
            }
            if (open < 0 || close < open) return (null, close < 0 ? "a { is not closed" : "a } was not opened");
            var inside = text[(open + 1)..close];
            var optional = inside is [.., '?'];
            if (optional) inside = inside[..^1];
            var equals = inside.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? inside : inside[..equals];
            if (!PathPattern.IsName(name) || optional && equals >= 0) return (null, $"\"{{{text[(open + 1)..close]}}}\" is no hole; expected {{name}}, {{name=otherwise}} or, in the query, {{name?}}");
            parts.Add(new(text[at..open], name, equals < 0 ? null : inside[(equals + 1)..], optional));
            at = close + 1;
        }
        return (parts, null);
    }

    /// <summary>The raw target; null when a hole stays empty that must not.</summary>
    /// <param name="pattern">The route's pattern.</param>
    /// <param name="path">The path that it fits.</param>
    /// <param name="filled">Where its holes' texts stand.</param>
    /// <param name="query">The raw query.</param>
    /// <param name="unit">Whose request it is; null when that is not known.</param>
    internal string? Fill(PathPattern pattern, ReadOnlySpan<char> path, ReadOnlySpan<Range> filled, ReadOnlySpan<char> query, string? unit)
    {
        var target = new StringBuilder();
        if (!TryFill(_path, target, pattern, path, filled, query, unit, out _)) return null;
        var sign = '?';
        foreach (var parameter in _query)
        {
            var before = target.Length;
            target.Append(sign);
            if (TryFill(parameter, target, pattern, path, filled, query, unit, out var optional)) sign = '&';
            else if (optional) target.Length = before;
            else return null;
        }
        return target.ToString();
    }

    static bool TryFill(List<Part> parts, StringBuilder target, PathPattern pattern, ReadOnlySpan<char> path, ReadOnlySpan<Range> filled, ReadOnlySpan<char> query, string? unit, out bool optional)
    {
        optional = false;
        foreach (var part in parts)
        {
            target.Append(part.Text);
            if (part.Hole is null) continue;
            var place = Array.IndexOf(pattern.Holes, part.Hole);
            var value = place >= 0 ? path[filled[place]] : part.Hole is Unit ? unit is null ? default : Uri.EscapeDataString(unit) : InQuery(query, part.Hole);
            if (!value.IsEmpty) target.Append(value);
            else if (part.Otherwise is not null) target.Append(part.Otherwise);
            else
            {
                optional = part.IsOptional;
                return false;
            }
        }
        return true;
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
