using System.Runtime.Intrinsics.X86;

namespace Cantor.Kernels;

/// <summary>What tells the processor's caches of reads to come. Nothing depends on it but time.</summary>
static unsafe class Cache
{
    internal const int LineBytes = 64;

    /// <summary>Begins to fetch memory that is read soon; does nothing where the processor is not asked that way.</summary>
    /// <param name="start">Any address.</param>
    /// <param name="lines">How many cache lines from there.</param>
    internal static void Prefetch(void* start, int lines)
    {
        if (!Sse.IsSupported) return;
        for (var line = 0; line < lines; line++) Sse.Prefetch0((byte*)start + line * LineBytes);
    }
}
