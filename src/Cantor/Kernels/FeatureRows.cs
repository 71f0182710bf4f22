namespace Cantor.Kernels;

/// <summary>Sparse rows: for each item some features, ascending, each with a value greater than 0.</summary>
/// <param name="FeatureCount">Features are 0 to here, not included.</param>
/// <param name="Ends">Where each item's row ends.</param>
/// <param name="Features">The rows' features.</param>
/// <param name="Values">Their values.</param>
sealed record FeatureRows(int FeatureCount, Column<long> Ends, Column<int> Features, Column<float> Values)
{
    internal int Count => (int)Ends.Length;

    internal (long Start, long End) Row(int item) => (item == 0 ? 0 : Ends[item - 1], Ends[item]);
}
