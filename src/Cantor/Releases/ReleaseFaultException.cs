namespace Cantor.Releases;

/// <summary>
/// A release file is refused: it is cut, changed, of an unknown format or no release at all. The file was not changed. Do not
/// retry: take another release, or build again.
/// </summary>
public sealed class ReleaseFaultException : Exception
{
    /// <summary>Makes a fault of one place.</summary>
    /// <param name="path">The file.</param>
    /// <param name="section">The section at fault; null for the header or the whole.</param>
    /// <param name="fault">What is wrong and what was expected.</param>
    /// <param name="inner">What was thrown underneath, if anything.</param>
    public ReleaseFaultException(string path, string? section, string fault, Exception? inner = null)
        : base(section is null ? $"{path}: {fault}" : $"{path}: section {section}: {fault}", inner)
    {
        Path = path;
        Section = section;
        Fault = fault;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The section at fault; null for the header or the whole.</summary>
    public string? Section { get; }

    /// <summary>What is wrong and what was expected.</summary>
    public string Fault { get; }
}
