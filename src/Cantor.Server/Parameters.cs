using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Cantor.Judging;
using Cantor.Releases;

namespace Cantor.Server;

/// <summary>What stands in the query of an item's routes, read and checked. Below this type there are no strings.</summary>
ref struct Parameters
{
    internal const int DefaultLimit = 10;
    internal const int MaxLimit = 100;

    /// <summary>The most positions of a list, offset and limit together.</summary>
    internal const int MaxWindow = 1_000;
    internal const int MaxFields = 32;

    const string RelatedNames = "limit, offset, explain, lang, minScore, diversity, fields, unit, release";
    const string ItemNames = "fields, unit, release";

    public Parameters()
    {
    }

    internal int Limit { get; private set; } = DefaultLimit;

    internal int Offset { get; private set; }

    internal bool Explain { get; private set; }

    /// <summary>What reasons are told in.</summary>
    internal ReasonLanguage Language { get; private set; }

    internal float MinScore { get; private set; }

    internal float Diversity { get; private set; }

    internal FieldChoice Fields { get; private set; } = FieldChoice.TitleAndUrl;

    /// <summary>The value of <c>id</c> as it was sent; meaningless unless <see cref="HasId"/>.</summary>
    internal ReadOnlySpan<char> Id { get; private set; }

    internal bool HasId { get; private set; }

    /// <summary>The value of <c>unit</c> as it was sent; empty when it was not.</summary>
    internal ReadOnlySpan<char> Unit { get; private set; }

    /// <summary>The value of <c>release</c>; empty when it was not sent.</summary>
    internal ReadOnlySpan<char> Release { get; private set; }

    /// <summary>Reads the query of a related or item route.</summary>
    /// <returns>Null, or what is wrong with the first parameter that is.</returns>
    internal static Problem? Read(Target target, out Parameters parameters)
    {
        parameters = new();
        if (target.Route is Route.Item) parameters.Fields = FieldChoice.All;
        var seen = Seen.None;
        var query = target.Query;
        while (!query.IsEmpty)
        {
            var end = query.IndexOf('&');
            var pair = end < 0 ? query : query[..end];
            query = end < 0 ? [] : query[(end + 1)..];
            if (pair.IsEmpty) continue;
            var equals = pair.IndexOf('=');
            var name = equals < 0 ? pair : pair[..equals];
            var value = equals < 0 ? [] : pair[(equals + 1)..];
            if (parameters.Take(target, name, value, ref seen) is { } problem) return problem;
        }
        if (target.IdInQuery && !parameters.HasId)
            return new(ProblemKind.InvalidParameter, "the parameter id is missing; expected the item's id");
        if (parameters.Offset + parameters.Limit > MaxWindow)
            return new(ProblemKind.WindowTooLarge,
                string.Create(CultureInfo.InvariantCulture, $"offset {parameters.Offset} + limit {parameters.Limit} is {parameters.Offset + parameters.Limit}; expected at most {MaxWindow}"));
        return null;
    }

    /// <summary>Reads the query of a route that takes one parameter and no other, or none when <paramref name="name"/> is empty.</summary>
    /// <returns>Null, or what is wrong.</returns>
    internal static Problem? ReadOne(Target target, string name, out ReadOnlySpan<char> value)
    {
        value = [];
        var found = false;
        foreach (var range in target.Query.Split('&'))
        {
            var pair = target.Query[range];
            if (pair.IsEmpty) continue;
            var equals = pair.IndexOf('=');
            var sent = equals < 0 ? pair : pair[..equals];
            if (name.Length == 0 || !sent.SequenceEqual(name)) return Unknown(sent, name.Length == 0 ? "none" : name);
            if (found) return new(ProblemKind.InvalidParameter, $"{name} is given twice; expected once");
            found = true;
            value = equals < 0 ? [] : pair[(equals + 1)..];
        }
        return found || name.Length == 0 ? null : new(ProblemKind.InvalidParameter, $"the parameter {name} is missing");
    }

    /// <summary>Refuses whatever stands in a query of a route that takes no parameters.</summary>
    internal static Problem? ReadNone(Target target) => ReadOne(target, "", out _);

    Problem? Take(Target target, ReadOnlySpan<char> name, ReadOnlySpan<char> value, ref Seen seen)
    {
        var related = target.Route is Route.Related;
        var which = name switch
        {
            "id" when target.IdInQuery => Seen.Id,
            "limit" when related => Seen.Limit,
            "offset" when related => Seen.Offset,
            "explain" when related => Seen.Explain,
            "lang" when related => Seen.Language,
            "minScore" when related => Seen.MinScore,
            "diversity" when related => Seen.Diversity,
            "fields" => Seen.Fields,
            "unit" => Seen.Unit,
            "release" => Seen.Release,
            _ => Seen.None,
        };
        if (which is Seen.None)
            return Unknown(name, (target.IdInQuery ? "id, " : "") + (related ? RelatedNames : ItemNames));
        if ((seen & which) != 0)
            return new(ProblemKind.InvalidParameter, $"{name} is given twice; expected once");
        seen |= which;
        return which switch
        {
            Seen.Id => TakeId(value),
            Seen.Limit => TakeLimit(value),
            Seen.Offset => TakeOffset(value),
            Seen.Explain => TakeExplain(value),
            Seen.Language => TakeLanguage(value),
            Seen.MinScore => TakeMinScore(value),
            Seen.Diversity => TakeDiversity(value),
            Seen.Unit => TakeUnit(value),
            Seen.Release => TakeRelease(value),
            _ => TakeFields(value),
        };
    }

    Problem? TakeId(ReadOnlySpan<char> value)
    {
        Id = value;
        HasId = true;
        return null;
    }

    Problem? TakeUnit(ReadOnlySpan<char> value)
    {
        Span<byte> utf8 = stackalloc byte[Assignment.MaxUnitBytes];
        if (DecodeUnit(value, utf8) is not > 0) return Wrong("unit", value, $"a user or session of 1 to {Assignment.MaxUnitBytes} bytes of UTF-8");
        Unit = value;
        return null;
    }

    /// <summary>Decodes a unit as it was sent.</summary>
    /// <returns>Its length; -1 when it is none.</returns>
    internal static int DecodeUnit(ReadOnlySpan<char> sent, Span<byte> utf8) => PercentText.Decode(sent, plusIsSpace: true, utf8, out var length) is Decoding.Done ? length : -1;

    Problem? TakeRelease(ReadOnlySpan<char> value)
    {
        if (value is not ("live" or "canary" or "previous") && !ReleaseVersion.TryParse(value.ToString(), out _))
            return Wrong("release", value, "live, canary, previous or a release's version");
        Release = value;
        return null;
    }

    Problem? TakeLimit(ReadOnlySpan<char> value)
    {
        if (!TryWhole(value, out var limit) || limit is < 1 or > MaxLimit)
            return Wrong("limit", value, $"a whole number from 1 to {MaxLimit}");
        Limit = limit;
        return null;
    }

    Problem? TakeOffset(ReadOnlySpan<char> value)
    {
        if (!TryWhole(value, out var offset))
            return Wrong("offset", value, "a whole number from 0");
        Offset = offset;
        return null;
    }

    Problem? TakeExplain(ReadOnlySpan<char> value)
    {
        if (value is not ("true" or "false"))
            return Wrong("explain", value, "true or false");
        Explain = value is "true";
        return null;
    }

    Problem? TakeLanguage(ReadOnlySpan<char> value)
    {
        if (value is not ("en" or "ja"))
            return Wrong("lang", value, "en or ja");
        Language = value is "ja" ? ReasonLanguage.Japanese : ReasonLanguage.English;
        return null;
    }

    Problem? TakeMinScore(ReadOnlySpan<char> value)
    {
        if (!TryShare(value, out var score)) return Wrong("minScore", value, "a number from 0 to 1");
        MinScore = score;
        return null;
    }

    Problem? TakeDiversity(ReadOnlySpan<char> value)
    {
        if (!TryShare(value, out var diversity)) return Wrong("diversity", value, "a number from 0 to 1");
        Diversity = diversity;
        return null;
    }

    static bool TryShare(ReadOnlySpan<char> value, out float share) =>
        float.TryParse(value, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out share) && share is >= 0 and <= 1;

    Problem? TakeFields(ReadOnlySpan<char> value)
    {
        if (FieldChoice.Read(value) is not { } fields)
            return Wrong("fields", value, $"* or at most {MaxFields} names with commas between them");
        Fields = fields;
        return null;
    }

    // Digits only, and so few that sums stay whole.
    static bool TryWhole(ReadOnlySpan<char> value, out int number) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= 1_000_000_000;

    static Problem Unknown(ReadOnlySpan<char> name, string expected) =>
        new(ProblemKind.InvalidParameter, $"the parameter \"{Readable(name)}\" is not known here; expected {expected}");

    static Problem Wrong(string name, ReadOnlySpan<char> value, string expected) =>
        new(ProblemKind.InvalidParameter, value.IsEmpty ? $"{name} has no value; expected {expected}" : $"{name} is \"{Readable(value)}\"; expected {expected}");

    [SuppressMessage("Performance", "CA1845", Justification = "Off the hot path.")]
    static string Readable(ReadOnlySpan<char> sent)
    {
        var utf8 = new byte[sent.Length];
        return Problem.Shown(PercentText.Decode(sent, plusIsSpace: true, utf8, out var length) is Decoding.Done
            ? Encoding.UTF8.GetString(utf8, 0, length)
            : sent.ToString());
    }

    [Flags]
    enum Seen
    {
        None = 0,
        Id = 1,
        Limit = 2,
        Offset = 4,
        Explain = 8,
        MinScore = 16,
        Fields = 32,
        Language = 64,
        Diversity = 128,
        Unit = 256,
        Release = 512,
    }
}
