using System.Runtime.CompilerServices;
using Cantor.Corpus;
using Cantor.Sources.Rows;

namespace Cantor.Sources.Files;

/// <summary>Cuts a stream into its lines, each of which should be a JSON object. Lines of blanks are passed over, but counted.</summary>
static class JsonLines
{
    /// <summary>The longest line; a longer one is rather a file of another kind.</summary>
    internal const int MaxLineBytes = 64 << 20;

    const int FirstBufferBytes = 1 << 18;

    internal static async IAsyncEnumerable<RawRow> ReadFileAsync(string name, string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var stream = TextFile.Open(name, path);
        await foreach (var row in ReadAsync(name, stream, mayWait: false, cancellationToken)) yield return row;
    }

    /// <summary>Cuts a stream into its lines.</summary>
    /// <param name="name">What faults call the stream.</param>
    /// <param name="stream">The stream, which stays open.</param>
    /// <param name="mayWait">True for a terminal or a pipe: it may have nothing for long, and reading it cannot be stopped. A stop then leaves the read behind.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    internal static async IAsyncEnumerable<RawRow> ReadAsync(string name, Stream stream, bool mayWait, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var buffer = new byte[FirstBufferBytes];
        int start = 0, searched = 0, end = 0;
        long number = 1;
        for (var more = true; more;)
        {
            if (start > 0 && start == end) start = searched = end = 0;
            if (end == buffer.Length) Shift(ref buffer, ref start, ref searched, ref end, name, number);
            int read;
            try
            {
                var reading = stream.ReadAsync(buffer.AsMemory(end), cancellationToken);
                read = mayWait ? await reading.AsTask().WaitAsync(cancellationToken) : await reading;
            }
            catch (Exception e) when (TextFile.Fault(e) is { } fault)
            {
                throw new InputFaultException(name, number, fault, e);
            }
            end += read;
            more = read > 0;
            if (number == 1 && start == 0 && end >= 3 && buffer.AsSpan().StartsWith("\uFEFF"u8)) start = searched = 3;
            for (int length; (length = buffer.AsSpan(searched, end - searched).IndexOf((byte)'\n')) >= 0; number++)
            {
                var line = buffer.AsMemory(start, searched + length - start);
                start = searched += length + 1;
                if (!IsBlank(line.Span)) yield return new(line, number);
            }
            searched = end;
        }
        if (!IsBlank(buffer.AsSpan(start, end - start))) yield return new(buffer.AsMemory(start, end - start), number);
    }

    // Makes room behind the unfinished line: moves it to the front, or into a buffer of twice the size.
    static void Shift(ref byte[] buffer, ref int start, ref int searched, ref int end, string name, long number)
    {
        if (end - start >= MaxLineBytes)
            throw new InputFaultException(name, number, $"the line is longer than {MaxLineBytes >> 20} MiB; expected one JSON object a line");
        var line = buffer.AsSpan(start, end - start);
        var room = line.Length > buffer.Length / 2 ? new byte[buffer.Length * 2] : buffer;
        line.CopyTo(room);
        (buffer, searched, end, start) = (room, searched - start, end - start, 0);
    }

    static bool IsBlank(ReadOnlySpan<byte> line) => line.IndexOfAnyExcept(" \t\r"u8) < 0;
}
