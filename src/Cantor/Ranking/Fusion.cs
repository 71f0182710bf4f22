using Cantor.Kernels;
using Cantor.Signals;

namespace Cantor.Ranking;

/// <summary>
/// The signals on their common scale: strength = Σ weight·score / Z, Z = Σ weight·highest, so 0..1. A sum keeps the confidence
/// that fusing by ranks throws away, and lets a hit's reasons carry weights that add up to it.
/// </summary>
sealed class Fusion(IReadOnlyList<ISignal> signals)
{
    internal IReadOnlyList<ISignal> Signals => signals;

    internal float Total { get; } = signals.Sum(signal => signal.Weight * signal.Highest);

    internal Scorer NewScorer() => new(this);

    /// <summary>An index over what the signals find candidates by.</summary>
    internal SparseIndex NewIndex() => new([.. signals.Select(signal => signal.Features).OfType<FeatureRows>()]);

    /// <summary>Scores pairs by all signals, for one thread.</summary>
    internal sealed class Scorer(Fusion fusion)
    {
        readonly IScorer[] _scorers = [.. fusion.Signals.Select(signal => signal.NewScorer())];

        readonly float[] _factors = new float[fusion.Signals.Count]; // what a score of 1 brings to the item aimed at

        internal void Aim(int item)
        {
            for (var i = 0; i < _scorers.Length; i++)
            {
                _scorers[i].Aim(item);
                _factors[i] = fusion.Signals[i].Weight / fusion.Total;
            }
            for (var i = 0; i < _scorers.Length; i++)
            {
                if (fusion.Signals[i].Leaves is not { } leaves) continue;
                for (var other = 0; other < _scorers.Length; other++)
                    if (other != i) _factors[other] *= leaves[item];
            }
        }

        /// <summary>How strongly <paramref name="other"/> is related, 0..1.</summary>
        /// <param name="other">The item.</param>
        /// <param name="parts">Gets what each signal brings; together they are the strength.</param>
        internal float Score(int other, Span<float> parts)
        {
            var strength = 0f;
            for (var i = 0; i < _scorers.Length; i++)
            {
                parts[i] = _factors[i] == 0 ? 0 : _factors[i] * _scorers[i].Score(other);
                strength += parts[i];
            }
            return strength;
        }

        /// <summary>What the item aimed at and <paramref name="other"/> share in the signal's eyes, most telling first.</summary>
        internal List<Shared> Explain(int signal, int other)
        {
            var shared = new List<Shared>();
            _scorers[signal].Explain(other, shared);
            shared.Sort((a, b) => a.Share != b.Share ? b.Share.CompareTo(a.Share) : string.CompareOrdinal(a.Text, b.Text));
            return shared;
        }
    }
}
