using System.Runtime.InteropServices;
using Cantor.Kernels;
using Cantor.Signals;

namespace Cantor.Ranking;

/// <summary>
/// The signals on their common scale: strength = Σ weight·score / Z, Z = Σ weight·highest, so 0..1. A sum keeps the confidence
/// that fusing by ranks throws away, and lets a hit's reasons carry weights that add up to it. Where ages count, the strength of a hit is
/// multiplied by the share that its age leaves it.
/// </summary>
/// <param name="signals">The signals.</param>
/// <param name="ages">What ages leave; null when they do not count.</param>
sealed class Fusion(IReadOnlyList<ISignal> signals, Ages? ages = null)
{
    internal IReadOnlyList<ISignal> Signals => signals;

    internal Ages? Ages => ages;

    internal float Total { get; } = signals.Sum(signal => signal.Weight * signal.Highest);

    internal Scorer NewScorer() => new(this);

    /// <summary>Told before many pairs are scored; nobody scores meanwhile.</summary>
    internal void Arrange(int threads, CancellationToken cancellationToken)
    {
        foreach (var signal in signals) signal.Arrange(threads, cancellationToken);
    }

    /// <summary>About how many bytes <see cref="Arrange"/> takes.</summary>
    internal long ArrangedBytes => signals.Sum(signal => signal.ArrangedBytes);

    /// <summary>An index over what the signals find candidates by.</summary>
    internal SparseIndex NewIndex() => new([.. signals.Select(signal => signal.Features).OfType<FeatureRows>()]);

    /// <summary>What an unseen item searches <see cref="NewIndex"/> with.</summary>
    internal (int Feature, float Value)[][] QueryOf(WeighedItem item) =>
        [.. signals.Zip(item.Rows).Where(signal => signal.First.FeatureCount is not null).Select(signal => signal.Second.Features)];

    /// <summary>What an item of the build searches <see cref="NewIndex"/> with.</summary>
    internal (int Feature, float Value)[][] QueryOf(int item) => [.. signals.Where(signal => signal.FeatureCount is not null).Select(signal => signal.FeaturesOf(item))];

    /// <summary>The index that a release holds; an older one holds none, and it is made.</summary>
    internal SparseIndex IndexOf(Sections sections, int items) =>
        SparseIndex.Of(sections, [.. signals.Select(signal => signal.FeatureCount).OfType<int>()], items) ?? NewIndex();

    /// <summary>Scores pairs by all signals, for one thread.</summary>
    internal sealed class Scorer(Fusion fusion)
    {
        readonly IScorer[] _scorers = [.. fusion.Signals.Select(signal => signal.NewScorer())];
        /// <summary>How many signals score.</summary>
        internal int Signals => _scorers.Length;

        float[] _scores = []; // of one signal

        readonly float[] _factors = new float[fusion.Signals.Count]; // what a score of 1 brings to the item aimed at

        float _age = 1; // what the unseen item aimed at keeps in lists of others

        /// <summary>Sets the item that the next scores are about.</summary>
        internal void Aim(int item)
        {
            for (var i = 0; i < _scorers.Length; i++)
            {
                _scorers[i].Aim(item);
                _factors[i] = fusion.Signals[i].Weight / fusion.Total * Left(i, item);
            }
        }

        /// <summary>Sets an unseen item as what the next scores are about.</summary>
        internal void Aim(WeighedItem item)
        {
            _age = item.Age;
            for (var i = 0; i < _scorers.Length; i++)
            {
                _scorers[i].Aim(item.Rows[i]);
                _factors[i] = fusion.Signals[i].Weight / fusion.Total;
            }
        }

        /// <summary>How strongly <paramref name="other"/> is related, 0..1.</summary>
        /// <param name="other">The item.</param>
        /// <param name="parts">Gets what each signal brings; together they are the strength.</param>
        internal float Score(int other, Span<float> parts)
        {
            var (strength, age) = (0f, AgeOf(other));
            for (var i = 0; i < _scorers.Length; i++)
                strength += parts[i] = _factors[i] == 0 ? 0 : _factors[i] * _scorers[i].Score(other) * age;
            return strength;
        }

