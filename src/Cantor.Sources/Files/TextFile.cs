using System.IO.Compression;
using Cantor.Corpus;

namespace Cantor.Sources.Files;

/// <summary>Opens files, unpacking .gz and .zst, and tells faults of the disk and of packed data as faults of the input.</summary>
static class TextFile
{
    const int BufferBytes = 1 << 16;

    // Without it .NET takes a .gz that was cut off for one that ends there, and items are lost in silence. It must be set before
    // the process unpacks anything; a program that unpacks earlier sets it in its runtimeconfig too.
    static TextFile() => AppContext.SetSwitch("System.IO.Compression.UseStrictValidation", true);

    /// <exception cref="InputFaultException">It cannot be opened.</exception>
    internal static Stream Open(string name, string path)
    {
        try
        {
            var file = new FileStream(path, new FileStreamOptions { BufferSize = 0, Options = FileOptions.SequentialScan });
            return Path.GetExtension(path) switch
            {
                ".gz" => new GZipStream(new BufferedStream(file, BufferBytes), CompressionMode.Decompress),
                ".zst" => new ZstdSharp.DecompressionStream(file, BufferBytes, checkEndOfStream: true, leaveOpen: false),
                _ => file,
            };
        }
        catch (Exception e) when (Fault(e) is { } fault)
        {
            throw new InputFaultException(name, null, fault, e);
        }
    }

    /// <summary>In plain words why reading failed, or null when the failure is not one of the input.</summary>
    internal static string? Fault(Exception e) => e switch
    {
        FileNotFoundException or DirectoryNotFoundException => "there is no such file",
        UnauthorizedAccessException => "the file may not be read: permission denied",
        InvalidDataException => "the gzip data is damaged or cut off",
        ZstdSharp.ZstdException => "the zstd data is damaged",
        EndOfStreamException => "the packed data ends too early; the file was cut off",
        IOException => $"cannot be read: {e.Message}",
        _ => null,
    };
}
