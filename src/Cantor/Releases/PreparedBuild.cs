using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using Cantor.Corpus;
using Cantor.Kernels;
using Cantor.Ranking;

namespace Cantor.Releases;

/// <summary>A build up to its ranking: all that a list depends on is known, and lists depend on nothing of each other.</summary>
sealed class PreparedBuild
{
    readonly BuildOptions _options;
    readonly Fusion _fusion;
    readonly SparseIndex _index;
    readonly NearDuplicates? _duplicates;
    readonly bool _exact;

    PreparedBuild(FittedCorpus fitted, BuildOptions options, Fusion fusion, SparseIndex index, NearDuplicates? duplicates, bool exact, ReleaseSummary summary) =>
        (Fitted, _options, _fusion, _index, _duplicates, _exact, Summary) = (fitted, options, fusion, index, duplicates, exact, summary);

    internal FittedCorpus Fitted { get; }

    /// <summary>All but how many neighbors there are.</summary>
    internal ReleaseSummary Summary { get; }

    /// <summary>Reads, fits, and measures.</summary>
    internal static async Task<PreparedBuild> PrepareAsync(
        string collection, IAsyncEnumerable<Item> items, IAsyncEnumerable<Event>? events, BuildOptions options,
        BuildClock clock, IProgress<BuildProgress>? progress, CancellationToken cancellationToken)
    {
        var fitted = await FittedCorpus.FitAsync(collection, items, events, options, clock.EndOf, progress, cancellationToken);
        var text = fitted.Text;
        var ages = Ages.Of(options.Age, text.Items.PublishedAt, options.AsOf);
        ages?.AddTo(fitted.Sections);
        var fusion = fitted.FusionOf(fitted.Signals, ages);
        fusion.Arrange(options.Threads, cancellationToken);
        var duplicates = fitted.FindDuplicates(options, cancellationToken);
        var calibration = Calibration.Fit(fusion, text.Count, options.Seed, options.Threads, cancellationToken);
        var index = fusion.NewIndex();
        index.AddTo(fitted.Sections);
        var exact = CandidateFinder.IsExact(options.Candidates, text.Count);
        var recall = exact ? new(1, text.Count) : Recall.Measure(fusion, index, text.Count, options.K, options.Seed, options.Threads, cancellationToken);
        if (recall.Value < options.MinRecall)
            throw new InputFaultException("minRecall", null, FormattableString.Invariant(
                $"the index finds {recall.Value:P2} of the ten closest, by {recall.Sampled:N0} items compared with all; expected at least {options.MinRecall:P2}: candidates: all scores every pair"));
        clock.EndOf("compare");
        var summary = ReleaseSections.SummaryOf(collection, text.Count, options, ReleaseSections.Built, fitted.Signals);
        return new(fitted, options, fusion, index, duplicates, exact, summary with
        {
            Vectors = fitted.Vectors,
            Age = ages?.Options,
            AgesFrom = ages?.From ?? default,
            Calibration = calibration,
            IdWords = text.IdWords,
            Recall = recall,
        });
    }

    /// <summary>Adds the lists of a part of the items, from the first up to the second, which is not included.</summary>
    internal void Rank(Sections lists, (int Start, int End) part, BuildClock clock, IProgress<BuildProgress>? progress, CancellationToken cancellationToken)
    {
        Ranker.Add(lists, _fusion, _index, _exact, _duplicates, Summary.Calibration, Summary.Items, part, _options.K, (float)_options.Diversity, _options.Threads,
            done => progress?.Report(new("rank", done, part.End - part.Start)), cancellationToken);
        clock.EndOf("rank");
    }

    /// <summary>A hash of all that came of the corpus and that lists depend on: two builds with the same one and the same options rank alike.</summary>
    internal ulong HashOfCorpus()
    {
        var hash = new XxHash3();
        var ranked = new Sections(); // what is ranked by and not in the file
        _duplicates?.AddTo(ranked);
        if (Fitted.VectorPartners is { } partners)
        {
            ranked.Add("partners.ends", partners.Ends);
            ranked.Add("partners", partners.Features);
            ranked.Add("partners.values", partners.Values);
        }
        ranked.Add("meta", Summary.ToMeta());
        foreach (var section in Fitted.Sections.InOrder.Concat(ranked.InOrder))
        {
            hash.Append(Encoding.ASCII.GetBytes(section.Name));
            hash.Append(MemoryMarshal.AsBytes<ulong>([ReleaseFormat.Hash(section.Bytes)]));
        }
        return hash.GetCurrentHashAsUInt64();
    }
}
