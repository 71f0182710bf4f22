using System.Buffers.Text;
using System.Text.Json;
using Cantor.Corpus.Rows;
using Cantor.Corpus;

namespace Cantor.Sources.Rows;

/// <summary>Rows of lists that someone else computed.</summary>
sealed class NeighborParser(ColumnMap map) : RowParser<NeighborRow>(NeighborSource.Columns, map, keepsAttributes: false)
{
    const int Query = 0, Item = 1, Score = 2, Rank = 3;

    ItemId? _query, _item;
    double? _score;
    int? _rank;

    public override IReadOnlyList<string> Required { get; } = ["query", "item", "score"];

    public override bool MayLackNames => true;

    protected override void Reset() => (_query, _item, _score, _rank) = (null, null, null, null);

    protected override string? Set(int column, ref Utf8JsonReader value) => column switch
    {
        Query => SetId(Query, ref value, out _query),
        Item => SetId(Item, ref value, out _item),
        Score => SetScore(ref value),
        _ => SetRank(ref value),
    };

    protected override string? Finish(out NeighborRow row)
    {
        row = default;
        if (_query is not { } query) return Missing(Query);
        if (_item is not { } item) return Missing(Item);
        if (_score is not { } score) return Missing(Score);
        row = new(query, item, score, _rank);
        return null;
    }

    string? SetId(int column, ref Utf8JsonReader value, out ItemId? id)
    {
        id = null;
        if (IdText(column, ref value, out var text) is { } fault) return fault;
        if (text is null) return null;
        if (ItemId.Check(text, out var checkedId) is { } idFault) return $"{Named(column)}: {idFault}";
        id = checkedId;
        return null;
    }

    // Columns of .csv and .tsv are all text, so a number may come as one.
    string? SetScore(ref Utf8JsonReader value)
    {
        _score = null;
        if (value.TokenType == JsonTokenType.Null) return null;
        if (value.TokenType is not (JsonTokenType.Number or JsonTokenType.String)) return Wrong(Score, "a finite number", ref value);
        var text = Text(ref value);
        if (!Utf8Parser.TryParse(text, out double score, out var used) || used != text.Length || !double.IsFinite(score))
            return Wrong(Score, "a finite number", ref value);
        _score = score;
        return null;
    }

    string? SetRank(ref Utf8JsonReader value)
    {
        _rank = null;
        if (value.TokenType == JsonTokenType.Null) return null;
        if (value.TokenType is not (JsonTokenType.Number or JsonTokenType.String)) return Wrong(Rank, "a whole number from 1", ref value);
        var text = Text(ref value);
        if (text.IsEmpty) return null;
        if (!Utf8Parser.TryParse(text, out int rank, out var used) || used != text.Length || rank < 1)
            return Wrong(Rank, "a whole number from 1", ref value);
        _rank = rank;
        return null;
    }
}
