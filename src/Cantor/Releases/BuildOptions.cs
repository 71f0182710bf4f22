using System.Globalization;
using Cantor.Kernels;
using Cantor.Ranking;
using Cantor.Signals;
using Cantor.Signals.CoViews;
using Cantor.Text;

namespace Cantor.Releases;

/// <summary>How a release is built.</summary>
public sealed record BuildOptions : FitOptions
{
    /// <summary>The language of items that name none, a BCP 47 tag; null to detect it for each.</summary>
    public string? Lang { get; init; }

    /// <summary>Terms that stay whole, kept in the release; null for none.</summary>
    public TermDictionary? Dictionary { get; init; }

    /// <summary>The number of the last pushed change that the items hold; 0 for none.</summary>
    public long LastChange { get; init; }

    /// <summary>How much different neighbors are preferred to closer ones, 0 to 1: 0 lists the closest, .3 spreads topics.</summary>
    public double Diversity { get; init; }

    /// <summary>How much less old items are worth in lists; null when age does not count. It is counted back from <see cref="FitOptions.AsOf"/>, without that from the newest item.</summary>
    public AgeOptions? Age { get; init; }

    /// <summary>Which items are scored for an item.</summary>
    public Candidates Candidates { get; init; }

    /// <summary>The least <see cref="Recall"/> that the build may have, 0 to 1.</summary>
    public double MinRecall { get; init; }

    /// <summary>What happens to items that say nearly the same as a better one in a list.</summary>
    public Duplicates Duplicates { get; init; }

    /// <summary>True to take the words of ids for words of titles, false not to; null to do so where ids are names, as those of packages are.</summary>
    public bool? IdWords { get; init; }

    /// <summary>
    /// The options that a release depends on, as texts by name; not the threads, and not what the corpus itself tells: the encoder of its
    /// vectors and the last change in it.
    /// </summary>
    internal SortedDictionary<string, string> Named()
    {
        var named = new SortedDictionary<string, string>(StringComparer.Ordinal);
        void Add(string name, object? value)
        {
            if (value is not null) named.Add(name, value is IFormattable number ? number.ToString(value is DateTimeOffset ? "O" : null, CultureInfo.InvariantCulture) : value.ToString()!);
        }

        Add("k", K);
        Add("seed", Seed);
        Add("asOf", AsOf);
        Add("lang", Lang);
        Add("diversity", Diversity);
        if (Age is { } age) Add("age", FormattableString.Invariant($"weight {age.Weight}, half-life {age.HalfLifeDays} days"));
        Add("candidates", Candidates);
        Add("minRecall", MinRecall);
        Add("duplicates", Duplicates);
        Add("idWords", IdWords);
        foreach (var (signal, weight) in Weights) Add($"{signal}.weight", weight);
        Add("vectors.weight", Vectors.Weight);
        Add("vectors.method", Vectors.Method);
        Add("vectors.minRecall", Vectors.MinRecall);
        Add("coviews.weight", CoViews.Weight);
        Add("coviews.ordered", CoViews.Ordered);
        Add("coviews.halfLifeDays", CoViews.HalfLifeDays);
        Add("coviews.popularity", CoViews.Popularity);
        Add("coviews.maxItemsPerUnit", CoViews.MaxItemsPerUnit);
        Add("coviews.company", CoViews.Company);
        if (Dictionary is null) return named;
        var terms = new Sections();
        Dictionary.AddTo(terms);
        Add("terms", string.Join('-', terms.InOrder.Select(section => ReleaseFormat.Hash(section.Bytes).ToString("x16", CultureInfo.InvariantCulture))));
        return named;
    }

    internal void Check()
    {
        CheckFit();
        ArgumentOutOfRangeException.ThrowIfNegative(LastChange);
        if (!(MinRecall >= 0 && MinRecall <= 1)) throw new ArgumentOutOfRangeException(nameof(MinRecall), MinRecall, "expected 0 to 1");
        if (!(Diversity >= 0 && Diversity <= 1)) throw new ArgumentOutOfRangeException(nameof(Diversity), Diversity, "expected 0 to 1");
        Age?.Check();
    }
}

/// <summary>What happens to near-duplicates in lists.</summary>
public enum Duplicates
{
    /// <summary>
    /// Copies become variants of the best one. Where more than a third of all items have a near-duplicate, which would
    /// crowd the lists, near-duplicates do too, and those of the item itself leave its list.
    /// </summary>
    Auto,

    /// <summary>Near-duplicates become variants in any collection.</summary>
    Collapse,

    /// <summary>They stand in lists like all others.</summary>
    Keep,
}

/// <summary>How far a build is.</summary>
/// <param name="Stage">What it does: "read", "weigh", "rank", "write"; an import "read", "import", "write".</param>
/// <param name="Done">How many items it has done; 0 at its beginning.</param>
/// <param name="Total">Of how many; null where that is not known.</param>
public sealed record BuildProgress(string Stage, long Done, long? Total);

/// <summary>What a build did.</summary>
public sealed record BuildReport
{
    /// <summary>The release file.</summary>
    public required string Path { get; init; }

    /// <summary>What the release says of itself.</summary>
    public required ReleaseSummary Summary { get; init; }

    /// <summary>Items that the sources gave.</summary>
    public long Read { get; init; }

    /// <summary>Items that a later one of the same id replaced.</summary>
    public long Duplicates { get; init; }

    /// <summary>Items without a neighbor.</summary>
    public int Alone { get; init; }

    /// <summary>Rows of imported lists that named an unknown item, an item as its own neighbor, or a neighbor twice.</summary>
    public long RowsLeftOut { get; init; }

    /// <summary>Distinct terms that two items or more have.</summary>
    public int Terms { get; init; }

    /// <summary>What the events were; null for a build without.</summary>
    public EventCounts? Events { get; init; }

    /// <summary>How long each stage took, in order.</summary>
    public required IReadOnlyList<(string Stage, TimeSpan Took)> Stages { get; init; }
}
