using System.Numerics;
using System.CommandLine;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cantor.Corpus.Rows;
using Cantor.Corpus;
using Cantor.Releases;
using Cantor.Server;
using Cantor.Sources;
using Cantor.Sources.Config;
using Cantor.Storage;

namespace Cantor.Cli;

/// <summary>Options that several commands take.</summary>
static class Shared
{
    const int MostIdsCompared = 200_000, MostListed = 10;

    static readonly JsonSerializerOptions Readable = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    internal static Argument<string> Collection() => new("COLLECTION") { Description = "The collection's name: 1 to 64 of a-z, 0-9, - and _." };

    internal static Option<string> Data() => new("--data")
    {
        Description = "The data directory, or the variable CANTOR_DATA.",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("CANTOR_DATA") is { Length: > 0 } data ? data : "./cantor-data",
    };

    internal static Option<string?> Store() => new("--store")
    {
        Description = "Where changes, keys and aliases are kept: postgres://user:password@host/database, or a data directory. The variable CANTOR_STORE, else --data.",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("CANTOR_STORE") is { Length: > 0 } store ? store : null,
    };

    internal static Option<string?> Blobs() => new("--blobs")
    {
        Description = "Where release files are for all servers: a directory, s3://bucket/prefix or gs://bucket/prefix. The variable CANTOR_BLOBS; nowhere but in --data when not given.",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("CANTOR_BLOBS") is { Length: > 0 } blobs ? blobs : null,
    };

    internal static Option<bool> AsJson() => new("--json") { Description = "Print JSON for machines." };

    internal static Option<string?> Release() => new("--release") { Description = "A release: its version, live, canary, previous, or its file; the live one when not given." };

    internal static Option<string> ReasonLang() => new Option<string>("--lang") { Description = "What reasons are told in: en or ja.", DefaultValueFactory = _ => "en" }.AcceptOnlyFromAmong("en", "ja");

    internal static ReasonLanguage LanguageOf(string? lang) => lang == "ja" ? ReasonLanguage.Japanese : ReasonLanguage.English;

    internal static Option<string[]> Items() => new("--items")
    {
        Description = "Where items come from: .jsonl, .csv, .tsv, .json, .parquet files (.gz, .zst, globs), - for standard input, duckdb:SELECT …, postgres://…?query=SELECT …, bigquery://PROJECT?query=SELECT ….",
        AllowMultipleArgumentsPerToken = true,
    };

    internal static Option<string?> Map() => new("--map") { Description = "Renames columns, ours=theirs: body=text,title=headline." };

    internal static Option<long?> SkipBad() => new("--skip-bad") { Description = "How many bad rows are passed over and counted before one stops the command; 0 when not given." };

    internal static Option<int?> K() => new("--k") { Description = "The most neighbors an item keeps, 1 to 1,000; 50 when not given." };

    internal static Option<int?> Threads() => new("--threads") { Description = "How many threads work, 1 to 1,024; never changes the result. As many as there are cores when not given." };

    /// <summary>The option's value, which must lie in a range.</summary>
    /// <exception cref="InputFaultException">It does not.</exception>
    internal static T Between<T>(T least, T value, T most, string option) where T : INumber<T> =>
        value >= least && value <= most ? value : throw new InputFaultException(option, null, FormattableString.Invariant($"expected {least:#,0.##} to {most:#,0.##}, found {value}"));

    internal static void PrintJson<T>(T value) => Console.Out.WriteLine(JsonSerializer.Serialize(value, Readable));

    /// <summary>A text as JSON, quotes included; letters of any script stay as they are.</summary>
    internal static string Json(string text) => JsonSerializer.Serialize(text, Readable);

    internal static string Text(ReadOnlySpan<byte> utf8) => Encoding.UTF8.GetString(utf8);

    /// <summary>Opens the store that a command acts on.</summary>
    internal static Task<Store> OpenStoreAsync(string? store, string data, CancellationToken cancellationToken) =>
        Cantor.Storage.Store.OpenAsync(store ?? data, TimeProvider.System, cancellationToken);

