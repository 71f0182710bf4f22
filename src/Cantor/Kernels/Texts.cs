namespace Cantor.Kernels;

/// <summary>Many short runs of bytes, one after another, found by number.</summary>
readonly struct Texts
{
    readonly Column<long> _ends;
    readonly Column<byte> _bytes;

    Texts(Column<long> ends, Column<byte> bytes) => (_ends, _bytes) = (ends, bytes);

    internal int Count => (int)_ends.Length;

    internal ReadOnlySpan<byte> this[int index] => _bytes.Slice(index == 0 ? 0 : _ends[index - 1], _ends[index]);

    /// <summary>Reads what <see cref="Add"/> added under <paramref name="name"/>.</summary>
    internal static Texts Of(Sections sections, string name, long count) =>
        new(sections.Get<long>(name + ".ends", count), sections.Get<byte>(name));

    /// <summary>Adds the texts as two sections: their bytes, and where each ends.</summary>
    internal static void Add(Sections sections, string name, int count, Func<int, ReadOnlyMemory<byte>> text)
    {
        var ends = Column<long>.NewPinned(count);
        long end = 0;
        for (var i = 0; i < count; i++) ends[i] = end += text(i).Length;
        var bytes = Column<byte>.NewPinned(end);
        for (var i = 0; i < count; i++) text(i).Span.CopyTo(bytes.AsSpan((int)(i == 0 ? 0 : ends[i - 1])));
        sections.Add(name, Column<byte>.Over(bytes));
        sections.Add(name + ".ends", Column<long>.Over(ends));
    }
}
