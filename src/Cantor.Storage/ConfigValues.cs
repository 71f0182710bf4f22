using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cantor.Corpus;

namespace Cantor.Storage;

/// <summary>Values of a stored configuration; what is not as expected is told with the member's name.</summary>
static class ConfigValues
{
    internal static int Whole(string name, JsonNode? node, int least, int most) =>
        node is JsonValue value && value.GetValueKind() is JsonValueKind.Number && value.TryGetValue<int>(out var count) && count >= least && count <= most
            ? count
            : throw Fault(name, string.Create(CultureInfo.InvariantCulture, $"expected a whole number from {least} to {most}"));

    internal static double Number(string name, JsonNode? node, double least, double most) =>
        node is JsonValue value && value.GetValueKind() is JsonValueKind.Number && value.TryGetValue<double>(out var number) && number >= least && number <= most
            ? number
            : throw Fault(name, string.Create(CultureInfo.InvariantCulture, $"expected a number from {least} to {most}"));

    internal static string TextOf(string name, JsonNode? node, string expected) =>
        node is JsonValue value && value.GetValueKind() is JsonValueKind.String ? value.GetValue<string>() : throw Fault(name, $"expected {expected}");

    internal static T OneOf<T>(string name, JsonNode? node) where T : struct, Enum
    {
        var names = Enum.GetNames<T>().Select(one => one.ToLowerInvariant()).ToArray();
        var expected = string.Join(", ", names);
        return Array.IndexOf(names, TextOf(name, node, expected)) is var at and >= 0 ? Enum.GetValues<T>()[at] : throw Fault(name, $"expected {expected}");
    }

    /// <summary>"30s", "15m", "6h", "1d".</summary>
    internal static TimeSpan Span(string name, JsonNode? node, TimeSpan least, TimeSpan most)
    {
        var text = node is JsonValue value && value.GetValueKind() is JsonValueKind.String ? value.GetValue<string>() : "";
        var seconds = text.Length < 2 || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count > 100_000 ? -1
            : text[^1] switch { 's' => count, 'm' => count * 60L, 'h' => count * 3600L, 'd' => count * 86400L, _ => -1 };
        return seconds >= least.TotalSeconds && seconds <= most.TotalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw Fault(name, $"expected a time from {Text(least)} to {Text(most)}, such as 15m, 6h or 1d");
    }

    /// <summary>A time as it is written in a configuration.</summary>
    internal static string Text(TimeSpan span) => (long)span.TotalSeconds switch
    {
        > 0 and var seconds when seconds % 86400 == 0 => FormattableString.Invariant($"{seconds / 86400}d"),
        > 0 and var seconds when seconds % 3600 == 0 => FormattableString.Invariant($"{seconds / 3600}h"),
        > 0 and var seconds when seconds % 60 == 0 => FormattableString.Invariant($"{seconds / 60}m"),
        var seconds => FormattableString.Invariant($"{seconds}s"),
    };

    internal static InputFaultException Fault(string name, string expected) => new("the configuration", null, $"{name}: {expected}");
}
