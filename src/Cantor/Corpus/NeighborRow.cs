namespace Cantor.Corpus;

/// <summary>One place in a list of related items that someone else computed.</summary>
/// <param name="Query">The item whose list it is.</param>
/// <param name="Item">The item that stands in the list; it need not be in the corpus, unknown ones are counted and left out.</param>
/// <param name="Score">Their score: finite, greater is closer, on a scale of their own.</param>
/// <param name="Rank">Its place in the list, from 1; null when the source does not say, then the score decides.</param>
public readonly record struct NeighborRow(ItemId Query, ItemId Item, double Score, int? Rank);
