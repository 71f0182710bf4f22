using Cantor.Sources.Config;

namespace Cantor.Fleet;

/// <summary>A service of the fleet: what its file says, with everything filled in that follows from it.</summary>
public sealed record FleetService
{
    /// <summary>Its name, which is its file's: 2 to 20 of a-z, 0-9 and -, so that names of cloud accounts can be made of it.</summary>
    public required string Name { get; init; }

    /// <summary>Who answers for it: a team.</summary>
    public required string Owner { get; init; }

    /// <summary>The id of the Slack channel where it is told of, such as C0123456789.</summary>
    public required string Slack { get; init; }

    /// <summary>What it is for, in a sentence; null when the file does not say.</summary>
    public string? Description { get; init; }

    /// <summary>Its collections, by name.</summary>
    public required IReadOnlyList<FleetCollection> Collections { get; init; }

    /// <summary>When its collections are built, as five fields of cron.</summary>
    public required string Schedule { get; init; }

    /// <summary>The time zone of the schedule, such as Etc/UTC.</summary>
    public required string TimeZone { get; init; }

    /// <summary>What is promised of it.</summary>
    public required Slo Slo { get; init; }

    /// <summary>How big it is expected to be.</summary>
    public required ServiceSize Size { get; init; }

    /// <summary>Processors of a server, 0.05 to 64; null for what follows from <see cref="Size"/>.</summary>
    public double? Cores { get; init; }

    /// <summary>Memory of a server in bytes, 64 MiB to 1 TiB; null for what follows from <see cref="Size"/>.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Memory of a build in bytes, 128 MiB to 1 TiB; null for what follows from <see cref="Size"/>.</summary>
    public long? BuildMemoryBytes { get; init; }

    /// <summary>How many pods build its one collection together; 1 where a pod builds a collection alone.</summary>
    public required int Shards { get; init; }

    /// <summary>Variables of the environment, and the secret that each is taken from; never a value. By name.</summary>
    public required IReadOnlyList<SecretReference> Secrets { get; init; }

    /// <summary>Where it runs: dev, staging, prod, in this order.</summary>
    public required IReadOnlyList<ServiceEnvironment> Environments { get; init; }

    /// <summary>The projects whose BigQuery its collections ask.</summary>
    public IReadOnlyList<string> BigQueryProjects =>
        [.. Collections.SelectMany(collection => collection.Config.Items.Concat(collection.Config.Events)).Where(source => source.StartsWith(ServiceFile.BigQuery, StringComparison.Ordinal))
            .Select(source => source[ServiceFile.BigQuery.Length..].Split('?')[0]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>True when a collection reads files that stand in the bucket of the corpus.</summary>
    public bool ReadsCorpus => Collections.Any(collection => collection.ReadsCorpus);
}

/// <summary>A collection of a service.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Config">How it is built.</param>
/// <param name="Yaml">The same as a <c>cantor.yaml</c> of its own.</param>
/// <param name="ReadsCorpus">True when it names files under <see cref="ServiceFile.CorpusFolder"/>.</param>
public sealed record FleetCollection(string Name, CollectionConfig Config, string Yaml, bool ReadsCorpus);

/// <summary>What is promised, over 28 days.</summary>
/// <param name="Availability">The percentage of requests that are answered without a fault of the server, 90 to 99.999.</param>
/// <param name="Fast">The percentage that is answered within <paramref name="WithinMs"/>, 50 to 99.99.</param>
/// <param name="WithinMs">A time in milliseconds, 1 to 10,000, measured at the load balancer.</param>
public sealed record Slo(double Availability, double Fast, int WithinMs);

/// <summary>How big a service is expected to be.</summary>
/// <param name="Items">Items of all its collections.</param>
/// <param name="Rps">Requests a second at the busiest time.</param>
public sealed record ServiceSize(long Items, int Rps);

/// <summary>A variable of the environment and the secret that holds its value.</summary>
/// <param name="Variable">The variable, such as CANTOR_WEBHOOK.</param>
/// <param name="Secret">The secret's name in the secret manager of the environment's project.</param>
public sealed record SecretReference(string Variable, string Secret);

/// <summary>A service in one environment.</summary>
/// <param name="At">The environment.</param>
/// <param name="Version">The version of the server that runs there.</param>
/// <param name="Canary">A newer version that gets a share of the requests; null when there is none.</param>
/// <param name="MinReplicas">How many servers there are at least; null to derive it.</param>
/// <param name="MaxReplicas">How many there are at most; null to derive it.</param>
/// <param name="Migration">The gateway before the API that the service comes from; null when there is none.</param>
public sealed record ServiceEnvironment(FleetEnvironment At, string Version, VersionCanary? Canary, int? MinReplicas, int? MaxReplicas, Migration? Migration);

/// <summary>A gateway before an old API and the servers.</summary>
/// <param name="OldUrl">Where the old API is.</param>
/// <param name="Yaml">The <c>gateway.yaml</c>.</param>
public sealed record Migration(Uri OldUrl, string Yaml);

/// <summary>A version of the server that is tried.</summary>
/// <param name="Version">The version.</param>
/// <param name="Weight">Its share of the requests in percent, 1 to 99; null where the servers judge it and move the share themselves.</param>
public sealed record VersionCanary(string Version, int? Weight);
