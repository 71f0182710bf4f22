using System.Text.Json;

namespace Cantor.Gateway.Adapting;

/// <summary>
/// Where in a JSON document something stands: <c>$.items[*].id</c>. <c>.name</c> and <c>["name"]</c> go into an object, <c>[2]</c>
/// to an element counted from 0, <c>[*]</c> to every element.
/// </summary>
sealed class JsonPath
{
    internal const string Expected = "expected a path such as $.items[*].id: $, then .name, [\"name\"], [2] or [*]";

    readonly string _text;
    readonly List<(string? Name, int Index)> _steps;

    JsonPath(string text, List<(string?, int)> steps) => (_text, _steps) = (text, steps);

    const int Every = -1;

    /// <summary>True when it leads to several places.</summary>
    internal bool IsMany => _steps.Exists(step => step is (null, Every));

    /// <summary>Reads a path; null when it is none.</summary>
    internal static JsonPath? Parse(string text)
    {
        if (text is not ['$', ..]) return null;
        var steps = new List<(string?, int)>();
        for (var at = 1; at < text.Length;)
        {
            var rest = text.AsSpan(at);
            if (rest[0] == '.')
            {
                var end = rest[1..].IndexOfAny('.', '[') is var found && found < 0 ? rest.Length : found + 1;
                if (end == 1) return null;
                steps.Add((rest[1..end].ToString(), 0));
                at += end;
                continue;
            }
            if (rest[0] != '[') return null;
            if (rest.Length > 1 && rest[1] == '"')
            {
                var end = rest[2..].IndexOf("\"]", StringComparison.Ordinal);
                if (end < 0) return null;
                steps.Add((rest.Slice(2, end).ToString(), 0));
                at += end + 4;
                continue;
            }
            var close = rest.IndexOf(']');
            if (close < 0) return null;
            var inside = rest[1..close];
            if (inside is "*") steps.Add((null, Every));
            else if (int.TryParse(inside, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var index)) steps.Add((null, index));
            else return null;
            at += close + 1;
        }
        return new(text, steps);
    }

    /// <summary>What stands there, in order; what is not there is passed over.</summary>
    internal IEnumerable<JsonElement> In(JsonElement root) => In(root, 0);

    IEnumerable<JsonElement> In(JsonElement at, int step)
    {
        for (; step < _steps.Count; step++)
        {
            var (name, index) = _steps[step];
            if (name is not null)
            {
                if (at.ValueKind is not JsonValueKind.Object || !at.TryGetProperty(name, out at)) yield break;
                continue;
            }
            if (at.ValueKind is not JsonValueKind.Array) yield break;
            if (index == Every)
            {
                foreach (var element in at.EnumerateArray())
                    foreach (var found in In(element, step + 1))
                        yield return found;
                yield break;
            }
            if (index >= at.GetArrayLength()) yield break;
            at = at[index];
        }
        yield return at;
    }

    /// <summary>As it was written.</summary>
    public override string ToString() => _text;
}
