using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cantor.Signals.Text;

/// <summary>
/// The features of the item aimed at, to be looked up by another item's row: a filter finds the common ones, and only those are looked up
/// in the hash table. Both have the row's size, not the vocabulary's: they stay in the nearest cache, and a server explains with little memory.
/// </summary>
sealed class AimedRow(CountRows rows)
{
    const int LeastSlots = 256;

    readonly FeatureFilter _filter = new();
    Feature[] _slots = new Feature[LeastSlots];
    int _shift; // leaves of a hash as many bits as number a slot

    /// <summary>What the item aimed at has of one feature; all 0 when it lacks it.</summary>
    /// <param name="Key">The feature + 1; 0 where the slot is free.</param>
    /// <param name="Core">√(3·title + body)·w.</param>
    /// <param name="Title">√title·w.</param>
    /// <param name="Body">√body·w.</param>
    /// <param name="Weight">w.</param>
    /// <param name="TitleSquare">w² if the title has it, else 0.</param>
    /// <param name="BodySquare">w² if the body has it, else 0.</param>
    internal readonly record struct Feature(int Key, float Core, float Title, float Body, float Weight, float TitleSquare, float BodySquare);

    internal void Aim(CountRow row)
    {
        _filter.Set(row.Features);
        // Four times and more as many slots as features: most stand in the first slot that is looked into.
        FeatureFilter.Renew(ref _slots, row.Features.Length * 4, LeastSlots);
        _shift = BitOperations.LeadingZeroCount((uint)_slots.Length) + 1;
        for (var at = 0; at < row.Features.Length; at++)
        {
            var feature = row.Features[at];
            var slot = Slot(feature);
            while (_slots[slot].Key != 0) slot = slot + 1 & _slots.Length - 1;
            var (title, body, weight) = (row.Title[at], row.Body[at], rows.Weights[feature]);
            _slots[slot] = new(
                feature + 1, CountRows.Root(title, body) * weight, CountRows.Roots[title] * weight, CountRows.Roots[body] * weight, weight,
                title > 0 ? weight * weight : 0, body > 0 ? weight * weight : 0);
        }
    }

    /// <inheritdoc cref="FeatureFilter.Common(in CountRow)"/>
    internal ReadOnlySpan<int> Common(in CountRow row) => _filter.Common(row);

    internal ref readonly Feature this[int feature]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            ref var slots = ref MemoryMarshal.GetArrayDataReference(_slots); // as many as the shift leaves room for
            var slot = Slot(feature);
            while (Unsafe.Add(ref slots, slot).Key is var key && key != feature + 1 && key != 0) slot = slot + 1 & _slots.Length - 1;
            return ref Unsafe.Add(ref slots, slot);
        }
    }

    int Slot(int feature) => (int)((uint)feature * 2654435769u >> _shift);
}
