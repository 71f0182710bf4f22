using Cantor.Corpus;
using Cantor.Kernels;

namespace Cantor.Ranking;

/// <summary>How much less an old item is worth in the lists of others.</summary>
/// <param name="Weight">The share of its strength that an item loses in the end, 0 to <see cref="MostWeight"/>; .3 lets the newer of two alike ones win.</param>
/// <param name="HalfLifeDays">After so many days it has lost half of that; .01 to 36,500.</param>
public sealed record AgeOptions(double Weight = .3, double HalfLifeDays = 365)
{
    /// <summary>Some strength stays: what is related does not disappear with time.</summary>
    public const double MostWeight = .9;

    internal void Check()
    {
        if (!(Weight is >= 0 and <= MostWeight)) throw new ArgumentOutOfRangeException(nameof(Weight), Weight, "expected 0 to 0.9");
        if (!(HalfLifeDays is >= .01 and <= 36_500)) throw new ArgumentOutOfRangeException(nameof(HalfLifeDays), HalfLifeDays, "expected 0.01 to 36500");
    }
}

/// <summary>
/// The share of its strength that an item keeps in the lists of others: 1 − w + w · 2^(−days / half-life). Days count back from
/// one moment of the build; an item from after it, and one whose time is not known, keeps all.
/// </summary>
sealed class Ages(AgeOptions options, DateTimeOffset from, Column<float> shares)
{
    internal const string Section = "items.age";

    internal AgeOptions Options => options;

    /// <summary>The moment that days count back from.</summary>
    internal DateTimeOffset From => from;

    internal float this[int item] => shares[item];

    /// <summary>The shares of the items of a build.</summary>
    /// <param name="options">How.</param>
    /// <param name="publishedAt">When they were published; <see cref="ItemTable.NoTime"/> where that is not known.</param>
    /// <param name="asOf">The moment that the build looks from; null for that of the newest item.</param>
    /// <returns>Null when no item has a time or none loses anything.</returns>
    internal static Ages? Of(AgeOptions? options, long[] publishedAt, DateTimeOffset? asOf)
    {
        if (options is not { Weight: > 0 } || publishedAt.Length == 0 || publishedAt.Max() is var newest && newest == ItemTable.NoTime) return null;
        var from = asOf ?? DateTimeOffset.FromUnixTimeMilliseconds(newest);
        return new(options, from, Column<float>.Of(Array.ConvertAll(publishedAt, time => Share(options, from, time))));
    }

    /// <summary>The share of an item that the build has not seen.</summary>
    internal float Of(DateTimeOffset? publishedAt) => Share(options, from, publishedAt?.ToUnixTimeMilliseconds() ?? ItemTable.NoTime);

    internal void AddTo(Sections sections) => sections.Add(Section, shares);

    static float Share(AgeOptions options, DateTimeOffset from, long publishedAt)
    {
        if (publishedAt == ItemTable.NoTime) return 1;
        var days = Math.Max(0, from.ToUnixTimeMilliseconds() - publishedAt) / (24 * 3600 * 1000.0);
        return (float)(1 - options.Weight + options.Weight * FixedMath.Pow(2, -days / options.HalfLifeDays));
    }
}
