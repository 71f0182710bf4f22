using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Cantor.Kernels;
using Cantor.Ranking;
using Cantor.Signals;
using Cantor.Signals.Vectors;

namespace Cantor.Bench;

/// <summary>
/// How long it takes to place one item that a release has not seen among a million that it has: its closest, and the lists it
/// stands in. Beside it, in the same run, one thread reads the same rows once and does nothing with them: it cannot be faster.
/// </summary>
static class UnseenBenchmark
{
    const int K = 50, Warming = 20, Placed = 200, Topics = 1000;

    internal static async Task<int> RunAsync(int items, int dimensions, int threads, string output, CancellationToken cancellationToken)
    {
        var sections = Sections(items, dimensions, threads, cancellationToken);
        var signal = new VectorsSignal(sections, items, dimensions, 1, null);
        var fusion = new Fusion([signal]);
        var ranker = new UnseenRanker(fusion, fusion.NewIndex, new(sections, items, 1), null, items, K);
        var rows = sections.Get<sbyte>("vectors.rows");

        var placing = new List<double>();
        var reading = new List<double>();
        var (closest, lists) = (0L, 0L);
        for (var number = 0; number < Warming + Placed; number++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var vector = VectorOf(items + number, dimensions);
            var began = Stopwatch.GetTimestamp();
            var (neighbors, inLists) = ranker.Rank(new WeighedItem([signal.RowOf(new Draft(new([], 0, [], ""), [], vector))]), K);
            var took = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            began = Stopwatch.GetTimestamp();
            GC.KeepAlive(Read(rows));
            var read = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            if (number < Warming) continue;
            placing.Add(took);
            reading.Add(read);
            closest += neighbors.Count;
            lists += inLists.Count;
        }
        var text = string.Create(CultureInfo.InvariantCulture, $"""
            # Placing an unseen item among {items:N0} of {dimensions:N0} numbers

            {Machine.Describe()}, one thread. {Placed:N0} items, each placed once after {Warming:N0} others. README.md says what is done.

            | | median | 95 % within | slowest |
            |---|--:|--:|--:|
            | its {K} closest and the lists it stands in | {At(placing, .5):F1} ms | {At(placing, .95):F1} ms | {placing.Max():F1} ms |
            | reading the same rows once | {At(reading, .5):F1} ms | {At(reading, .95):F1} ms | {reading.Max():F1} ms |
            | ratio of the medians | {At(placing, .5) / At(reading, .5):F2} | | |

            On average {(double)closest / Placed:F0} neighbors and {(double)lists / Placed:F0} lists.

            """);
        Console.WriteLine(text);
        Directory.CreateDirectory(output);
        await File.WriteAllTextAsync(Path.Combine(output, string.Create(CultureInfo.InvariantCulture, $"unseen-{items}x{dimensions}.md")), text, cancellationToken);
        return 0;
    }

    /// <summary>The vectors, and for each a list whose least strength is that of an item of its own topic.</summary>
    static Sections Sections(int items, int dimensions, int threads, CancellationToken cancellationToken)
    {
        var width = ByteRows.PaddedWidth(dimensions);
        var rows = new AlignedBuffer<sbyte>((long)items * width);
        var scales = Column<float>.NewPinned(items);
        Threads.ForRanges(items, threads, 256, (start, end) =>
        {
            for (var item = start; item < end; item++)
                scales[item] = ByteRows.Write(VectorOf(item, dimensions), rows.Slice((long)item * width, width));
        }, cancellationToken);
        var sections = new Sections();
        sections.Add("vectors.rows", rows.ToColumn());
        sections.Add("vectors.scales", Column<float>.Over(scales));

        var chance = new SeededRandom(5);
        var ends = Column<long>.NewPinned(items);
        var neighbors = Column<Neighbor>.NewPinned((long)items * K);
        for (var item = 0; item < items; item++)
        {
            ends[item] = (item + 1L) * K;
            var least = (float)(.3 + .4 * chance.NextDouble());
            for (var rank = 0; rank < K; rank++) neighbors[(long)item * K + rank] = new(new(chance.NextInt(items)), 0, least + (K - 1 - rank) * .004f);
        }
        sections.Add("neighbors.ends", Column<long>.Over(ends));
        sections.Add("neighbors", Column<Neighbor>.Over(neighbors));
        sections.Add("neighbors.parts", Column<float>.Over(Column<float>.NewPinned((long)items * K)));
        return sections;
    }

    static float[] VectorOf(int item, int dimensions)
    {
        var (own, topic) = (new SeededRandom(1, (ulong)item), new SeededRandom(2, (ulong)item % Topics));
        return [.. Enumerable.Range(0, dimensions).Select(_ => (float)(topic.NextGaussian() + own.NextGaussian()))];
    }

    static long Read(Column<sbyte> rows)
    {
        var sums = Vector256<long>.Zero;
        for (long start = 0; start < rows.Length; start += Portion)
            foreach (var words in MemoryMarshal.Cast<sbyte, Vector256<long>>(rows.Slice(start, Math.Min(rows.Length, start + Portion)))) sums += words;
        return Vector256.Sum(sums);
    }

    const long Portion = 1 << 28; // a span ends at two billion

    static double At(List<double> times, double share) => times.Order().ElementAt((int)(share * (times.Count - 1)));
}
