using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Cantor.Corpus;
using Cantor.Sources;
using Cantor.Sources.Config;
using Cantor.Storage.Rollouts;

namespace Cantor.Fleet;

/// <summary>Reads the file of a service. <c>api/service.schema.json</c> describes it for editors.</summary>
static partial class ServiceFile
{
    /// <summary>Where a pod sees the bucket of the corpus.</summary>
    internal const string CorpusFolder = "/corpus/";

    internal const string BigQuery = "bigquery://";

    /// <summary>As many as an Indexed Job of one service builds without its page of status growing long.</summary>
    internal const int MostCollections = 100;

    static readonly string[] Known = ["service", "owner", "slack", "description", "collections", "schedule", "timeZone", "release", "build", "slo", "size", "resources", "secrets", "gateway", "environments"];

    // What accounts, namespaces and databases would be called alike, made by deploy/terraform or there already.
    internal static readonly string[] Reserved = ["cloudsqladmin", "environments", "exporter", "gateway", "nodes", "postgres", "prices", "template0", "template1"];

    internal static string NameIsTaken(string name) => $"is {name}, after which something else is called already; expected another name than {string.Join(", ", Reserved)}";

    /// <param name="file">The file.</param>
    /// <param name="known">Which environments there are; null when that could not be read, and names of environments are not checked.</param>
    internal static FleetService Read(string file, IReadOnlyList<FleetEnvironment>? known)
    {
        var root = YamlFields.Load(file, Known);
        var name = root.Text("service", ServiceName(), "2 to 20 of a-z, 0-9 and -, a letter first and no - last") ?? throw root.Fault("service", "is missing; expected the service's name");
        if (Reserved.Contains(name)) throw root.Fault("service", NameIsTaken(name));
        if (Path.GetFileName(file) != $"{name}.yaml") throw root.Fault("service", $"is {name} in the file {Path.GetFileName(file)}; expected both alike: {name}.yaml");
        var secrets = Secrets(root);
        var slo = root.Fields("slo", ["availability", "fast", "withinMs"]);
        var size = root.Fields("size", ["items", "rps"]);
        var resources = root.Fields("resources", ["cores", "memoryMiB", "buildMemoryMiB"]);
        return new()
        {
            Name = name,
            Owner = root.Text("owner", AnyText(), "who answers for it") ?? throw root.Fault("owner", "is missing; expected who answers for it"),
            Slack = root.Text("slack", SlackChannel(), "the id of a Slack channel such as C0123456789") ?? throw root.Fault("slack", "is missing; expected the id of a Slack channel such as C0123456789"),
            Description = root.Text("description", OneLine(), "one line"),
            Collections = Collections(root, file, secrets),
            Schedule = Schedule(root, name),
            TimeZone = TimeZone(root),
            Slo = new(slo.Number("availability", 90, 99.999) ?? 99.9, slo.Number("fast", 50, 99.99) ?? 99, (int?)slo.Whole("withinMs", 1, 10_000) ?? 100),
            Size = new(
                (long?)size.Whole("items", 1, 100_000_000) ?? throw Missing(root, size, "size", "items", "about how many items its collections have together"),
                (int?)size.Whole("rps", 1, 1_000_000) ?? throw Missing(root, size, "size", "rps", "how many requests a second it gets at the busiest time")),
            Cores = resources.Number("cores", .05, 64),
            MemoryBytes = (long?)resources.Whole("memoryMiB", 64, 1 << 20) << 20,
            BuildMemoryBytes = (long?)resources.Whole("buildMemoryMiB", 128, 1 << 20) << 20,
            Shards = Shards(root),
            Secrets = secrets,
            Environments = Environments(root, known, name, secrets),
        };
    }

