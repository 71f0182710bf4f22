namespace Cantor.Kernels;

/// <summary>
/// Logarithm, exponential and power whose last bit is the same on every machine. <see cref="Math"/> asks the platform's C
/// library, whose releases differ in the last bit; here only + − × ÷ and moves of bits are used, which IEEE 754 fixes.
/// </summary>
/// <remarks>
/// Within one unit in the last place of the true value (tests ask for two against <see cref="Math"/>), the special cases
/// of C99 annex F included. The trick is Dekker's (1971): a number is carried as an unevaluated sum of two doubles, about
/// 106 bits, through the steps where rounding would show.
/// </remarks>
static class FixedMath
{
    const double Ln2 = 0.6931471805599453, Ln2Rest = 2.3190468138462996e-17;
    // 40 bits of ln 2, so that its product with an exponent (11 bits) is exact, and what is left of it.
    const double Ln2Head = 0.6931471805592082, Ln2Tail = 7.371002565167799e-13;
    const double InverseLn2 = 1.4426950408889634;
    const double InverseLn10 = 0.4342944819032518, InverseLn10Rest = 1.098319650216765e-17;
    const double SquareRootOf2 = 1.4142135623730951;
    const double SmallestNormal = 2.2250738585072014e-308, TwoTo54 = 18014398509481984;
    // 1/n!, each rounded once: 17! and all below it are whole numbers under 2^53.
    static readonly double[] InverseFactorials = [.. Enumerable.Range(0, 18).Select(n => 1 / Enumerable.Range(1, n).Aggregate(1.0, (product, factor) => product * factor))];

    const int ExponentBias = 1023, FractionBits = 52;

    /// <summary>The natural logarithm; −∞ for 0, NaN below 0.</summary>
    internal static double Log(double x) => IsPositiveAndFinite(x) ? LogOf(x).Head : LogOfSpecial(x);

    /// <summary>The logarithm to base 10; −∞ for 0, NaN below 0.</summary>
    internal static double Log10(double x) =>
        IsPositiveAndFinite(x) ? (LogOf(x) * new Pair(InverseLn10, InverseLn10Rest)).Head : LogOfSpecial(x);

    /// <summary>e to the power of <paramref name="x"/>.</summary>
    internal static double Exp(double x) => double.IsNaN(x) ? x : ExpOf(new(x, 0));

    /// <summary><paramref name="x"/> to the power of <paramref name="y"/>.</summary>
    internal static double Pow(double x, double y)
    {
        if (y == 0 || x == 1) return 1;
        if (double.IsNaN(x) || double.IsNaN(y)) return double.NaN;
        var magnitude = Math.Abs(x);
        if (double.IsInfinity(y))
            return magnitude == 1 ? 1 : magnitude > 1 == y > 0 ? double.PositiveInfinity : 0;
        var negative = double.IsNegative(x) && double.IsOddInteger(y);
        if (x == 0 || double.IsInfinity(x))
        {
            var grows = double.IsInfinity(x) == y > 0;
            return negative ? grows ? double.NegativeInfinity : -0.0 : grows ? double.PositiveInfinity : 0;
        }
        if (x < 0 && !double.IsInteger(y)) return double.NaN;
        if (magnitude == 1) return negative ? -1 : 1;
        var log = LogOf(magnitude);
        // Decided here, while one product tells enough: of a huge y the pair's product would overflow.
        var about = log.Head * y;
        var power = about > 1000 ? double.PositiveInfinity : about < -1000 ? 0 : ExpOf(log * new Pair(y, 0));
        return negative ? -power : power;
    }

    static bool IsPositiveAndFinite(double x) => x > 0 && x < double.PositiveInfinity;

    static double LogOfSpecial(double x) =>
        x == 0 ? double.NegativeInfinity : x > 0 ? double.PositiveInfinity : double.NaN;

