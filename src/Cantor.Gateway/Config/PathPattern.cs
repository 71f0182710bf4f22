namespace Cantor.Gateway.Config;

/// <summary>
/// What a route's requests look like: <c>/articles/{id}/related</c>. A hole takes one whole segment, a last one with a star,
/// <c>{rest*}</c>, all that follow, none included. Texts are compared as they are sent, percent signs and all: what is encoded
/// once and what is encoded twice stay two things.
/// </summary>
sealed class PathPattern
{
    internal const int MostHoles = 8;

    readonly string[] _segments; // null where the hole is
    readonly bool _open;

    PathPattern(string[] segments, bool open, string[] holes) => (_segments, _open, Holes) = (segments, open, holes);

    /// <summary>Every path.</summary>
    internal static PathPattern All { get; } = new([""], open: true, ["rest"]);

    /// <summary>The names of the holes, in order.</summary>
    internal string[] Holes { get; }

    /// <summary>Reads a pattern; null and what is wrong with it otherwise.</summary>
    internal static (PathPattern?, string? Fault) Parse(string text)
    {
        const string expected = "expected a path such as /articles/{id}/related or /{rest*}";
        if (text is not ['/', ..] || text.AsSpan().IndexOfAny('?', '#', ' ') >= 0) return (null, expected);
        var segments = text[1..].Split('/');
        var holes = new List<string>();
        var open = false;
        for (var i = 0; i < segments.Length; i++)
        {
            if (!segments[i].Contains('{', StringComparison.Ordinal) && !segments[i].Contains('}', StringComparison.Ordinal)) continue;
            if (segments[i] is not ['{', .. var name, '}']) return (null, $"a hole is a whole segment; {expected}");
            if (name is [.. var rest, '*'])
            {
                if (i < segments.Length - 1) return (null, $"{{{name}}} takes all that follows, so it stands last; {expected}");
                (name, open) = (rest, true);
            }
            if (!IsName(name)) return (null, $"\"{name}\" is no name of a hole; expected letters, digits, - and _");
            if (holes.Contains(name)) return (null, $"the hole {{{name}}} is there twice");
            holes.Add(name);
            segments[i] = "";
        }
        if (holes.Count > MostHoles) return (null, $"{holes.Count} holes; expected at most {MostHoles}");
        // An empty text is a hole; one that was empty before is told apart by a mark that no path holds.
        var marked = text[1..].Split('/').Select((segment, i) => segment.Length == 0 ? " " : segments[i]).ToArray();
        return (new(marked, open, [.. holes]), null);
    }

    internal static bool IsName(ReadOnlySpan<char> name)
    {
        foreach (var c in name)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_')) return false;
        return name.Length > 0;
    }

    /// <summary>True when a path is one of these.</summary>
    /// <param name="path">The raw path, from its first "/" on, without the query.</param>
    /// <param name="filled">Where in the path each hole's text stands; as long as <see cref="MostHoles"/>.</param>
    internal bool Matches(ReadOnlySpan<char> path, Span<Range> filled)
    {
        if (path.Length == 0 || path[0] != '/') return false;
        var (at, hole) = (1, 0);
        for (var i = 0; i < _segments.Length; i++)
        {
            if (_open && i == _segments.Length - 1)
            {
                filled[hole] = Math.Min(at, path.Length)..path.Length;
                return true;
            }
            if (at > path.Length) return false;
            var slash = path[at..].IndexOf('/');
            var end = slash < 0 ? path.Length : at + slash;
            var segment = path[at..end];
            if (_segments[i].Length == 0)
            {
                if (segment.Length == 0) return false;
                filled[hole++] = at..end;
            }
            else if (!(segment.Length == 0 ? _segments[i] is " " : segment.SequenceEqual(_segments[i]))) return false;
            at = end + 1;
        }
        return at > path.Length;
    }
}
