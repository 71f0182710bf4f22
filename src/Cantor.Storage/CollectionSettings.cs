using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cantor.Corpus;
using Cantor.Storage.Rollouts;
using static Cantor.Storage.ConfigValues;

namespace Cantor.Storage;

/// <summary>
/// What a collection's stored configuration says: <c>{"build":{"every":"1h","k":50,"lang":"ja","publish":"canary"},"events":{"keepDays":90,"hashUnits":true},
/// "releases":{"keep":5},"rollout":{…},"gate":{…}}</c>; every member may be missing. docs/rollouts.md has the last two.
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

    /// <summary>What units of stored events may have been hashed with before: hashing was taken away meanwhile, or a dump brought them.</summary>
    public IReadOnlyList<string> FormerSalts { get; init; } = [];

    /// <summary>True when what the server builds is tried as a canary first.</summary>
    public bool PublishCanary { get; init; }

    /// <summary>How a new release is tried before it is live.</summary>
    public RolloutPlan Rollout { get; init; } = new();

    /// <summary>Reads a configuration.</summary>
    /// <exception cref="InputFaultException">A member is not known or not as expected; the message names it.</exception>
    public static CollectionSettings Parse(string config)
    {
        var settings = new CollectionSettings(null, null, null, null, null);
        foreach (var (name, part) in MergePatch.Parse(config, "the configuration"))
            foreach (var (field, value) in FieldsOf(name, part)) settings = settings.With(name, field, value);
        return settings.Rollout.Fault() is { } fault ? throw Fault("rollout", fault) : settings;
    }

    /// <summary>Reads what this program knows of a configuration that a newer one may have stored: the rest is as if it were not there.</summary>
    /// <exception cref="InputFaultException">It is no JSON object.</exception>
    public static CollectionSettings Known(string config)
    {
        var settings = new CollectionSettings(null, null, null, null, null);
        foreach (var (name, part) in MergePatch.Parse(config, "the configuration"))
            foreach (var (field, value) in part as JsonObject ?? [])
                try
                {
                    settings = settings.With(name, field, value);
                }
                catch (InputFaultException)
                {
                    // A newer program's.
                }
        return settings.Rollout.Fault() is null ? settings : settings with { Rollout = new() };
    }

    static JsonObject FieldsOf(string name, JsonNode? part) =>
        name is "build" or "events" or "releases" or "rollout" or "gate" && part is JsonObject fields ? fields
        : throw Fault(name, "expected the objects build, events, releases, rollout and gate and nothing else");

    CollectionSettings With(string name, string field, JsonNode? value) => (name, field) switch
    {
        ("build", "every") => this with { Every = Span("build.every", value, LeastEvery, TimeSpan.FromDays(10_000)) },
        ("build", "k") => this with { K = Whole("build.k", value, 1, 1_000) },
        ("build", "lang") => this with { Lang = TextOf("build.lang", value, "a language tag such as en or ja") },
        ("build", "publish") => this with { PublishCanary = TextOf("build.publish", value, "live or canary") is var target && target is "live" or "canary" ? target is "canary" : throw Fault("build.publish", "expected live or canary") },
        ("events", "keepDays") => this with { KeepDays = Whole("events.keepDays", value, 1, 36_500) },
        ("events", "hashUnits") => value?.GetValueKind() is JsonValueKind.True or JsonValueKind.False ? this : throw Fault("events.hashUnits", "expected true or false"),
        ("events", Salt) => this with { UnitSalt = TextOf("events.salt", value, "hexadecimal digits") },
        ("events", Former) => this with { FormerSalts = [.. (value as JsonArray ?? throw Fault("events.formerSalts", "expected an array")).Select(salt => TextOf("events.formerSalts", salt, "hexadecimal digits"))] },
        ("releases", "keep") => this with { Keep = Whole("releases.keep", value, 1, MostKept) },
        ("rollout", _) => this with { Rollout = Rollout.With(field, value) },
        ("gate", _) => this with { Rollout = Rollout with { Gate = Rollout.Gate.With(field, value) } },
        _ => throw Fault($"{name}.{field}", $"is not known; expected {name switch { "build" => "every, k, lang, publish", "events" => "keepDays, hashUnits", _ => "keep" }}"),
    };

    /// <summary>
    /// A configuration as it is stored: with a salt of its own when units are to be hashed. The salt that is stored stays, so that a
    /// unit keeps its hash; who takes hashing away leaves it for the events that are there.
    /// </summary>
    /// <exception cref="InputFaultException">A member is not known or not as expected, or the salt is given.</exception>
    public static string ToStored(string config, string? storedBefore)
    {
        Parse(config);
        var json = MergePatch.Parse(config, "the configuration");
        foreach (var own in new[] { Salt, Former })
            if (json["events"]?[own] is not null) throw Fault($"events.{own}", "is Cantor's own; expected keepDays, hashUnits");
        var before = storedBefore is null ? [] : Known(storedBefore).Salts;
        if (json["events"]?["hashUnits"]?.GetValueKind() is not JsonValueKind.True) return WithFormer(json, before) ?? config;
        var salt = before.LastOrDefault() ?? RandomNumberGenerator.GetHexString(32, lowercase: true);
        json["events"]![Salt] = salt;
        return WithFormer(json, before.Where(one => one != salt)) ?? json.ToJsonString(MergePatch.Plain);
    }

    /// <summary>A stored configuration with the salts of another one, from which events come; null when it has them all.</summary>
    /// <exception cref="InputFaultException">One of the two is no JSON object.</exception>
    internal static string? WithSaltsOf(string other, string config) => WithFormer(MergePatch.Parse(config, "the configuration"), Known(other).Salts.Except(Known(config).Salts));

    static string? WithFormer(JsonObject config, IEnumerable<string> salts)
    {
        JsonNode[] added = [.. salts.Select(salt => JsonValue.Create(salt))];
        if (added.Length == 0) return null;
        if (config["events"] is not JsonObject events) config["events"] = events = [];
        if (events[Former] is not JsonArray former) events[Former] = former = [];
        foreach (var salt in added) former.Add(salt);
        return config.ToJsonString(MergePatch.Plain);
    }

    /// <summary>All of them, the one that is hashed with last.</summary>
    IEnumerable<string> Salts => UnitSalt is null ? FormerSalts : FormerSalts.Append(UnitSalt);

    /// <summary>A unit as it is stored.</summary>
    public string Unit(string unit) => UnitSalt is null ? unit : Hash(UnitSalt, unit);

    /// <summary>All that a unit may be stored as: as it came, and hashed with what units are or were hashed with.</summary>
    public IEnumerable<string> Units(string unit) => Salts.Select(salt => Hash(salt, unit)).Prepend(unit);

    static string Hash(string salt, string unit) => Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(salt), Encoding.UTF8.GetBytes(unit)).AsSpan(0, 16));

    const string Salt = "salt", Former = "formerSalts";
}
