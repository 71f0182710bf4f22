using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Cantor.Server;

/// <summary>
/// The body of an answer while it is written: one growing buffer a thread, so a request costs no array. The whole body is
/// written before the first byte is sent; its length is known, and the release it is copied from is needed no longer.
/// </summary>
sealed class Answer : IBufferWriter<byte>
{
    // A rare long answer (100 items, all fields) must not stay with its thread for ever.
    const int KeptBytes = 1 << 20;

    [ThreadStatic]
    static Answer? _ofThread;

    byte[] _bytes = new byte[16 << 10];
    int _length;

    /// <summary>This thread's answer, empty. Nobody may hold it across an await.</summary>
    internal static Answer Begin()
    {
        var answer = _ofThread ??= new();
        if (answer._bytes.Length > KeptBytes) answer._bytes = new byte[16 << 10];
        answer._length = 0;
        return answer;
    }

    internal ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    public void Advance(int count) => _length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsSpan(_length);
    }

    internal void Put(ReadOnlySpan<byte> piece)
    {
        Reserve(piece.Length);
        piece.CopyTo(_bytes.AsSpan(_length));
        _length += piece.Length;
    }

    internal void Put(int number)
    {
        Reserve(11);
        Utf8Formatter.TryFormat(number, _bytes.AsSpan(_length), out var written);
        _length += written;
    }

    /// <summary>Writes the fewest digits from which the same float is read back: the same on every machine.</summary>
    internal void Put(float number)
    {
        Reserve(32);
        number.TryFormat(_bytes.AsSpan(_length), out var written, default, CultureInfo.InvariantCulture);
        _length += written;
    }

    /// <summary>Writes text that is known to hold only ASCII that JSON needs not escape.</summary>
    internal void PutPlain(string text)
    {
        Reserve(text.Length);
        _length += Encoding.ASCII.GetBytes(text, _bytes.AsSpan(_length));
    }

    /// <summary>Writes text as a JSON string, quotes included.</summary>
    internal void PutText(string text)
    {
        using var json = new Utf8JsonWriter(this, JsonOptions);
        json.WriteStringValue(text);
    }

    // The answer is JSON with its own content type, never part of a page: only what JSON itself demands is escaped.
    internal static readonly JsonWriterOptions JsonOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    void Reserve(int count)
    {
        if (_bytes.Length - _length < Math.Max(count, 1))
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + count));
    }
}
