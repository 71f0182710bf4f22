using System.Globalization;
using Cantor.Server;

namespace Cantor.Gateway;

/// <summary>What a gateway's process needs to know besides its file.</summary>
public sealed record GatewayOptions
{
    /// <summary>The <c>gateway.yaml</c>.</summary>
    public required string ConfigFile { get; init; }

    /// <summary>The directory of <c>cantor.db</c>, and of what is kept here of a store elsewhere.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Where routes and comparisons are kept: <c>postgres://…</c> or a data directory; null for <see cref="DataDirectory"/>.</summary>
    public string? Store { get; init; }

    /// <summary>Where to listen; null for what the file says.</summary>
    public IReadOnlyList<string>? Urls { get; init; }

    /// <summary>How long to go on serving, new connections too, after SIGTERM or SIGINT.</summary>
    public TimeSpan Drain { get; init; }

    /// <summary>How log lines look.</summary>
    public LogFormat Log { get; init; }

    /// <summary>Where messages about rollouts are posted, as Slack takes them; null for nowhere. It is a secret: never shown.</summary>
    public string? Webhook { get; init; }

    /// <summary>What the service is called in such messages; null where nobody would take it for another.</summary>
    public string? Service { get; init; }

    /// <summary>Where people reach the servers of the same store, for the commands in such messages; null where that is not known.</summary>
    public Uri? Address { get; init; }

    /// <summary>How often to ask a store on this machine whether something was written: so soon a route is moved.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>How often to look whether the file was written, and to add what was counted and compared to the store.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Gives the value of a variable of the environment, or null.</summary>
    public Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where the store is. May hold a password.</summary>
    internal string StoreAddress => Store ?? DataDirectory;

    /// <summary>The same for messages, without password.</summary>
    internal string StoreName => Storage.Store.NameOf(StoreAddress);

    internal bool IsStoreRemote => StoreAddress.Contains("://", StringComparison.Ordinal);

    /// <summary>Nothing of them: there are secrets among them.</summary>
    public override string ToString() => nameof(GatewayOptions);

    internal IEnumerable<string> Faults()
    {
        if (Drain < TimeSpan.Zero || Drain > ServerOptions.MaxDrain)
            yield return string.Create(CultureInfo.InvariantCulture, $"the drain is {Drain.TotalSeconds} s; expected 0 to {ServerOptions.MaxDrain.TotalSeconds}");
        if (Webhook is not null && !(Uri.TryCreate(Webhook, UriKind.Absolute, out var webhook) && webhook.Scheme is "https" or "http"))
            yield return "the webhook is no address; expected https://… in the variable CANTOR_WEBHOOK";
    }
}