    /// <summary>Opens the store that a command acts on, which has the collection.</summary>
    /// <exception cref="InputFaultException">It is no data directory, or there is no such collection in it.</exception>
    internal static async Task<Store> OpenKnownAsync(string? store, string data, string collection, CancellationToken cancellationToken)
    {
        if (store is null) OpenRegistry(data, collection).Dispose();
        var opened = await OpenStoreAsync(store, data, cancellationToken);
        try
        {
            var names = (await opened.Collections.ListAsync(cancellationToken)).Select(one => one.Name).ToList();
            return names.Contains(collection) ? opened : throw new InputFaultException("COLLECTION", null, NoCollection(collection, opened.Name, names));
        }
        catch
        {
            await opened.DisposeAsync();
            throw;
        }
    }

    static string NoCollection(string collection, string place, IReadOnlyList<string> names) =>
        $"there is no collection {collection} in {place}; {DidYouMean(collection, names) ?? (names.Count == 0 ? "there is none yet" : "there are: " + Some(names))}";

    /// <summary>Opens the registry of a data directory that has the collection.</summary>
    /// <exception cref="InputFaultException">It is no data directory, or there is no such collection in it.</exception>
    internal static Registry OpenRegistry(string data, string collection)
    {
        if (!File.Exists(Path.Combine(data, "cantor.db")))
            throw new InputFaultException("--data", null, $"there is no cantor.db in {data}; expected a data directory that cantor build has written");
        var registry = Registry.Open(data, TimeProvider.System);
        try
        {
            registry.Reconcile();
            var names = registry.Collections();
            return names.Contains(collection)
                ? registry
                : throw new InputFaultException("COLLECTION", null, NoCollection(collection, data, names));
        }
        catch
        {
            registry.Dispose();
            throw;
        }
    }

    /// <summary>The file that a release is named by; null when it is named by a version or an alias.</summary>
    static string? FileOf(string? name, string option) =>
        name is null || !name.EndsWith(ReleaseFile, StringComparison.Ordinal) && !name.Contains('/', StringComparison.Ordinal) ? null
        : File.Exists(name) ? name : throw new InputFaultException(option, null, $"there is no file {name}");

    const string ReleaseFile = ".cantor";

    static AliasName? AliasOf(string name) => Enum.GetValues<AliasName>().Cast<AliasName?>().FirstOrDefault(alias => alias!.Value.Text() == name);

    /// <exception cref="InputFaultException">There is none such.</exception>
    static RegisteredRelease FindRelease(Registry registry, string collection, string? name, string option)
    {
        var version = name switch
        {
            null => registry.Alias(collection, AliasName.Live) ?? throw new InputFaultException("COLLECTION", null, $"{collection} has no live release; name one with {option}"),
            _ when AliasOf(name) is { } alias => registry.Alias(collection, alias) ?? throw new InputFaultException(option, null, $"{collection} has no {name} release; cantor releases {collection} lists them"),
            _ => ReleaseVersion.TryParse(name, out var wanted) ? wanted : (ReleaseVersion?)null,
        };
        return version is { } found && registry.Find(collection, found) is { } release
            ? release
            : throw new InputFaultException(option, null, $"{collection} has no release {name}; expected a version that cantor releases {collection} lists, {string.Join(", ", Enum.GetValues<AliasName>().Select(alias => alias.Text()))}, or a .cantor file");
    }

    /// <summary>Brings a release's file to this machine where it is not there yet; nothing happens where it is nowhere.</summary>
    internal static async Task FetchAsync(RegisteredRelease release, string? blobs, CancellationToken cancellationToken)
    {
        if (!release.Missing || blobs is null) return;
        using var place = ReleaseBlobs.Open(blobs, TimeProvider.System);
        await place.FetchAsync(release.Collection, release.Version, Path.GetDirectoryName(release.Path)!, cancellationToken);
    }

