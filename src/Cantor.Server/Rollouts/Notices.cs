using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Cantor.Judging;
using Cantor.Storage.Rollouts;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cantor.Server.Rollouts;

/// <summary>
/// Tells people what became of a rollout: posts to a webhook as Slack takes it. Nothing waits for it; what cannot be delivered is
/// tried again for a while and then said in the log, without the address, which is a secret.
/// </summary>
sealed class Notices(ServerOptions options, ILogger<Notices> logger) : BackgroundService
{
    internal const int MostWaiting = 100;
    const int Tries = 6;
    static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    readonly Channel<(string Name, string Text)> _waiting = Channel.CreateBounded<(string, string)>(new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    /// <summary>Queues a message; never waits.</summary>
    internal void Tell(Rollout before, Rollout after, Decision? decision)
    {
        if (options.Webhook is not null) _waiting.Writer.TryWrite((after.Name, TextOf(before, after, decision)));
    }

    /// <summary>What people read: what it is, by which rule and numbers, and how to undo it.</summary>
    internal static string TextOf(Rollout before, Rollout after, Decision? decision)
    {
        var text = new StringBuilder();
        var what = (before.State, after.State) switch
        {
            (_, RolloutState.Aborted) => "aborted",
            (_, RolloutState.Rejected) => "rejected at its gate",
            (_, RolloutState.Promoted) => "live everywhere",
            (_, RolloutState.Superseded) => "superseded",
            (RolloutState.Gating, RolloutState.Running) => FormattableString.Invariant($"tried on {after.Weight / 100.0:0.##} %"),
            _ when after.Held && !before.Held => FormattableString.Invariant($"undecided at its deadline, held at {after.Weight / 100.0:0.##} %"),
            _ => FormattableString.Invariant($"taken from {before.Weight / 100.0:0.##} % to {after.Weight / 100.0:0.##} %"),
        };
        text.Append($"{(after.State is RolloutState.Aborted or RolloutState.Rejected ? ":x:" : after.Held ? ":hourglass:" : ":white_check_mark:")} *{after.Name}* {after.Candidate}: {what}");
        if (decision is not null) text.Append($"\nrule {Word(decision.Rule)} at step {after.Plan.Steps[before.Step]:0.##} %: {decision.Reason}");
        else if (after.Why.Length > 0) text.Append($"\n{after.Why}");
        foreach (var metric in decision?.Metrics ?? [])
            text.Append(FormattableString.Invariant($"\n{metric.Metric.ToString().ToLowerInvariant()}: canary {metric.Canary.Bad:N0} of {metric.Canary.Total:N0}, live {metric.Live.Bad:N0} of {metric.Live.Total:N0}, log-likelihood ratio {metric.LogLikelihoodRatio:F2} (accept {metric.AcceptAt:F2}, abort {metric.AbortAt:F2})"));
        text.Append(after.State switch
        {
            RolloutState.Promoted => $"\nundo: cantor releases rollback {after.Name}",
            RolloutState.Running => $"\nundo: cantor rollout abort {after.Name}",
            RolloutState.Aborted => $"\nnobody gets it; {after.Baseline} is live. To make it live all the same: cantor releases promote {after.Name} {after.Candidate}",
            RolloutState.Rejected => $"\nnobody got it; {after.Baseline} is live. To try it all the same: cantor rollout start {after.Name} {after.Candidate} --force",
            _ => "",
        });
        return text.ToString();
    }

    static string Word(Rule rule) => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(rule.ToString());

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Webhook is not { } webhook) return;
        using var client = new HttpClient { Timeout = Timeout };
        try
        {
            await foreach (var (name, text) in _waiting.Reader.ReadAllAsync(stoppingToken))
                if (await PostAsync(client, new(webhook), text, stoppingToken) is { } fault) Log.NotTold(logger, name, fault);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    /// <summary>Null, or why it was not delivered.</summary>
    async Task<string?> PostAsync(HttpClient client, Uri webhook, string text, CancellationToken cancellationToken)
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
            if (tries < Tries) await Task.Delay(pause, cancellationToken);
        }
        return FormattableString.Invariant($"{fault}, {Tries} times");
    }
}
