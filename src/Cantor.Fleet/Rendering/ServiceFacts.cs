using System.Text.Json;
using System.Text.Json.Nodes;
using Cantor.Fleet.Capacity;

namespace Cantor.Fleet.Rendering;

/// <summary>What is derived for a service in one environment: names of accounts and places, and how much it gets.</summary>
public sealed record ServiceFacts(FleetService Service, ServiceEnvironment At)
{
    /// <summary>Requests a second that it is made for: what is not production answers its developers.</summary>
    public int Rps => At.At.Name switch { EnvironmentName.Prod => Service.Size.Rps, EnvironmentName.Staging => Math.Max(1, Service.Size.Rps / 10), _ => 1 };

    /// <summary>What it gets: what was reckoned, or what its file says.</summary>
    public CapacityPlan Plan
    {
        get
        {
            var plan = CapacityPlan.Of(Measured.Committed, Service.Size.Items, Rps, Service.Collections.Count, LeastReplicas);
            return plan with { Cores = Service.Cores ?? plan.Cores, MemoryBytes = Service.MemoryBytes ?? plan.MemoryBytes, BuildMemoryBytes = Service.BuildMemoryBytes ?? plan.BuildMemoryBytes };
        }
    }

    /// <summary>What each server has beside it: the proxy to the database, as its component says.</summary>
    public const double ProxyCores = .05;

    /// <summary>Memory of the proxy to the database.</summary>
    public const long ProxyBytes = 64L << 20;

    /// <summary>Servers, those of a canary too.</summary>
    public int Servers => MinReplicas + CanaryReplicas;

    /// <summary>What its servers cost in a month, with the proxies beside them.</summary>
    public double Month(Prices prices) => prices.Month(Servers * (Plan.Cores + ProxyCores), Servers * (Plan.MemoryBytes + ProxyBytes));

    /// <summary>Servers that make it stay up when one is lost; in dev it may be away for a moment.</summary>
    public int LeastReplicas => At.At.Name is EnvironmentName.Dev ? 1 : 2;

    /// <summary>Servers there are at least.</summary>
    public int MinReplicas => At.MinReplicas ?? (At.MaxReplicas is { } max ? Math.Min(max, Plan.Replicas) : Plan.Replicas);

    /// <summary>Servers there are at most: three times as many, for a day that is busier than thought.</summary>
    public int MaxReplicas => At.MaxReplicas ?? MinReplicas * 3;

    /// <summary>Servers of the canary; of one that is judged as many as of the stable ones, since in the end it gets all requests.</summary>
    public int CanaryReplicas => At.Canary switch
    {
        null => 0,
        { Weight: { } weight } => Math.Max(1, (MinReplicas * weight + 99) / 100),
        _ => MinReplicas,
    };

    /// <summary>The namespace in the cluster.</summary>
    public string Namespace => $"cantor-{Service.Name}";

    /// <summary>The account of Google Cloud that its pods are.</summary>
    public string Account => $"cantor-{Service.Name}@{At.At.Project}.iam.gserviceaccount.com";

    /// <summary>Where it answers.</summary>
    public string Host => $"{Service.Name}.{At.At.Domain}";

    /// <summary>The instance of Cloud SQL, as its proxy names it.</summary>
    public string Instance => $"{At.At.Project}:{At.At.Region}:cantor";

    /// <summary>The store as servers reach it: through the proxy beside them, as the account itself, without a password.</summary>
    public string Store => $"postgres://cantor-{Service.Name}%40{At.At.Project}.iam@127.0.0.1:5432/{Service.Name}?sslmode=disable";

    /// <summary>Where its release files are.</summary>
    public string Blobs => $"gs://{At.At.Project}-cantor-releases/{Service.Name}";

    /// <summary>The bucket that its pods see as /corpus.</summary>
    public string CorpusBucket => $"{At.At.Project}-cantor-corpus";

    /// <summary>How long a build may take before it is ended, in seconds: ten times what is reckoned, an hour at least.</summary>
    public int BuildDeadlineSeconds => (int)Math.Max(3600, Math.Ceiling(Plan.BuildSeconds * 10 / 60) * 60);

    static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What Terraform reads of a service.</summary>
    internal static string Json(Fleet fleet, FleetService service)
    {
        var environments = new JsonObject();
        foreach (var at in service.Environments)
        {
            var facts = new ServiceFacts(service, at);
            environments[at.At.Text] = new JsonObject
            {
                ["project"] = at.At.Project,
                ["region"] = at.At.Region,
                ["host"] = facts.Host,
                ["version"] = at.Version,
                // One that is judged has its share from the servers, in Kubernetes alone.
                ["canary"] = at.Canary is { Weight: { } weight } canary ? new JsonObject { ["version"] = canary.Version, ["weight"] = weight } : null,
                ["cpu"] = Math.Round(facts.Plan.Cores, 2),
                ["memory_mib"] = facts.Plan.MemoryBytes >> 20,
                ["disk_mib"] = facts.Plan.DiskBytes >> 20,
                ["build_cpu"] = CapacityPlan.BuildCores,
                ["build_memory_mib"] = facts.Plan.BuildMemoryBytes >> 20,
                ["min_replicas"] = facts.MinReplicas,
                ["max_replicas"] = facts.MaxReplicas,
            };
        }
        var json = new JsonObject
        {
            ["service"] = service.Name,
            ["owner"] = service.Owner,
            ["slack"] = service.Slack,
            ["images"] = fleet.Images,
            ["collections"] = new JsonArray([.. service.Collections.Select(collection => JsonValue.Create(collection.Name))]),
            ["reads_corpus"] = service.ReadsCorpus,
            ["bigquery_projects"] = new JsonArray([.. service.BigQueryProjects.Select(project => JsonValue.Create(project))]),
            ["aws_schedules"] = new JsonArray([.. AwsSchedule.Of(service.Schedule).Select(schedule => JsonValue.Create(schedule))]),
            ["time_zone"] = service.TimeZone,
            ["shards"] = service.Shards,
            ["slo"] = new JsonObject { ["availability"] = service.Slo.Availability, ["fast"] = service.Slo.Fast, ["within_ms"] = service.Slo.WithinMs },
            ["secrets"] = new JsonObject(service.Secrets.Select(secret => KeyValuePair.Create(secret.Variable, (JsonNode?)JsonValue.Create(secret.Secret)))),
            ["environments"] = environments,
        };
        return json.ToJsonString(Readable) + "\n";
    }
}
