using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cantor.Corpus;

namespace Cantor.Storage;

/// <summary>What a collection's stored configuration says: <c>{"build":{"every":"1h","k":50,"lang":"ja"}}</c>; every member may be missing.</summary>
/// <param name="Every">How often the server builds, when something changed; null for only when it is asked.</param>
/// <param name="K">How many neighbors an item keeps, 1 to 1,000; null for the engine's default.</param>
/// <param name="Lang">The language of items that do not say theirs, a BCP 47 tag; null to detect it.</param>
public sealed record CollectionSettings(TimeSpan? Every, int? K, string? Lang)
{
    /// <summary>The least time between two builds that nobody asked for.</summary>
    public static readonly TimeSpan LeastEvery = TimeSpan.FromSeconds(10);

    /// <summary>Reads a configuration.</summary>
    /// <exception cref="InputFaultException">A member is not known or not as expected; the message names it.</exception>
    public static CollectionSettings Parse(string config)
    {
        var settings = new CollectionSettings(null, null, null);
        foreach (var (name, part) in MergePatch.Parse(config, "the configuration"))
        {
            if (name is not "build" || part is not JsonObject build) throw Fault(name, "expected an object build and nothing else");
            foreach (var (field, value) in build)
                settings = field switch
                {
                    "every" => settings with { Every = Span(value) },
                    "k" => settings with { K = value is JsonValue k && k.GetValueKind() is JsonValueKind.Number && k.TryGetValue<int>(out var count) && count is >= 1 and <= 1000 ? count : throw Fault("build.k", "expected a whole number from 1 to 1000") },
                    "lang" => settings with { Lang = value is JsonValue lang && lang.GetValueKind() is JsonValueKind.String ? lang.GetValue<string>() : throw Fault("build.lang", "expected a language tag such as en or ja") },
                    _ => throw Fault($"build.{field}", "is not known; expected every, k, lang"),
                };
        }
        return settings;
    }

    // "30s", "15m", "6h", "1d".
    static TimeSpan Span(JsonNode? node)
    {
        var text = node is JsonValue value && value.GetValueKind() is JsonValueKind.String ? value.GetValue<string>() : "";
        var seconds = text.Length < 2 || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count > 10_000 ? 0
            : text[^1] switch { 's' => count, 'm' => count * 60L, 'h' => count * 3600L, 'd' => count * 86400L, _ => 0 };
        return seconds >= LeastEvery.TotalSeconds ? TimeSpan.FromSeconds(seconds) : throw Fault("build.every", "expected a time from 10s on, such as 15m, 6h or 1d");
    }

    static InputFaultException Fault(string name, string expected) => new("the configuration", null, $"{name}: {expected}");
}
