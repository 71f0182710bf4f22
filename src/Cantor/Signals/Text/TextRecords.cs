using System.Runtime.CompilerServices;
using Cantor.Kernels;

namespace Cantor.Signals.Text;

/// <summary>
/// The rows of a <see cref="TextSignal"/> once more, all of one item side by side. A build scores millions of pairs, whose other
/// item may be anywhere: read from a dozen columns a row waits for memory a dozen times, from here once, and <see cref="Expect"/>
/// lets that wait begin before. A server reads the columns, as it scores few pairs; while it lays many pushed items over a release, it has records, too.
/// </summary>
sealed unsafe class TextRecords
{
    /// <summary>What a record starts with; then come the marks of the terms and those of the pairs, which are read first, the features, the title's counts and the body's.</summary>
    readonly record struct Header(TextNumbers Numbers, int Terms, int Pairs);

    const int Alignment = 16;

    /// <summary>So many cache lines hold most records; the processor itself fetches what follows.</summary>
    const int ExpectedLines = 5;

    readonly Column<byte> _records;
    readonly long[] _starts;

    internal TextRecords(TextSignal signal, int threads, CancellationToken cancellationToken)
    {
        var (terms, pairs) = (signal.Terms, signal.Pairs);
        _starts = new long[terms.Count];
        long bytes = 0;
        for (var item = 0; item < _starts.Length; item++)
        {
            _starts[item] = bytes;
            var (start, end) = terms.Place(item);
            var (pairStart, pairEnd) = pairs.Place(item);
            var features = end - start + pairEnd - pairStart;
            bytes += (sizeof(Header) + MarksBytes(features) + (sizeof(int) + 2 * sizeof(byte)) * features + Alignment - 1) / Alignment * Alignment;
        }
        _records = new AlignedBuffer<byte>(bytes + FeatureFilter.MarksBehind).ToColumn();
        Threads.ForRanges(_starts.Length, threads, 1024, (start, end) =>
        {
            for (var item = start; item < end; item++) Write(item, signal.RowOfColumns(item));
        }, cancellationToken);
    }

    /// <summary>About how many bytes the features of rows take in records.</summary>
    internal static long BytesOf(CountRows rows) => (sizeof(int) + 4 * sizeof(byte)) * rows.Features.Length + (sizeof(Header) + sizeof(long)) * (long)rows.Count / 2;

    /// <summary>Two a feature, and what keeps the features behind them aligned.</summary>
    static long MarksBytes(long features) => (2 * features + sizeof(int) - 1) / sizeof(int) * sizeof(int);

    internal TextRow this[int item]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            var record = _records.Start + _starts[item];
            ref readonly var header = ref *(Header*)record;
            return new(Part(record, 0, header.Terms), Part(record, header.Terms, header.Pairs), header.Numbers);
        }
    }

    /// <summary>The terms alone.</summary>
    internal CountRow Terms(int item)
    {
        var record = _records.Start + _starts[item];
        return Part(record, 0, ((Header*)record)->Terms);
    }

    /// <summary>Of the features of a record, as many as are asked for from the first on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static CountRow Part(byte* record, int first, int count)
    {
        var all = ((Header*)record)->Terms + ((Header*)record)->Pairs;
        var marks = record + sizeof(Header);
        var features = (int*)(marks + MarksBytes(all));
        var title = (byte*)(features + all);
        var body = title + all;
        return new(new(features + first, count), new(title + first, count), new(body + first, count), new(marks + 2 * first, 2 * count));
    }

    /// <summary>Begins to fetch an item's record.</summary>
    internal void Expect(int item) => Cache.Prefetch(_records.Start + _starts[item], ExpectedLines);

    void Write(int item, in TextRow row)
    {
        *(Header*)(_records.Start + _starts[item]) = new(row.Numbers, row.Terms.Features.Length, row.Pairs.Features.Length);
        var place = this[item]; // whose spans the header has just set
        Copy(row.Terms, place.Terms);
        Copy(row.Pairs, place.Pairs);
    }

    static void Copy(in CountRow from, in CountRow to)
    {
        from.Features.CopyTo(Writable(to.Features));
        from.Title.CopyTo(Writable(to.Title));
        from.Body.CopyTo(Writable(to.Body));
        FeatureFilter.Mark(from.Features, Writable(to.Marks));
    }

    static Span<T> Writable<T>(ReadOnlySpan<T> span) =>
        System.Runtime.InteropServices.MemoryMarshal.CreateSpan(ref System.Runtime.InteropServices.MemoryMarshal.GetReference(span), span.Length);
}
