namespace Cantor.Server;

/// <summary>
/// A release that an alias names and nobody answers from yet: opened, and laid over with what the store holds, beside what is served
/// meanwhile. What fails is tried again after a while. For one thread, but for the work itself.
/// </summary>
/// <param name="time">Tells when the while is over.</param>
/// <param name="lay">The work. Gets the fault that was told last, and whether nothing else answers meanwhile.</param>
sealed class Laying(TimeProvider time, Func<string?, bool, CancellationToken, Task<Laid>> lay) : IAsyncDisposable
{
    /// <summary>A file that could not be opened may yet arrive (a slow copy); nobody tells.</summary>
    internal static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    readonly CancellationTokenSource _stopping = new();
    long _began;

    /// <summary>The work, until its end was seen.</summary>
    internal Task<Laid>? Work { get; private set; }

    /// <summary>What answers when it is taken over; null while there is none.</summary>
    internal Followed? Followed { get; set; }

    /// <summary>Why it failed last; null when it did not.</summary>
    internal string? Fault { get; private set; }

    /// <summary>Begins the work, unless it is done or at work, or failed just now.</summary>
    /// <param name="alone">True when nothing else answers meanwhile.</param>
    /// <returns>True when it began.</returns>
    internal bool Begin(bool alone)
    {
        if (Work is not null || Followed?.Served.Release is not null || Fault is not null && time.GetElapsedTime(_began) < RetryAfter) return false;
        (_began, var told) = (time.GetTimestamp(), Fault);
        Work = Task.Run(() => lay(told, alone, _stopping.Token));
        return true;
    }

    /// <summary>Takes what the work came to, if it has ended.</summary>
    /// <param name="mayThrow">True to throw what the store threw; false to keep it as a fault.</param>
    internal void See(bool mayThrow)
    {
        if (Work is not { IsCompleted: true } ended) return;
        Work = null;
        if (ended.IsCompletedSuccessfully || mayThrow) (Followed, Fault) = ended.GetAwaiter().GetResult();
        else Fault = "what was changed since could not be read from the store";
    }

    /// <summary>Stops the work and closes what it opened.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        if (Work is { } work)
        {
            await ((Task)work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (work.IsCompletedSuccessfully) Followed = (await work).Followed;
        }
        Followed?.Served.Release?.Return();
        _stopping.Dispose();
    }
}

/// <summary>What a <see cref="Laying"/> came to.</summary>
/// <param name="Followed">What can be answered from: the release, or nothing with what was pushed over it. Null where the release cannot be opened and another stands in.</param>
/// <param name="Fault">Why the release cannot be opened; null when it is.</param>
readonly record struct Laid(Followed? Followed, string? Fault);
