using System.IO.Hashing;
using System.Text;

namespace Cantor.Judging;

/// <summary>
/// Who gets the canary: <c>XxHash64(salt|unit) mod 10,000</c> below the weight. The same unit gets the same answer on every
/// server, and whoever gets the canary at a weight gets it at every greater one.
/// </summary>
/// <param name="salt">Of one rollout: another rollout draws other units.</param>
public sealed class Assignment(string salt)
{
    /// <summary>The weight at which every unit gets the canary: 100 %.</summary>
    public const int Whole = 10_000;

    /// <summary>The longest unit, in bytes of UTF-8.</summary>
    public const int MaxUnitBytes = 512;

    readonly byte[] _salt = Encoding.UTF8.GetBytes(salt + "|");

    /// <summary>True when the unit gets the canary.</summary>
    /// <param name="unit">In UTF-8, at most <see cref="MaxUnitBytes"/>.</param>
    /// <param name="weight">0 for nobody to <see cref="Whole"/> for all: hundredths of a percent.</param>
    public bool IsCanary(ReadOnlySpan<byte> unit, int weight)
    {
        if (weight <= 0) return false;
        if (unit.Length > MaxUnitBytes) throw new ArgumentException($"the unit has {unit.Length} bytes; expected at most {MaxUnitBytes}", nameof(unit));
        Span<byte> both = stackalloc byte[_salt.Length + unit.Length];
        _salt.CopyTo(both);
        unit.CopyTo(both[_salt.Length..]);
        return XxHash64.HashToUInt64(both) % Whole < (ulong)weight;
    }
}
