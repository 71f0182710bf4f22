using System.Collections.Frozen;
using Cantor.Signals.CoViews;
using Cantor.Signals.Vectors;

namespace Cantor.Signals;

/// <summary>How signals are fitted.</summary>
public abstract record FitOptions
{
    /// <summary>The most neighbors an item gets, 1 to 1,000.</summary>
    public int K { get; init; } = 50;

    /// <summary>How many threads work, 1 to 1,024; never changes the result.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>What chance is seeded with.</summary>
    public ulong Seed { get; init; }

    /// <summary>The time to look from, kept in the release; null for none.</summary>
    public DateTimeOffset? AsOf { get; init; }

    /// <summary>
    /// What a score of 1 of a signal adds to the text score, by the signal's name, 0 to what <see cref="MostWeights"/> says; 0 leaves it
    /// out. A signal that is not named weighs what it says itself.
    /// </summary>
    public IReadOnlyDictionary<string, double> Weights { get; init; } = FrozenDictionary<string, double>.Empty;

    /// <summary>How the items' vectors relate them; counts only where items have some.</summary>
    public VectorOptions Vectors { get; init; } = new();

    /// <summary>How events relate items; counts only for a build that is given events.</summary>
    public CoViewOptions CoViews { get; init; } = new();

    /// <summary>The signals that <see cref="Weights"/> may name, and the most that each may weigh.</summary>
    public static IReadOnlyList<(string Signal, double Most)> MostWeights { get; } = [.. SignalKind.All.Where(kind => kind.MostWeight is not null).Select(kind => (kind.Name, kind.MostWeight!.Value))];

    internal double? WeightOf(string signal) => Weights.TryGetValue(signal, out var weight) ? weight : null;

    private protected void CheckFit()
    {
        CoViews.Check();
        Vectors.Check();
        ArgumentOutOfRangeException.ThrowIfLessThan(K, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(K, 1000);
        ArgumentOutOfRangeException.ThrowIfLessThan(Threads, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Threads, 1024);
        foreach (var (signal, weight) in Weights)
        {
            var most = MostWeights.FirstOrDefault(known => known.Signal == signal).Most;
            if (most == 0) throw new ArgumentException($"there is no signal {signal} whose weight can be given here; expected {string.Join(", ", MostWeights.Select(known => known.Signal))}", nameof(Weights));
            if (!(weight >= 0 && weight <= most)) throw new ArgumentOutOfRangeException(nameof(Weights), weight, FormattableString.Invariant($"expected 0 to {most} for {signal}"));
        }
    }
}
