namespace Cantor.Judging;

/// <summary>
/// Judges one step of a rollout by its windows, one after the other, until it is promoted or aborted. Pure: no clock, no I/O;
/// the same settings, start and windows give the same <see cref="Decision"/>. One thread at a time.
/// </summary>
public sealed class StepJudge
{
    readonly JudgeSettings _settings;
    readonly MetricTest[] _metrics;
    readonly ClickTest? _clicks;
    readonly Queue<Window> _recent = [];
    readonly DateTimeOffset _start;
    SideCounts _recentCanary, _recentLive;
    DateTimeOffset _at;
    int _windows;

    /// <summary>Begins a step.</summary>
    /// <param name="settings">The constants.</param>
    /// <param name="start">When the step began; no window starts before it.</param>
    /// <exception cref="ArgumentException">A setting cannot be; the message names all that cannot.</exception>
    public StepJudge(JudgeSettings settings, DateTimeOffset start)
    {
        if (settings.Faults() is { Count: > 0 } faults) throw new ArgumentException(string.Join("; ", faults), nameof(settings));
        (_settings, _start, _at) = (settings, start, start);
        _metrics = [.. settings.Metrics.Select(metric => new MetricTest(metric, settings))];
        if (settings.ClickMargin is { } margin) _clicks = new(margin, settings.ClickAlpha);
    }

    /// <summary>What becomes of the step so far.</summary>
    public Verdict Verdict { get; private set; }

    /// <summary>By which rule.</summary>
    public Rule Rule { get; private set; }

    /// <summary>Takes the next window and decides anew.</summary>
    /// <param name="window">Starts where the last one ended, or later.</param>
    /// <returns>The verdict; after Promote or Abort no further window is taken.</returns>
    /// <exception cref="ArgumentException">The window overlaps the last one or its counts cannot be.</exception>
    /// <exception cref="InvalidOperationException">The step is decided.</exception>
    public Verdict Add(Window window)
    {
        if (Verdict != Verdict.Hold) throw new InvalidOperationException("the step is decided; it takes no further window");
        if (window.Start < _at) throw new ArgumentException($"the window starts at {window.Start:O}; expected {_at:O} or later", nameof(window));
        if (window.End <= window.Start) throw new ArgumentException($"the window ends at {window.End:O}; expected later than its start, {window.Start:O}", nameof(window));
        if (window.Canary.Fault() is { } canaryFault) throw new ArgumentException($"canary: {canaryFault}", nameof(window));
        if (window.Live.Fault() is { } liveFault) throw new ArgumentException($"live: {liveFault}", nameof(window));

        _at = window.End;
        _windows++;
        _recent.Enqueue(window);
        _recentCanary += window.Canary;
        _recentLive += window.Live;
        while (_recent.Count > 1 && _recent.Peek().Start < window.End - _settings.GuardSpan)
        {
            var old = _recent.Dequeue();
            _recentCanary -= old.Canary;
            _recentLive -= old.Live;
        }
        foreach (var metric in _metrics) metric.Add(window.Canary, window.Live, _recentCanary, _recentLive);
        _clicks?.Add(window.Canary, window.Live);
        (Verdict, Rule) = Weigh();
        return Verdict;
    }

    /// <summary>The decision after the windows taken so far, with its numbers.</summary>
    public Decision Decide()
    {
        MetricState[] metrics = [.. _metrics.Select(metric => metric.State())];
        var clicks = _clicks?.State();
        List<string> waits = Verdict == Verdict.Hold ? [.. metrics.Select(metric => metric.WaitsFor).Append(clicks?.WaitsFor).OfType<string>()] : [];
        if (Verdict == Verdict.Hold && _start + _settings.Dwell > _at)
            waits.Add(FormattableString.Invariant($"dwell: {(_start + _settings.Dwell - _at).TotalSeconds:N0} s more"));
        return new(Verdict, Rule, Reason(), _at, _windows, metrics, clicks, waits);
    }

    /// <summary>Judges windows that were recorded: the decision at the first that decides, or at the last one.</summary>
    /// <param name="settings">The constants that were used.</param>
    /// <param name="start">When the step began.</param>
    /// <param name="windows">All windows of the step, in order; those behind the deciding one are not looked at.</param>
    /// <exception cref="ArgumentException">A setting or a window cannot be.</exception>
    public static Decision Replay(JudgeSettings settings, DateTimeOffset start, IEnumerable<Window> windows)
    {
        var judge = new StepJudge(settings, start);
        foreach (var window in windows)
            if (judge.Add(window) != Verdict.Hold) break;
        return judge.Decide();
    }

    // Aborting comes first: a metric that is bad is bad, whatever the others wait for.
    (Verdict Verdict, Rule Rule) Weigh()
    {
        bool ill = false, accepted = true;
        foreach (var metric in _metrics)
        {
            if (metric.Stand == Stand.Aborted) return (Verdict.Abort, metric.Guarded ? Rule.Guard : Rule.Boundary);
            ill |= metric.Stand == Stand.LiveIsIll;
            accepted &= metric.Stand == Stand.Accepted;
        }
        if (!ill && _clicks?.Stand == Stand.Aborted) return (Verdict.Abort, Rule.ClickThrough);
        accepted &= _clicks is null or { Stand: Stand.Accepted };
        var passed = _at - _start;
        if (accepted && passed >= _settings.Dwell) return (Verdict.Promote, Rule.Accepted);
        if (passed < _settings.Deadline) return (Verdict.Hold, ill ? Rule.LiveIsIll : Rule.Inconclusive);
        return _settings.AtDeadline switch
        {
            DeadlinePolicy.Abort => (Verdict.Abort, Rule.Deadline),
            DeadlinePolicy.Promote when !ill => (Verdict.Promote, Rule.Deadline),
            _ => (Verdict.Hold, Rule.Deadline),
        };
    }

    string Reason() => Rule switch
    {
        Rule.Inconclusive when _windows == 0 => "nothing was counted yet",
        Rule.Inconclusive => "inconclusive: not everything is at its accept boundary yet",
        Rule.Accepted => "everything that is judged is at its accept boundary",
        Rule.Boundary or Rule.Guard => _metrics.First(metric => metric.Stand == Stand.Aborted).Reason(),
        Rule.LiveIsIll => $"live is ill: {string.Join(", ", _metrics.Where(metric => metric.Stand == Stand.LiveIsIll).Select(metric => metric.Metric.ToString().ToLowerInvariant()))}",
        Rule.ClickThrough => _clicks!.Reason(),
        Rule.Deadline => FormattableString.Invariant($"undecided after {(_at - _start).TotalHours:0.#} hours; the policy at the deadline is {_settings.AtDeadline.ToString().ToLowerInvariant()}"),
        _ => throw new InvalidOperationException($"there is no rule {Rule}"),
    };
}
