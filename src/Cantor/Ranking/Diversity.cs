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
        var order = new int[list.Length];
        for (var place = 0; place < order.Length; place++) order[place] = place;
        if (diversity == 0 || scorer.Signals == 0) return order;
        var closest = new float[list.Length]; // to one that is chosen
        var parts = new float[scorer.Signals];
        for (var chosen = 0; chosen < Math.Min(Depth, order.Length); chosen++)
        {
            var best = chosen;
            for (var i = chosen + 1; i < order.Length; i++)
                if (Value(list, order[i]) > Value(list, order[best])) best = i; // of equal ones the stronger
            var place = order[best];
            Array.Copy(order, chosen, order, chosen + 1, best - chosen);
            order[chosen] = place;
            scorer.Aim(list[place].Item.Row);
            for (var i = chosen + 1; i < order.Length; i++)
                closest[order[i]] = Math.Max(closest[order[i]], scorer.Score(list[order[i]].Item.Row, parts));
        }
        return order;

        float Value(ReadOnlySpan<Neighbor> list, int place) => (1 - diversity) * list[place].Strength - diversity * closest[place];
    }
}
