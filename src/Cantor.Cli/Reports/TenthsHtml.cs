using Cantor.Cli.Pages;

namespace Cantor.Cli.Reports;

/// <summary>How many have a measure of which size: columns by tenths, with one for those that reach 1, beside their table.</summary>
static class TenthsHtml
{
    const double Same = 1e-9; // the last bits of a sum do not make a tenth less

    static readonly string[] Labels = ["0", .. Enumerable.Range(1, 9).Select(tenth => $".{tenth}"), "1"];

    /// <param name="title">What is counted by what.</param>
    /// <param name="measure">The measure.</param>
    /// <param name="counted">What is counted, in the plural.</param>
    /// <param name="full">What 1 means.</param>
    /// <param name="values">The measure of each, 0..1.</param>
    internal static Html Of(string title, string measure, string counted, string full, IEnumerable<double> values)
    {
        var counts = new int[11];
        foreach (var value in values) counts[(int)(value * 10 + Same)]++;
        var all = Math.Max(1, counts.Sum());
        return Page.Beside(
            Charts.Columns(title, $"{measure}, from", Labels, false, new Series(counted, [.. counts.Select(count => (double)count)])),
            Page.Table(title, [measure, counted, "of all"], counts.Select((count, tenth) => (IReadOnlyList<Html>)
                [tenth == 10 ? Html.Of($"1, {full}") : Html.Of($"{tenth / 10.0:0.0} to {(tenth + 1) / 10.0:0.0}"), Html.Of($"{count:#,0}"), Html.Of($"{EvaluationText.Percent((double)count / all)}")])));
    }
}
