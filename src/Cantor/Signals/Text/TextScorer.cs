namespace Cantor.Signals.Text;

/// <summary>Scores pairs of texts for one thread by the formula of <see cref="TextSignal"/>.</summary>
sealed class TextScorer(TextSignal signal) : IScorer
{
    readonly AimedRow _terms = new(signal.Terms), _pairs = new(signal.Pairs);
    int _item;

    public void Aim(int item)
    {
        _item = item;
        _terms.Aim(item);
        _pairs.Aim(item);
    }

    public float Score(int other)
    {
        float core = 0, titleBody = 0, bodyTitle = 0, mineNamed = 0, otherNamed = 0;
        var row = signal.Terms.Row(other);
        foreach (var at in _terms.Common(row.Features))
        {
            // Every product is of one item's number with the other's: changing the two about changes no bit.
            ref readonly var mine = ref _terms[row.Features[at]];
            var (title, body) = (row.Title[at], row.Body[at]);
            core += mine.Core * (CountRows.Root(title, body) * mine.Weight);
            bodyTitle += mine.Body * (CountRows.Roots[title] * mine.Weight);
            titleBody += mine.Title * (CountRows.Roots[body] * mine.Weight);
            if (title > 0) otherNamed += mine.BodySquare;
            if (body > 0) mineNamed += mine.TitleSquare;
        }
        if (core == 0) return 0;

        var s0 = core * (signal.Terms.Norms[_item] * signal.Terms.Norms[other]);
        var tb = titleBody * (signal.TitleNorms[_item] * signal.BodyNorms[other]) + bodyTitle * (signal.BodyNorms[_item] * signal.TitleNorms[other]);
        var coverage = Math.Max(Coverage(mineNamed, signal.TitleWeights[_item]), Coverage(otherNamed, signal.TitleWeights[other]));
        var squared = coverage * coverage;
        var cov = squared * squared * squared * Math.Min(s0, TextSignal.CoverageCap);
        var bi = (signal.Spaceless[_item] + signal.Spaceless[other]) switch
        {
            2 => s0,
            1 => 0,
            _ => PairScore(other),
        };
        // Roundings may lift a sum of many a hair above what the formulas allow.
        return Math.Min(
            Math.Min(s0, 1) + TextSignal.TitleBodyWeight * Math.Min(tb, 2) + TextSignal.CoverageWeight * cov + TextSignal.PairWeight * Math.Min(bi, 1),
            signal.Highest);
    }

    static float Coverage(float named, float title) => title > 0 ? Math.Min(1, named / title) : 0;

    float PairScore(int other)
    {
        float score = 0;
        var row = signal.Pairs.Row(other);
        foreach (var at in _pairs.Common(row.Features))
        {
            ref readonly var mine = ref _pairs[row.Features[at]];
            score += mine.Core * (CountRows.Root(row.Title[at], row.Body[at]) * mine.Weight);
        }
        return score * (signal.Pairs.Norms[_item] * signal.Pairs.Norms[other]);
    }

    public void Explain(int other, List<Shared> shared)
    {
        Explain(signal.Terms, _terms, other, 1, shared, signal.TermText);
        if (signal.Spaceless[_item] + signal.Spaceless[other] == 0)
            Explain(signal.Pairs, _pairs, other, TextSignal.PairWeight, shared, signal.PairText);
    }

    void Explain(CountRows rows, AimedRow aimed, int other, float weight, List<Shared> shared, Func<int, string> textOf)
    {
        var row = rows.Row(other);
        var norm = rows.Norms[_item] * rows.Norms[other];
        foreach (var at in aimed.Common(row.Features))
        {
            ref readonly var mine = ref aimed[row.Features[at]];
            if (mine.Weight == 0) continue;
            shared.Add(new(textOf(row.Features[at]), weight * norm * mine.Core * (CountRows.Root(row.Title[at], row.Body[at]) * mine.Weight)));
        }
    }
}
