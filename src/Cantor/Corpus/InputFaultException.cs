namespace Cantor.Corpus;

/// <summary>
/// Something the user gave cannot be used: a file, a row of it, a field, an option. The message names the place, what is
/// wrong and what was expected. Do not retry: mend the input.
/// </summary>
public sealed class InputFaultException : Exception
{
    /// <summary>Makes a fault of one place.</summary>
    /// <param name="source">The file, query or option, as the user named it.</param>
    /// <param name="row">The line or row in it, from 1; null when the whole source is at fault.</param>
    /// <param name="fault">What is wrong and what was expected, the field's name included.</param>
    /// <param name="inner">What was thrown underneath, if anything.</param>
    public InputFaultException(string source, long? row, string fault, Exception? inner = null)
        : base(row is null ? $"{source}: {fault}" : $"{source}:{row}: {fault}", inner)
    {
        Source = source;
        Row = row;
        Fault = fault;
    }

    /// <summary>The file, query or option, as the user named it.</summary>
    public new string Source { get; }

    /// <summary>The line or row, from 1; null when the whole source is at fault.</summary>
    public long? Row { get; }

    /// <summary>What is wrong and what was expected.</summary>
    public string Fault { get; }
}
