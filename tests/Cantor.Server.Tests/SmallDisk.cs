using System.Diagnostics;
using System.Globalization;

namespace Cantor.Server.Tests;

/// <summary>A file system of a few MiB in memory, to be filled to its last byte. Needs the right to mount.</summary>
sealed class SmallDisk : IDisposable
{
    readonly DirectoryInfo _place = Directory.CreateTempSubdirectory("cantor-disk-");

    internal SmallDisk(int mebibytes)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root may mount a disk to fill");
        Run("mount", "-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={mebibytes}m"), "cantor-test", _place.FullName);
    }

    internal string Path => _place.FullName;

    string Filler => System.IO.Path.Combine(Path, "filler");

    /// <summary>Takes what room is left; what was set free since the last call too.</summary>
    internal void Fill()
    {
        using var file = new FileStream(Filler, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        foreach (var piece in (int[])[1 << 20, 4096, 1])
            try
            {
                for (var bytes = new byte[piece]; ;) file.Write(bytes);
            }
            catch (IOException)
            {
                // full, to within a piece
            }
    }

    internal void Free() => File.Delete(Filler);

    public void Dispose()
    {
        Run("umount", "--lazy", Path);
        _place.Delete();
    }

    static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {process.ExitCode}");
    }
}
