using System.Numerics;
using System.Runtime.CompilerServices;

namespace Cantor.Signals.Text;

/// <summary>
/// The features of the item aimed at, to be looked up by another item's row: a filter finds the common ones, and only those are looked up
/// in the hash table. Both have the row's size, not the vocabulary's: they stay in the nearest cache, and a server explains with little memory.
/// </summary>
sealed class AimedRow(CountRows rows)
{
    readonly FeatureFilter _filter = new();
    int[] _slots = new int[128]; // feature + 1; 0 where free
    Feature[] _features = new Feature[128];

    /// <summary>What the item aimed at has of one feature; all 0 when it lacks it.</summary>
    /// <param name="Core">√(3·title + body)·w.</param>
    /// <param name="Title">√title·w.</param>
    /// <param name="Body">√body·w.</param>
    /// <param name="Weight">w.</param>
    /// <param name="TitleSquare">w² if the title has it, else 0.</param>
    /// <param name="BodySquare">w² if the body has it, else 0.</param>
    internal readonly record struct Feature(float Core, float Title, float Body, float Weight, float TitleSquare, float BodySquare);

    internal void Aim(CountRow row)
    {
        _filter.Set(row.Features);
        // Twice and more as many slots as features: a search for one that is not there ends soon.
        if (FeatureFilter.Renew(ref _slots, row.Features.Length * 2, 128)) _features = new Feature[_slots.Length];
        else Array.Clear(_features);
        for (var at = 0; at < row.Features.Length; at++)
        {
            var feature = row.Features[at];
            var slot = Slot(feature);
            while (_slots[slot] != 0) slot = slot + 1 & _slots.Length - 1;
            _slots[slot] = feature + 1;
            var (title, body, weight) = (row.Title[at], row.Body[at], rows.Weights[feature]);
            _features[slot] = new(
                CountRows.Root(title, body) * weight, CountRows.Roots[title] * weight, CountRows.Roots[body] * weight, weight,
                title > 0 ? weight * weight : 0, body > 0 ? weight * weight : 0);
        }
    }

    /// <inheritdoc cref="FeatureFilter.Common(in CountRow)"/>
    internal ReadOnlySpan<int> Common(in CountRow row) => _filter.Common(row);

    /// <inheritdoc cref="FeatureFilter.Common(in CountRow)"/>
    internal ReadOnlySpan<int> Common(ReadOnlySpan<int> features) => _filter.Common(features);

    internal ref readonly Feature this[int feature]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            var slot = Slot(feature);
            while (_slots[slot] != 0 && _slots[slot] != feature + 1) slot = slot + 1 & _slots.Length - 1;
            return ref _features[slot];
        }
    }

    int Slot(int feature) => (int)((uint)feature * 2654435769u >> BitOperations.LeadingZeroCount((uint)_slots.Length) + 1);
}
