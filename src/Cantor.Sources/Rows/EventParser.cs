using System.Text.Json;
using Cantor.Corpus;

namespace Cantor.Sources.Rows;

/// <summary>Rows that are events.</summary>
sealed class EventParser(ColumnMap map) : RowParser<Event>(EventSource.Columns, map, keepsAttributes: false)
{
    const int Unit = 0, Item = 1, At = 2, Type = 3;

    ItemId? _item;
    string? _unit;
    DateTimeOffset? _time;
    EventType _type;

    internal override IReadOnlyList<string> Required { get; } = ["unit", "item"];

    internal override bool MayLackNames => true;

    protected override void Reset() => (_item, _unit, _time, _type) = (null, null, null, EventType.View);

    protected override string? Set(int column, ref Utf8JsonReader value) => column switch
    {
        Unit => IdText(Unit, ref value, out _unit),
        Item => SetItem(ref value),
        At => Time(At, ref value, out _time),
        _ => SetType(ref value),
    };

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
