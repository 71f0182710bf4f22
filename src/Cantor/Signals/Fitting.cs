using Cantor.Corpus;
using Cantor.Kernels;
using Cantor.Signals.CoViews;
using Cantor.Signals.Vectors;
using Cantor.Text;

namespace Cantor.Signals;

/// <summary>What signals are fitted on, one after another, and what a build keeps of them besides their columns.</summary>
/// <param name="text">The corpus.</param>
/// <param name="events">What units looked at; null for none.</param>
/// <param name="options">How.</param>
/// <param name="sections">Gets the columns; later signals find those of earlier ones.</param>
sealed class Fitting(CorpusText text, IAsyncEnumerable<Event>? events, FitOptions options, Sections sections)
{
    internal CorpusText Text => text;

    internal IAsyncEnumerable<Event>? Events => events;

    internal FitOptions Options => options;

    internal Sections Sections => sections;

    /// <summary>Each item's closest by vectors; null without.</summary>
    internal FeatureRows? VectorPartners { get; set; }

    /// <summary>What the vectors were; null without.</summary>
    internal VectorSummary? Vectors { get; set; }

    /// <summary>What the events were; null without.</summary>
    internal EventCounts? EventCounts { get; set; }
}
