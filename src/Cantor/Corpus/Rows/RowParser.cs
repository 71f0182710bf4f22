using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Cantor.Corpus.Rows;

/// <summary>Turns rows, each a JSON object, into what they mean. Of a field given twice the later one counts; null is absent.</summary>
/// <remarks>Holds the row it is at; one row at a time.</remarks>
public abstract class RowParser<T>
{
    const int Attribute = -1, PassedOver = -2;

    readonly string[] _theirs;
    readonly byte[][] _theirsUtf8;
    readonly byte[][] _oursUtf8;
    readonly bool[] _renamed;
    readonly bool[] _seen;
    readonly bool _keepsAttributes;
    byte[] _scratch = new byte[1 << 12];
    string _at = "";
    bool _missing;

    /// <summary>Makes a parser.</summary>
    /// <param name="columns">Our columns, in the order that <see cref="Set"/> numbers them.</param>
    /// <param name="map">The source's names for them.</param>
    /// <param name="keepsAttributes">Whether <see cref="AddAttribute"/> hears of the other columns.</param>
    protected RowParser(IReadOnlyList<string> columns, ColumnMap map, bool keepsAttributes)
    {
        Ours = columns;
        _theirs = [.. columns.Select(map.TheirsOf)];
        _theirsUtf8 = [.. _theirs.Select(Encoding.UTF8.GetBytes)];
        _oursUtf8 = [.. columns.Select(Encoding.UTF8.GetBytes)];
        _renamed = [.. columns.Select(map.Renamed.ContainsKey)];
        _seen = new bool[columns.Count];
        _keepsAttributes = keepsAttributes;
    }

    /// <summary>Our columns.</summary>
    public IReadOnlyList<string> Ours { get; }

    /// <summary>The columns, by our name, without which no row is good.</summary>
    public abstract IReadOnlyList<string> Required { get; }

    /// <summary>Whether a .csv or .tsv file may lack the line of names; its columns are then ours in order.</summary>
    public abstract bool MayLackNames { get; }

    /// <summary>Whether the user renamed a column, so that a file must name its columns.</summary>
    public bool AnyRenamed => _renamed.Contains(true);

    /// <summary>Reads one row.</summary>
    /// <returns>Null, or what is wrong with the row; then <paramref name="row"/> means nothing.</returns>
    public string? Parse(ReadOnlySpan<byte> json, out T row)
    {
        row = default!;
        if (!Utf8.IsValid(json)) return $"not valid UTF-8 at byte {FirstInvalid(json) + 1}";
        Reset();
        _at = "";
        _missing = false;
        try
        {
            var reader = new Utf8JsonReader(json);
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
                return $"expected a JSON object, found {Found(ref reader)}";
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                if (ReadField(ref reader) is { } fault)
                    return fault;
            reader.Read();
        }
        catch (JsonException e)
        {
            return $"not valid JSON at byte {e.BytePositionInLine + 1}: {WithoutPosition(e.Message)}";
        }
        catch (InvalidOperationException)
        {
            return $"{_at}: holds the escape of half a surrogate pair, which UTF-8 cannot write";
        }
        var wrong = Finish(out row);
        return _missing ? $"{wrong}; the row has {FieldNames(json)}" : wrong;
    }

    /// <summary>Null, or why a table with these columns cannot be read.</summary>
    public string? CheckColumns(IReadOnlyList<string> columns)
    {
        for (var i = 0; i < _theirs.Length; i++)
            if ((_renamed[i] || Required.Contains(Ours[i])) && !columns.Contains(_theirs[i]))
                return NoColumn(i, "the columns are", columns);
        for (var i = 0; i < _theirs.Length; i++) _seen[i] |= columns.Contains(_theirs[i]);
        return null;
    }

    /// <summary>Null, or which renamed column no row had.</summary>
    public string? CheckSeen()
    {
        for (var i = 0; i < _theirs.Length; i++)
            if (_renamed[i] && !_seen[i])
                return $"no row has \"{_theirs[i]}\", which is to be read as {Ours[i]}";
        return null;
    }

    /// <summary>Forgets the row before.</summary>
    protected abstract void Reset();

    /// <summary>Takes the value the reader stands at for our column; null takes back what was set before. Returns null or a fault.</summary>
    protected abstract string? Set(int column, ref Utf8JsonReader value);

    /// <summary>Takes a column without a meaning; <paramref name="json"/> is compact, and empty for null.</summary>
    protected virtual void AddAttribute(ReadOnlySpan<byte> name, ReadOnlySpan<byte> json) { }

    /// <summary>Makes the row of what was set. Returns null or a fault.</summary>
    protected abstract string? Finish(out T row);

    /// <summary>Says that the row lacks a column it must have.</summary>
    protected string Missing(int column)
    {
        _missing = true;
        return $"no {Named(column)}";
    }

    /// <summary>Says the same of columns of which any would do; that no row had one so far tells that the source calls them otherwise.</summary>
    protected string Missing(string fault, params ReadOnlySpan<int> columns)
    {
        _missing = true;
        foreach (var column in columns) _missing &= !_seen[column];
        return fault;
    }

    /// <summary>"<c>title</c>", or "<c>headline (title)</c>" where the column is renamed.</summary>
    protected string Named(int column) => _renamed[column] ? $"{_theirs[column]} ({Ours[column]})" : Ours[column];