    // x = 2^e · m with m between √½ and √2; ln m = 2 artanh s = 2s (1 + s²/3 + s⁴/5 + …) with s = (m − 1) / (m + 1), s² < .0295.
    static Pair LogOf(double x)
    {
        var exponent = 0;
        if (x < SmallestNormal)
        {
            x *= TwoTo54;
            exponent = -54;
        }
        var bits = BitConverter.DoubleToInt64Bits(x);
        exponent += (int)(bits >> FractionBits) - ExponentBias;
        var m = BitConverter.Int64BitsToDouble((bits & ((1L << FractionBits) - 1)) | ((long)ExponentBias << FractionBits));
        if (m > SquareRootOf2)
        {
            m /= 2;
            exponent++;
        }

        var s = (m - 1) / Pair.Sum(m, 1); // m − 1 is exact: m is within a factor of two of 1
        var square = s * s;
        var z = square.Head;
        var rest = 1.0 / 27;
        for (var n = 25; n >= 7; n -= 2) rest = rest * z + 1.0 / n;
        // The first three terms need the pair; what stands behind them weighs less than 2^-15 of the sum.
        var series = square * rest + new Pair(.2, -1.1102230246251566e-17);
        series = square * series + new Pair(1.0 / 3, 1.850371707708594e-17);
        series = square * series + new Pair(1, 0);
        var log = s * series;
        log = new(2 * log.Head, 2 * log.Tail);
        return exponent == 0 ? log : new Pair(Ln2, Ln2Rest) * exponent + log;
    }

    // x = k ln 2 + r with |r| ≤ ½ ln 2; e^r by its series, whose first two terms are added last and exactly.
    static double ExpOf(Pair x)
    {
        if (x.Head > 1000) return double.PositiveInfinity;
        if (x.Head < -1000) return 0;
        var k = (int)(x.Head * InverseLn2 + (x.Head < 0 ? -.5 : .5));
        var r = Pair.Sum(x.Head - k * Ln2Head, x.Tail - k * Ln2Tail);
        var series = InverseFactorials[17];
        for (var n = 16; n >= 2; n--) series = series * r.Head + InverseFactorials[n];
        var power = Pair.Sum(1, r.Head);
        var tail = power.Tail + (r.Tail + r.Head * r.Tail + r.Head * r.Head * series);
        // In two steps, so that the first stays normal and only the last one rounds.
        var half = k / 2;
        return (power.Head + tail) * TwoTo(half) * TwoTo(k - half);
    }

    static double TwoTo(int exponent) => BitConverter.Int64BitsToDouble((long)(exponent + ExponentBias) << FractionBits);

    /// <summary>The unevaluated sum of two doubles, the second at most half a unit in the last place of the first.</summary>
    readonly record struct Pair(double Head, double Tail)
    {
        /// <summary>a + b without rounding (Knuth's two-sum).</summary>
        internal static Pair Sum(double a, double b)
        {
            var head = a + b;
            var bThere = head - a;
            return new(head, a - (head - bThere) + (b - bThere));
        }

        /// <summary>a × b without rounding (Dekker's product); both far from overflow.</summary>
        static Pair Product(double a, double b)
        {
            var (aHigh, aLow) = Split(a);
            var (bHigh, bLow) = Split(b);
            var head = a * b;
            return new(head, aHigh * bHigh - head + aHigh * bLow + aLow * bHigh + aLow * bLow);
        }

        // Two halves of at most 26 bits each, whose products are exact.
        static (double High, double Low) Split(double a)
        {
            var scaled = 134217729 * a; // 2^27 + 1
            var high = scaled - (scaled - a);
            return (high, a - high);
        }

        static Pair Normal(double head, double tail)
        {
            var sum = head + tail;
            return new(sum, tail - (sum - head));
        }

        public static Pair operator +(Pair a, Pair b)
        {
            var sum = Sum(a.Head, b.Head);
            return Normal(sum.Head, sum.Tail + a.Tail + b.Tail);
        }

        public static Pair operator *(Pair a, Pair b)
        {
            var product = Product(a.Head, b.Head);
            return Normal(product.Head, product.Tail + (a.Head * b.Tail + a.Tail * b.Head));
        }

        public static Pair operator *(Pair a, double b)
        {
            var product = Product(a.Head, b);
            return Normal(product.Head, product.Tail + a.Tail * b);
        }

        public static Pair operator /(double a, Pair b)
        {
            var quotient = a / b.Head;
            var back = Product(quotient, b.Head);
            return Normal(quotient, (a - back.Head - back.Tail - quotient * b.Tail) / b.Head);
        }
    }
}
