namespace Cantor.Evaluation;

/// <summary>A measured mean with the interval that holds it with 95 % confidence, judged by the queries at hand.</summary>
/// <param name="Value">The mean over the queries.</param>
/// <param name="Low">The interval's lower end.</param>
/// <param name="High">The interval's upper end.</param>
public readonly record struct Interval(double Value, double Low, double High);
