using Cantor.Kernels;

namespace Cantor.Signals;

/// <summary>Scores pairs of dense rows by their cosine, 0 where it is negative, for one thread.</summary>
sealed class DenseScorer(ByteRows rows) : IScorer
{
    const int Ahead = 8;

    int _item;
    DenseRow? _row; // in place of the item

    public void Aim(int item) => (_item, _row) = (item, null);

    public void Aim(SignalRow row) => _row = (DenseRow)row;

    public float Score(int other) => Math.Clamp(_row is null ? rows.Dot(_item, other) : rows.Dot(_row.Bytes, _row.Scale, other), 0, 1);

    public void Score(ReadOnlySpan<int> others, Span<float> scores)
    {
        for (var i = 0; i < others.Length; i++)
        {
            if (i + Ahead < others.Length) rows.Expect(others[i + Ahead]);
            scores[i] = Score(others[i]);
        }
    }

    public float Score(SignalRow other)
    {
        var row = (DenseRow)other;
        return Math.Clamp(_row is null ? rows.Dot(row.Bytes, row.Scale, _item) : ByteRows.Dot(_row.Bytes, row.Bytes) * (_row.Scale * row.Scale), 0, 1);
    }

    // The numbers have no names that a reader would know.
    public void Explain(int other, List<ReasonPart> parts)
    {
        if (Score(other) is > 0 and var score) parts.Add(new(ReasonKind.Topic, "", score));
    }
}

/// <summary>The dense row of an unseen item.</summary>
/// <param name="Bytes">Made by <see cref="ByteRows.Write"/>.</param>
/// <param name="Scale">What it is multiplied by to have the length 1; 0 for an item that has none.</param>
sealed record DenseRow(sbyte[] Bytes, float Scale) : SignalRow([])
{
    internal static DenseRow Of(ReadOnlySpan<float> values, int width)
    {
        var bytes = new sbyte[width];
        return new(bytes, ByteRows.Write(values, bytes));
    }
}
