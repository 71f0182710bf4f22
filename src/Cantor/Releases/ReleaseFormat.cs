using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using Cantor.Kernels;

namespace Cantor.Releases;

/// <summary>How a release file is laid out; docs/release-format.md says it byte by byte.</summary>
static class ReleaseFormat
{
    internal const string Extension = ".cantor";
    internal const uint Version = 2;
    internal const int HeaderSize = 64, EntrySize = 64, Alignment = 64, MaxNameLength = 31, MaxSections = 1024;

    // The line ends show a file that went through a transfer in text mode.
    static ReadOnlySpan<byte> Magic => "CANTOR\r\n"u8;

    /// <summary>Where a section stands in the file.</summary>
    internal readonly record struct Entry(string Name, long Offset, long Length, ulong Hash, int ElementSize);

    internal static long Align(long offset) => (offset + Alignment - 1) / Alignment * Alignment;

    internal static string FileName(string collection, ReleaseVersion version) => $"{collection}-{version}{Extension}";

    /// <summary>The collection and version that a file's name says; null if it says none.</summary>
    internal static (string Collection, ReleaseVersion Version)? ParseName(string path)
    {
        const int VersionLength = 25;
        var name = Path.GetFileName(path);
        if (!name.EndsWith(Extension, StringComparison.Ordinal)) return null;
        name = name[..^Extension.Length];
        return name.Length > VersionLength + 1 && name[^(VersionLength + 1)] == '-' && ReleaseVersion.TryParse(name[^VersionLength..], out var version)
            ? (name[..^(VersionLength + 1)], version)
            : null;
    }

    /// <summary>The header and the table, and what of the version the content decides.</summary>
    internal static (byte[] Bytes, uint Content) WriteHead(IReadOnlyList<Entry> entries, long fileLength)
    {
        var head = new byte[HeaderSize + EntrySize * entries.Count];
        Magic.CopyTo(head);
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(8), Version);
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(12), (uint)entries.Count);
        BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(16), fileLength);
        for (var i = 0; i < entries.Count; i++)
        {
            var entry = head.AsSpan(HeaderSize + EntrySize * i, EntrySize);
            Encoding.ASCII.GetBytes(entries[i].Name, entry);
            BinaryPrimitives.WriteInt64LittleEndian(entry[32..], entries[i].Offset);
            BinaryPrimitives.WriteInt64LittleEndian(entry[40..], entries[i].Length);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[48..], entries[i].Hash);
            BinaryPrimitives.WriteInt32LittleEndian(entry[56..], entries[i].ElementSize);
        }
        var hash = XxHash3.HashToUInt64(head); // its own field is still zero
        BinaryPrimitives.WriteUInt64LittleEndian(head.AsSpan(24), hash);
        return (head, (uint)hash);
    }

    /// <summary>Reads the table.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="file">The whole file.</param>
    /// <returns>The entries, which lie inside the file, in order, and do not overlap; and what of the version the content decides.</returns>
    /// <exception cref="ReleaseFaultException">The header or the table is not as it was written.</exception>
    internal static (Entry[] Entries, uint Content) ReadHead(string path, Column<byte> file)
    {
        if (file.Length < HeaderSize)
            throw new ReleaseFaultException(path, null, $"the file has {file.Length} bytes; a release has at least {HeaderSize}");
        var header = file.Slice(0, HeaderSize);
        if (!header[..8].SequenceEqual(Magic))
            throw new ReleaseFaultException(path, null, "the file does not begin as a release does (bytes 0 to 7)");
        var version = BinaryPrimitives.ReadUInt32LittleEndian(header[8..]);
        if (version is 0 or > Version)
            throw new ReleaseFaultException(path, null, $"the format version is {version} (bytes 8 to 11); this program reads 1 to {Version}");
        var count = BinaryPrimitives.ReadUInt32LittleEndian(header[12..]);
        if (count > MaxSections)
            throw new ReleaseFaultException(path, null, $"the header speaks of {count} sections (bytes 12 to 15); there are at most {MaxSections}");
        var length = BinaryPrimitives.ReadInt64LittleEndian(header[16..]);
        if (length != file.Length)
            throw new ReleaseFaultException(path, null, $"the file has {file.Length} bytes; its header says {length} (bytes 16 to 23): it was cut or changed");
        if (HeaderSize + EntrySize * (long)count > length)
            throw new ReleaseFaultException(path, null, $"the table of {count} sections does not fit into {length} bytes");

        var head = file.Slice(0, HeaderSize + EntrySize * count).ToArray();
        var expected = BinaryPrimitives.ReadUInt64LittleEndian(head.AsSpan(24));
        head.AsSpan(24, 8).Clear();
        var hash = XxHash3.HashToUInt64(head);
        if (hash != expected)
            throw new ReleaseFaultException(path, null, $"the checksum of header and table is {hash:x16}; the header says {expected:x16} (bytes 24 to 31)");

        var entries = new Entry[count];
        var end = HeaderSize + EntrySize * (long)count;
        for (var i = 0; i < count; i++)
        {
            var bytes = head.AsSpan(HeaderSize + EntrySize * i, EntrySize);
            var name = bytes[..(MaxNameLength + 1)];
            var nameLength = name.IndexOf((byte)0);
            if (nameLength <= 0 || name[..nameLength].ContainsAnyExceptInRange((byte)' ', (byte)'~') || name[nameLength..].ContainsAnyExcept((byte)0))
                throw new ReleaseFaultException(path, null, $"the name of section {i} is not 1 to {MaxNameLength} ASCII bytes");
            var entry = entries[i] = new(
                Encoding.ASCII.GetString(name[..nameLength]), BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]), BinaryPrimitives.ReadInt64LittleEndian(bytes[40..]),
                BinaryPrimitives.ReadUInt64LittleEndian(bytes[48..]), BinaryPrimitives.ReadInt32LittleEndian(bytes[56..]));
            if (entry.ElementSize is < 1 or > 64 || entry.Length < 0 || entry.Length % entry.ElementSize != 0)
                throw new ReleaseFaultException(path, entry.Name, $"{entry.Length} bytes of numbers of {entry.ElementSize} bytes each");
            if (entry.Offset != Align(end) || entry.Length > length - entry.Offset)
                throw new ReleaseFaultException(path, entry.Name, $"it is said to stand at {entry.Offset} with {entry.Length} bytes, which is not behind the one before it and inside the file");
            if (i > 0 && string.CompareOrdinal(entries[i - 1].Name, entry.Name) >= 0)
                throw new ReleaseFaultException(path, entry.Name, "the table is not in the order of names");
            end = entry.Offset + entry.Length;
        }
        if (Align(end) != length)
            throw new ReleaseFaultException(path, null, $"the sections end at {end}; the file has {length} bytes");
        return (entries, (uint)expected);
    }

    /// <summary>The checksum of a column's bytes.</summary>
    internal static ulong Hash(Column<byte> bytes)
    {
        var hash = new XxHash3();
        for (long at = 0; at < bytes.Length; at += 1 << 24)
            hash.Append(bytes.Slice(at, Math.Min(bytes.Length, at + (1 << 24))));
        return hash.GetCurrentHashAsUInt64();
    }
}
