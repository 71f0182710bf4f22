using Cantor.Ranking;
using Cantor.Signals;

namespace Cantor.Releases;

/// <summary>An item that a release has not seen, weighed by that release: <see cref="Release.Weigh"/>.</summary>
public sealed class UnseenItem
{
    internal UnseenItem(WeighedItem weighed, string lang) => (Weighed, Lang) = (weighed, lang);

    /// <summary>The language that its text was cut and stemmed in; empty when not known.</summary>
    public string Lang { get; }

    /// <summary>As the release's signals and ages weigh it.</summary>
    internal WeighedItem Weighed { get; }

    /// <summary>Its row in each of the release's signals.</summary>
    internal SignalRow[] Rows => Weighed.Rows;
}

/// <summary>An item in a list that was put together anew.</summary>
/// <param name="Item">Which; means nothing when <paramref name="Unseen"/> is given.</param>
/// <param name="Unseen">An item that the release has not seen; null for one that it has.</param>
/// <param name="Strength">How strongly it is related to the item whose list it is.</param>
public readonly record struct Listed(Ordinal Item, UnseenItem? Unseen, float Strength);
