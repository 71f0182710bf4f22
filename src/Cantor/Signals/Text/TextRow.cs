namespace Cantor.Signals.Text;

/// <summary>One item's numbers, wherever they stand: among the release's columns, or made for an item it has not seen.</summary>
readonly ref struct TextRow(CountRow terms, CountRow pairs, TextNumbers numbers)
{
    internal CountRow Terms { get; } = terms;

    internal CountRow Pairs { get; } = pairs;

    internal TextNumbers Numbers { get; } = numbers;
}

/// <summary>What an item's rows are multiplied by.</summary>
/// <param name="TermNorm">The row of terms.</param>
/// <param name="PairNorm">The row of pairs.</param>
/// <param name="TitleNorm">The title's terms by themselves.</param>
/// <param name="BodyNorm">The body's terms by themselves.</param>
/// <param name="TitleWeight">The sum of the squared weights of the title's terms.</param>
/// <param name="Spaceless">True for an item most of whose terms are of scripts that write without spaces.</param>
readonly record struct TextNumbers(float TermNorm, float PairNorm, float TitleNorm, float BodyNorm, float TitleWeight, bool Spaceless);

/// <summary>The rows of an item that the release has not seen.</summary>
sealed record DraftTextRow(CountedRow Terms, CountedRow Pairs, TextNumbers Numbers, (int, float)[] Features) : SignalRow(Features)
{
    internal TextRow Row => new(Terms.Row, Pairs.Row, Numbers);
}
