using System.Buffers;
using System.Globalization;
using System.IO.Hashing;
using System.Text.Json;
using Cantor.Kernels;

namespace Cantor.Releases.Shards;

/// <summary>What a shard says of the build that it is of.</summary>
/// <param name="Begun">When the shard's build started.</param>
/// <param name="Engine">Which engine: another one, of the same version too, may rank differently.</param>
/// <param name="Options">The options that lists depend on, by name.</param>
/// <param name="Corpus">A hash of all that came of items and events.</param>
/// <param name="Items">How many items all shards rank together.</param>
/// <param name="LastChange">The last pushed change that the items hold.</param>
/// <param name="Read">Items that the sources gave.</param>
/// <param name="Duplicates">Items that a later one of the same id replaced.</param>
/// <param name="Terms">Distinct terms that two items or more have.</param>
sealed record ShardFacts(
    DateTimeOffset Begun, string Engine, IReadOnlyDictionary<string, string> Options, ulong Corpus, int Items, long LastChange, long Read, long Duplicates, int Terms)
{
    internal const string Section = "shard";

    // Each compilation has another, and one that repeats another has the same.
    internal static string EngineOfNow { get; } = typeof(ShardFacts).Module.ModuleVersionId.ToString("N");

    internal static ShardFacts Of(PreparedBuild build, BuildOptions options, DateTimeOffset begun) => new(
        begun, EngineOfNow, options.Named(), build.HashOfCorpus(), build.Summary.Items, options.LastChange, build.Fitted.Counts.Read, build.Fitted.Counts.Duplicates, build.Fitted.Text.Vocabulary.Count);

    /// <summary>The hash that shards of one build have in common: of all that lists depend on.</summary>
    internal ulong Inputs() => XxHash3.HashToUInt64((this with { Begun = default, Read = 0, Duplicates = 0 }).ToColumn().Span);

    /// <summary>How another shard's build differs, in words; empty when they are shards of one.</summary>
    internal IEnumerable<string> DifferencesTo(ShardFacts other)
    {
        if (Engine != other.Engine) yield return "the engine is another";
        foreach (var difference in DifferencesTo(other.Options)) yield return difference;
        if (LastChange != other.LastChange) yield return string.Create(CultureInfo.InvariantCulture, $"changes that were pushed are in it to number {LastChange}, not {other.LastChange}");
        if (Items != other.Items) yield return string.Create(CultureInfo.InvariantCulture, $"it has {Items} items, not {other.Items}");
        else if (Corpus != other.Corpus) yield return "its items or events hold something else";
    }

    /// <summary>How options differ, in words.</summary>
    internal IEnumerable<string> DifferencesTo(IReadOnlyDictionary<string, string> options) =>
        from name in Options.Keys.Union(options.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)
        let mine = Options.GetValueOrDefault(name, "none")
        let theirs = options.GetValueOrDefault(name, "none")
        where mine != theirs
        select $"{name} is {mine}, not {theirs}";

    internal Column<byte> ToColumn()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("begun"u8, Begun);
            json.WriteString("engine"u8, Engine);
            json.WriteStartObject("options"u8);
            foreach (var (name, value) in Options.OrderBy(option => option.Key, StringComparer.Ordinal)) json.WriteString(name, value);
            json.WriteEndObject();
            json.WriteNumber("corpus"u8, Corpus);
            json.WriteNumber("items"u8, Items);
            json.WriteNumber("lastChange"u8, LastChange);
            json.WriteNumber("read"u8, Read);
            json.WriteNumber("duplicates"u8, Duplicates);
            json.WriteNumber("terms"u8, Terms);
            json.WriteEndObject();
        }
        return Column<byte>.Of(buffer.WrittenSpan);
    }

    /// <exception cref="InvalidDataException">It is not what a build writes.</exception>
    internal static ShardFacts OfColumn(Column<byte> column)
    {
        try
        {
            using var document = JsonDocument.Parse(column.Span.ToArray());
            var root = document.RootElement;
            return new(
                root.GetProperty("begun").GetDateTimeOffset(), root.GetProperty("engine").GetString() ?? "",
                root.GetProperty("options").EnumerateObject().ToDictionary(option => option.Name, option => option.Value.GetString() ?? "", StringComparer.Ordinal),
                root.GetProperty("corpus").GetUInt64(), root.GetProperty("items").GetInt32(), root.GetProperty("lastChange").GetInt64(),
                root.GetProperty("read").GetInt64(), root.GetProperty("duplicates").GetInt64(), root.GetProperty("terms").GetInt32());
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"section {Section} is not what a build writes: {fault.Message}", fault);
        }
    }
}
