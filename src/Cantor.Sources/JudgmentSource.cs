using System.Text;
using Cantor.Corpus;
using Cantor.Evaluation;
using Cantor.Sources.Files;

namespace Cantor.Sources;

/// <summary>Reads judgments: lines of query, item and grade separated by tabs, without a line of names; plain, .gz or .zst.</summary>
public static class JudgmentSource
{
    /// <summary>Every judgment of one file.</summary>
    /// <exception cref="InputFaultException">The file cannot be read, a line is bad, or no query has a good item.</exception>
    public static async Task<Judgments> ReadAsync(string file, SourceOptions options, CancellationToken cancellationToken)
    {
        var path = options.WorkingDirectory is null ? file : Path.Combine(options.WorkingDirectory, file);
        using var lines = new StreamReader(TextFile.Open(file, path), new UTF8Encoding(false, throwOnInvalidBytes: true));
        try
        {
            return await Judgments.ReadAsync(lines, file, cancellationToken);
        }
        catch (DecoderFallbackException e)
        {
            throw new InputFaultException(file, null, "not valid UTF-8", e);
        }
        catch (Exception e) when (TextFile.Fault(e) is { } fault)
        {
            throw new InputFaultException(file, null, fault, e);
        }
    }
}
