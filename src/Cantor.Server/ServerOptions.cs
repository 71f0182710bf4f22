using System.Globalization;
using System.Reflection;
using Cantor.Corpus;
using Cantor.Server.Rollouts.Versions;
using Cantor.Storage.Rollouts;

namespace Cantor.Server;

/// <summary>How a server's log lines look.</summary>
public enum LogFormat
{
    /// <summary>One plain line an event, for people.</summary>
    Plain,

    /// <summary>One JSON object an event, for collectors.</summary>
    Json,
}

/// <summary>What a server needs to know. Everything but the data directory has a default.</summary>
public sealed record ServerOptions
{
    /// <summary>The longest <see cref="Drain"/> allowed: an orchestrator has killed the process by then.</summary>
    public static readonly TimeSpan MaxDrain = TimeSpan.FromMinutes(10);

    /// <summary>The directory of <c>cantor.db</c> and <c>releases/</c>; made when it is not there.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Where to listen; "http://host:port", port 0 for any free one.</summary>
    public IReadOnlyList<string> Urls { get; init; } = ["http://127.0.0.1:8080"];

    /// <summary>
    /// How long to go on serving, new connections too, after SIGTERM or SIGINT. At least the time in which a load balancer
    /// learns that the process is going away; 15 to 20 s on most. 0: stop accepting at once.
    /// </summary>
    public TimeSpan Drain { get; init; }

    /// <summary>Connections held open at once, 1 to 1,000,000; more are closed as they come.</summary>
    public int MaxConnections { get; init; } = 10_000;

    /// <summary>How log lines look.</summary>
    public LogFormat Log { get; init; }

    /// <summary>Where everything that changes is kept: <c>postgres://…</c> or a data directory; null for <see cref="DataDirectory"/>.</summary>
    public string? Store { get; init; }

    /// <summary>Where release files are that are not in the data directory yet: a directory, <c>s3://bucket/prefix</c>, <c>gs://bucket/prefix</c>; null for nowhere.</summary>
    public string? Blobs { get; init; }

    /// <summary>The program that builds: it is started with <c>build COLLECTION --data DIR</c> behind these, the store in CANTOR_STORE. This program itself when not given.</summary>
    public IReadOnlyList<string> Builder { get; init; } = Itself();