        /// <summary>How strongly each of <paramref name="others"/> is related: what <see cref="Score(int, Span{float})"/> says of them.</summary>
        /// <param name="others">The items.</param>
        /// <param name="strengths">Gets as many strengths.</param>
        /// <param name="parts">Gets for each item what each signal brings, item after item.</param>
        internal void Score(ReadOnlySpan<int> others, Span<float> strengths, Span<float> parts)
        {
            if (_scores.Length < others.Length) _scores = new float[others.Length];
            strengths = strengths[..others.Length];
            strengths.Clear();
            for (var i = 0; i < _scorers.Length; i++)
            {
                var scores = _scores.AsSpan(0, others.Length);
                if (_factors[i] == 0) scores.Clear();
                else _scorers[i].Score(others, scores);
                for (var at = 0; at < scores.Length; at++)
                    strengths[at] += parts[at * _scorers.Length + i] = _factors[i] * scores[at];
            }
            if (fusion.Ages is not null) Age(others, strengths, parts);
        }

        void Age(ReadOnlySpan<int> others, Span<float> strengths, Span<float> parts)
        {
            strengths.Clear();
            for (var at = 0; at < others.Length; at++)
                foreach (ref var part in parts.Slice(at * _scorers.Length, _scorers.Length))
                    strengths[at] += part *= AgeOf(others[at]);
        }

        float AgeOf(int item) => fusion.Ages?[item] ?? 1;

        /// <summary>How strongly an unseen item is related, 0..1.</summary>
        /// <param name="other">The item.</param>
        /// <param name="parts">Gets what each signal brings; together they are the strength.</param>
        internal float Score(WeighedItem other, Span<float> parts)
        {
            var strength = 0f;
            for (var i = 0; i < _scorers.Length; i++)
                strength += parts[i] = _factors[i] == 0 ? 0 : _factors[i] * _scorers[i].Score(other.Rows[i]) * other.Age;
            return strength;
        }

        /// <summary>
        /// How strongly the unseen item aimed at is related in the list of <paramref name="other"/>: signals score alike both ways,
        /// but what an item's sessions leave of them, and what its age leaves it, is its own.
        /// </summary>
        /// <param name="other">The item that was scored last.</param>
        /// <param name="parts">What that brought.</param>
        internal float StrengthIn(int other, ReadOnlySpan<float> parts)
        {
            var (strength, share) = (0f, ShareIn(other));
            for (var i = 0; i < parts.Length; i++) strength += parts[i] * Left(i, other) * share;
            return strength;
        }

        /// <summary>Makes of the parts of the strength those of <see cref="StrengthIn"/>.</summary>
        /// <param name="other">The item that was scored last.</param>
        /// <param name="parts">What that brought.</param>
        internal void PartsIn(int other, Span<float> parts)
        {
            var share = ShareIn(other);
            for (var i = 0; i < parts.Length; i++) parts[i] *= Left(i, other) * share;
        }

        /// <summary>From what the other's age left to what that of the item aimed at leaves.</summary>
        float ShareIn(int other) => fusion.Ages is null ? 1 : _age / AgeOf(other);

        /// <summary>The share that the other signals leave of one for an item.</summary>
        float Left(int signal, int item)
        {
            var left = 1f;
            for (var other = 0; other < _scorers.Length; other++)
                if (other != signal && fusion.Signals[other].Leaves is { } leaves) left *= leaves[item];
            return left;
        }

        /// <summary>
        /// What the item aimed at and <paramref name="other"/> have in common in the signal's eyes, most telling first; the weights
        /// sum to what the signal brings to the strength.
        /// </summary>
        internal List<ReasonPart> Explain(int signal, int other)
        {
            var parts = new List<ReasonPart>();
            _scorers[signal].Explain(other, parts);
            foreach (ref var part in CollectionsMarshal.AsSpan(parts)) part = part with { Weight = part.Weight * _factors[signal] * AgeOf(other) };
            parts.Sort((a, b) => a.Weight != b.Weight ? b.Weight.CompareTo(a.Weight) : string.CompareOrdinal(a.Text, b.Text));
            return parts;
        }
    }
}
