using Cantor.Ranking;
using Cantor.Releases;
using Cantor.Signals;

namespace Cantor.Server;

/// <summary>Writes an item's related items. The order of members is that of docs/api.md.</summary>
static class RelatedAnswer
{
    /// <summary>The parts of one reason that are told.</summary>
    const int MaxParts = 5;

    internal static void Write(Answer to, ServedRelease served, Ordinal item, in Parameters parameters, string requestId)
    {
        var release = served.Release;
        to.Put("{\"itemId\":"u8);
        to.Put(release.IdJsonOf(item));
        to.Put(served.AfterId);
        to.PutPlain(requestId);
        to.Put("\",\"state\":\"ready\",\"items\":["u8);

        var neighbors = release.NeighborsOf(item);
        var order = parameters.Diversity > 0 ? release.DiverseOrder(item, parameters.Diversity) : null;
        var end = Math.Min(neighbors.Length, parameters.Offset + parameters.Limit);
        var isFirst = true;
        for (var i = parameters.Offset; i < end; i++)
        {
            var place = order?[i] ?? i;
            ref readonly var neighbor = ref neighbors[place];
            if (neighbor.Score < parameters.MinScore) continue;
            if (!isFirst) to.Put(","u8);
            isFirst = false;
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
                WriteReasons(to, release.ReasonsOf(item, neighbor.Item), parameters.Language);
            }
            if (release.HasVariants(item)) WriteVariants(to, release, release.VariantsOf(item, place));
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

    static void WriteReasons(Answer to, IReadOnlyList<Reason> reasons, ReasonLanguage language)
    {
        to.Put("["u8);
        for (var i = 0; i < reasons.Count; i++)
        {
            to.Put(i == 0 ? "{\"signal\":"u8 : ",{\"signal\":"u8);
            to.PutText(reasons[i].Signal);
            to.Put(",\"weight\":"u8);
            to.Put(reasons[i].Weight);
            to.Put(",\"parts\":["u8);
            var parts = reasons[i].Telling(MaxParts);
            for (var part = 0; part < parts.Count; part++)
            {
                if (part > 0) to.Put(","u8);
                WritePart(to, parts[part]);
            }
            to.Put("]}"u8);
        }
        to.Put("],\"because\":"u8);
        to.PutText(Reason.Sentence(reasons, language));
    }

    static void WritePart(Answer to, ReasonPart part)
    {
        to.Put("{\"kind\":"u8);
        to.PutText(part.Kind.Word());
        to.Put(",\"weight\":"u8);
        to.Put(part.Weight);
        if (part.Text.Length > 0)
        {
            to.Put(",\"text\":"u8);
            to.PutText(part.Text);
        }
        if (part.Count > 0)
        {
            to.Put(",\"count\":"u8);
            to.Put(part.Count);
        }
        to.Put("}"u8);
    }
}
