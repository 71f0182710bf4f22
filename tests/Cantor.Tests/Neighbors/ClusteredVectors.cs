using Cantor.Kernels;
using Cantor.Neighbors;

namespace Cantor.Tests.Neighbors;

/// <summary>Vectors as texts give them: topics, subjects within them, and differences within those.</summary>
static class ClusteredVectors
{
    internal static DenseVectors Make(int count, int width, ulong seed = 1)
    {
        var vectors = new DenseVectors(count, width);
        var x = new float[width];
        for (var row = 0; row < count; row++)
        {
            var chance = new SeededRandom(seed, (ulong)row);
            var subject = chance.NextInt(Math.Max(1, count / 40));
            var (topicChance, subjectChance) = (new SeededRandom(seed + 1, (ulong)subject / 10), new SeededRandom(seed + 2, (ulong)subject));
            for (var t = 0; t < width; t++)
                x[t] = (float)(topicChance.NextGaussian() + subjectChance.NextGaussian() + chance.NextGaussian());
            vectors.Set(row, x);
        }
        return vectors;
    }

    /// <summary>The plainest way there is: every pair, sorted.</summary>
    internal static unsafe (int Item, uint ScoreBits)[] Closest(DenseVectors vectors, int row, int k) =>
        [.. Enumerable.Range(0, vectors.Count).Where(other => other != row)
            .Select(other => (Item: other, Score: FloatTile.Dot(vectors.Start(row), vectors.Start(other), vectors.Width)))
            .Where(pair => pair.Score > 0)
            .OrderByDescending(pair => pair.Score).ThenBy(pair => pair.Item).Take(k)
            .OrderBy(pair => pair.Item).Select(pair => (pair.Item, BitConverter.SingleToUInt32Bits(pair.Score)))];

    internal static (int Item, uint ScoreBits)[] Row(FeatureRows rows, int row)
    {
        var (start, end) = rows.Row(row);
        return [.. rows.Features.Slice(start, end).ToArray().Zip(Array.ConvertAll(rows.Values.Slice(start, end).ToArray(), BitConverter.SingleToUInt32Bits))];
    }

    /// <summary>The share of what the plainest way finds that <paramref name="found"/> has, of every seventh row.</summary>
    internal static double Recall(DenseVectors vectors, FeatureRows found, int k)
    {
        var (hits, all) = (0, 0);
        for (var row = 0; row < vectors.Count; row += 7)
        {
            var closest = Closest(vectors, row, k);
            hits += closest.Intersect(Row(found, row)).Count();
            all += closest.Length;
        }
        return (double)hits / all;
    }
}
