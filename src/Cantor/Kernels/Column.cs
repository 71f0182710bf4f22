using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cantor.Kernels;

/// <summary>
/// A read-only run of numbers that a build made in memory or that a release maps from disk: one type, so that the code
/// that scores is the same on both sides. Every access is checked against the length, whatever the file says.
/// </summary>
readonly unsafe struct Column<T> where T : unmanaged
{
    readonly T* _start;
    readonly object? _owner; // keeps the pinned array alive; a mapped column is kept alive by its release

    /// <summary>Where the first number stands; unchecked, for kernels.</summary>
    internal T* Start => _start;

    /// <summary>How many numbers stand in the column.</summary>
    internal long Length { get; }

    /// <summary>A column over mapped memory, which its release keeps mapped.</summary>
    internal Column(T* start, long length, object? owner = null)
    {
        Debug.Assert((nint)start % (Unsafe.SizeOf<T>() & -Unsafe.SizeOf<T>()) == 0); // a record of three numbers starts where a number may
        _start = start;
        _owner = owner;
        Length = length;
    }

    Column(T[] pinned)
    {
        _owner = pinned;
        _start = (T*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned));
        Length = pinned.LongLength;
    }

    /// <summary>A column over a copy of <paramref name="values"/> that the collector does not move.</summary>
    internal static Column<T> Of(ReadOnlySpan<T> values)
    {
        var pinned = GC.AllocateUninitializedArray<T>(values.Length, pinned: true);
        values.CopyTo(pinned);
        return new(pinned);
    }

    /// <summary>A column over an array made by <see cref="NewPinned"/>, not copied.</summary>
    internal static Column<T> Over(T[] pinned) => new(pinned);

    /// <summary>An array, zeroed, that the collector does not move.</summary>
    internal static T[] NewPinned(long length) => GC.AllocateArray<T>(checked((int)length), pinned: true);

    /// <summary>A column of its own with the numbers of all, one column after another.</summary>
    internal static Column<T> Joined(IReadOnlyList<Column<T>> columns)
    {
        var joined = new AlignedBuffer<T>(columns.Sum(column => column.Length), clear: false);
        long at = 0;
        foreach (var column in columns)
        {
            Buffer.MemoryCopy(column._start, joined.Start + at, (joined.Length - at) * Unsafe.SizeOf<T>(), column.Length * Unsafe.SizeOf<T>());
            at += column.Length;
        }
        return joined.ToColumn();
    }

    internal T this[long index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if ((ulong)index >= (ulong)Length) ThrowOutside(index);
            return _start[index];
        }
    }

    /// <summary>The numbers from <paramref name="start"/> up to <paramref name="end"/>, which is not included.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ReadOnlySpan<T> Slice(long start, long end)
    {
        if ((ulong)start > (ulong)end || (ulong)end > (ulong)Length) ThrowOutside(end);
        return new(_start + start, checked((int)(end - start)));
    }

    /// <summary>The whole column; for columns of fewer than 2^31 numbers.</summary>
    internal ReadOnlySpan<T> Span => Slice(0, Length);

    /// <summary>The bytes of the whole column, piece by piece for columns of more than 2 GiB.</summary>
    internal IEnumerable<(nint Start, int Length)> Pieces()
    {
        var bytes = Length * Unsafe.SizeOf<T>();
        for (long at = 0; at < bytes; at += 1 << 30)
            yield return (Address(at), (int)Math.Min(1 << 30, bytes - at));
        GC.KeepAlive(_owner);
    }

    /// <summary>A run of the column as a column, for runs that one span cannot hold.</summary>
    internal Column<T> Part(long start, long length)
    {
        if (start < 0 || length < 0 || start > Length - length) ThrowOutside(start + length);
        return new(_start + start, length, _owner);
    }

    /// <summary>The same memory as bytes.</summary>
    internal Column<byte> AsBytes() => new((byte*)_start, Length * Unsafe.SizeOf<T>(), _owner);

    /// <summary>The same memory as numbers of another kind; bytes that do not fill a last number are left out.</summary>
    internal Column<TOther> As<TOther>() where TOther : unmanaged =>
        new((TOther*)_start, Length * Unsafe.SizeOf<T>() / Unsafe.SizeOf<TOther>(), _owner);

    nint Address(long byteOffset) => (nint)((byte*)_start + byteOffset);

    void ThrowOutside(long index) =>
        throw new InvalidDataException($"index {index} is outside a column of {Length}: the release's sections contradict each other");
}
