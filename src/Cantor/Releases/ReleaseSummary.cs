using System.Buffers;
using System.Text.Json;
using Cantor.Kernels;
using Cantor.Neighbors;
using Cantor.Ranking;
using Cantor.Signals.Vectors;

namespace Cantor.Releases;

/// <summary>What a release says of itself.</summary>
public sealed record ReleaseSummary
{
    /// <summary>The collection it is of.</summary>
    public required string Collection { get; init; }

    /// <summary>Its version; the time in it is in the file's name only.</summary>
    public ReleaseVersion Version { get; init; }

    /// <summary>The file's size.</summary>
    public long Bytes { get; init; }

    /// <summary>How many items it holds.</summary>
    public required int Items { get; init; }

    /// <summary>How many neighbors all lists hold together.</summary>
    public required long Neighbors { get; init; }

    /// <summary>"built" by Cantor's engine, or "imported" lists that someone else computed.</summary>
    public required string Provenance { get; init; }

    /// <summary>The most neighbors an item has.</summary>
    public required int K { get; init; }

    /// <summary>What chance was seeded with.</summary>
    public ulong Seed { get; init; }

    /// <summary>The time the build was asked to look from; null for none.</summary>
    public DateTimeOffset? AsOf { get; init; }

    /// <summary>The number of the last pushed change that is folded in; 0 for none.</summary>
    public long LastChange { get; init; }

    /// <summary>True when scores are calibrated to be comparable between collections; false: a score is the strength.</summary>
    public bool Calibrated => Calibration is not null;

    /// <summary>The language that the build gave items which name none; null when it detected theirs.</summary>
    internal string? Lang { get; init; }

    /// <summary>True when the words of ids count as words of titles.</summary>
    internal bool IdWords { get; init; }

    /// <summary>How much less old items are worth in lists; null when age does not count.</summary>
    public AgeOptions? Age { get; init; }

    /// <summary>The moment that ages count back from, where they count.</summary>
    internal DateTimeOffset AgesFrom { get; init; }

    /// <summary>What makes scores of strengths; null when scores are strengths.</summary>
    internal Calibration? Calibration { get; init; }

    /// <summary>How many of the truly closest items were found; null in releases of lists that someone else computed.</summary>
    public Recall? Recall { get; init; }

    /// <summary>What the vectors were that the release was built from; null when there were none.</summary>
    public VectorSummary? Vectors { get; init; }

    /// <summary>The engine's version.</summary>
    public required string EngineVersion { get; init; }

    /// <summary>The signals and what a score of 1 of each adds.</summary>
    public required IReadOnlyList<(string Name, float Weight)> Signals { get; init; }

    /// <summary>Writes the meta section: everything but what the file's name and size say.</summary>
    internal Column<byte> ToMeta()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("collection"u8, Collection);
            json.WriteNumber("items"u8, Items);
            json.WriteNumber("neighbors"u8, Neighbors);
            json.WriteString("provenance"u8, Provenance);
            json.WriteNumber("k"u8, K);
            json.WriteNumber("seed"u8, Seed);
            if (AsOf is { } asOf) json.WriteString("asOf"u8, asOf);
            json.WriteNumber("lastChange"u8, LastChange);
            if (Lang is not null) json.WriteString("lang"u8, Lang);
            if (IdWords) json.WriteBoolean("idWords"u8, true);
            if (Age is not null)
            {
                json.WriteStartObject("age"u8);
                json.WriteNumber("weight"u8, Age.Weight);
                json.WriteNumber("halfLifeDays"u8, Age.HalfLifeDays);
                json.WriteString("from"u8, AgesFrom);
                json.WriteEndObject();
            }
            if (Calibration is { } calibration)
            {
                json.WriteStartArray("calibration"u8);
                json.WriteNumberValue(calibration.A);
                json.WriteNumberValue(calibration.B);
                json.WriteEndArray();
            }
            if (Recall is not null)
            {
                json.WriteStartArray("recall"u8);
                json.WriteNumberValue(Recall.Value);
                json.WriteNumberValue(Recall.Sampled);
                json.WriteEndArray();
            }
            if (Vectors is { } vectors)
            {
                json.WriteStartObject("vectors"u8);
                json.WriteNumber("items"u8, vectors.Items);
                json.WriteNumber("dimensions"u8, vectors.Dimensions);
                json.WriteString("method"u8, MethodNames[(int)vectors.Method]);
                if (vectors.Recall is { } recall) json.WriteNumber("recall"u8, recall);
                if (vectors.Encoder is not null) json.WriteString("encoder"u8, vectors.Encoder);
                json.WriteEndObject();
            }
            json.WriteString("engine"u8, EngineVersion);
            json.WriteStartArray("signals"u8);
            foreach (var (name, weight) in Signals)
            {
                json.WriteStartObject();
                json.WriteString("name"u8, name);
                json.WriteNumber("weight"u8, weight);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Column<byte>.Of(buffer.WrittenSpan);
    }

