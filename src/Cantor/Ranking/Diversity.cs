namespace Cantor.Ranking;

/// <summary>
/// Orders a list so that its head says different things: one after another the item with the greatest
/// (1 − d)·strength − d·(the greatest strength between it and those before), maximal marginal relevance (Carbonell and
/// Goldstein 1998). d 0 changes nothing, 1 forgets how related they are.
/// </summary>
static class Diversity
{
    /// <summary>The first so many are chosen, the others follow as they were: further down nobody compares neighbors.</summary>
    internal const int Depth = 20;

    /// <summary>The places of <paramref name="list"/> in their new order.</summary>
    /// <param name="list">Best first.</param>
    /// <param name="scorer">Scores pairs; aims elsewhere afterward.</param>
    /// <param name="diversity">d, 0 to 1.</param>
    internal static int[] Order(ReadOnlySpan<Neighbor> list, Fusion.Scorer scorer, float diversity)
    {
        var (strengths, rows, parts) = (new float[list.Length], new int[list.Length], new float[scorer.Signals]);
        for (var place = 0; place < rows.Length; place++) (strengths[place], rows[place]) = (list[place].Strength, list[place].Item.Row);
        return Order(strengths, scorer.Signals == 0 ? 0 : diversity, place => scorer.Aim(rows[place]), place => scorer.Score(rows[place], parts));
    }

    /// <summary>The places of a list in their new order.</summary>
    /// <param name="strengths">Of the items in the list, best first.</param>
    /// <param name="diversity">d, 0 to 1.</param>
    /// <param name="aim">Sets the item, by its place, that the next strengths are about.</param>
    /// <param name="strength">How strongly the item at a place is related to that one.</param>
    internal static int[] Order(ReadOnlySpan<float> strengths, float diversity, Action<int> aim, Func<int, float> strength)
    {
        var order = new int[strengths.Length];
        for (var place = 0; place < order.Length; place++) order[place] = place;
        if (diversity == 0) return order;
        var closest = new float[order.Length]; // to one that is chosen
        for (var chosen = 0; chosen < Math.Min(Depth, order.Length); chosen++)
        {
            var best = chosen;
            for (var i = chosen + 1; i < order.Length; i++)
                if (Value(strengths, order[i]) > Value(strengths, order[best])) best = i; // of equal ones the stronger
            var place = order[best];
            Array.Copy(order, chosen, order, chosen + 1, best - chosen);
            order[chosen] = place;
            aim(place);
            for (var i = chosen + 1; i < order.Length; i++)
                closest[order[i]] = Math.Max(closest[order[i]], strength(order[i]));
        }
        return order;

        float Value(ReadOnlySpan<float> strengths, int place) => (1 - diversity) * strengths[place] - diversity * closest[place];
    }
}
