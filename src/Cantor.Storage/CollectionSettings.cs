using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cantor.Corpus;

namespace Cantor.Storage;

/// <summary>
/// What a collection's stored configuration says: <c>{"build":{"every":"1h","k":50,"lang":"ja"},"events":{"keepDays":90,"hashUnits":true},"releases":{"keep":5}}</c>;
/// every member may be missing.
/// </summary>
/// <param name="Every">How often the server builds, when something changed; null for only when it is asked.</param>
/// <param name="K">How many neighbors an item keeps, 1 to 1,000; null for the engine's default.</param>
/// <param name="Lang">The language of items that do not say theirs, a BCP 47 tag; null to detect it.</param>
/// <param name="KeepDays">How long events are kept, 1 to 36,500 days; null for ever.</param>
/// <param name="UnitSalt">What units of events are hashed with before they are stored, hexadecimal; null to store them as they are.</param>
/// <param name="Keep">How many of the newest releases are kept, those of aliases besides, 1 to 1,000.</param>
public sealed record CollectionSettings(TimeSpan? Every, int? K, string? Lang, int? KeepDays, string? UnitSalt, int Keep = CollectionSettings.DefaultKeep)
{
    /// <summary>How many of the newest releases are kept where nobody says.</summary>
    public const int DefaultKeep = 5;

    /// <summary>The most releases that may be kept.</summary>
    public const int MostKept = 1_000;

    /// <summary>The least time between two builds that nobody asked for.</summary>
    public static readonly TimeSpan LeastEvery = TimeSpan.FromSeconds(10);

    /// <summary>Reads a configuration.</summary>
    /// <exception cref="InputFaultException">A member is not known or not as expected; the message names it.</exception>
    public static CollectionSettings Parse(string config)
    {
        var settings = new CollectionSettings(null, null, null, null, null);
        foreach (var (name, part) in MergePatch.Parse(config, "the configuration"))
        {
            if (name is not ("build" or "events" or "releases") || part is not JsonObject fields) throw Fault(name, "expected the objects build, events and releases and nothing else");
            foreach (var (field, value) in fields)
                settings = (name, field) switch
                {
                    ("build", "every") => settings with { Every = Span(value) },
                    ("build", "k") => settings with { K = Whole("build.k", value, 1_000) },
                    ("build", "lang") => settings with { Lang = Text("build.lang", value, "a language tag such as en or ja") },
                    ("events", "keepDays") => settings with { KeepDays = Whole("events.keepDays", value, 36_500) },
                    ("events", "hashUnits") => value?.GetValueKind() is JsonValueKind.True or JsonValueKind.False ? settings : throw Fault("events.hashUnits", "expected true or false"),
                    ("events", Salt) => settings with { UnitSalt = Text("events.salt", value, "hexadecimal digits") },
                    ("releases", "keep") => settings with { Keep = Whole("releases.keep", value, MostKept) },
                    _ => throw Fault($"{name}.{field}", $"is not known; expected {name switch { "build" => "every, k, lang", "events" => "keepDays, hashUnits", _ => "keep" }}"),
                };
        }
        return settings;
    }

    /// <summary>
    /// A configuration as it is stored: with a salt of its own when units are to be hashed. The salt that is stored stays, so that a
    /// unit keeps its hash; who takes hashing away takes it away too.
    /// </summary>
    /// <exception cref="InputFaultException">A member is not known or not as expected, or the salt is given.</exception>
    public static string ToStored(string config, string? storedBefore)
    {
        Parse(config);
        var json = MergePatch.Parse(config, "the configuration");
        if (json["events"] is not JsonObject events) return config;
        if (events.ContainsKey(Salt)) throw Fault("events.salt", "is Cantor's own; expected keepDays, hashUnits");
        if (events["hashUnits"]?.GetValueKind() is not JsonValueKind.True) return config;
        events[Salt] = (storedBefore is null ? null : Parse(storedBefore).UnitSalt) ?? RandomNumberGenerator.GetHexString(32, lowercase: true);
        return json.ToJsonString(MergePatch.Plain);
    }

    /// <summary>A unit as it is stored.</summary>
    public string Unit(string unit) =>
        UnitSalt is null ? unit : Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(UnitSalt), Encoding.UTF8.GetBytes(unit)).AsSpan(0, 16));

    const string Salt = "salt";

    static int Whole(string name, JsonNode? node, int most) =>
        node is JsonValue value && value.GetValueKind() is JsonValueKind.Number && value.TryGetValue<int>(out var count) && count >= 1 && count <= most
            ? count
            : throw Fault(name, string.Create(CultureInfo.InvariantCulture, $"expected a whole number from 1 to {most}"));

    static string Text(string name, JsonNode? node, string expected) =>
        node is JsonValue value && value.GetValueKind() is JsonValueKind.String ? value.GetValue<string>() : throw Fault(name, $"expected {expected}");

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
