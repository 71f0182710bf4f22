using Cantor.Kernels;

namespace Cantor.Signals.Latent;

/// <summary>
/// The directions in which the texts differ most: a truncated singular value decomposition A ≈ U·S·Vᵀ of the unit-length text
/// rows, randomized with two power iterations (Halko, Martinsson, Tropp 2011).
/// </summary>
static class LatentFit
{
    internal const int Rank = 100;

    const int PowerIterations = 2;

    /// <summary>A few more directions than are kept make those kept exact.</summary>
    const int Width = 2 * DenseMatrix.WidthStep;

    /// <summary>
    /// What brings a text into the latent space: V·S^-½, a row a feature, so that A times it is U·S^½. Columns past the
    /// rank of the texts are 0.
    /// </summary>
    internal static DenseMatrix Projection(FeatureRows texts, ulong seed, int threads, CancellationToken cancellationToken)
    {
        var byFeature = texts.Transposed();
        var inFeatures = new DenseMatrix(texts.FeatureCount, Width);
        var inItems = new DenseMatrix(texts.Count, Width);
        Threads.ForRanges(texts.FeatureCount, threads, 1024, (start, end) =>
        {
            for (var feature = start; feature < end; feature++)
            {
                var chance = new SeededRandom(seed, (ulong)feature);
                var row = inFeatures[feature];
                for (var i = 0; i < row.Length; i += 56)
                {
                    var bits = chance.NextBits();
                    for (var j = i; j < i + 56; j++, bits >>= 1) row[j] = (bits & 1) == 0 ? 1 : -1;
                }
            }
        }, cancellationToken);

        for (var iteration = 0; ; iteration++)
        {
            inItems.SetProduct(texts, inFeatures, threads, cancellationToken);
            inItems.Multiply(SmallMatrix.InverseRoot(inItems.Gram(threads, cancellationToken), Width), threads, cancellationToken);
            inFeatures.SetProduct(byFeature, inItems, threads, cancellationToken);
            if (iteration == PowerIterations) break;
            inFeatures.Multiply(SmallMatrix.InverseRoot(inFeatures.Gram(threads, cancellationToken), Width), threads, cancellationToken);
        }

        // inFeatures is now Aᵀ·Q for Q at right angles; its Gram matrix W·S²·Wᵀ gives S and V = Aᵀ·Q·W·S⁻¹.
        var (squares, vectors) = SmallMatrix.Eigen(inFeatures.Gram(threads, cancellationToken), Width);
        var turn = new double[Width * Width];
        for (var q = 0; q < Rank; q++)
        {
            if (squares[q] <= squares[0] * 1e-8) break;
            var scale = 1 / (Math.Sqrt(squares[q]) * Math.Sqrt(Math.Sqrt(squares[q]))); // S⁻¹·S^-½
            for (var p = 0; p < Width; p++) turn[p * Width + q] = vectors[p * Width + q] * scale;
        }
        inFeatures.Multiply(turn, threads, cancellationToken);
        return inFeatures;
    }
}
