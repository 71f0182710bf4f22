using Cantor.Kernels;

namespace Cantor.Neighbors;

/// <summary>Rows of floats of one width, each of length 1 or all zeros; a row of zeros is near nobody.</summary>
sealed unsafe class DenseVectors : IDisposable
{
    readonly AlignedBuffer<float> _values;

    internal DenseVectors(int count, int width)
    {
        (Count, Width) = (count, width);
        _values = new((long)count * width);
    }

    internal int Count { get; }

    internal int Width { get; }

    internal Span<float> this[int row] => _values.Slice((long)row * Width, Width);

    internal float* Start(int row) => _values.Start + (long)row * Width;

    /// <summary>Copies a vector of finite numbers, brought to length 1.</summary>
    internal void Set(int row, ReadOnlySpan<float> vector)
    {
        double squares = 0, greatest = 0;
        foreach (var x in vector) greatest = Math.Max(greatest, Math.Abs((double)x));
        var to = this[row];
        to.Clear();
        if (greatest == 0) return;
        foreach (var x in vector) squares += x / greatest * (x / greatest);
        var length = greatest * Math.Sqrt(squares);
        for (var i = 0; i < vector.Length; i++) to[i] = (float)(vector[i] / length);
    }

    public void Dispose() => _values.Dispose();
}
