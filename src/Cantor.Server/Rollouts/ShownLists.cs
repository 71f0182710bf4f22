using System.IO.Hashing;
using System.Runtime.InteropServices;
using Cantor.Corpus;
using Cantor.Storage;

namespace Cantor.Server.Rollouts;

/// <summary>
/// Counts lists that were shown and clicked, by the events that come in: the end of an event's request id says which release
/// answered. A list counts once as shown and once as clicked, as far back as some hundred thousand lists.
/// </summary>
sealed class ShownLists(ServerOptions options)
{
    const int MostRemembered = 200_000;

    readonly Lock _seeing = new();
    HashSet<ulong> _young = [], _old = [];

    internal void Count(ServedCollection collection, IReadOnlyList<StoredEvent> events)
    {
        if (collection.Traffic is not { } traffic) return;
        var (live, canary) = (collection.Release?.RequestMark, collection.Canary?.Release?.RequestMark);
        foreach (var one in events)
        {
            if (one.RequestId is not { } id || one.Type is not (EventType.Impression or EventType.Click)) continue;
            var isCanary = canary is not null && id.EndsWith(canary, StringComparison.Ordinal);
            if (!isCanary && !(live is not null && id.EndsWith(live, StringComparison.Ordinal))) continue;
            if (IsNew(XxHash64.HashToUInt64(MemoryMarshal.AsBytes(id.AsSpan()), (long)one.Type))) traffic.Side(isCanary).AddEvent(options.Time.GetUtcNow(), one.Type is EventType.Click);
        }
    }

    bool IsNew(ulong list)
    {
        lock (_seeing)
        {
            if (_old.Contains(list) || !_young.Add(list)) return false;
            if (_young.Count >= MostRemembered) (_old, _young) = (_young, []);
            return true;
        }
    }
}
