using Cantor.Ranking;
using Cantor.Releases;
using Cantor.Signals;

namespace Cantor.Server;

/// <summary>Writes an item's related items. The order of members is that of docs/api.md.</summary>
static class RelatedAnswer
{
    /// <summary>Writes what the release holds ready: nothing lies over it, and nobody asks further down.</summary>
    /// <returns>False when nothing is related to it: no hit at all, wherever the list was begun.</returns>
    internal static bool Write(Answer to, ServedRelease served, Ordinal item, in Parameters parameters, string requestId)
    {
        var release = served.Release;
        Begin(to, release.IdJsonOf(item), served.AfterId, requestId, "ready"u8);
        var neighbors = release.NeighborsOf(item);
        var order = parameters.Diversity > 0 ? release.DiverseOrder(item, parameters.Diversity) : null;
        var end = Math.Min(neighbors.Length, parameters.Offset + parameters.Limit);
        var isFirst = true;
        for (var i = parameters.Offset; i < end; i++)
        {
            var place = order?[i] ?? i;
            ref readonly var neighbor = ref neighbors[place];
            if (neighbor.Score < parameters.MinScore) continue;
            WriteHead(to, ref isFirst, release.IdJsonOf(neighbor.Item), neighbor.Score, i + 1);
            if (parameters.Explain) WriteReasons(to, neighbor.Strength, release.ReasonsOf(item, neighbor.Item), parameters.Language);
            if (release.HasVariants(item)) WriteVariants(to, release, release.VariantsOf(item, place));
            to.Put(",\"fields\":"u8);
            parameters.Fields.Write(release, neighbor.Item, to);
            to.Put("}"u8);
        }
        End(to);
        return neighbors.Length > 0;
    }

    /// <summary>Writes a list that was put together for this request.</summary>
    /// <param name="to">Gets the answer.</param>
    /// <param name="served">What the collection is served from.</param>
    /// <param name="subject">Whose list: a pushed item, or an item of the release.</param>
    /// <param name="parameters">What was asked for.</param>
    /// <param name="requestId">The request's id.</param>
    /// <returns>False when nothing is related to it: no hit at all, wherever the list was begun.</returns>
    internal static bool Write(Answer to, ServedCollection served, Hit subject, in Parameters parameters, string requestId)
    {
        var (release, overlay) = (served.Release?.Release, served.Overlay);
        var pending = release is null || subject.Pushed is { Weighed: null, Row: < 0 };
        Begin(to, subject.Pushed is { } itself ? itself.IdJson.Span : release!.IdJsonOf(subject.Item), served.AfterId, requestId, pending ? "pending"u8 : "ready"u8);
        var end = parameters.Offset + parameters.Limit;
        var isRow = subject.Pushed is not { Weighed: not null } && !pending;
        var hits = pending ? [] : isRow ? RelatedList.Of(served, subject.Item, end) : RelatedList.Of(served, subject.Pushed!, end);
        if (parameters.Diversity > 0 && hits.Count > 0) hits = RelatedList.Diverse(release!, hits, parameters.Diversity);
        var isFirst = true;
        for (var i = parameters.Offset; i < Math.Min(hits.Count, end); i++)
        {
            var hit = hits[i];
            if (hit.Score < parameters.MinScore) continue;
            WriteHead(to, ref isFirst, hit.Pushed is { } pushed ? pushed.IdJson.Span : release!.IdJsonOf(hit.Item), hit.Score, i + 1);
            if (parameters.Explain) WriteReasons(to, hit.Strength, ReasonsOf(release!, subject, isRow, hit), parameters.Language);
            if (isRow && hit.Place >= 0 && release!.HasVariants(subject.Item))
                WriteVariants(to, release, [.. release.VariantsOf(subject.Item, hit.Place).Where(variant => !overlay.IsMasked(variant))]);
            to.Put(",\"fields\":"u8);
            if ((hit.Pushed ?? overlay.Patched.GetValueOrDefault(hit.Item.Row)) is { Fields: { } fields }) parameters.Fields.Write(fields, to);
            else parameters.Fields.Write(release!, hit.Item, to);
            to.Put("}"u8);
        }
        End(to);
        return hits.Count > 0;
    }

    internal static IReadOnlyList<Reason> ReasonsOf(Release release, Hit subject, bool isRow, Hit hit) => (isRow, hit.Pushed?.Weighed) switch
    {
        (true, { } pushed) => release.ReasonsIn(subject.Item, pushed),
        (true, null) => hit.Place >= 0 ? release.ReasonsOf(subject.Item, hit.Item) : release.ReasonsFor(subject.Item, hit.Item),
        (false, { } pushed) => release.ReasonsOf(subject.Pushed!.Weighed!, pushed),
        (false, null) => release.ReasonsOf(subject.Pushed!.Weighed!, hit.Item),
    };

    static void Begin(Answer to, ReadOnlySpan<byte> idJson, byte[] afterId, string requestId, ReadOnlySpan<byte> state)
    {
        to.Put("{\"itemId\":"u8);
        to.Put(idJson);
        to.Put(afterId);
        to.PutPlain(requestId);
        to.Put("\",\"state\":\""u8);
        to.Put(state);
        to.Put("\",\"items\":["u8);
    }

    static void End(Answer to) => to.Put("],\"missing\":[],\"partial\":[]}"u8);

    static void WriteHead(Answer to, ref bool isFirst, ReadOnlySpan<byte> idJson, float score, int rank)
    {
        if (!isFirst) to.Put(","u8);
        isFirst = false;
        to.Put("{\"id\":"u8);
        to.Put(idJson);
        to.Put(",\"score\":"u8);
        to.Put(score);
        to.Put(",\"rank\":"u8);
        to.Put(rank);
        to.Put(",\"source\":\"related\""u8);
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

    static void WriteReasons(Answer to, float strength, IReadOnlyList<Reason> reasons, ReasonLanguage language)
    {
        to.Put(",\"strength\":"u8);
        to.Put(strength);
        to.Put(",\"reasons\":["u8);
        for (var i = 0; i < reasons.Count; i++)
        {
            to.Put(i == 0 ? "{\"signal\":"u8 : ",{\"signal\":"u8);
            to.PutText(reasons[i].Signal);
            to.Put(",\"weight\":"u8);
            to.Put(reasons[i].Weight);
            to.Put(",\"parts\":["u8);
            var parts = reasons[i].Telling();
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
