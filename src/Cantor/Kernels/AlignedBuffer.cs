using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cantor.Kernels;

/// <summary>
/// Numbers outside the collected heap, zeroed unless told otherwise, that start on a cache line, for kernels that take addresses: as many as memory
/// holds, not 2^31. Owned by one object, which disposes of it when no thread reads it any more.
/// </summary>
sealed unsafe class AlignedBuffer<T> : IDisposable where T : unmanaged
{
    const nuint CacheLineBytes = 64, HugePageBytes = 2 << 20;

    T* _start;

    /// <param name="length">How many numbers.</param>
    /// <param name="clear">False for numbers that are all written before they are read.</param>
    internal AlignedBuffer(long length, bool clear = true)
    {
        var bytes = checked((nuint)length * (nuint)Unsafe.SizeOf<T>());
        _start = (T*)NativeMemory.AlignedAlloc(Math.Max(bytes, CacheLineBytes), bytes < HugePageBytes ? CacheLineBytes : HugePageBytes);
        if (bytes >= HugePageBytes) HugePages.Advise(_start, bytes);
        if (clear) NativeMemory.Clear(_start, bytes);
        Length = length;
    }

    ~AlignedBuffer() => Free();

    internal long Length { get; }

    /// <summary>The address of the first number; null after <see cref="Dispose"/>.</summary>
    internal T* Start => _start;

    internal Span<T> Slice(long start, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Length - length);
        return new(_start + start, length);
    }

    /// <summary>The numbers as a column, which keeps this buffer alive and is not to be used after <see cref="Dispose"/>.</summary>
    internal Column<T> ToColumn() => new(_start, Length, this);

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    void Free()
    {
        NativeMemory.AlignedFree(_start);
        _start = null;
    }
}

/// <summary>Large pages for memory that is read here and there: a processor remembers where few thousand pages are, and looks for the others.</summary>
static unsafe partial class HugePages
{
    const int MadvHugePage = 14;

    /// <summary>Asks for them; nothing depends on the answer but time.</summary>
    internal static void Advise(void* start, nuint bytes)
    {
        if (OperatingSystem.IsLinux()) _ = Madvise(start, bytes, MadvHugePage);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Madvise(void* start, nuint bytes, int advice);
}