    /// <summary>Opens a release of the collection with what was pushed, deleted and hidden laid over it.</summary>
    /// <param name="store">The store; null for the data directory.</param>
    /// <param name="blobs">Where release files come from that are not in the data directory yet; null for nowhere.</param>
    /// <param name="data">The data directory.</param>
    /// <param name="collection">The collection.</param>
    /// <param name="name">A version, an alias or a release's file; null for the live one.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <param name="option">What the user named it by, for faults.</param>
    /// <exception cref="InputFaultException">There is none such.</exception>
    internal static async Task<LaidRelease> OpenLaidAsync(
        string? store, string? blobs, string data, string collection, string? name, CancellationToken cancellationToken, string option = "--release")
    {
        await using var opened = await OpenKnownAsync(store, data, collection, cancellationToken);
        if (FileOf(name, option) is not { } path)
        {
            using var registry = opened.Registry(data);
            var release = FindRelease(registry, collection, name, option);
            await FetchAsync(release, blobs, cancellationToken);
            path = release.Path;
        }
        var laid = await LaidRelease.OpenAsync(opened, path, TimeProvider.System.GetUtcNow(), cancellationToken);
        if (laid.Summary.Collection == collection) return laid;
        laid.Dispose();
        throw new InputFaultException(option, null, $"{path} is a release of {laid.Summary.Collection}; expected one of {collection}");
    }

    /// <summary>What to say of an id that is not known or must not be shown: which is not told.</summary>
    internal static InputFaultException NoItem(LaidRelease laid, string id)
    {
        // Those that stand where it would stand first: they begin as it does.
        string[] ids = [.. laid.Ids().Order(StringComparer.Ordinal)];
        var at = Array.BinarySearch(ids, id, StringComparer.Ordinal) is var found && found < 0 ? ~found : found;
        var like = DidYouMean(id, ids[Math.Max(0, at - MostIdsCompared / 2)..Math.Min(ids.Length, at + MostIdsCompared / 2)]);
        return new("ID", null, $"there is no item {id} in release {laid.Summary.Version} of {laid.Summary.Collection}{(like is null ? "" : "; " + like)}");
    }

    internal static string? DidYouMean(string sought, IEnumerable<string> names) =>
        CloseNames.Of(sought, names) is { Count: > 0 } close ? $"did you mean {string.Join(" or ", close)}?" : null;

    static string Some(IReadOnlyCollection<string> names) =>
        string.Join(", ", names.Take(MostListed)) + (names.Count > MostListed ? FormattableString.Invariant($" and {names.Count - MostListed:N0} more") : "");

    /// <summary>The ids of all items, in the order of their ordinals.</summary>
    internal static ItemId[] Ids(Release release)
    {
        var ids = new ItemId[release.Count];
        for (var row = 0; row < ids.Length; row++) ids[row] = ItemId.Parse(Text(release.IdOf(new(row))));
        return ids;
    }

    /// <summary>How a collection is built: what its <c>cantor.yaml</c> says over what is usual. The file of terms is not read here.</summary>
    internal static BuildOptions BuildOptions(CollectionConfig? file, int threads)
    {
        var usual = new BuildOptions { Threads = threads };
        return file is null ? usual : usual with
        {
            K = file.K ?? usual.K,
            Seed = file.Seed ?? usual.Seed,
            AsOf = file.AsOf,
            Lang = file.Lang,
            CoViews = file.CoViews,
            Vectors = file.Vectors,
            Weights = file.Weights,
            Duplicates = file.Duplicates ?? usual.Duplicates,
            IdWords = file.IdWords,
            Candidates = file.Candidates ?? usual.Candidates,
            MinRecall = file.MinRecall ?? usual.MinRecall,
            Diversity = file.Diversity ?? usual.Diversity,
            Age = file.Age,
        };
    }

    internal static SourceOptions Options(SourceOptions given, string? map, long? skipBad) => given with
    {
        Map = map is null ? given.Map : ColumnMap.Parse(map, ItemParser.Columns),
        SkipBad = Between(0, skipBad ?? given.SkipBad, int.MaxValue, "--skip-bad"),
        StandardInput = Console.OpenStandardInput(),
    };
}
