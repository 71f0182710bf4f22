using System.Threading.Channels;
using Cantor.Corpus;
using Cantor.Gateway.Adapting;
using Cantor.Gateway.Proxying;
using Cantor.Storage.Gateways;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cantor.Gateway.Shadowing;

/// <summary>A request that is going to be compared, once its client has its answer.</summary>
/// <param name="Routing">Both sides.</param>
/// <param name="Route">Its route.</param>
/// <param name="Target">What the old side is asked.</param>
/// <param name="NewTarget">What the new side is asked.</param>
/// <param name="Self">The item's id as the client wrote it; null for none.</param>
sealed record ShadowAsk(Routing Routing, LiveRoute Route, string Target, string NewTarget, string? Self)
{
    /// <summary>With what the old side answered; nothing of it belongs to the request any more. Of an answer that was passed on as it came there is no list.</summary>
    internal ShadowJob Taken(HttpRequest request, Attempt old, TimeSpan took, DateTimeOffset now) => new(
        this, request.Method, [.. request.Headers.Where(header => ShadowJob.IsPassedOn(header.Key)).Select(header => KeyValuePair.Create(header.Key, header.Value.ToArray()))],
        old.Status, took, old.Held?.Bytes.ToArray() ?? [], old.Encoding, now);
}

/// <summary>A comparison that waits.</summary>
sealed record ShadowJob(ShadowAsk Ask, string Method, IReadOnlyList<KeyValuePair<string, string?[]>> Headers, int OldStatus, TimeSpan OldTook, byte[] OldBody, string OldEncoding, DateTimeOffset At)
{
    // What belongs to a connection, to one side's host, or to a cached answer: a 304 has no list.
    static readonly HashSet<string> Own = new(StringComparer.OrdinalIgnoreCase)
    {
        "Host", "Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "TE", "Trailer", "Upgrade", "Content-Length", "Expect",
        "If-None-Match", "If-Modified-Since", "If-Match", "If-Unmodified-Since", "Range", Attempt.ShadowHeader,
    };

    internal static bool IsPassedOn(string header) => header is not [':', ..] && !Own.Contains(header);
}

/// <summary>
/// Compares beside the answers: what waits is bounded, and what does not fit is dropped. Nobody who was answered waits for it, and
/// nobody who asks is slowed by it.
/// </summary>
sealed class ShadowQueue : BackgroundService
{
    /// <summary>How many comparisons wait for the store at the most.</summary>
    internal const int MostStored = 5_000;

    readonly Channel<ShadowJob> _jobs;
    readonly int _workers;
    readonly TimeProvider _time;
    readonly ILogger<ShadowQueue> _logger;
    readonly Lock _storing = new();
    readonly Queue<StoredPair> _pairs = [];
    long _asked;

    public ShadowQueue(LiveRoutes routes, TimeProvider time, ILogger<ShadowQueue> logger)
    {
        var config = routes.Current.Config;
        _jobs = Channel.CreateBounded<ShadowJob>(new BoundedChannelOptions(config.Queue) { FullMode = BoundedChannelFullMode.Wait });
        (_workers, _time, _logger) = (config.Workers, time, logger);
    }

    /// <summary>Takes a comparison, or drops it; never waits.</summary>
    internal void Offer(ShadowJob job)
    {
        if (!_jobs.Writer.TryWrite(job)) job.Ask.Route.Health.Dropped();
    }

    /// <summary>Hands over what was compared since the last time.</summary>
    internal IReadOnlyList<StoredPair> Take()
    {
        lock (_storing)
        {
            StoredPair[] pairs = [.. _pairs];
            _pairs.Clear();
            return pairs;
        }
    }

    /// <summary>Takes back what could not be stored; the oldest go when there is too much.</summary>
    internal void Return(IReadOnlyList<StoredPair> pairs)
    {
        lock (_storing)
        {
            StoredPair[] all = [.. pairs, .. _pairs];
            _pairs.Clear();
            foreach (var pair in all.Skip(Math.Max(0, all.Length - MostStored))) _pairs.Enqueue(pair);
            if (all.Length > MostStored) Log.PairsDropped(_logger, all.Length - MostStored);
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(Enumerable.Range(0, _workers).Select(_ => WorkAsync(stoppingToken)));

    async Task WorkAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var job in _jobs.Reader.ReadAllAsync(stoppingToken))
            {
                var pair = await CompareAsync(job, stoppingToken);
                job.Ask.Route.Health.Compared();
                lock (_storing)
                {
                    if (_pairs.Count >= MostStored) _pairs.Dequeue();
                    _pairs.Enqueue(new(job.Ask.Route.Config.Name, job.At, pair.ToJson()));
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    async Task<Pair> CompareAsync(ShadowJob job, CancellationToken stoppingToken)
    {
        var (ask, config) = (job.Ask, job.Ask.Route.Config);
        var self = ask.Self is null ? null : config.OldIds?.Shared(ask.Self) ?? ask.Self;
        var young = AskAsync(job, ask.Routing.New, ask.NewTarget, config.NewIds, self, stoppingToken);
        // Every so many-th, evenly: whoever is compared twice is nobody's choice.
        var number = Interlocked.Increment(ref _asked);
        var again = Math.Floor(number * config.Noise) != Math.Floor((number - 1) * config.Noise) ? AskAsync(job, ask.Routing.Old, ask.Target, config.OldIds, self, stoppingToken) : null;
        var old = Answer(job.OldStatus, job.OldTook, job.OldBody, job.OldEncoding, config.OldIds, self);
        return Pair.Of(ask.Target, self, job.At, old, await young, again is null ? null : await again);
    }

    async Task<SideAnswer> AskAsync(ShadowJob job, Side side, string target, IdReader? ids, string? self, CancellationToken stoppingToken)
    {
        using var request = new HttpRequestMessage(new(job.Method), side.UriOf(target));
        foreach (var (name, values) in job.Headers) request.Headers.TryAddWithoutValidation(name, values);
        request.Headers.TryAddWithoutValidation(Attempt.ShadowHeader, "1");
        side.Mark(request);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        patience.CancelAfter(job.Ask.Route.Config.Timeout);
        var began = _time.GetTimestamp();
        try
        {
            using var response = await side.Client.SendAsync(request, patience.Token);
            var (body, whole) = await Body.ReadAsync(await response.Content.ReadAsStreamAsync(patience.Token), response.Content.Headers.ContentLength is <= Body.MostBytes and var length ? length : null, patience.Token);
            using (body) return Answer((int)response.StatusCode, _time.GetElapsedTime(began), whole ? body.Bytes : default, string.Join(",", response.Content.Headers.ContentEncoding), ids, self);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException || fault is OperationCanceledException && !stoppingToken.IsCancellationRequested)
        {
            return new(0, _time.GetElapsedTime(began).TotalMilliseconds, null);
        }
    }

    static SideAnswer Answer(int status, TimeSpan took, ReadOnlyMemory<byte> body, string encoding, IdReader? ids, string? self)
    {
        var twice = 0;
        var list = status == 200 ? ids?.Read(body, encoding, out twice) : null;
        return new(status, Math.Round(took.TotalMilliseconds, 3), list?.Select(id => id.Value).ToArray(), twice, self is not null && list is not null && ItemId.TryParse(self, out var item) && list.Contains(item));
    }
}
