using Cantor.Signals;

namespace Cantor.Ranking;

/// <summary>An item that the build has not seen, as signals and ages weigh it.</summary>
/// <param name="Rows">Its row in each signal.</param>
/// <param name="Age">The share of its strength that it keeps in the lists of others: <see cref="Ages"/>.</param>
sealed record WeighedItem(SignalRow[] Rows, float Age = 1);
