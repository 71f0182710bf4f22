using Cantor.Kernels;

namespace Cantor.Signals.Tags;

/// <summary>The rows of a <see cref="TagsSignal"/> once more, all of one item side by side, for a build that scores millions of pairs: see <see cref="Text.TextRecords"/>.</summary>
sealed unsafe class TagRecords
{
    /// <summary>What a record starts with; its tags follow, then their values, then its words, then theirs.</summary>
    readonly record struct Header(int Tags, int Words);

    /// <summary>So many cache lines hold most records.</summary>
    const int ExpectedLines = 2;

    readonly Column<byte> _records;
    readonly long[] _starts;
    readonly TagWords? _words;

    internal TagRecords(FeatureRows tags, TagWords? words, int threads, CancellationToken cancellationToken)
    {
        _words = words;
        _starts = new long[tags.Count];
        long bytes = 0;
        for (var item = 0; item < _starts.Length; item++)
        {
            _starts[item] = bytes;
            var (start, end) = tags.Row(item);
            var (wordStart, wordEnd) = words?.Rows.Row(item) ?? (0, 0);
            bytes += sizeof(Header) + (sizeof(int) + sizeof(float)) * (end - start + wordEnd - wordStart);
        }
        _records = new AlignedBuffer<byte>(bytes).ToColumn();
        Threads.ForRanges(_starts.Length, threads, 1024, (start, end) =>
        {
            for (var item = start; item < end; item++)
            {
                var (first, last) = tags.Row(item);
                var (firstWord, lastWord) = words?.Rows.Row(item) ?? (0, 0);
                var (count, wordCount) = ((int)(last - first), (int)(lastWord - firstWord));
                var at = _records.Start + _starts[item];
                *(Header*)at = new(count, wordCount);
                var numbers = (int*)(at + sizeof(Header));
                tags.Features.Slice(first, last).CopyTo(new(numbers, count));
                tags.Values.Slice(first, last).CopyTo(new(numbers + count, count));
                if (words is null) continue;
                numbers += 2 * count;
                words.Rows.Features.Slice(firstWord, lastWord).CopyTo(new(numbers, wordCount));
                words.Rows.Values.Slice(firstWord, lastWord).CopyTo(new(numbers + wordCount, wordCount));
            }
        }, cancellationToken);
    }

    internal TagRow Tags(int item)
    {
        var at = _records.Start + _starts[item];
        var count = ((Header*)at)->Tags;
        var numbers = (int*)(at + sizeof(Header));
        return new(new(numbers, count), new(numbers + count, count));
    }

    internal WordRow Words(int item)
    {
        var at = _records.Start + _starts[item];
        var count = ((Header*)at)->Words;
        var numbers = (int*)(at + sizeof(Header)) + 2 * ((Header*)at)->Tags;
        return _words!.RowOf(item, new(numbers, count), new(numbers + count, count));
    }

    /// <summary>Begins to fetch an item's record.</summary>
    internal void Expect(int item) => Cache.Prefetch(_records.Start + _starts[item], ExpectedLines);
}
