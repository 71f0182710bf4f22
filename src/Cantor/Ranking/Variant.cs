using System.Runtime.InteropServices;

namespace Cantor.Ranking;

/// <summary>An item that says nearly the same as a better neighbor, or as the item that the list is of.</summary>
/// <param name="Rank">The neighbor's rank, from 0; <see cref="OfItself"/> for the item that the list is of.</param>
/// <param name="Item">The variant's row.</param>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
readonly record struct Variant(int Rank, int Item)
{
    internal const int OfItself = -1;
}
