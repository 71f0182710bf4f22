using System.Text;
using System.Text.Json;

namespace Cantor.Corpus.Rows;

/// <summary>Rows that are items.</summary>
/// <param name="map">The source's names for <see cref="Columns"/>.</param>
/// <remarks>
/// Columns: <c>id</c> (text, or an integer taken as its decimal text), <c>title</c> and <c>body</c> (text, not both empty),
/// <c>tags</c> (a list of texts, or one text that is cut at its commas; empty ones and nulls are passed over), <c>lang</c>,
/// <c>url</c>, <c>published_at</c>, <c>updated_at</c> and <c>expires_at</c> (ISO 8601; a date alone is midnight, a time without an
/// offset is UTC), <c>vector</c> (a list of 2 to 4,096 numbers, as many in every row that has one). Every other column is kept as
/// an attribute. Null and, for lang and url, empty text mean that the source does not say.
/// </remarks>
public sealed class ItemParser(ColumnMap map) : RowParser<Item>(Columns, map, keepsAttributes: true)
{
    const int Id = 0, Title = 1, Body = 2, Tags = 3, Lang = 4, Url = 5, PublishedAt = 6, UpdatedAt = 7, ExpiresAt = 8, Vector = 9;
    const int LeastDimensions = 2, MaxDimensions = 4096;

    /// <summary>The columns that have a meaning, in order.</summary>
    public static IReadOnlyList<string> Columns { get; } = ["id", "title", "body", "tags", "lang", "url", "published_at", "updated_at", "expires_at", "vector"];

    readonly TextPool _pool = new();
    readonly List<string> _tags = [];
    readonly List<ItemAttribute> _attributes = [];
    ItemId? _id;
    byte[] _title = [], _body = [];
    string? _lang, _url;
    DateTimeOffset? _publishedAt, _updatedAt, _expiresAt;
    float[] _vector = [];
    int _dimensions; // of the first vector there was

    /// <inheritdoc/>
    public override IReadOnlyList<string> Required { get; } = ["id"];

    /// <inheritdoc/>
    public override bool MayLackNames => false;

    /// <inheritdoc/>
    protected override void Reset()
    {
        (_id, _title, _body, _lang, _url, _vector) = (null, [], [], null, null, []);
        (_publishedAt, _updatedAt, _expiresAt) = (null, null, null);
        _tags.Clear();
        _attributes.Clear();
    }

    /// <inheritdoc/>
    protected override string? Set(int column, ref Utf8JsonReader value) => column switch
    {
        Id => SetId(ref value),
        Title => SetText(column, ref value, out _title),
        Body => SetText(column, ref value, out _body),
        Tags => SetTags(ref value),
        Lang => SetLabel(column, ref value, out _lang),
        Url => SetLabel(column, ref value, out _url),
        PublishedAt => Time(PublishedAt, ref value, out _publishedAt),
        UpdatedAt => Time(UpdatedAt, ref value, out _updatedAt),
        ExpiresAt => Time(ExpiresAt, ref value, out _expiresAt),
        _ => SetVector(ref value),
    };

    /// <inheritdoc/>
    protected override void AddAttribute(ReadOnlySpan<byte> name, ReadOnlySpan<byte> json)
    {
        var text = _pool.Get(name);
        var at = _attributes.FindIndex(attribute => attribute.Name == text);
        if (at >= 0) _attributes.RemoveAt(at);
        if (!json.IsEmpty) _attributes.Add(new(text, json.ToArray()));
    }

    /// <inheritdoc/>
    protected override string? Finish(out Item row)
    {
        row = null!;
        if (_id is not { } id) return Missing(Id);
        if (IsBlank(_title) && IsBlank(_body)) return Missing($"an empty text: item \"{id}\" has neither {Named(Title)} nor {Named(Body)}", Title, Body);
        row = new()
        {
            Id = id,
            Title = _title,
            Body = _body,
            Tags = [.. _tags],
            Lang = _lang,
            Url = _url,
            PublishedAt = _publishedAt,
            UpdatedAt = _updatedAt,
            ExpiresAt = _expiresAt,
            Vector = _vector,
            Attributes = [.. _attributes],
        };
        return null;
    }

    string? SetId(ref Utf8JsonReader value)
    {
        _id = null;
        if (IdText(Id, ref value, out var text) is { } fault) return fault;
        if (text is null) return null;
        if (ItemId.Check(text, out var id) is { } idFault) return $"{Named(Id)}: {idFault}";
        _id = id;
        return null;
    }

    string? SetText(int column, ref Utf8JsonReader value, out byte[] text)
    {
        text = [];
        if (value.TokenType == JsonTokenType.Null) return null;
        if (value.TokenType != JsonTokenType.String) return Wrong(column, "text", ref value);
        text = Text(ref value).ToArray();
        return null;
    }

    string? SetLabel(int column, ref Utf8JsonReader value, out string? text)
    {
        text = null;
        if (value.TokenType == JsonTokenType.Null) return null;
        if (value.TokenType != JsonTokenType.String) return Wrong(column, "text", ref value);
        var utf8 = Text(ref value);
        if (!utf8.IsEmpty) text = column == Lang ? _pool.Get(utf8) : Encoding.UTF8.GetString(utf8);
        return null;
    }

    string? SetTags(ref Utf8JsonReader value)
    {
        _tags.Clear();
        if (value.TokenType == JsonTokenType.Null) return null;
        if (value.TokenType == JsonTokenType.String)
        {
            var text = Text(ref value);
            foreach (var part in text.Split((byte)',')) AddTag(text[part].Trim(" \t"u8));
            return null;
        }
        if (value.TokenType != JsonTokenType.StartArray) return Wrong(Tags, "a list of texts", ref value);
        for (var place = 1; value.Read() && value.TokenType != JsonTokenType.EndArray; place++)
            if (value.TokenType == JsonTokenType.String) AddTag(Text(ref value));
            else if (value.TokenType != JsonTokenType.Null) return $"{Wrong(Tags, "a list of texts", ref value)} in place {place}";
        return null;
    }

    string? SetVector(ref Utf8JsonReader value)
    {
        _vector = [];
        if (value.TokenType == JsonTokenType.Null) return null;
        if (value.TokenType != JsonTokenType.StartArray) return Wrong(Vector, "a list of numbers", ref value);
        var numbers = new float[_dimensions == 0 ? MaxDimensions : _dimensions];
        var count = 0;
        for (; value.Read() && value.TokenType != JsonTokenType.EndArray; count++)
        {
            if (value.TokenType != JsonTokenType.Number || !value.TryGetSingle(out var number) || !float.IsFinite(number))
                return $"{Wrong(Vector, "a list of finite numbers", ref value)} in place {count + 1}";
            if (count < numbers.Length) numbers[count] = number;
        }
        if (_dimensions == 0 && count is < LeastDimensions or > MaxDimensions)
            return $"{Named(Vector)}: expected a list of {LeastDimensions} to {MaxDimensions} numbers, found {count}";
        if (_dimensions != 0 && count != _dimensions) return $"{Named(Vector)}: expected a list of {_dimensions} numbers as in rows before, found {count}";
        _dimensions = count;
        _vector = count == numbers.Length ? numbers : numbers[..count];
        return null;
    }

    void AddTag(ReadOnlySpan<byte> tag)
    {
        if (!tag.IsEmpty) _tags.Add(_pool.Get(tag));
    }

    static bool IsBlank(ReadOnlySpan<byte> text) => text.IndexOfAnyExcept(" \t\r\n"u8) < 0;
}
