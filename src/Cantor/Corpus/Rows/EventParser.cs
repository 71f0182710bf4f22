using System.Text.Json;

namespace Cantor.Corpus.Rows;

/// <summary>Rows that are events.</summary>
/// <param name="map">The source's names for <see cref="Columns"/>.</param>
/// <remarks>
/// Columns: <c>unit</c> and <c>item</c> (text, or an integer taken as its decimal text), <c>time</c> (ISO 8601, may be absent),
/// <c>type</c> (view, click, impression or conversion; absent means view). Other columns are passed over.
/// </remarks>
public sealed class EventParser(ColumnMap map) : RowParser<Event>(Columns, map, keepsAttributes: false)
{
    /// <summary>The columns that have a meaning, in order.</summary>
    public static IReadOnlyList<string> Columns { get; } = ["unit", "item", "time", "type"];

    const int Unit = 0, Item = 1, At = 2, Type = 3;

    ItemId? _item;
    string? _unit;
    DateTimeOffset? _time;
    EventType _type;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Required { get; } = ["unit", "item"];

    /// <inheritdoc/>
    public override bool MayLackNames => true;

    /// <inheritdoc/>
    protected override void Reset() => (_item, _unit, _time, _type) = (null, null, null, EventType.View);

    /// <inheritdoc/>
    protected override string? Set(int column, ref Utf8JsonReader value) => column switch
    {
        Unit => IdText(Unit, ref value, out _unit),
        Item => SetItem(ref value),
        At => Time(At, ref value, out _time),
        _ => SetType(ref value),
    };

    /// <inheritdoc/>
    protected override string? Finish(out Event row)
    {
        row = default;
        if (string.IsNullOrEmpty(_unit)) return Missing(Unit);
        if (_item is not { } item) return Missing(Item);
        row = new(_unit, item, _time, _type);
        return null;
    }

    string? SetItem(ref Utf8JsonReader value)
    {
        _item = null;
        if (IdText(Item, ref value, out var text) is { } fault) return fault;
        if (text is null) return null;
        if (ItemId.Check(text, out var id) is { } idFault) return $"{Named(Item)}: {idFault}";
        _item = id;
        return null;
    }

    string? SetType(ref Utf8JsonReader value)
    {
        _type = EventType.View;
        if (value.TokenType == JsonTokenType.Null) return null;
        if (value.TokenType != JsonTokenType.String) return WrongType(ref value);
        var text = Text(ref value);
        if (text.IsEmpty || text.SequenceEqual("view"u8)) return null;
        if (text.SequenceEqual("click"u8)) _type = EventType.Click;
        else if (text.SequenceEqual("impression"u8)) _type = EventType.Impression;
        else if (text.SequenceEqual("conversion"u8)) _type = EventType.Conversion;
        else return WrongType(ref value);
        return null;
    }

    string WrongType(ref Utf8JsonReader value) => Wrong(Type, "view, click, impression or conversion", ref value);
}
