using System.Collections.Frozen;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Cantor.Corpus.Rows;
using Cantor.Corpus;
using Cantor.Neighbors;
using Cantor.Ranking;
using Cantor.Releases;
using Cantor.Signals;
using Cantor.Signals.CoViews;
using Cantor.Signals.Vectors;

namespace Cantor.Sources.Config;

/// <summary>Where a new release goes.</summary>
public enum PublishTarget
{
    /// <summary>It is served at once.</summary>
    Live,

    /// <summary>It is served to a part of the units until it is promoted.</summary>
    Canary,

    /// <summary>It stays in the data directory until someone names it.</summary>
    None,
}

/// <summary>
/// What a <c>cantor.yaml</c> says about building one collection. Null, and an empty list of sources, mean that the file does not
/// say. <c>api/cantor.schema.json</c> describes the file for editors.
/// </summary>
public sealed partial record CollectionConfig
{
    internal const int MaxK = 1_000;
    internal const double MaxWeight = 2;
    internal const int MostKept = 1_000;

    /// <summary>The fields that a <c>cantor.yaml</c> may have.</summary>
    public static readonly string[] FieldNames = ["collection", "items", "events", "map", "skipBad", "memoryLimitMiB", "statementTimeoutSeconds", "k", "seed", "asOf", "lang", "terms", "signals", "duplicates", "idWords", "diversity", "age", "candidates", "minRecall", "publish", "releases", "rollout", "gate"];

    /// <summary>The directory of the file; relative paths in it begin there.</summary>
    public required string Directory { get; init; }

    /// <summary>The collection the file is about.</summary>
    public string? Collection { get; init; }

    /// <summary>The sources of items, variables of the environment put in.</summary>
    public IReadOnlyList<string> Items { get; init; } = [];

    /// <summary>The sources of events, variables of the environment put in.</summary>
    public IReadOnlyList<string> Events { get; init; } = [];

    /// <summary>The names of the items' columns.</summary>
    public ColumnMap ItemMap { get; init; } = ColumnMap.Same;

    /// <summary>The names of the events' columns.</summary>
    public ColumnMap EventMap { get; init; } = ColumnMap.Same;

    /// <summary>How many bad rows are passed over, 0 or more.</summary>
    public long? SkipBad { get; init; }

    /// <summary>How much memory DuckDB may take, in bytes.</summary>
    public long? MemoryLimitBytes { get; init; }

    /// <summary>How long a PostgreSQL query may take.</summary>
    public TimeSpan? StatementTimeout { get; init; }

    /// <summary>How many neighbors an item keeps, 1 to 1,000.</summary>
    public int? K { get; init; }

    /// <summary>The seed of everything that is drawn by chance.</summary>
    public ulong? Seed { get; init; }

    /// <summary>The moment the build looks from.</summary>
    public DateTimeOffset? AsOf { get; init; }

    /// <summary>The language of items that do not say theirs, as a BCP 47 tag.</summary>
    public string? Lang { get; init; }

    /// <summary>The file of terms that stay whole, a full path.</summary>
    public string? Terms { get; init; }

    /// <summary>What signals count beside text, as <see cref="FitOptions.Weights"/>.</summary>
    public IReadOnlyDictionary<string, double> Weights { get; init; } = FrozenDictionary<string, double>.Empty;

    /// <summary>What happens to near-duplicates.</summary>
    public Duplicates? Duplicates { get; init; }

    /// <summary>Whether the words of ids count as words of titles; null to see whether they are names.</summary>
    public bool? IdWords { get; init; }

    /// <summary>See <see cref="BuildOptions.Diversity"/>.</summary>
    public double? Diversity { get; init; }

    /// <summary>See <see cref="BuildOptions.Age"/>.</summary>
    public AgeOptions? Age { get; init; }

    /// <summary>See <see cref="BuildOptions.Candidates"/>.</summary>
    public Candidates? Candidates { get; init; }

    /// <summary>See <see cref="BuildOptions.MinRecall"/>.</summary>
    public double? MinRecall { get; init; }

