using System.Runtime.InteropServices;
using Cantor.Kernels;

namespace Cantor.Tests.Kernels;

public unsafe class CacheTests
{
    [Fact]
    public void Expecting_any_address_changes_nothing_and_never_faults()
    {
        var bytes = Enumerable.Range(0, 1_000).Select(at => (byte)at).ToArray();
        fixed (byte* start = bytes)
        {
            Cache.Prefetch(start, 0);
            Cache.Prefetch(start, bytes.Length / Cache.LineBytes);
            Cache.Prefetch(start + bytes.Length, 1_000); // whatever stands behind it
        }
        Cache.Prefetch(null, 16);
        Cache.Prefetch((void*)nint.MaxValue, 2);
        Assert.Equal(Enumerable.Range(0, 1_000).Select(at => (byte)at), bytes);
    }

    [Fact]
    public void A_mapped_file_may_be_expected_to_its_last_byte_and_beyond()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, new byte[Environment.SystemPageSize]);
            using var mapped = System.IO.MemoryMappedFiles.MemoryMappedFile.CreateFromFile(file);
            using var view = mapped.CreateViewAccessor();
            var start = (byte*)view.SafeMemoryMappedViewHandle.DangerousGetHandle();
            Cache.Prefetch(start + Environment.SystemPageSize - Cache.LineBytes, 10 * Environment.SystemPageSize / Cache.LineBytes);
            Assert.Equal(0, Marshal.ReadByte((nint)start));
        }
        finally
        {
            File.Delete(file);
        }
    }
}