    static VectorSummary VectorsOf(JsonElement vectors) => new(
        vectors.GetProperty("items").GetInt32(), vectors.GetProperty("dimensions").GetInt32(),
        Array.IndexOf(MethodNames, vectors.GetProperty("method").GetString()) is >= 0 and var method
            ? (PairMethod)method
            : throw new FormatException($"the method of vectors is {vectors.GetProperty("method")}; expected one of {string.Join(", ", MethodNames)}"),
        vectors.TryGetProperty("recall", out var recall) ? recall.GetDouble() : null,
        vectors.TryGetProperty("encoder", out var encoder) ? encoder.GetString() : null);

    static readonly string[] MethodNames = ["auto", "exact", "bytes", "pruned"];

    /// <summary>Reads the meta section.</summary>
    /// <exception cref="InvalidDataException">It is not what a build writes.</exception>
    internal static ReleaseSummary OfMeta(Column<byte> meta, ReleaseVersion version, long bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(meta.Span.ToArray());
            var root = document.RootElement;
            return new()
            {
                Collection = root.GetProperty("collection").GetString() ?? throw new InvalidDataException("the collection is null"),
                Version = version,
                Bytes = bytes,
                Items = root.GetProperty("items").GetInt32(),
                Neighbors = root.GetProperty("neighbors").GetInt64(),
                Provenance = root.GetProperty("provenance").GetString() ?? "",
                K = root.GetProperty("k").GetInt32(),
                Seed = root.GetProperty("seed").GetUInt64(),
                AsOf = root.TryGetProperty("asOf", out var asOf) ? asOf.GetDateTimeOffset() : null,
                LastChange = root.GetProperty("lastChange").GetInt64(),
                Lang = root.TryGetProperty("lang", out var lang) ? lang.GetString() : null,
                IdWords = root.TryGetProperty("idWords", out var idWords) && idWords.GetBoolean(),
                Age = root.TryGetProperty("age", out var age) ? new(age.GetProperty("weight").GetDouble(), age.GetProperty("halfLifeDays").GetDouble()) : null,
                AgesFrom = age.ValueKind == JsonValueKind.Object ? age.GetProperty("from").GetDateTimeOffset() : default,
                Calibration = root.TryGetProperty("calibration", out var curve)
                    ? new(curve[0].GetDouble(), curve[1].GetDouble(), root.GetProperty("items").GetInt32())
                    : null,
                Recall = root.TryGetProperty("recall", out var recall) ? new(recall[0].GetDouble(), recall[1].GetInt32()) : null,
                Vectors = root.TryGetProperty("vectors", out var vectors) ? VectorsOf(vectors) : null,
                EngineVersion = root.GetProperty("engine").GetString() ?? "",
                Signals = [.. root.GetProperty("signals").EnumerateArray().Select(signal =>
                    (signal.GetProperty("name").GetString() ?? "", signal.GetProperty("weight").GetSingle()))],
            };
        }
        catch (Exception fault) when (fault is IndexOutOfRangeException or JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"section meta is not what a build writes: {fault.Message}", fault);
        }
    }
}
