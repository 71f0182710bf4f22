using Cantor.Kernels;
using Cantor.Signals.CoViews;
using Cantor.Signals.Latent;
using Cantor.Signals.Tags;
using Cantor.Signals.Text;
using Cantor.Signals.Vectors;

namespace Cantor.Signals;

/// <summary>A signal as the engine meets it: how it is fitted on a corpus, and opened on what that left. Each stands in the folder of its signal.</summary>
sealed record SignalKind
{
    /// <summary>Every signal there is, in the order in which they are fitted. A new one is a line here.</summary>
    internal static IReadOnlyList<SignalKind> All { get; } = [TextSignal.Kind, TagsSignal.Kind, LatentSignal.Kind, VectorsSignal.Kind, CoViewsSignal.Kind];

    /// <summary>The signal's name.</summary>
    internal required string Name { get; init; }

    /// <summary>Adds the signal's columns to the sections; gives what a score of 1 adds, null where the corpus or the options leave the signal out.</summary>
    internal required Func<Fitting, CancellationToken, ValueTask<float?>> FitAsync { get; init; }

    /// <summary>Opens the signal, with what a score of 1 adds.</summary>
    internal required Func<SignalColumns, float, ISignal> Open { get; init; }

    /// <summary>The most that <see cref="FitOptions.Weights"/> may say of it; null where the signal has options of its own.</summary>
    internal double? MostWeight { get; init; }

    /// <summary>The weights that tuning tries, ascending; none for text, against which all are weighed. Signals are flat near their best, so few do.</summary>
    internal IReadOnlyList<float> Steps { get; init; } = [];
}

/// <summary>What a signal is opened on.</summary>
/// <param name="Sections">Of a build or a release.</param>
/// <param name="Items">How many items there are.</param>
/// <param name="Dimensions">How many numbers a vector has; 0 without vectors.</param>
/// <param name="VectorPartners">In a build, each item's closest by vectors.</param>
sealed record SignalColumns(Sections Sections, int Items, int Dimensions, FeatureRows? VectorPartners)
{
    /// <summary>The items' texts, which several signals read: laid out anew for one of them, they are for all.</summary>
    internal CountRows Texts => _texts ??= new(Sections, "text.terms", Items);

    CountRows? _texts;
}
