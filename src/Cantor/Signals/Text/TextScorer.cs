namespace Cantor.Signals.Text;

/// <summary>Scores pairs of texts for one thread by the formula of <see cref="TextSignal"/>.</summary>
sealed class TextScorer(TextSignal signal) : IScorer
{
    readonly AimedRow _terms = new(signal.Terms), _pairs = new(signal.Pairs);
    TextNumbers _aimed;

    /// <summary>Scoring so many rows takes about as long as memory does.</summary>
    const int Ahead = 4;

    public void Aim(int item) => Aim(signal.Row(item));

    public void Aim(SignalRow row) => Aim(((DraftTextRow)row).Row);

    public float Score(int other) => Score(signal.Row(other));

    public void Score(ReadOnlySpan<int> others, Span<float> scores)
    {
        var records = signal.Records;
        for (var i = 0; i < others.Length; i++)
        {
            if (i + Ahead < others.Length) records?.Expect(others[i + Ahead]);
            scores[i] = Score(signal.Row(others[i]));
        }
    }

    public float Score(SignalRow other) => Score(((DraftTextRow)other).Row);

    public void Explain(int other, List<ReasonPart> parts) => Explain(signal.Row(other), parts);

    void Aim(in TextRow row)
    {
        _aimed = row.Numbers;
        _terms.Aim(row.Terms);
        _pairs.Aim(row.Pairs);
    }

    float Score(in TextRow other)
    {
        var sums = SumsOf(other.Terms);
        if (sums.Core == 0) return 0;
        var s0 = S0(sums, other.Numbers);
        var tb = sums.TitleBody * TitleBodyNorm(other.Numbers) + sums.BodyTitle * BodyTitleNorm(other.Numbers);
        var bi = (_aimed.Spaceless, other.Numbers.Spaceless) switch
        {
            (true, true) => s0,
            (false, false) => PairScore(other),
            _ => 0,
        };
        // Roundings may lift a sum of many a hair above what the formulas allow.
        return Math.Min(
            Math.Min(s0, 1) + TextSignal.TitleBodyWeight * Math.Min(tb, 2) + TextSignal.CoverageWeight * Named(sums, s0, other.Numbers).Score + TextSignal.PairWeight * Math.Min(bi, 1),
            signal.Highest);
    }

    Sums SumsOf(CountRow row)
    {
        var sums = new Sums();
        foreach (var at in _terms.Common(row.Features))
        {
            // Every product is of one item's number with the other's: changing the two about changes no bit.
            ref readonly var mine = ref _terms[row.Features[at]];
            var (title, body) = (row.Title[at], row.Body[at]);
            sums.Core += mine.Core * (CountRows.Root(title, body) * mine.Weight);
            sums.BodyTitle += mine.Body * (CountRows.Roots[title] * mine.Weight);
            sums.TitleBody += mine.Title * (CountRows.Roots[body] * mine.Weight);
            if (title > 0) sums.OtherNamed += mine.BodySquare;
            if (body > 0) sums.MineNamed += mine.TitleSquare;
        }
        return sums;
    }

    float S0(in Sums sums, in TextNumbers other) => sums.Core * (_aimed.TermNorm * other.TermNorm);

    float TitleBodyNorm(in TextNumbers other) => _aimed.TitleNorm * other.BodyNorm;

    float BodyTitleNorm(in TextNumbers other) => _aimed.BodyNorm * other.TitleNorm;

    /// <summary>COV, and whose title it is that the other's body names.</summary>
    (float Score, ReasonKind Kind) Named(in Sums sums, float s0, in TextNumbers other)
    {
        var (mine, others) = (Coverage(sums.MineNamed, _aimed.TitleWeight), Coverage(sums.OtherNamed, other.TitleWeight));
        var coverage = Math.Max(mine, others);
        var squared = coverage * coverage;
        return (squared * squared * squared * Math.Min(s0, TextSignal.CoverageCap), mine >= others ? ReasonKind.NamesTitle : ReasonKind.TitleNamed);
    }

    static float Coverage(float named, float title) => title > 0 ? Math.Min(1, named / title) : 0;

    float PairScore(in TextRow other)
    {
        float score = 0;
        var row = other.Pairs;
        foreach (var at in _pairs.Common(row.Features))
        {
            ref readonly var mine = ref _pairs[row.Features[at]];
            score += mine.Core * (CountRows.Root(row.Title[at], row.Body[at]) * mine.Weight);
        }
        return score * (_aimed.PairNorm * other.Numbers.PairNorm);
    }

    /// <summary>The score again, word by word and pair by pair.</summary>
    void Explain(in TextRow other, List<ReasonPart> parts)
    {
        var numbers = other.Numbers;
        var bothSpaceless = _aimed.Spaceless && numbers.Spaceless;
        var coreNorm = _aimed.TermNorm * numbers.TermNorm * (bothSpaceless ? 1 + TextSignal.PairWeight : 1);
        foreach (var at in _terms.Common(other.Terms.Features))
        {
            var feature = other.Terms.Features[at];
            ref readonly var mine = ref _terms[feature];
            if (mine.Weight == 0) continue;
            var (title, body) = (other.Terms.Title[at], other.Terms.Body[at]);
            var core = mine.Core * (CountRows.Root(title, body) * mine.Weight) * coreNorm;
            var tb = mine.Title * (CountRows.Roots[body] * mine.Weight) * TitleBodyNorm(numbers) + mine.Body * (CountRows.Roots[title] * mine.Weight) * BodyTitleNorm(numbers);
            parts.Add(new(ReasonKind.Term, signal.TermText(feature), core + TextSignal.TitleBodyWeight * tb));
        }
        if (parts.Count == 0) return;
        var sums = SumsOf(other.Terms);
        var named = Named(sums, S0(sums, numbers), numbers);
        if (named.Score > 0) parts.Add(new(named.Kind, "", TextSignal.CoverageWeight * named.Score));
        if (_aimed.Spaceless || numbers.Spaceless) return;
        var pairNorm = TextSignal.PairWeight * _aimed.PairNorm * numbers.PairNorm;
        foreach (var at in _pairs.Common(other.Pairs.Features))
        {
            var feature = other.Pairs.Features[at];
            ref readonly var mine = ref _pairs[feature];
            if (mine.Weight == 0) continue;
            parts.Add(new(ReasonKind.Phrase, signal.PairText(feature), mine.Core * (CountRows.Root(other.Pairs.Title[at], other.Pairs.Body[at]) * mine.Weight) * pairNorm));
        }
    }

    /// <summary>Sums over the terms that both items have, before norms.</summary>
    struct Sums
    {
        internal float Core, TitleBody, BodyTitle, MineNamed, OtherNamed;
    }
}
