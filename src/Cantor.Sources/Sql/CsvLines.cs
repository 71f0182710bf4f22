using Cantor.Sources.Files;

namespace Cantor.Sources.Sql;

/// <summary>
/// Finds the line a row stands in, by reading the file once more, which is done for faults only. DuckDB gives rows without their
/// place, and its own complaints count a record that spans lines as one; records here are in its order, empty lines included.
/// </summary>
/// <param name="name">How the user named the file.</param>
/// <param name="path">The file.</param>
/// <param name="delimiter">What stands between cells.</param>
/// <param name="passedOver">The records, by DuckDB's count from 1, that it does not give as rows.</param>
sealed class CsvLines(string name, string path, char delimiter, HashSet<long> passedOver) : IDisposable
{
    readonly byte[] _buffer = new byte[1 << 16];
    Stream? _stream;
    int _at, _end;
    long _line = 1, _records, _rows;

    /// <summary>The line in which a row begins.</summary>
    /// <param name="row">The row from 1, the line of names included; not below that of the call before.</param>
    internal long LineOfRow(long row)
    {
        var line = _line;
        while (_rows < row && Next(out line, out var empty))
            if (!empty && !passedOver.Contains(_records)) _rows++;
        return line;
    }

    /// <summary>The line in which a record begins.</summary>
    /// <param name="record">The record by DuckDB's count from 1; not below that of the call before.</param>
    internal long LineOfRecord(long record)
    {
        var line = _line;
        while (_records < record && Next(out line, out _)) { }
        return line;
    }

    public void Dispose() => _stream?.Dispose();

    // Passes over one record, or one empty line. False at the file's end.
    bool Next(out long line, out bool empty)
    {
        (line, empty) = (_line, true);
        if (Peek() < 0) return false;
        _records++;
        bool quoted = false, opens = true;
        for (; Peek() is var c and >= 0; _at++)
        {
            var ends = c == '\n' || (c == '\r' && PeekNext() != '\n');
            if (ends) _line++;
            if (quoted)
            {
                // Of a doubled quote the first ends the quoting and the second begins it again.
                quoted = c != '"';
                opens = !quoted;
            }
            else if (ends)
            {
                _at++;
                return true;
            }
            else
            {
                quoted = opens && c == '"';
                opens = c == delimiter;
            }
            if (c != '\r') empty = false;
        }
        return true;
    }

    int Peek()
    {
        if (_at == _end && !Fill()) return -1;
        return _buffer[_at];
    }

    int PeekNext()
    {
        if (_at + 1 == _end && !Fill()) return -1;
        return _buffer[_at + 1];
    }

    // Keeps what is not passed yet.
    bool Fill()
    {
        _stream ??= TextFile.Open(name, path);
        _buffer.AsSpan(_at, _end - _at).CopyTo(_buffer);
        (_at, _end) = (0, _end - _at);
        var read = _stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        return read > 0;
    }
}
