using Cantor.Corpus;

namespace Cantor.Cli;

/// <summary>Files that are there whole or not at all. A link goes on pointing where it does, and a device such as /dev/null is written to, not replaced.</summary>
static class WholeFile
{
    /// <summary>Lets <paramref name="write"/> fill a file beside <paramref name="path"/>, then gives it that name. After a fault the file that was there is untouched.</summary>
    internal static async Task WriteAsync(string path, Func<string, Task> write)
    {
        var file = (File.Exists(path) ? File.ResolveLinkTarget(Path.GetFullPath(path), returnFinalTarget: true)?.FullName : null) ?? Path.GetFullPath(path);
        var isDevice = Array.Exists([file, Path.GetFullPath(path)], one => one.StartsWith("/dev/", StringComparison.Ordinal));
        var directory = isDevice ? Path.GetTempPath() : Path.GetDirectoryName(file)!;
        if (!Directory.Exists(directory)) throw new InputFaultException(path, null, $"there is no directory {directory} to write it in");
        var temporary = Path.Combine(directory, FormattableString.Invariant($".{Path.GetFileName(file)}.{Environment.ProcessId}.tmp"));
        try
        {
            await write(temporary);
            if (isDevice)
            {
                await using var from = File.OpenRead(temporary);
                await using var to = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
                await from.CopyToAsync(to);
                return;
            }
            using (var handle = File.OpenHandle(temporary, FileMode.Open, FileAccess.ReadWrite)) RandomAccess.FlushToDisk(handle);
            File.Move(temporary, file, overwrite: true);
        }
        finally
        {
            File.Delete(temporary); // nothing to do when it was moved
        }
    }
}
