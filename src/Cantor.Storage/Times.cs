using System.Globalization;

namespace Cantor.Storage;

/// <summary>Times as the store writes them: UTC with milliseconds, so that text order is time order.</summary>
static class Times
{
    const string Format = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    internal static string Text(DateTimeOffset time) => time.UtcDateTime.ToString(Format, CultureInfo.InvariantCulture);

    internal static DateTimeOffset Parse(string text) =>
        DateTimeOffset.ParseExact(text, Format, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    /// <summary>The time as it will be read back.</summary>
    internal static DateTimeOffset Stored(DateTimeOffset time) => Parse(Text(time));
}
