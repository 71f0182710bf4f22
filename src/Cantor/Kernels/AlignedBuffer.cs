using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cantor.Kernels;

/// <summary>
/// Zeroed numbers outside the collected heap that start on a cache line, for kernels that take addresses: as many as memory
/// holds, not 2^31. Owned by one object, which disposes of it when no thread reads it any more.
/// </summary>
sealed unsafe class AlignedBuffer<T> : IDisposable where T : unmanaged
{
    const nuint CacheLineBytes = 64;

    T* _start;

    internal AlignedBuffer(long length)
    {
        var bytes = checked((nuint)length * (nuint)Unsafe.SizeOf<T>());
        _start = (T*)NativeMemory.AlignedAlloc(Math.Max(bytes, CacheLineBytes), CacheLineBytes);
        NativeMemory.Clear(_start, bytes);
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