    /// <summary>Says that a value has the wrong type.</summary>
    protected string Wrong(int column, string expected, ref Utf8JsonReader value) => $"{Named(column)}: expected {expected}, found {Found(ref value)}";

    /// <summary>The text the reader stands at, unescaped; valid until the next call.</summary>
    protected ReadOnlySpan<byte> Text(ref Utf8JsonReader value)
    {
        if (!value.ValueIsEscaped) return value.ValueSpan;
        if (_scratch.Length < value.ValueSpan.Length) _scratch = new byte[Math.Max(value.ValueSpan.Length, _scratch.Length * 2)];
        return _scratch.AsSpan(0, value.CopyString(_scratch));
    }

    /// <summary>The text of an id: a text as it is, an integer as its decimal text. Returns null or a fault.</summary>
    protected string? IdText(int column, ref Utf8JsonReader value, out string? text)
    {
        text = null;
        if (value.TokenType == JsonTokenType.Null) return null;
        if (value.TokenType == JsonTokenType.String) text = Encoding.UTF8.GetString(Text(ref value));
        else if (value.TokenType == JsonTokenType.Number && value.ValueSpan.IndexOfAny(".eE"u8) < 0) text = Encoding.ASCII.GetString(value.ValueSpan);
        else return Wrong(column, "text or an integer", ref value);
        return null;
    }

    /// <summary>A time, or null for null. Returns null or a fault.</summary>
    protected string? Time(int column, ref Utf8JsonReader value, out DateTimeOffset? time)
    {
        time = null;
        if (value.TokenType == JsonTokenType.Null) return null;
        if (value.TokenType != JsonTokenType.String) return Wrong(column, TimeText.Expected, ref value);
        var text = Text(ref value);
        if (text.IsEmpty) return null;
        if (!TimeText.TryParse(text, out var parsed)) return Wrong(column, TimeText.Expected, ref value);
        time = parsed;
        return null;
    }

    string? ReadField(ref Utf8JsonReader reader)
    {
        var name = reader.ValueIsEscaped ? Encoding.UTF8.GetBytes(reader.GetString()!) : reader.ValueSpan;
        var column = Resolve(name);
        reader.Read();
        if (column >= 0)
        {
            _seen[column] = true;
            _at = Named(column);
            return Set(column, ref reader);
        }
        if (column == PassedOver || !_keepsAttributes)
        {
            reader.Skip();
            return null;
        }
        _at = Encoding.UTF8.GetString(name);
        AddAttribute(name, CompactJson.Of(ref reader, ref _scratch));
        return null;
    }

    // A column that has the name of one of ours, which the user reads from another column, would be taken for ours later on.
    int Resolve(ReadOnlySpan<byte> name)
    {
        for (var i = 0; i < _theirsUtf8.Length; i++)
            if (name.SequenceEqual(_theirsUtf8[i])) return i;
        for (var i = 0; i < _oursUtf8.Length; i++)
            if (_renamed[i] && name.SequenceEqual(_oursUtf8[i])) return PassedOver;
        return Attribute;
    }

    string NoColumn(int column, string here, IReadOnlyList<string> columns)
    {
        var near = columns.FirstOrDefault(name => name.Equals(_theirs[column], StringComparison.OrdinalIgnoreCase));
        var fault = $"no column \"{_theirs[column]}\"{(_renamed[column] ? $" to read as {Ours[column]}" : "")}; {here} {string.Join(", ", columns)}";
        return near is null ? fault : $"{fault}; did you mean --map {Ours[column]}={near}?";
    }

    static string Found(ref Utf8JsonReader value) => value.TokenType switch
    {
        JsonTokenType.String => $"the text \"{Cut(Encoding.UTF8.GetString(value.ValueSpan))}\"",
        JsonTokenType.Number => $"the number {Cut(Encoding.UTF8.GetString(value.ValueSpan))}",
        JsonTokenType.True => "true",
        JsonTokenType.False => "false",
        JsonTokenType.Null => "null",
        JsonTokenType.StartArray => "a list",
        _ => "an object",
    };

    static string FieldNames(ReadOnlySpan<byte> json)
    {
        const int most = 20;
        var names = new List<string>();
        var reader = new Utf8JsonReader(json);
        reader.Read();
        for (; reader.Read() && reader.TokenType == JsonTokenType.PropertyName; reader.Skip())
        {
            names.Add(Encoding.UTF8.GetString(reader.ValueSpan));
            reader.Read();
        }
        return names.Count switch
        {
            0 => "no field",
            <= most => string.Join(", ", names),
            _ => string.Join(", ", names.Take(most)) + ", …",
        };
    }

    static string Cut(string text) => text.Length <= 40 ? text : text[..40] + "…";

    static string WithoutPosition(string message) =>
        message.IndexOf(" LineNumber:", StringComparison.Ordinal) is var at and >= 0 ? message[..at] : message;

    static int FirstInvalid(ReadOnlySpan<byte> utf8)
    {
        var at = 0;
        while (Rune.DecodeFromUtf8(utf8[at..], out _, out var length) == OperationStatus.Done) at += length;
        return at;
    }
}
