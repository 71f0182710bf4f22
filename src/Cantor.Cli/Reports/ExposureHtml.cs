using Cantor.Cli.Pages;
using Cantor.Evaluation;

namespace Cantor.Cli.Reports;

/// <summary>How lists share their places, as a curve beside its table.</summary>
static class ExposureHtml
{
    static readonly int[] Told = [10, 25, 50, 75, 90, 99, 100];

    /// <param name="releases">One or two.</param>
    internal static Html Of(params (string Name, ReleaseLists Lists)[] releases)
    {
        Series[] curves = [.. releases.Select(release => new Series(release.Name, Exposure.LorenzOf(release.Lists.Ids, release.Lists.ListOf)))];
        return Page.Beside(
            Charts.Curves("Share of all places that the least shown items have", "share of the items, the least shown first", curves),
            Page.Table("Exposure", ["the least shown", .. curves.Select(curve => curve.Name)], Told.Select(percent => (IReadOnlyList<Html>)
                [Html.Of($"{percent} % of the items"), .. curves.Select(curve => Html.Of($"{EvaluationText.Percent(curve.Values[percent])}"))])));
    }
}