    /// <summary>How long the store may be away before answers say so, 1 s to 1 day: until then another server's takedowns may be missed.</summary>
    public TimeSpan MaxStaleness { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>True to refuse questions when the store is away longer than <see cref="MaxStaleness"/>; false to answer with the header <c>Cantor-Stale</c>.</summary>
    public bool RefuseWhenStale { get; init; }

    /// <summary>True to serve other machines although the store has no keys: whoever reaches the server may then read and write.</summary>
    public bool Open { get; init; }

    /// <summary>How many items may be pushed over a release before it must be built anew, 1 to 1,000,000; a hundred times as many where there is none.</summary>
    public int OverlayMax { get; init; } = 10_000;

    /// <summary>The longest item that is taken, in bytes of JSON; 1 KiB to 64 MiB.</summary>
    public int MaxItemBytes { get; init; } = 4 << 20;

    /// <summary>How often to ask the store whether something was written, where nothing tells of it. Answers follow within this and the time to open a release.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How many threads weigh what was pushed when a release is opened, 1 to 1,024; half of them while the collection is served. Never changes an answer.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>How often what was counted is added to the store and rollouts are looked at.</summary>
    public TimeSpan RolloutInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Where messages about rollouts are posted, as Slack takes them; null for nowhere. It is a secret: never shown.</summary>
    public string? Webhook { get; init; }

    /// <summary>What the service is called in messages, such as the name that it answers as, 1 to 253 letters; null where nobody would take it for another.</summary>
    public string? Service { get; init; }

    /// <summary>Where people reach the servers of the store, such as https://articles.example.com: commands in messages then act there. Null where that is not known.</summary>
    public Uri? Address { get; init; }

    /// <summary>How long to wait before such a message is posted a second time; then twice as long each time.</summary>
    public TimeSpan WebhookRetry { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The version of this server, 1 to 64 letters, digits, dots, +, - and _; the program's own when not given.</summary>
    public string Version { get; init; } = OwnVersion;

    /// <summary>Which Deployment this server belongs to, while a version is tried beside another.</summary>
    public Track Track { get; init; }

    /// <summary>The route whose weights follow the rollout of a version; null for none.</summary>
    public HttpRouteAddress? HttpRoute { get; init; }

    /// <summary>How often events that are too old are deleted.</summary>
    public TimeSpan RetentionInterval { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long the answer to a write waits at the most for this server to show what was written.</summary>
    internal TimeSpan ShownWithin { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    static string OwnVersion { get; } = typeof(ServerOptions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    // Started as "dotnet program.dll" the process is dotnet.
    static string[] Itself() =>
        Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) is not "dotnet" ? [path] : [Environment.ProcessPath ?? "dotnet", Environment.GetCommandLineArgs()[0]];

    /// <summary>These options with what variables say that no argument does: CANTOR_WEBHOOK, CANTOR_SERVICE, CANTOR_ADDRESS, CANTOR_VERSION, CANTOR_TRACK, CANTOR_HTTPROUTE.</summary>
    /// <param name="variable">Gives a variable; null or empty for none.</param>
    /// <exception cref="InputFaultException">One is not as expected; the message names it.</exception>
    public ServerOptions With(Func<string, string?> variable)
    {
        string? Of(string name) => variable(name) is { Length: > 0 } text ? text : null;
        return this with
        {
            Webhook = Of("CANTOR_WEBHOOK") ?? Webhook,
            Service = Of("CANTOR_SERVICE") ?? Service,
            Address = AddressIn(variable) ?? Address,
            Version = Of("CANTOR_VERSION") ?? Version,
            Track = Of("CANTOR_TRACK") switch
            {
                null => Track,
                "stable" => Track.Stable,
                "canary" => Track.Canary,
                var other => throw new InputFaultException("CANTOR_TRACK", null, $"expected stable or canary, found {other}"),
            },
            HttpRoute = Of("CANTOR_HTTPROUTE") is { } route ? HttpRouteAddress.Parse(route, variable) : HttpRoute,
        };
    }

    /// <summary>What the variable CANTOR_ADDRESS says.</summary>
    /// <param name="variable">Gives a variable; null or empty for none.</param>
    /// <returns>Null when it says nothing.</returns>
    /// <exception cref="InputFaultException">It is no address of a server.</exception>
    public static Uri? AddressIn(Func<string, string?> variable) =>
        variable("CANTOR_ADDRESS") is not { Length: > 0 } text ? null
        : AddressOf(text) ?? throw new InputFaultException("CANTOR_ADDRESS", null, "expected where people reach the servers, http://HOST:PORT or https://HOST and no path behind it");

    /// <summary>A server's address, as people type it and messages tell it: http://HOST:PORT or https://HOST.</summary>
    /// <returns>Null for anything else: a path, a user's name.</returns>
    public static Uri? AddressOf(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address is { Scheme: "http" or "https", UserInfo: "", PathAndQuery: "/", Fragment: "" } ? address : null;

    /// <summary>Where the store is. May hold a password.</summary>
    internal string StoreAddress => Store ?? DataDirectory;

    /// <summary>The same for messages, without password.</summary>
    internal string StoreName => Storage.Store.NameOf(StoreAddress);

    /// <summary>True when other machines hold the store, so that what it held last is kept here too.</summary>
    internal bool IsStoreRemote => StoreAddress.Contains("://", StringComparison.Ordinal);

    /// <summary>A url that other machines can reach; null when there is none.</summary>
    internal string? NotLoopback() => Urls.FirstOrDefault(url => !ListenUrls.IsLoopback(url));

    /// <summary>Nothing of them: there are secrets among them.</summary>
    public override string ToString() => nameof(ServerOptions);

    /// <summary>Every fault of these options, in plain words with the option's name; none when they can be used.</summary>
    public IEnumerable<string> Faults()
    {
        if (string.IsNullOrWhiteSpace(DataDirectory))
            yield return "the data directory is empty; expected a path";
        if (Urls.Count == 0)
            yield return "there is no url to listen on; expected at least one such as http://127.0.0.1:8080";
        foreach (var url in Urls)
            if (!ListenUrls.IsOne(url))
                yield return $"the url \"{url}\" cannot be listened on; expected http://HOST:PORT (TLS is the load balancer's)";
        if (Drain < TimeSpan.Zero || Drain > MaxDrain)
            yield return string.Create(CultureInfo.InvariantCulture, $"the drain is {Drain.TotalSeconds} s; expected 0 to {MaxDrain.TotalSeconds}");
        if (MaxConnections is < 1 or > 1_000_000)
            yield return string.Create(CultureInfo.InvariantCulture, $"the most connections are {MaxConnections}; expected 1 to 1000000");
        if (MaxStaleness < TimeSpan.FromSeconds(1) || MaxStaleness > TimeSpan.FromDays(1))
            yield return string.Create(CultureInfo.InvariantCulture, $"the staleness is {MaxStaleness.TotalSeconds} s; expected 1 to 86400");
        if (OverlayMax is < 1 or > 1_000_000)
            yield return string.Create(CultureInfo.InvariantCulture, $"the most pushed items are {OverlayMax}; expected 1 to 1000000");
        if (MaxItemBytes is < 1 << 10 or > 64 << 20)
            yield return string.Create(CultureInfo.InvariantCulture, $"the longest item has {MaxItemBytes} bytes; expected 1024 to 67108864");
        if (Webhook is not null && !(Uri.TryCreate(Webhook, UriKind.Absolute, out var webhook) && webhook.Scheme is "https" or "http"))
            yield return "the webhook is no address; expected https://… in the variable CANTOR_WEBHOOK";
        if (Service is not null && (Service.Length is < 1 or > 253 || Service.Any(char.IsControl)))
            yield return "the service's name has no letter, more than 253, or a control character; expected one such as articles.example.com in the variable CANTOR_SERVICE";
        if (Version.Length is < 1 or > 64 || !Version.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '+' or '-' or '_'))
            yield return $"the version is \"{Version}\"; expected 1 to 64 letters, digits, dots, +, - and _ in the variable CANTOR_VERSION";
        if (Threads is < 1 or > 1024) yield return string.Create(CultureInfo.InvariantCulture, $"the threads are {Threads}; expected 1 to 1024");
        if (PollInterval < TimeSpan.FromMilliseconds(1) || PollInterval > TimeSpan.FromMinutes(1))
            yield return string.Create(CultureInfo.InvariantCulture, $"the poll interval is {PollInterval.TotalMilliseconds} ms; expected 1 to 60000");
    }
}
