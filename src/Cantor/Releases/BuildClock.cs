using Cantor.Corpus;

namespace Cantor.Releases;

/// <summary>When a build started and how long each stage took.</summary>
sealed class BuildClock
{
    readonly TimeProvider _time;
    readonly List<(string, TimeSpan)> _stages = [];
    long _last;

    /// <summary>Starts a build, whose collection and options are checked.</summary>
    internal BuildClock(string collection, BuildOptions options, TimeProvider time) : this(time)
    {
        if (CollectionName.Check(collection) is { } fault) throw new InputFaultException("collection", null, fault);
        options.Check();
    }

    internal BuildClock(TimeProvider time) => (_time, Start, _last) = (time, time.GetUtcNow(), time.GetTimestamp());

    internal DateTimeOffset Start { get; }

    internal IReadOnlyList<(string, TimeSpan)> Stages => _stages;

    internal void EndOf(string stage)
    {
        var now = _time.GetTimestamp();
        _stages.Add((stage, _time.GetElapsedTime(_last, now)));
        _last = now;
    }
}
