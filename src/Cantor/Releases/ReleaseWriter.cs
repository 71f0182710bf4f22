using System.Runtime.InteropServices;
using Cantor.Kernels;

namespace Cantor.Releases;

/// <summary>Writes sections to a release file: under a temporary name, to the disk, then renamed. A crash leaves no half of a release.</summary>
static partial class ReleaseWriter
{
    const string TemporaryExtension = ".tmp";
    const int MostTries = 10;

    /// <summary>Writes the file.</summary>
    /// <param name="directory">Where; made if absent.</param>
    /// <param name="collection">What the file's name begins with.</param>
    /// <param name="builtAt">When the build started: the version's first half. It is not in the file.</param>
    /// <param name="sections">What to write.</param>
    /// <returns>The file's path and version.</returns>
    internal static (string Path, ReleaseVersion Version) Write(string directory, string collection, DateTimeOffset builtAt, Sections sections)
    {
        var (columns, entries, head, content) = Lay(sections);
        var version = new ReleaseVersion(builtAt, content);
        var path = Path.Combine(directory, ReleaseFormat.FileName(collection, version));
        Write(path, collection, columns, entries, head);
        return (path, version);
    }

    /// <summary>Writes a file of the same kind under a name of its own.</summary>
    internal static void WriteShard(string path, string collection, Sections sections)
    {
        var (columns, entries, head, _) = Lay(sections);
        Write(path, collection, columns, entries, head);
    }

    static (Section[] Columns, ReleaseFormat.Entry[] Entries, byte[] Head, uint Content) Lay(Sections sections)
    {
        var columns = sections.InOrder.ToArray();
        var entries = new ReleaseFormat.Entry[columns.Length];
        var end = ReleaseFormat.HeaderSize + ReleaseFormat.EntrySize * (long)columns.Length;
        for (var i = 0; i < columns.Length; i++)
        {
            var offset = ReleaseFormat.Align(end);
            entries[i] = new(columns[i].Name, offset, columns[i].Bytes.Length, ReleaseFormat.Hash(columns[i].Bytes), columns[i].ElementSize);
            end = offset + columns[i].Bytes.Length;
        }
        var (head, content) = ReleaseFormat.WriteHead(entries, ReleaseFormat.Align(end));
        return (columns, entries, head, content);
    }

    static void Write(string path, string collection, Section[] columns, ReleaseFormat.Entry[] entries, byte[] head)
    {
        var directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Directory.CreateDirectory(directory);
        RemoveAbandoned(directory, collection);
        var temporary = Path.Combine(directory, $".{Path.GetFileNameWithoutExtension(path)}.{Environment.ProcessId}{TemporaryExtension}");
        using var file = Begin(temporary);
        try
        {
            file.Write(head);
            for (var i = 0; i < columns.Length; i++)
            {
                Pad(file, entries[i].Offset);
                var bytes = columns[i].Bytes;
                for (long at = 0; at < bytes.Length; at += 1 << 24)
                    file.Write(bytes.Slice(at, Math.Min(bytes.Length, at + (1 << 24))));
            }
            Pad(file, columns.Length == 0 ? file.Position : ReleaseFormat.Align(entries[^1].Offset + entries[^1].Length));
            file.Flush(flushToDisk: true);
            // Still open, and so locked: else it looks abandoned to another build. The same name has the same bytes.
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
        FlushDirectory(directory);
    }

    static FileStream Begin(string path)
    {
        for (var tries = 1; ; tries++)
            try
            {
                var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 1 << 16);
                if (File.Exists(path)) return file;
                file.Dispose();
            }
            catch (IOException) when (tries < MostTries)
            {
                // Before it was locked, another build took it for abandoned.
            }
    }

    static void Pad(FileStream file, long to) => file.Write(new byte[to - file.Position]);

    /// <summary>Deletes what a killed build left. A living one holds its file locked.</summary>
    static void RemoveAbandoned(string directory, string collection)
    {
        foreach (var path in Directory.EnumerateFiles(directory, $".{collection}-*{TemporaryExtension}"))
            try
            {
                using (new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, 0, FileOptions.DeleteOnClose)) { }
            }
            catch (IOException)
            {
                // a living build's
            }
    }

    /// <summary>Makes the rename itself survive a loss of power. Windows journals names by itself.</summary>
    static void FlushDirectory(string directory)
    {
        if (OperatingSystem.IsWindows()) return;
        var handle = Open(directory, 0);
        if (handle < 0) return; // a file system that cannot open directories has no such flush
        _ = Flush(handle);
        _ = Close(handle);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Flush(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);
}