    /// <summary>How the items' vectors relate them.</summary>
    public VectorOptions Vectors { get; init; } = new();

    /// <summary>The directory of the model that makes vectors of texts, a full path; null where the items have their own or none.</summary>
    public string? Encoder { get; init; }

    /// <summary>How events relate items.</summary>
    public CoViewOptions CoViews { get; init; } = new();

    /// <summary>Where a new release goes.</summary>
    public PublishTarget? Publish { get; init; }

    /// <summary>How many of the newest releases stay after the build, 1 to 1,000; those that an alias names stay besides.</summary>
    public int? Keep { get; init; }

    /// <summary>The parts <c>rollout</c> and <c>gate</c>, as the store keeps them: how a new release is tried. Null when the file has neither.</summary>
    public JsonObject? Serving { get; init; }

    const string InVariable = "env:";

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file; <c>env:NAME</c> where a variable of the environment holds its text, whose paths then begin in the working directory.</param>
    /// <param name="environment">Gives the value of a variable of the environment, or null.</param>
    /// <exception cref="InputFaultException">The file cannot be read, or a field of it is wrong; the fault names line and field.</exception>
    public static CollectionConfig Load(string path, Func<string, string?> environment) => path.StartsWith(InVariable, StringComparison.Ordinal)
        ? Read(
            YamlFields.Parse(path, environment(path[InVariable.Length..]) ?? throw new InputFaultException(path, null, "the variable is not set; expected one that holds a cantor.yaml"), FieldNames),
            Environment.CurrentDirectory, environment)
        : Read(YamlFields.Load(path, FieldNames), Path.GetDirectoryName(Path.GetFullPath(path))!, environment);

    static AgeOptions? AgeOf(YamlFields age)
    {
        var (plain, weight, halfLifeDays) = (new AgeOptions(), age.Number("weight", 0, AgeOptions.MostWeight), age.Number("halfLifeDays", .01, 36500));
        return weight is null && halfLifeDays is null ? null : new(weight ?? plain.Weight, halfLifeDays ?? plain.HalfLifeDays);
    }

