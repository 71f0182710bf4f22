using Cantor.Ranking;
using Cantor.Releases;

namespace Cantor.Server;

/// <summary>Writes an item's related items. The order of members is that of docs/api.md.</summary>
static class RelatedAnswer
{
    internal static void Write(Answer to, ServedRelease served, Ordinal item, in Parameters parameters, string requestId)
    {
        var release = served.Release;
        to.Put("{\"itemId\":"u8);
        to.Put(release.IdJsonOf(item));
        to.Put(served.AfterId);
        to.PutPlain(requestId);
        to.Put("\",\"state\":\"ready\",\"items\":["u8);

        var neighbors = release.NeighborsOf(item);
        var end = Math.Min(neighbors.Length, parameters.Offset + parameters.Limit);
        for (var i = parameters.Offset; i < end; i++)
        {
            ref readonly var neighbor = ref neighbors[i];
            // Best first: from here down all are below.
            if (neighbor.Score < parameters.MinScore) break;
            if (i > parameters.Offset) to.Put(","u8);
            to.Put("{\"id\":"u8);
            to.Put(release.IdJsonOf(neighbor.Item));
            to.Put(",\"score\":"u8);
            to.Put(neighbor.Score);
            to.Put(",\"rank\":"u8);
            to.Put(i + 1);
            to.Put(",\"source\":\"related\""u8);
            if (parameters.Explain)
            {
                to.Put(",\"strength\":"u8);
                to.Put(neighbor.Strength);
                to.Put(",\"reasons\":"u8);
                WriteReasons(to, release.ReasonsOf(item, neighbor.Item));
            }
            if (release.HasVariants(item)) WriteVariants(to, release, release.VariantsOf(item, i));
            to.Put(",\"fields\":"u8);
            parameters.Fields.Write(release, neighbor.Item, to);
            to.Put("}"u8);
        }
        to.Put("],\"missing\":[],\"partial\":[]}"u8);
    }

    static void WriteVariants(Answer to, Release release, IReadOnlyList<Ordinal> variants)
    {
        for (var i = 0; i < variants.Count; i++)
        {
            to.Put(i == 0 ? ",\"variants\":["u8 : ","u8);
            to.Put(release.IdJsonOf(variants[i]));
        }
        if (variants.Count > 0) to.Put("]"u8);
    }

    static void WriteReasons(Answer to, IReadOnlyList<Reason> reasons)
    {
        to.Put("["u8);
        for (var i = 0; i < reasons.Count; i++)
        {
            to.Put(i == 0 ? "{\"signal\":"u8 : ",{\"signal\":"u8);
            to.PutText(reasons[i].Signal);
            to.Put(",\"weight\":"u8);
            to.Put(reasons[i].Weight);
            to.Put(",\"terms\":["u8);
            for (var t = 0; t < reasons[i].Terms.Count; t++)
            {
                if (t > 0) to.Put(","u8);
                to.PutText(reasons[i].Terms[t]);
            }
            to.Put("]}"u8);
        }
        to.Put("]"u8);
    }
}
