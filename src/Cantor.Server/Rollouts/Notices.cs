using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Cantor.Storage;
using Cantor.Storage.Rollouts;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cantor.Server.Rollouts;

/// <summary>
/// Tells people what happened to releases and rollouts: posts the store's notices to a webhook as Slack takes it, whoever left them
/// there. Of several servers one posts at a time. Nothing waits for it; what cannot be delivered is tried again for a while and then said in the
/// log, without the address, which is a secret.
/// </summary>
/// <param name="options">Where to post.</param>
/// <param name="storeOf">Gives the store.</param>
/// <param name="logger">Hears what was not delivered.</param>
public sealed class Notices(ServerOptions options, Func<Store> storeOf, ILogger<Notices> logger) : BackgroundService
{
    const string LeaseName = "notices";
    const int Tries = 6;
    static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10), Look = TimeSpan.FromSeconds(1), MostAge = TimeSpan.FromDays(1);

    readonly ConcurrentQueue<Notice> _here = [];
    readonly string _holder = $"{Environment.MachineName}-{Environment.ProcessId}-{RandomNumberGenerator.GetHexString(6, lowercase: true)}";

    /// <summary>Tells, from this process and at once, what the store cannot be told just now. Of more than <see cref="NoticeTable.MostWaiting"/> that wait the newest stay.</summary>
    /// <param name="name">What it is about.</param>
    /// <param name="text">What is told.</param>
    public void TellHere(string name, string text)
    {
        if (options.Webhook is null) return;
        _here.Enqueue(new(0, name, text, options.Time.GetUtcNow()));
        while (_here.Count > NoticeTable.MostWaiting) _here.TryDequeue(out _);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Webhook is not { } webhook) return;
        using var client = new HttpClient { Timeout = Timeout };
        using var timer = new PeriodicTimer(Look);
        try
        {
            do
            {
                try
                {
                    while (_here.TryDequeue(out var notice)) await PostAsync(client, new(webhook), notice, _ => Task.CompletedTask, stoppingToken);
                    await TellAsync(client, new(webhook), storeOf(), stoppingToken);
                }
                catch (StoreUnavailableException)
                {
                    // They wait there.
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops; another server goes on.
        }
    }

    async Task TellAsync(HttpClient client, Uri webhook, Store store, CancellationToken cancellationToken)
    {
        while (await store.Notices.WaitingAsync(cancellationToken) is [var notice, ..] && await HoldAsync(store, TimeSpan.Zero, cancellationToken))
        {
            // Where nobody could post for long, old news is no news.
            if (options.Time.GetUtcNow() - notice.At < MostAge) await PostAsync(client, webhook, notice, pause => HoldAsync(store, pause, cancellationToken), cancellationToken);
            await store.Notices.ForgetAsync(notice, cancellationToken);
        }
    }

    // As long as a try may take after a pause.
    Task<bool> HoldAsync(Store store, TimeSpan pause, CancellationToken cancellationToken) => store.Leases.TryTakeAsync(LeaseName, _holder, pause + 2 * Timeout, cancellationToken);

    async Task PostAsync(HttpClient client, Uri webhook, Notice notice, Func<TimeSpan, Task> hold, CancellationToken cancellationToken)
    {
        // By whoever posts it: a command that acts on the store knows neither whose store that is nor where its servers are.
        var text = NoticeText.At(notice.Text, options.Address);
        if (options.Service is { } service) text = $"*{service}* {text}";
        if (await PostAsync(client, webhook, text, hold, cancellationToken) is { } fault) Log.NotTold(logger, notice.Name, fault);
    }

    /// <summary>Null, or why it was not delivered.</summary>
    async Task<string?> PostAsync(HttpClient client, Uri webhook, string text, Func<TimeSpan, Task> hold, CancellationToken cancellationToken)
    {
        // What Slack reads as its own marks in text: https://api.slack.com/reference/surfaces/formatting
        var body = new JsonObject { ["text"] = text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal) }.ToJsonString();
        var fault = "";
        for (var tries = 1; tries <= Tries; tries++)
        {
            var pause = options.WebhookRetry * Math.Pow(2, tries - 1);
            try
            {
                using var content = new StringContent(body, Encoding.UTF8, "application/json");
                using var answer = await client.PostAsync(webhook, content, cancellationToken);
                if (answer.IsSuccessStatusCode) return null;
                fault = FormattableString.Invariant($"the webhook answered {(int)answer.StatusCode}");
                if ((int)answer.StatusCode is >= 400 and < 500 and not (408 or 429)) return fault; // it will not be otherwise the next time
                if (answer.Headers.RetryAfter?.Delta is { } told && told > pause && told < TimeSpan.FromMinutes(5)) pause = told;
            }
            catch (HttpRequestException refused)
            {
                fault = $"the webhook cannot be reached: {refused.HttpRequestError}"; // its own message may name the address
            }
            catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                fault = "the webhook did not answer within 10 s";
            }
            if (tries == Tries) break;
            await hold(pause);
            await Task.Delay(pause, cancellationToken);
        }
        return FormattableString.Invariant($"{fault}, {Tries} times");
    }
}
