using Cantor.Corpus;
using Cantor.Sources.Files;
using Cantor.Text;

namespace Cantor.Sources;

/// <summary>Reads a file of terms that stay whole.</summary>
public static class TermFile
{
    /// <summary>Reads it; a .gz or .zst is unpacked.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputFaultException">It cannot be read, or a line of it is wrong.</exception>
    public static TermDictionary Read(string path)
    {
        using var file = TextFile.Open(path, path);
        using var bytes = new MemoryStream();
        try
        {
            file.CopyTo(bytes);
        }
        catch (Exception e) when (TextFile.Fault(e) is { } fault)
        {
            throw new InputFaultException(path, null, fault, e);
        }
        return TermDictionary.Parse(path, bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
    }
}
