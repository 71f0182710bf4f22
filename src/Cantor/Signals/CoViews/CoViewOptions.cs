namespace Cantor.Signals.CoViews;

/// <summary>How items that the same units looked at are related.</summary>
public sealed record CoViewOptions
{
    /// <summary>
    /// What a co-view score of 1 adds to the text score, 0 to 2: the dial from "editorial" to "next click". Weights learned from
    /// clicks overfit clicks, hence the limit. It also says how fast sessions outweigh a short text.
    /// </summary>
    public double Weight { get; init; } = 1;

    /// <summary>
    /// True when the order of a unit's events is real: items near each other count more, and going back half. Leave it false
    /// where a source stores a basket in catalog order.
    /// </summary>
    public bool Ordered { get; init; }

    /// <summary>After how many days an event counts half; null when age does not matter. It is counted from <see cref="FitOptions.AsOf"/>, without that from the latest event.</summary>
    public double? HalfLifeDays { get; init; }

    /// <summary>How strongly popular items are held back, 0 to 1; an item that a hundred units looked at counts 100^-popularity of one that a single unit did.</summary>
    public double Popularity { get; init; } = .4;

    /// <summary>Of a unit with more items only the last so many count, 2 to 10,000: past it, it is a robot or a shared machine.</summary>
    public int MaxItemsPerUnit { get; init; } = 300;

    /// <summary>What the company that an item keeps counts beside its own pairs, where few sessions tell of it; .2 to .6 were measured alike.</summary>
    internal double Company { get; init; } = .3;

    internal void Check()
    {
        if (!(Weight is >= 0 and <= 2)) throw new ArgumentOutOfRangeException(nameof(Weight), Weight, "expected 0 to 2");
        if (!(HalfLifeDays is null or > 0)) throw new ArgumentOutOfRangeException(nameof(HalfLifeDays), HalfLifeDays, "expected more than 0");
        if (!(Popularity is >= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(Popularity), Popularity, "expected 0 to 1");
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxItemsPerUnit, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxItemsPerUnit, 10_000);
    }
}
