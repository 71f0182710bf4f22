using Cantor.Storage.Rollouts;

namespace Cantor.Server.Rollouts.Versions;

/// <summary>Where this server's answers are counted while a version of the server is rolled out.</summary>
sealed class VersionTraffic(ServerOptions options, RolloutCounts counts)
{
    VersionSide? _side;
    Rollout? _rollout;

    /// <summary>The rollout of a version that is under way; null for none.</summary>
    internal Rollout? Rollout => Volatile.Read(ref _rollout);

    /// <summary>Where an answer is counted; null where it is not: nothing is rolled out, or this server is of neither side.</summary>
    internal VersionSide? Side => Volatile.Read(ref _side);

    /// <summary>Goes by what the store says is under way.</summary>
    internal void Follow(Rollout? rollout)
    {
        if (rollout is not null && _rollout is { } same && same.Number == rollout.Number && same.Revision == rollout.Revision) return;
        var counted = rollout is { State: RolloutState.Running or RolloutState.Paused } && IsCanary(rollout, options.Track, options.Version) is { } isCanary
            ? new VersionSide(counts.Of(rollout.Number, isCanary), TimeSpan.FromMilliseconds(rollout.Plan.SlowMs))
            : null;
        Volatile.Write(ref _side, counted);
        Volatile.Write(ref _rollout, rollout);
    }

    /// <summary>Which side of a rollout a server is on; null for neither.</summary>
    internal static bool? IsCanary(Rollout rollout, Track track, string version) =>
        track is Track.Canary && version == rollout.Candidate ? true
        : track is Track.Stable && version == rollout.Baseline ? false
        : null;
}

/// <summary>One side of a version's rollout at this server.</summary>
sealed record VersionSide(SideTally Tally, TimeSpan SlowAfter)
{
    /// <summary>Counts a question that was answered in a time.</summary>
    internal void Add(DateTimeOffset now, TimeSpan took, Outcome outcome) => Tally.Add(now, took > SlowAfter ? outcome | Outcome.Slow : outcome);
}
