using System.Globalization;
using System.Text;

namespace Cantor.Fleet.Rendering;

/// <summary>A page about a service for whoever is called at night.</summary>
static class Runbook
{
    internal static string Text(Fleet fleet, FleetService service)
    {
        var text = new StringBuilder();
        Add($"""
            # {service.Name}

            Rendered by `cantor fleet render`; what is changed here is lost.

            {service.Description ?? "Related items."} Owner: {service.Owner}; Slack channel {service.Slack}.

            Promised over 28 days: {service.Slo.Availability} % of requests answered without a fault of the server, {service.Slo.Fast} % within {service.Slo.WithinMs} ms at the load balancer.

            | environment | address | version | canary | servers | each | database | release files |
            |---|---|---|---|--:|---|---|---|
            """);
        foreach (var at in service.Environments)
        {
            var facts = new ServiceFacts(service, at);
            Add($"| {at.At.Text} | https://{facts.Host} | {at.Version} | {Canary(at.Canary)} | {facts.MinReplicas}–{facts.MaxReplicas} | {facts.Plan.Cores:0.##} cores, {facts.Plan.MemoryBytes >> 20} MiB | {service.Name} in {facts.Instance} | {facts.Blobs} |");
        }
        var one = new ServiceFacts(service, service.Environments[^1]);
        Add($"""

            {Builds(service)}

            ## When something is wrong

            ```
            kubectl -n {one.Namespace} get pods,jobs
            kubectl -n {one.Namespace} logs -l app.kubernetes.io/name=cantor,app.kubernetes.io/component=server --tail 50
            ```

            Requests go to the pods of `cantor-stable`, and a share to those of `cantor-canary` while the file names a canary. To take a canary of the server back, delete `canary:`
            from `{service.Name}.yaml`, then `cantor fleet render` and `kubectl apply -k` of the environment.

            {JudgedCanaries(service)}To take a release of a collection back, with a key that may do so in CANTOR_KEY:

            ```
            """);
        foreach (var collection in service.Collections)
            Add($"cantor releases rollback {collection.Name} --why REASON --server https://{one.Host}");
        Add($"""
            ```

            To build at once:

            ```
            kubectl -n {one.Namespace} create job --from=cronjob/cantor-build build-now
            """);
        if (service.Shards > 1) Add($"kubectl -n {one.Namespace} create job --from=cronjob/cantor-assemble assemble-now");
        Add($"```");
        if (one.At.Migration is { } migration)
            Add($"""

                A gateway stands before the old API, {migration.OldUrl}. To see where its routes stand, and to give one back to the old API:

                ```
                kubectl -n {one.Namespace} exec deploy/gateway -c gateway -- dotnet /app/Cantor.Cli.dll gateway status --config /etc/cantor/gateway.yaml
                kubectl -n {one.Namespace} exec deploy/gateway -c gateway -- dotnet /app/Cantor.Cli.dll gateway set ROUTE back --config /etc/cantor/gateway.yaml --why REASON
                ```
                """);
        return text.ToString();

        void Add(FormattableString lines) => text.Append(lines.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }

    static string Canary(VersionCanary? canary) => canary is null ? "none" : canary.Weight is { } weight ? string.Create(CultureInfo.InvariantCulture, $"{canary.Version}, {weight} %") : $"{canary.Version}, judged";

    static string JudgedCanaries(FleetService service) => string.Concat(service.Environments.Where(at => at.Canary is { Weight: null }).Select(at =>
        $"""
        {at.Canary!.Version} in {at.At.Text} is judged by the servers themselves, once its rollout is started. To start it, to look, and to take it back, before `canary:` is deleted:

        ```
        cantor rollout start --version {at.Canary.Version} --server https://{new ServiceFacts(service, at).Host}
        cantor rollout status --version --watch --server https://{new ServiceFacts(service, at).Host}
        cantor rollout abort --version --why REASON --server https://{new ServiceFacts(service, at).Host}
        ```


        """));

    static string Builds(FleetService service) => service.Shards > 1
        ? string.Create(CultureInfo.InvariantCulture, $"The collection {service.Collections[0].Name} is built at `{service.Schedule}` ({service.TimeZone}) by {service.Shards} pods of the CronJob `cantor-build`; `cantor-assemble` makes the release of their shards.")
        : $"Collections, built by the CronJob `cantor-build` at `{service.Schedule}` ({service.TimeZone}), one pod each: {string.Join(", ", service.Collections.Select(collection => collection.Name))}.";
}
