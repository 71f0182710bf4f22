using System.Globalization;

namespace Cantor.Releases;

/// <summary>
/// Names a release in its collection: the UTC second its build started and 8 hex digits of its content's hash,
/// "20261123T211200Z-9f03ab12". Order is that of time, then of the hash.
/// </summary>
public readonly record struct ReleaseVersion : IComparable<ReleaseVersion>
{
    const string TimeFormat = "yyyyMMdd'T'HHmmss'Z'";

    readonly uint _content;

    /// <summary>Makes a version; fractions of a second are cut.</summary>
    /// <param name="builtAt">When the build started.</param>
    /// <param name="content">The content's hash.</param>
    public ReleaseVersion(DateTimeOffset builtAt, uint content)
    {
        BuiltAt = DateTimeOffset.FromUnixTimeSeconds(builtAt.ToUnixTimeSeconds());
        _content = content;
    }

    /// <summary>When the build started, UTC, to the second.</summary>
    public DateTimeOffset BuiltAt { get; }

    /// <summary>The first 4 bytes of the content's hash.</summary>
    public uint Content => _content;

    /// <summary>True, with the version, when <paramref name="text"/> is one.</summary>
    public static bool TryParse(string? text, out ReleaseVersion version)
    {
        version = default;
        if (text is not { Length: 25 } || text[16] != '-'
            || !DateTimeOffset.TryParseExact(text.AsSpan(0, 16), TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var builtAt)
            || !uint.TryParse(text.AsSpan(17), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var content)
            || text.AsSpan(17).ContainsAnyInRange('A', 'F'))
            return false;
        version = new(builtAt, content);
        return true;
    }

    /// <summary>The version of <paramref name="text"/>, which the caller knows to be one.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static ReleaseVersion Parse(string text) =>
        TryParse(text, out var version) ? version : throw new FormatException($"\"{text}\" is no release version; expected one such as 20261123T211200Z-9f03ab12");

    /// <summary>Negative when this version was built before <paramref name="other"/>.</summary>
    public int CompareTo(ReleaseVersion other) =>
        BuiltAt != other.BuiltAt ? BuiltAt.CompareTo(other.BuiltAt) : _content.CompareTo(other._content);

    /// <summary>True when <paramref name="a"/> was built before <paramref name="b"/>.</summary>
    public static bool operator <(ReleaseVersion a, ReleaseVersion b) => a.CompareTo(b) < 0;

    /// <summary>True when <paramref name="a"/> was built after <paramref name="b"/>.</summary>
    public static bool operator >(ReleaseVersion a, ReleaseVersion b) => a.CompareTo(b) > 0;

    /// <summary>True when <paramref name="a"/> was built before <paramref name="b"/> or is the same.</summary>
    public static bool operator <=(ReleaseVersion a, ReleaseVersion b) => a.CompareTo(b) <= 0;

    /// <summary>True when <paramref name="a"/> was built after <paramref name="b"/> or is the same.</summary>
    public static bool operator >=(ReleaseVersion a, ReleaseVersion b) => a.CompareTo(b) >= 0;

    /// <summary>The version as it stands in file names and URLs.</summary>
    public override string ToString() => $"{BuiltAt.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)}-{_content:x8}";
}