    /// <summary>A minute between one and five in the night, by the service's name: twenty services do not build at once.</summary>
    internal static string NightOf(string name)
    {
        var minute = (int)(System.IO.Hashing.XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(name)) % 240);
        return FormattableString.Invariant($"{minute % 60} {1 + minute / 60} * * *");
    }

    static InputFaultException Missing(YamlFields root, YamlFields part, string name, string field, string expected) =>
        root.Names.Contains(name) ? part.Fault(field, $"is missing; expected {expected}") : root.Fault($"{name}.{field}", $"is missing; expected {expected}");

    static string Schedule(YamlFields root, string name)
    {
        if (root.Text("schedule", AnyText(), "five fields of cron such as 0 3 * * *") is not { } cron) return NightOf(name);
        return CronText.Fault(cron) is { } fault ? throw root.Fault("schedule", fault) : cron;
    }

    // Where the system knows no time zones, Kubernetes is the first to look.
    static string TimeZone(YamlFields root)
    {
        const string expected = "a time zone such as Europe/Berlin or Etc/UTC";
        var zone = root.Text("timeZone", TimeZoneName(), expected) ?? "Etc/UTC";
        return TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _) || !TimeZoneInfo.TryFindSystemTimeZoneById("Europe/Berlin", out _)
            ? zone
            : throw root.Fault("timeZone", $"there is no {zone}; expected {expected}");
    }

    static int Shards(YamlFields root)
    {
        var build = root.Fields("build", ["shards"]);
        var shards = (int?)build.Whole("shards", 1, MostCollections) ?? 1;
        return shards == 1 || root.Named("collections").Names.Count == 1 ? shards : throw build.Fault("shards", $"is {shards} beside several collections; expected one, large enough to be built by several pods, alone in its service");
    }

    static List<SecretReference> Secrets(YamlFields root)
    {
        var fields = root.Named("secrets");
        var secrets = new List<SecretReference>();
        foreach (var variable in fields.Names.Order(StringComparer.Ordinal))
        {
            if (!VariableName().IsMatch(variable)) throw fields.Fault(variable, "expected the name of a variable of the environment, such as CANTOR_WEBHOOK");
            if (variable is "CANTOR_STORE" or "CANTOR_BLOBS" or "CANTOR_DATA") throw fields.Fault(variable, "is derived: servers reach their database by their own account, without a password; expected none");
            const string expected = "the name of a secret in the secret manager (letters, digits, - and _), never its value";
            secrets.Add(new(variable, fields.Text(variable, SecretName(), expected) ?? throw fields.Fault(variable, $"expected {expected}")));
        }
        return secrets;
    }

    static List<FleetCollection> Collections(YamlFields root, string file, List<SecretReference> secrets)
    {
        var all = root.Named("collections");
        var policy = root.Fields("release", ["publish", "releases", "rollout", "gate"]);
        CheckRollout(policy, CollectionConfig.Read(policy, "/", _ => null)); // faults of it are told once, here
        if (all.Names.Count is 0 or > MostCollections) throw root.Fault("collections", $"expected 1 to {MostCollections} names of collections, each with its cantor.yaml");
        var collections = new List<FleetCollection>();
        foreach (var name in all.Names.Order(StringComparer.Ordinal))
        {
            if (!CollectionName().IsMatch(name)) throw all.Fault(name, "expected 1 to 64 of a-z, 0-9, - and _, a letter or digit first");
            var fields = all.Fields(name, CollectionConfig.FieldNames);
            var used = new SortedSet<string>(StringComparer.Ordinal);
            var config = CollectionConfig.Read(fields, Path.GetDirectoryName(Path.GetFullPath(file))!, variable =>
            {
                used.Add(variable);
                return $"${{{variable}}}"; // it stays a reference
            });
            CheckRollout(fields, config);
            if (config.Collection is { } other && other != name) throw fields.Fault("collection", $"is {other} under the name {name}; expected none: the name above says it");
            if (NotNamed(used, secrets) is { } unknown) throw all.Fault(name, unknown);
            foreach (var (part, source) in config.Items.Select(source => ("items", source)).Concat(config.Events.Select(source => ("events", source))))
                if (SourceFault(source) is { } fault) throw fields.Fault(part, fault);
            foreach (var (part, path) in new[] { ("terms", config.Terms), ("signals", config.Encoder), ("gate", (string?)config.Serving?["gate"]?["judgments"]) })
                if (path?.StartsWith(CorpusFolder, StringComparison.Ordinal) == false) throw fields.Fault(part, $"names a file that no pod has; expected one under {CorpusFolder}, the bucket of the corpus");
            var yaml = $"collection: {name}\n{fields.ToYaml(policy)}";
            collections.Add(new(name, config, yaml, yaml.Contains(CorpusFolder, StringComparison.Ordinal)));
        }
        return collections;
    }

    // What its parts say of each other: servers would refuse it when they are told of it, and so would every build.
    static void CheckRollout(YamlFields fields, CollectionConfig config)
    {
        if (config.Serving?["rollout"] is not JsonObject rollout) return;
        try
        {
            RolloutPlan.Of(JsonNode.Parse(rollout.ToJsonString())!.AsObject());
        }
        catch (InputFaultException fault)
        {
            throw fields.Fault("rollout", fault.Fault.Replace("rollout: ", "", StringComparison.Ordinal));
        }
    }

    static string? NotNamed(IEnumerable<string> used, List<SecretReference> secrets) =>
        used.FirstOrDefault(variable => !secrets.Exists(secret => secret.Variable == variable)) is { } unknown
            ? $"uses ${{{unknown}}}, which secrets does not name; expected secrets: {{{unknown}: NAME-OF-A-SECRET}}"
            : null;

    /// <summary>What is wrong with a source that is read in a cluster; null when nothing is.</summary>
    static string? SourceFault(string source)
    {
        if (source.StartsWith(CorpusFolder, StringComparison.Ordinal) || source.StartsWith("duckdb:", StringComparison.Ordinal)) return null;
        var known = Reference().Replace(source, "1"); // whatever the secret is
        if (source.StartsWith(BigQuery, StringComparison.Ordinal)) return ItemSource.FaultOf(known);
        if (!source.StartsWith("postgres://", StringComparison.Ordinal)) return $"a pod has no such file; expected {CorpusFolder}… (the bucket of the corpus), duckdb:SELECT … over such files, postgres://… or bigquery://…";
        return Password().Match(source) is { Success: true } match && Reference().Replace(match.Groups[1].Value, "", 1).Length > 0
            ? "a password stands in the source; expected ${NAME}, and secrets: {NAME: NAME-OF-A-SECRET}"
            : ItemSource.FaultOf(known);
    }

    static ServiceEnvironment[] Environments(YamlFields root, IReadOnlyList<FleetEnvironment>? known, string service, List<SecretReference> secrets)
    {
        string[] names = known is null ? EnvironmentFile.Names : [.. known.Select(one => one.Text)];
        var all = root.Fields("environments", names);
        var named = root.Named("environments").Names; // one without fields counts too
        if (named.Count == 0) throw root.Fault("environments", $"is missing; expected some of {string.Join(", ", names)}");
        var gateway = root.Names.Contains("gateway") ? GatewaySection.Read(root, service, variables => NotNamed(variables, secrets)) : null;
        return [.. (known ?? []).Where(one => named.Contains(one.Text)).Select(one => Environment(all, one, gateway))];
    }

    static ServiceEnvironment Environment(YamlFields all, FleetEnvironment at, GatewaySection? gateway)
    {
        var fields = all.Fields(at.Text, ["version", "canary", "replicas", "old"]);
        var version = fields.Text("version", EnvironmentFile.Version(), EnvironmentFile.VersionForm) ?? at.Version;
        var replicas = fields.Fields("replicas", ["min", "max"]);
        var (min, max) = ((int?)replicas.Whole("min", 1, 1000), (int?)replicas.Whole("max", 1, 1000));
        if (min > max) throw replicas.Fault("max", $"is {max}; expected {min} or more, which min says");
        var canary = fields.Names.Contains("canary") ? Canary(fields.Fields("canary", ["version", "weight", "judged"]), version) : null;
        if (fields.Names.Contains("old") && gateway is null) throw fields.Fault("old", "is given without a gateway before it; expected gateway: {routes: …} above");
        return new(at, version, canary, min, max, fields.Names.Contains("old") ? gateway!.Before(fields) : null);
    }

    static VersionCanary Canary(YamlFields fields, string version)
    {
        var tried = fields.Text("version", EnvironmentFile.Version(), EnvironmentFile.VersionForm) ?? throw fields.Fault("version", $"is missing; expected {EnvironmentFile.VersionForm}");
        var (weight, judged) = ((int?)fields.Whole("weight", 1, 99), fields.Truth("judged") is true);
        if (judged && weight is not null) throw fields.Fault("weight", "is given beside judged: true, where the servers move the share themselves; expected one of them");
        if (!judged && weight is null) throw fields.Fault("weight", "is missing; expected percent of the requests, 1 to 99, or judged: true; without a canary leave canary out");
        // One that was promoted goes on until the stable servers run it too.
        return judged || tried != version ? new(tried, weight) : throw fields.Fault("version", $"is {version}, which all get already; expected another");
    }

    [GeneratedRegex(@"^[a-z][a-z0-9-]{0,18}[a-z0-9]\z")]
    internal static partial Regex ServiceName();

    [GeneratedRegex(@"^[a-z0-9][a-z0-9_-]{0,63}\z")]
    internal static partial Regex CollectionName();

    [GeneratedRegex(@"^[CG][A-Z0-9]{8,14}\z")]
    internal static partial Regex SlackChannel();

    [GeneratedRegex(@"^[^\r\n]+\z")]
    private static partial Regex OneLine();

    [GeneratedRegex(@"^[^\r\n]*\S[^\r\n]*\z")]
    internal static partial Regex AnyText();

    [GeneratedRegex(@"^[A-Za-z_]+(/[A-Za-z0-9_+-]+)+\z|^UTC\z")]
    private static partial Regex TimeZoneName();

    [GeneratedRegex(@"^[A-Z_][A-Z0-9_]*\z")]
    private static partial Regex VariableName();

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9_-]{0,99}\z")]
    private static partial Regex SecretName();

    [GeneratedRegex(@"^postgres://[^@/?:]*:([^@/?]*)@")]
    private static partial Regex Password();

    [GeneratedRegex(@"\$\{[^}]+\}")]
    private static partial Regex Reference();
}
