using System.Text;
using Cantor.Corpus;

namespace Cantor.Fleet.Rendering;

/// <summary>How a folder differs from what is rendered.</summary>
public enum DriftKind
{
    /// <summary>A file is not there.</summary>
    Missing,

    /// <summary>A file has another text.</summary>
    Changed,

    /// <summary>A file of a service is there that is not rendered.</summary>
    Surplus,
}

/// <summary>One file that differs.</summary>
/// <param name="Kind">How.</param>
/// <param name="Path">Its path below the folder.</param>
/// <param name="Line">The first line that differs, from 1; null where the whole file does.</param>
public sealed record Drift(DriftKind Kind, string Path, int? Line);

/// <summary>The folder that rendered files stand in.</summary>
public static class RenderedFolder
{
    /// <summary>Every file that differs, by path.</summary>
    public static IReadOnlyList<Drift> Compare(string folder, IReadOnlyDictionary<string, string> files)
    {
        var drifts = new List<Drift>();
        foreach (var (path, text) in files)
        {
            var file = Path.Combine(folder, path);
            if (!File.Exists(file)) drifts.Add(new(DriftKind.Missing, path, null));
            else if (File.ReadAllText(file) is var there && there != text) drifts.Add(new(DriftKind.Changed, path, FirstDifference(there, text)));
        }
        drifts.AddRange(Surplus(folder, files).Select(path => new Drift(DriftKind.Surplus, path, null)));
        return [.. drifts.OrderBy(drift => drift.Path, StringComparer.Ordinal)];
    }

    /// <summary>Makes the folder hold these files and, of rendered services, no others; a file that is right already is not touched.</summary>
    /// <returns>What differed before.</returns>
    /// <exception cref="InputFaultException">The folder holds files that are no rendering's: it may be another folder than was meant.</exception>
    public static IReadOnlyList<Drift> Write(string folder, IReadOnlyDictionary<string, string> files)
    {
        if (Directory.Exists(folder) && Directory.EnumerateDirectories(folder).FirstOrDefault(below => !File.Exists(Path.Combine(below, Mark)) && Directory.EnumerateFileSystemEntries(below).Any()) is { } foreign
            && !files.Keys.Any(path => path.StartsWith(Path.GetFileName(foreign) + "/", StringComparison.Ordinal)))
            throw new InputFaultException("--out", null, $"{foreign} is no rendered service (it has no {Mark}); expected a folder of its own for what is rendered");
        var drifts = Compare(folder, files);
        foreach (var drift in drifts)
        {
            var file = Path.Combine(folder, drift.Path);
            if (drift.Kind == DriftKind.Surplus)
            {
                File.Delete(file);
                continue;
            }
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, files[drift.Path], new UTF8Encoding(false));
        }
        if (drifts.Any(drift => drift.Kind == DriftKind.Surplus)) DeleteEmpty(folder);
        return drifts;
    }

    // A folder with this file was rendered.
    const string Mark = "service.json";

    static IEnumerable<string> Surplus(string folder, IReadOnlyDictionary<string, string> files) =>
        !Directory.Exists(folder) ? []
        : Directory.EnumerateDirectories(folder).Where(service => File.Exists(Path.Combine(service, Mark)) || files.ContainsKey($"{Path.GetFileName(service)}/{Mark}"))
            .SelectMany(service => Directory.EnumerateFiles(service, "*", SearchOption.AllDirectories))
            .Select(file => Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/'))
            .Where(path => !files.ContainsKey(path));

    static void DeleteEmpty(string folder)
    {
        foreach (var below in Directory.EnumerateDirectories(folder))
        {
            DeleteEmpty(below);
            if (!Directory.EnumerateFileSystemEntries(below).Any()) Directory.Delete(below);
        }
    }

    static int FirstDifference(string there, string text)
    {
        var (a, b) = (there.Split('\n'), text.Split('\n'));
        var line = 0;
        while (line < a.Length && line < b.Length && a[line] == b[line]) line++;
        return line + 1;
    }
}
