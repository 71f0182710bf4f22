using Cantor.Kernels;

namespace Cantor.Judging;

/// <summary>Draws how many of n answers are bad when each is with chance p: the whole distribution is laid out once, so that a draw is one search.</summary>
sealed class BinomialTable
{
    readonly double[] _upTo; // _upTo[k]: how likely k or fewer are

    internal BinomialTable(int n, double p)
    {
        _upTo = new double[n + 1];
        if (p <= 0 || p >= 1)
        {
            Array.Fill(_upTo, 1, p <= 0 ? 0 : n, p <= 0 ? n + 1 : 1);
            return;
        }
        // From the likeliest count outwards, as multiples of it: nothing overflows, and what underflows weighs nothing.
        var most = Math.Min(n, (int)((n + 1) * p));
        _upTo[most] = 1;
        for (var k = most; k < n; k++) _upTo[k + 1] = _upTo[k] * (n - k) / (k + 1) * p / (1 - p);
        for (var k = most; k > 0; k--) _upTo[k - 1] = _upTo[k] * k / (n - k + 1) * (1 - p) / p;
        for (var k = 1; k <= n; k++) _upTo[k] += _upTo[k - 1];
        var all = _upTo[n];
        for (var k = 0; k <= n; k++) _upTo[k] /= all;
    }

    internal int Draw(SeededRandom random)
    {
        var at = Array.BinarySearch(_upTo, random.NextDouble());
        if (at < 0) return ~at;
        // NextDouble() is below 1 and counts up to the entry it equals: the next greater one is drawn, past equal entries.
        var value = _upTo[at];
        while (_upTo[at] == value) at++;
        return at;
    }
}
