using System.IO.MemoryMappedFiles;
using Cantor.Kernels;

namespace Cantor.Releases;

/// <summary>A file of sections, mapped: its header and table are checked, each section's content by <see cref="Verify"/>.</summary>
sealed unsafe class MappedSections : IDisposable
{
    readonly string _path;
    readonly MemoryMappedFile _file;
    readonly MemoryMappedViewAccessor _view;
    readonly ReleaseFormat.Entry[] _entries;
    readonly Column<byte> _bytes;
    bool _isHeld; // by the pointer into it: the view's own disposal unmaps nothing before that is given back

    /// <summary>Maps a file and makes what it holds, which owns it then.</summary>
    /// <param name="path">The file.</param>
    /// <param name="kind">What it is called in messages: "release".</param>
    /// <param name="make">Makes it; what it throws lets go of the file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ReleaseFaultException">It is no whole file of sections, or these are not what they should be.</exception>
    internal static T Open<T>(string path, string kind, Func<MappedSections, T> make)
    {
        var mapped = new MappedSections(path, kind);
        try
        {
            return make(mapped);
        }
        catch (InvalidDataException fault)
        {
            mapped.Dispose();
            throw new ReleaseFaultException(path, null, fault.Message, fault);
        }
        catch
        {
            mapped.Dispose();
            throw;
        }
    }

    MappedSections(string path, string kind)
    {
        var length = new FileInfo(path) is { Exists: true } file ? file.Length : throw new FileNotFoundException($"{path}: no such {kind} file", path);
        if (length < ReleaseFormat.HeaderSize)
            throw new ReleaseFaultException(path, null, $"the file has {length} bytes; a {kind} has at least {ReleaseFormat.HeaderSize}");
        (_path, Length) = (path, length);
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        try
        {
            _view = _file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            byte* start = null;
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            _isHeld = true;
            _bytes = new(start, length);
            (_entries, Content) = ReleaseFormat.ReadHead(path, _bytes);
            foreach (var entry in _entries) Sections.Add(new(entry.Name, new(start + entry.Offset, entry.Length), entry.ElementSize));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The file's size.</summary>
    internal long Length { get; }

    /// <summary>What of a version the content decides.</summary>
    internal uint Content { get; }

    /// <summary>The columns, valid until <see cref="Dispose"/>.</summary>
    internal Sections Sections { get; } = new();

    /// <summary>Reads the whole file and compares every section's checksum.</summary>
    /// <exception cref="ReleaseFaultException">One is wrong; it names the section.</exception>
    internal void Verify()
    {
        var end = ReleaseFormat.HeaderSize + ReleaseFormat.EntrySize * (long)_entries.Length;
        foreach (var entry in _entries)
        {
            if (_bytes.Slice(end, entry.Offset).ContainsAnyExcept((byte)0))
                throw new ReleaseFaultException(_path, entry.Name, $"the bytes before it, from {end}, are not zero");
            var hash = ReleaseFormat.Hash(_bytes.Part(entry.Offset, entry.Length));
            if (hash != entry.Hash)
                throw new ReleaseFaultException(_path, entry.Name, $"the checksum is {hash:x16}; the table says {entry.Hash:x16}");
            end = entry.Offset + entry.Length;
        }
        if (_bytes.Slice(end, _bytes.Length).ContainsAnyExcept((byte)0))
            throw new ReleaseFaultException(_path, null, $"the bytes behind the last section, from {end}, are not zero");
    }

    /// <summary>Unmaps the file; nobody may read after it.</summary>
    public void Dispose()
    {
        if (_isHeld) _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _isHeld = false;
        _view?.Dispose();
        _file.Dispose();
    }
}
