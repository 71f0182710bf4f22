using Cantor.Gateway.Config;
using Cantor.Gateway.Shadowing;
using Cantor.Judging;
using Cantor.Storage.Rollouts;

namespace Cantor.Gateway;

/// <summary>What a route must show before anybody is given its new side: a comparison that found both sides equivalent.</summary>
static class RouteGate
{
    internal static GateReport Of(ShadowReport report) => new()
    {
        Items = report.Pairs,
        LiveItems = report.Pairs,
        Errors = CountOf(report, Trouble.Status),
        Empty = CountOf(report, Trouble.Empty),
        ShortLists = CountOf(report, Trouble.Shorter),
        Self = CountOf(report, Trouble.Self),
        Duplicate = CountOf(report, Trouble.Twice),
        Overlap = report.OverlapAt10,
        Reasons = report.Verdict is Likeness.Equivalent ? [] : [.. report.Reasons, .. report.Lists is Lists.Same && report.Equivalence.Likeness is Likeness.Different ? ["where other lists are wanted, say lists: any"] : (string[])[]],
    };

    static int CountOf(ShadowReport report, Trouble trouble) => report.Findings.Single(finding => finding.Trouble == trouble).New;
}
