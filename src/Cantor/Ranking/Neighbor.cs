using System.Runtime.InteropServices;

namespace Cantor.Ranking;

/// <summary>An item's row in one release. Means nothing in another release and never leaves the process.</summary>
/// <param name="Row">0 to the number of items, not included.</param>
public readonly record struct Ordinal(int Row);

/// <summary>An item that is related to another.</summary>
/// <param name="Item">Which.</param>
/// <param name="Score">The calibrated strength, 0..1, greater is closer; lists are in its order, greatest first.</param>
/// <param name="Strength">The fused signals on their common scale, 0..1; the reasons' weights sum to it.</param>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
public readonly record struct Neighbor(Ordinal Item, float Score, float Strength);
