using Cantor.Corpus;

namespace Cantor.Cli;

/// <summary>Files that are there whole or not at all.</summary>
static class WholeFile
{
    /// <summary>Lets <paramref name="write"/> fill a file beside <paramref name="path"/>, then gives it that name. After a fault the file that was there is untouched.</summary>
    internal static async Task WriteAsync(string path, Func<string, Task> write)
    {
        var directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!Directory.Exists(directory)) throw new InputFaultException(path, null, $"there is no directory {directory} to write it in");
        var temporary = Path.Combine(directory, FormattableString.Invariant($".{Path.GetFileName(path)}.{Environment.ProcessId}.tmp"));
        try
        {
            await write(temporary);
            using (var handle = File.OpenHandle(temporary, FileMode.Open, FileAccess.ReadWrite)) RandomAccess.FlushToDisk(handle);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary); // nothing to do when it was moved
        }
    }
}
