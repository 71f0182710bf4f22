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
            Math.Min(s0, 1) + TextSignal.TitleBodyWeight * Math.Min(tb, 2) + NamedScore(Named(sums, other.Numbers), s0) + TextSignal.PairWeight * Math.Min(bi, 1),
            signal.Highest);
    }

    Sums SumsOf(in CountRow row)
    {
        var sums = new Sums();
        foreach (var at in _terms.Common(row))
        {
            // Every product is of one item's number with the other's: changing the two about changes no bit.
            ref readonly var mine = ref _terms[row.Features[at]];
            var (title, body) = (CountRows.Roots[row.Title[at]], CountRows.Roots[row.Body[at]]);
            sums.Core += mine.Core * (CountRows.Root(row.Title[at], row.Body[at]) * mine.Weight);
            sums.BodyTitle += mine.Body * (title * mine.Weight);
            sums.TitleBody += mine.Title * (body * mine.Weight);
            // A root is 0, or 1 and more: times 0 or 1, as a branch would be guessed wrong too often.
            sums.OtherNamed += mine.BodySquare * float.MinNative(title, 1);
            sums.MineNamed += mine.TitleSquare * float.MinNative(body, 1);
        }
        return sums;
    }

    float S0(in Sums sums, in TextNumbers other) => sums.Core * (_aimed.TermNorm * other.TermNorm);

    float TitleBodyNorm(in TextNumbers other) => _aimed.TitleNorm * other.BodyNorm;

    float BodyTitleNorm(in TextNumbers other) => _aimed.BodyNorm * other.TitleNorm;

    /// <summary>How much of this item's title the other's body has, and of the other's title this one's.</summary>
    (float Mine, float Others) Named(in Sums sums, in TextNumbers other) =>
        (Coverage(sums.MineNamed, _aimed.TitleWeight), Coverage(sums.OtherNamed, other.TitleWeight));

    /// <summary>What COV and EACH bring.</summary>
    float NamedScore((float Mine, float Others) named, float s0) => (CoverageOf(named) + EachOf(named)) * Math.Min(s0, TextSignal.CoverageCap);

    float CoverageOf((float Mine, float Others) named)
    {
        var coverage = Math.Max(named.Mine, named.Others);
        var squared = coverage * coverage;
        return signal.CoverageWeight * (squared * squared * squared);
    }

    float EachOf((float Mine, float Others) named)
    {
        var coverage = Math.Min(named.Mine, named.Others);
        return signal.EachWeight * (coverage * coverage);
    }

    static float Coverage(float named, float title) => title > 0 ? Math.Min(1, named / title) : 0;

    float PairScore(in TextRow other)
    {
        float score = 0;
        var row = other.Pairs;
        foreach (var at in _pairs.Common(row))
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
        var sums = SumsOf(other.Terms);
        if (sums.Core == 0) return;
        var named = Named(sums, numbers);
        var s0 = Math.Min(S0(sums, numbers), TextSignal.CoverageCap);
        // EACH is shared out among the words of the title that is named less.
        var eachIsMine = named.Mine <= named.Others;
        var (eachSum, each) = (eachIsMine ? sums.MineNamed : sums.OtherNamed, EachOf(named) * s0);
        var coreNorm = _aimed.TermNorm * numbers.TermNorm * (bothSpaceless ? 1 + TextSignal.PairWeight : 1);
        foreach (var at in _terms.Common(other.Terms))
        {
            var feature = other.Terms.Features[at];
            ref readonly var mine = ref _terms[feature];
            if (mine.Weight == 0) continue;
            var (title, body) = (other.Terms.Title[at], other.Terms.Body[at]);
            var core = mine.Core * (CountRows.Root(title, body) * mine.Weight) * coreNorm;
            var tb = mine.Title * (CountRows.Roots[body] * mine.Weight) * TitleBodyNorm(numbers) + mine.Body * (CountRows.Roots[title] * mine.Weight) * BodyTitleNorm(numbers);
            parts.Add(new(ReasonKind.Term, signal.TermText(feature), core + TextSignal.TitleBodyWeight * tb + Share(mine, title, body)));
        }
        if (CoverageOf(named) * s0 is > 0 and var coverage) parts.Add(new(named.Mine >= named.Others ? ReasonKind.NamesTitle : ReasonKind.TitleNamed, "", coverage));
        if (_aimed.Spaceless || numbers.Spaceless) return;
        var pairNorm = TextSignal.PairWeight * _aimed.PairNorm * numbers.PairNorm;
        foreach (var at in _pairs.Common(other.Pairs))
        {
            var feature = other.Pairs.Features[at];
            ref readonly var mine = ref _pairs[feature];
            if (mine.Weight == 0) continue;
            parts.Add(new(ReasonKind.Phrase, signal.PairText(feature), mine.Core * (CountRows.Root(other.Pairs.Title[at], other.Pairs.Body[at]) * mine.Weight) * pairNorm));
        }

        float Share(in AimedRow.Feature mine, byte title, byte body)
        {
            if (each == 0) return 0;
            var named = eachIsMine ? body > 0 ? mine.TitleSquare : 0 : title > 0 ? mine.BodySquare : 0;
            return each * (named / eachSum);
        }
    }

    /// <summary>Sums over the terms that both items have, before norms.</summary>
    struct Sums
    {
        internal float Core, TitleBody, BodyTitle, MineNamed, OtherNamed;
    }
}
