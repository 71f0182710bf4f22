using System.IO.Enumeration;
using Cantor.Corpus;

namespace Cantor.Sources.Files;

/// <summary>Finds the files a user means by a path or by a pattern such as <c>data/*/items-?.jsonl.gz</c>.</summary>
static class FilePattern
{
    /// <summary>The files, each as the user would name it and as a path that opens, sorted by name when it is a pattern.</summary>
    /// <exception cref="InputFaultException">There is none.</exception>
    internal static IReadOnlyList<(string Name, string Path)> Expand(string pattern, string? workingDirectory)
    {
        var plain = In(workingDirectory, pattern);
        if (File.Exists(plain)) return [(pattern, plain)];
        if (Directory.Exists(plain))
            throw new InputFaultException(pattern, null, $"a directory; expected a file or a pattern such as {Path.Join(pattern, "*.jsonl")}");
        if (!IsPattern(pattern)) throw new InputFaultException(pattern, null, "there is no such file");

        var parts = pattern.Split('/');
        var found = new List<string> { pattern.StartsWith('/') ? "/" : "" };
        for (var i = 0; i < parts.Length; i++)
            if (parts[i].Length > 0)
                found = [.. found.SelectMany(directory => Step(directory, parts[i], i == parts.Length - 1, workingDirectory))];
        if (found.Count == 0) throw new InputFaultException(pattern, null, "no file matches");
        found.Sort(string.CompareOrdinal);
        return [.. found.Select(name => (name, In(workingDirectory, name)))];
    }

    static IEnumerable<string> Step(string directory, string part, bool last, string? workingDirectory)
    {
        if (!IsPattern(part))
        {
            var name = Path.Join(directory, part);
            var path = In(workingDirectory, name);
            return (last ? File.Exists(path) : Directory.Exists(path)) ? [name] : [];
        }
        var parent = In(workingDirectory, directory.Length == 0 ? "." : directory);
        var entries = last ? Directory.EnumerateFiles(parent) : Directory.EnumerateDirectories(parent);
        try
        {
            return [.. entries.Select(entry => Path.GetFileName(entry)!)
                .Where(name => FileSystemName.MatchesSimpleExpression(part, name, ignoreCase: false) && (name[0] != '.' || part[0] == '.'))
                .Select(name => Path.Join(directory, name))];
        }
        catch (UnauthorizedAccessException e)
        {
            throw new InputFaultException(directory, null, "the directory may not be read: permission denied", e);
        }
    }

    static bool IsPattern(string text) => text.AsSpan().IndexOfAny('*', '?') >= 0;

    static string In(string? workingDirectory, string path) => workingDirectory is null ? path : Path.Combine(workingDirectory, path);
}
