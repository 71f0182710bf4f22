using System.Text;
using Cantor.Judging;
using Cantor.Storage.Rollouts;

namespace Cantor.Server.Rollouts;

/// <summary>Which of a collection's requests get its canary, and where both sides are counted. Never changes; another weight makes another.</summary>
sealed class Traffic(Rollout rollout, SideTally live, SideTally canary)
{
    readonly Assignment _assignment = new(rollout.Salt);

    internal Rollout Rollout => rollout;

    internal int Weight { get; init; } = rollout.Weight;

    internal TimeSpan SlowAfter { get; } = TimeSpan.FromMilliseconds(rollout.Plan.SlowMs);

    internal SideTally Side(bool isCanary) => isCanary ? canary : live;

    /// <summary>True when a request gets the canary.</summary>
    /// <param name="unit">The unit in UTF-8; empty for none.</param>
    /// <param name="requestId">What is drawn by where there is no unit, if the plan says so.</param>
    internal bool IsCanary(ReadOnlySpan<byte> unit, string requestId)
    {
        if (Weight == 0) return false;
        if (!unit.IsEmpty) return _assignment.IsCanary(unit, Weight);
        if (rollout.Plan.Anonymous is Anonymous.Live) return false;
        Span<byte> id = stackalloc byte[64];
        return _assignment.IsCanary(id[..Encoding.ASCII.GetBytes(requestId.AsSpan(0, Math.Min(requestId.Length, id.Length)), id)], Weight);
    }
}
