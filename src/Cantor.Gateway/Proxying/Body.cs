using System.Buffers;

namespace Cantor.Gateway.Proxying;

/// <summary>A whole answer's body, read before the first byte of it leaves: what breaks off half-way can still be answered by the other side.</summary>
sealed class Body : IDisposable
{
    /// <summary>A longer one is passed on as it comes.</summary>
    internal const int MostBytes = 1 << 20;

    byte[] _buffer;
    int _length;

    Body(int capacity) => _buffer = ArrayPool<byte>.Shared.Rent(capacity);

    internal ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, _length);

    /// <summary>Reads until the end, or until it is too long.</summary>
    /// <param name="stream">The body.</param>
    /// <param name="length">How long it says it is; null when it does not.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>What was read, and whether that is all.</returns>
    internal static async ValueTask<(Body Body, bool IsWhole)> ReadAsync(Stream stream, long? length, CancellationToken cancellationToken)
    {
        var body = new Body(length is { } known ? (int)known + 1 : 8 << 10);
        try
        {
            while (true)
            {
                if (body._length == body._buffer.Length) body.Grow();
                var read = await stream.ReadAsync(body._buffer.AsMemory(body._length), cancellationToken);
                if (read == 0) return (body, true);
                body._length += read;
                if (body._length > MostBytes) return (body, false);
            }
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (_buffer.Length == 0) return;
        ArrayPool<byte>.Shared.Return(_buffer);
        (_buffer, _length) = ([], 0);
    }

    void Grow()
    {
        var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
        Bytes.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