    /// <summary>Reads the fields of a file, or of a part of another file that holds the same.</summary>
    /// <param name="root">The fields, some of <see cref="FieldNames"/>.</param>
    /// <param name="directory">Where relative paths begin, a full path.</param>
    /// <param name="environment">Gives the value of a variable of the environment, or null.</param>
    /// <exception cref="InputFaultException">A field is wrong; the fault names file, line and field.</exception>
    public static CollectionConfig Read(YamlFields root, string directory, Func<string, string?> environment)
    {
        var map = root.Fields("map", ["items", "events"]);
        var signals = root.Fields("signals", [.. FitOptions.MostWeights.Select(known => known.Signal), "vectors", "coviews"]);
        var weights = FitOptions.MostWeights.Select(known => (known.Signal, Weight: signals.Fields(known.Signal, ["weight"]).Number("weight", 0, known.Most)))
            .Where(given => given.Weight is not null).ToFrozenDictionary(given => given.Signal, given => given.Weight!.Value);
        var coviews = signals.Fields("coviews", ["weight", "ordered", "halfLifeDays", "popularity", "maxItemsPerUnit"]);
        var vectors = signals.Fields("vectors", ["weight", "method", "minRecall", "encoder"]);
        var (plain, plainVectors) = (new CoViewOptions(), new VectorOptions());
        return new()
        {
            Directory = directory,
            Collection = root.Text("collection", CollectionName(), "1 to 64 of a-z, 0-9, - and _, a letter or digit first"),
            Items = root.Texts("items", text => Expand(text, environment)),
            Events = root.Texts("events", text => Expand(text, environment)),
            ItemMap = map.Map("items", ItemParser.Columns),
            EventMap = map.Map("events", EventParser.Columns),
            SkipBad = (long?)root.Whole("skipBad", 0, int.MaxValue),
            MemoryLimitBytes = (long?)root.Whole("memoryLimitMiB", 256, 1 << 20) << 20,
            StatementTimeout = root.Whole("statementTimeoutSeconds", 1, 7 * 24 * 3600) is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            K = (int?)root.Whole("k", 1, MaxK),
            Seed = root.Whole("seed", 0, ulong.MaxValue),
            AsOf = root.Time("asOf"),
            Lang = root.Text("lang", LanguageTag(), "a language tag such as en, ja or pt-BR"),
            Terms = root.Text("terms", AnyText(), "the path of a file") is { } terms ? Path.Combine(directory, terms) : null,
            Weights = weights,
            Duplicates = root.OneOf<Duplicates>("duplicates"),
            IdWords = root.Truth("idWords"),
            Diversity = root.Number("diversity", 0, 1),
            Age = AgeOf(root.Fields("age", ["weight", "halfLifeDays"])),
            Candidates = root.OneOf<Candidates>("candidates"),
            MinRecall = root.Number("minRecall", 0, 1),
            CoViews = new()
            {
                Weight = coviews.Number("weight", 0, MaxWeight) ?? plain.Weight,
                Ordered = coviews.Truth("ordered") ?? plain.Ordered,
                HalfLifeDays = coviews.Number("halfLifeDays", .01, 36500),
                Popularity = coviews.Number("popularity", 0, 1) ?? plain.Popularity,
                MaxItemsPerUnit = (int?)coviews.Whole("maxItemsPerUnit", 2, 10_000) ?? plain.MaxItemsPerUnit,
            },
            Vectors = new()
            {
                Weight = vectors.Number("weight", 0, MaxWeight) ?? plainVectors.Weight,
                Method = vectors.OneOf<PairMethod>("method") ?? plainVectors.Method,
                MinRecall = vectors.Number("minRecall", 0, 1) ?? plainVectors.MinRecall,
            },
            Encoder = vectors.Text("encoder", AnyText(), "the path of a directory") is { } encoder ? Path.Combine(directory, encoder) : null,
            Publish = root.OneOf<PublishTarget>("publish"),
            Keep = (int?)root.Fields("releases", ["keep"]).Whole("keep", 1, MostKept),
            Serving = ServingFields.Read(root),
        };
    }

    /// <summary>How this file's items are read: <paramref name="defaults"/>, and over them what the file says.</summary>
    public SourceOptions ItemOptions(SourceOptions defaults) => Options(defaults) with { Map = ItemMap };

    /// <summary>How this file's events are read: <paramref name="defaults"/>, and over them what the file says.</summary>
    public SourceOptions EventOptions(SourceOptions defaults) => Options(defaults) with { Map = EventMap };

    SourceOptions Options(SourceOptions defaults) => defaults with
    {
        WorkingDirectory = Directory,
        SkipBad = SkipBad ?? defaults.SkipBad,
        MemoryLimitBytes = MemoryLimitBytes ?? defaults.MemoryLimitBytes,
        StatementTimeout = StatementTimeout ?? defaults.StatementTimeout,
    };

    // "${NAME}" is the variable's value and "$${" is "${" itself. The fault is what is wrong, without the text around it.
    static (string Text, string? Fault) Expand(string text, Func<string, string?> environment)
    {
        string? fault = null;
        var expanded = Variable().Replace(text, match =>
        {
            if (match.Value == "$${") return "${";
            if (!match.Groups[1].Success) fault ??= "expected a name in ${…}; $${ stands for ${ itself";
            else if (environment(match.Groups[1].Value) is { } value) return value;
            else fault ??= $"the variable {match.Groups[1].Value} is not set";
            return "";
        });
        return (expanded, fault);
    }

    [GeneratedRegex(@"\$\$\{|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)\})?")]
    private static partial Regex Variable();

    [GeneratedRegex(@"^[a-z0-9][a-z0-9_-]{0,63}\z")]
    private static partial Regex CollectionName();

    [GeneratedRegex(@"\S")]
    private static partial Regex AnyText();

    [GeneratedRegex(@"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*\z")]
    private static partial Regex LanguageTag();
}
