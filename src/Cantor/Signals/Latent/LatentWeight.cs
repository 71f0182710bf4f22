using Cantor.Kernels;
using Cantor.Signals.Text;
using Cantor.Text;

namespace Cantor.Signals.Latent;

/// <summary>
/// Finds without judgments how much the latent signal may weigh: let the even pieces of 400 bodies find their odd ones. What the
/// latent score adds to the mean reciprocal rank of the text score, half again, is its weight.
/// </summary>
static class LatentWeight
{
    const int Samples = 400;

    /// <summary>A sentence has about a dozen words; where pairs of characters and single ones are the terms, a word is three or so.</summary>
    const int PieceTerms = 12, SpacelessPieceTerms = 40;

    const float Trial = .2f;
    const double Gain = 1.5, Least = .05, Most = .40;

    /// <summary>.05 to .40; .05 when there is nothing to try it on.</summary>
    internal static float Tune(CorpusText text, CountRows terms, Column<byte> spaceless, DenseMatrix projection, ulong seed, int threads, CancellationToken cancellationToken)
    {
        var chosen = Choose(text, spaceless, seed);
        if (chosen.Length < 2) return (float)Least;
        var even = Array.ConvertAll(chosen, item => Half.Of(text, item, 0, Piece(spaceless, item), terms, projection));
        var odd = Array.ConvertAll(chosen, item => Half.Of(text, item, 1, Piece(spaceless, item), terms, projection));
        var mean = even.Concat(odd).Sum(half => half.Length) / (2 * chosen.Length);

        var ranks = new (double Text, double Both)[chosen.Length];
        Threads.ForRanges(chosen.Length, threads, 8, () => new float[terms.Weights.Length], (row, start, end) =>
        {
            for (var query = start; query < end; query++)
            {
                even[query].Spread(row, 1);
                var (mine, mineBoth) = Score(even[query], odd[query], row, mean);
                var (better, betterBoth) = (0, 0);
                foreach (var other in odd)
                {
                    var (score, both) = Score(even[query], other, row, mean);
                    if (score > mine) better++;
                    if (both > mineBoth) betterBoth++;
                }
                even[query].Spread(row, 0);
                ranks[query] = (1.0 / (1 + better), 1.0 / (1 + betterBoth));
            }
        }, cancellationToken);
        var (alone, together) = (ranks.Sum(rank => rank.Text), ranks.Sum(rank => rank.Both));
        return (float)Math.Clamp(Gain * (together / alone - 1), Least, Most);
    }

    static (float Text, float Both) Score(Half a, Half b, float[] row, double mean)
    {
        var dot = 0f;
        for (var i = 0; i < b.Features.Length; i++) dot += row[b.Features[i]] * b.Values[i];
        var score = (float)(dot * CountRows.SoftNorm(a.Length, mean, .1) * CountRows.SoftNorm(b.Length, mean, .1));
        var cosine = 0f;
        for (var i = 0; i < a.Place.Length; i++) cosine += a.Place[i] * b.Place[i];
        return (score, score + Trial * Math.Max(0, cosine));
    }

    static int Piece(Column<byte> spaceless, int item) => spaceless[item] == 1 ? SpacelessPieceTerms : PieceTerms;

    static int[] Choose(CorpusText text, Column<byte> spaceless, ulong seed)
    {
        var chance = new SeededRandom(seed, 0x6C6174656E74); // a stream of its own
        var candidates = Enumerable.Range(0, text.Count).Where(item => text.Terms[item].Length - text.TitleLengths[item] >= 2 * Piece(spaceless, item)).ToArray();
        for (var i = 0; i < Math.Min(Samples, candidates.Length); i++)
        {
            var j = i + chance.NextInt(candidates.Length - i);
            (candidates[i], candidates[j]) = (candidates[j], candidates[i]);
        }
        return candidates[..Math.Min(Samples, candidates.Length)];
    }

    /// <summary>Every second piece of a body: √tf·w of its terms, their length, and its place in the latent space, of length 1.</summary>
    sealed record Half(int[] Features, float[] Values, double Length, float[] Place)
    {
        internal void Spread(float[] row, int times)
        {
            for (var i = 0; i < Features.Length; i++) row[Features[i]] = times * Values[i];
        }

        internal static Half Of(CorpusText text, int item, int parity, int piece, CountRows terms, DenseMatrix projection)
        {
            var counts = new SortedDictionary<int, int>();
            var body = text.Terms[item].AsSpan(text.TitleLengths[item]);
            for (var at = 0; at < body.Length; at++)
                if (at / piece % 2 == parity && body[at] >= 0) counts[body[at]] = counts.GetValueOrDefault(body[at]) + 1;
            int[] features = [.. counts.Keys];
            var values = Array.ConvertAll(features, feature => MathF.Sqrt(counts[feature]) * terms.Weights[feature]);
            double squares = 0;
            foreach (var value in values) squares += (double)value * value;
            var place = new float[projection.Width];
            DenseMatrix.Product(features, values, projection, place);
            double placeSquares = 0;
            foreach (var value in place) placeSquares += (double)value * value;
            if (placeSquares > 0)
                foreach (ref var value in place.AsSpan()) value = (float)(value / Math.Sqrt(placeSquares));
            return new(features, values, Math.Sqrt(squares), place);
        }
    }
}
