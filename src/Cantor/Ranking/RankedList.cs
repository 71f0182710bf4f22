using System.Runtime.InteropServices;

namespace Cantor.Ranking;

/// <summary>What ranking one item gives.</summary>
/// <param name="Neighbors">Best first.</param>
/// <param name="Parts">For each neighbor what each signal brings to its strength.</param>
/// <param name="Variants">The near-duplicates that were left out of the list, by rank.</param>
sealed record RankedList(Neighbor[] Neighbors, float[] Parts, Variant[] Variants);

/// <summary>An item that says nearly the same as a better neighbor, or as the item that the list is of.</summary>
/// <param name="Rank">The neighbor's rank, from 0; <see cref="OfItself"/> for the item that the list is of.</param>
/// <param name="Item">The variant's row.</param>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
readonly record struct Variant(int Rank, int Item)
{
    internal const int OfItself = -1;
}
