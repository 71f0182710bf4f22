using System.Runtime.Intrinsics;

namespace Cantor.Kernels;

/// <summary>Symmetric matrices of a hundred or so rows, in doubles, row after row.</summary>
static class SmallMatrix
{
    /// <summary>What is this much smaller than the greatest is rounding, not content.</summary>
    const double Negligible = 1e-10;

    /// <summary>
    /// R⁻¹ for the upper triangular R with Rᵀ·R = <paramref name="gram"/>: columns with that Gram matrix, multiplied by it, stand
    /// at right angles and have the length 1. A column that depends on those before it becomes 0.
    /// </summary>
    internal static double[] InverseRoot(double[] gram, int size)
    {
        var root = new double[size * size]; // R, and 0 in the rows of dependent columns
        var greatest = 0.0;
        for (var p = 0; p < size; p++) greatest = Math.Max(greatest, gram[p * size + p]);
        for (var p = 0; p < size; p++)
        {
            var square = gram[p * size + p];
            for (var r = 0; r < p; r++) square -= root[r * size + p] * root[r * size + p];
            if (square <= greatest * Negligible) continue;
            var pivot = root[p * size + p] = Math.Sqrt(square);
            for (var q = p + 1; q < size; q++)
            {
                var sum = gram[p * size + q];
                for (var r = 0; r < p; r++) sum -= root[r * size + p] * root[r * size + q];
                root[p * size + q] = sum / pivot;
            }
        }
        var inverse = new double[size * size];
        for (var q = 0; q < size; q++)
        {
            if (root[q * size + q] == 0) continue;
            inverse[q * size + q] = 1 / root[q * size + q];
            for (var p = q - 1; p >= 0; p--)
            {
                if (root[p * size + p] == 0) continue;
                var sum = 0.0;
                for (var r = p + 1; r <= q; r++) sum += root[p * size + r] * inverse[r * size + q];
                inverse[p * size + q] = -sum / root[p * size + p];
            }
        }
        return inverse;
    }

    /// <summary>Eigenvalues, greatest first, and the vectors as columns in the same order, by Jacobi's rotations.</summary>
    internal static (double[] Values, double[] Vectors) Eigen(double[] symmetric, int size)
    {
        var a = (double[])symmetric.Clone();
        var v = new double[size * size]; // a vector a row
        for (var p = 0; p < size; p++) v[p * size + p] = 1;
        var total = a.Sum(x => x * x);
        for (var sweep = 0; sweep < 30; sweep++)
        {
            var off = 0.0;
            for (var p = 0; p < size; p++)
                for (var q = p + 1; q < size; q++) off += a[p * size + q] * a[p * size + q];
            if (off <= total * 1e-24) break;
            for (var p = 0; p < size; p++)
                for (var q = p + 1; q < size; q++) Rotate(a, v, size, p, q);
        }
        var order = Enumerable.Range(0, size).OrderByDescending(p => a[p * size + p]).ThenBy(p => p).ToArray();
        var vectors = new double[size * size];
        for (var q = 0; q < size; q++)
            for (var p = 0; p < size; p++) vectors[p * size + q] = v[order[q] * size + p];
        return (Array.ConvertAll(order, p => a[p * size + p]), vectors);
    }

    static void Rotate(double[] a, double[] v, int size, int p, int q)
    {
        var apq = a[p * size + q];
        if (apq == 0) return;
        var theta = (a[q * size + q] - a[p * size + p]) / (2 * apq);
        var tangent = (theta >= 0 ? 1 : -1) / (Math.Abs(theta) + Math.Sqrt(theta * theta + 1));
        var cosine = 1 / Math.Sqrt(tangent * tangent + 1);
        var sine = tangent * cosine;
        for (var r = 0; r < size; r++)
        {
            var (x, y) = (a[r * size + p], a[r * size + q]);
            (a[r * size + p], a[r * size + q]) = (cosine * x - sine * y, sine * x + cosine * y);
        }
        Turn(a.AsSpan(p * size, size), a.AsSpan(q * size, size), cosine, sine);
        Turn(v.AsSpan(p * size, size), v.AsSpan(q * size, size), cosine, sine);
    }

    static void Turn(Span<double> a, Span<double> b, double cosine, double sine)
    {
        var r = 0;
        for (var four = Vector256<double>.Count; r + four <= a.Length; r += four)
        {
            var (x, y) = (Vector256.Create<double>(a[r..]), Vector256.Create<double>(b[r..]));
            (cosine * x - sine * y).CopyTo(a[r..]);
            (sine * x + cosine * y).CopyTo(b[r..]);
        }
        for (; r < a.Length; r++) (a[r], b[r]) = (cosine * a[r] - sine * b[r], sine * a[r] + cosine * b[r]);
    }
}
