using System.Runtime.CompilerServices;

namespace Cantor.Kernels;

/// <summary>
/// Named columns. A build fills them from arrays and writes them to a release; an opened release fills them from mapped
/// memory. What scores is made from sections only, so it cannot tell the two apart.
/// </summary>
sealed class Sections
{
    readonly Dictionary<string, Section> _byName = new(StringComparer.Ordinal);

    /// <summary>All sections in the order of their names' bytes: the order in which a release holds them.</summary>
    internal IEnumerable<Section> InOrder => _byName.Values.OrderBy(section => section.Name, StringComparer.Ordinal);

    internal bool Has(string name) => _byName.ContainsKey(name);

    internal void Add<T>(string name, Column<T> column) where T : unmanaged =>
        Add(new(name, column.AsBytes(), Unsafe.SizeOf<T>()));

    internal void Add(Section section) => _byName.Add(section.Name, section);

    internal void Add<T>(string name, ReadOnlySpan<T> values) where T : unmanaged => Add(name, Column<T>.Of(values));

    /// <summary>The column of that name.</summary>
    /// <exception cref="InvalidDataException">There is none, or its numbers have another size.</exception>
    internal Column<T> Get<T>(string name) where T : unmanaged
    {
        if (!_byName.TryGetValue(name, out var section))
            throw new InvalidDataException($"section {name} is missing");
        if (section.ElementSize != Unsafe.SizeOf<T>())
            throw new InvalidDataException($"section {name} holds numbers of {section.ElementSize} bytes; expected {Unsafe.SizeOf<T>()}");
        return section.Bytes.As<T>();
    }

    /// <summary>The column of that name, which must have <paramref name="length"/> numbers.</summary>
    /// <exception cref="InvalidDataException">There is none, or it has another shape.</exception>
    internal Column<T> Get<T>(string name, long length) where T : unmanaged
    {
        var column = Get<T>(name);
        return column.Length == length
            ? column
            : throw new InvalidDataException($"section {name} holds {column.Length} numbers; expected {length}");
    }
}

/// <summary>One named column as bytes.</summary>
/// <param name="Name">1 to 31 ASCII bytes.</param>
/// <param name="Bytes">The numbers, little-endian.</param>
/// <param name="ElementSize">The size of one number in bytes.</param>
readonly record struct Section(string Name, Column<byte> Bytes, int ElementSize);
