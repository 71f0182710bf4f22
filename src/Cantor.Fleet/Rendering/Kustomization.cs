using System.Globalization;
using System.Text;
using Cantor.Fleet.Capacity;

namespace Cantor.Fleet.Rendering;

/// <summary>What Kubernetes is told of a service in one environment: the overlay of the environment, and what differs from service to service.</summary>
static class Kustomization
{
    internal static string Text(Fleet fleet, FleetService service, ServiceEnvironment at, string kubernetes)
    {
        var facts = new ServiceFacts(service, at);
        var plan = facts.Plan;
        var text = new StringBuilder();
        Add($"""
            apiVersion: kustomize.config.k8s.io/v1beta1
            kind: Kustomization
            namespace: {facts.Namespace}
            resources:
            - {kubernetes}/overlays/{at.At.Text}
            - ../collections
            """);
        if (service.Secrets.Count > 0) Add($"- secrets.yaml");
        string[] components = [.. Components(service, at)];
        if (components.Length > 0) Add($"components:");
        foreach (var component in components) Add($"- {kubernetes}/components/{component}");
        Add($"""
            labels:
            - pairs:
                app.kubernetes.io/instance: {service.Name}
                cantor/owner: {Label(service.Owner)}
              includeTemplates: true
            images:
            - name: cantor-server
              newName: {fleet.Images}/cantor-server
              newTag: "{at.Version}"
            - name: cantor-server-canary
              newName: {fleet.Images}/cantor-server
              newTag: "{at.Canary?.Version ?? at.Version}"
            - name: cantor
              newName: {fleet.Images}/cantor
              newTag: "{at.Version}"
            configMapGenerator:
            - name: cantor-settings
              literals:
              - CANTOR_STORE={facts.Store}
              - CANTOR_BLOBS={facts.Blobs}
              - CANTOR_INSTANCE={facts.Instance}
              - CANTOR_SERVICE={facts.Host}
              - CANTOR_ADDRESS=https://{facts.Host}
            """);
        if (at.Migration is not null)
            Add($"""
                - name: cantor-gateway
                  files:
                  - gateway.yaml
                """);
        Add($"""
            patches:
            """);
        Replace("kind: Namespace", ("/metadata/name", facts.Namespace));
        Replace("kind: ServiceAccount", ("/metadata/annotations/iam.gke.io~1gcp-service-account", facts.Account));
        Add($"""
            - target: {I("kind: Deployment, name: cantor-.*")}
              patch: |-
                apiVersion: apps/v1
                kind: Deployment
                metadata:
                  name: each
                spec:
                  template:
                    spec:
                      containers:
                      - name: server
                        resources: {Resources(plan.Cores, plan.MemoryBytes, plan.DiskBytes)}
                      volumes: {Volumes(facts)}
            """);
        Replace("kind: HorizontalPodAutoscaler", ("/spec/minReplicas", facts.MinReplicas), ("/spec/maxReplicas", facts.MaxReplicas));
        Replace("kind: HTTPRoute", ("/spec/hostnames/0", facts.Host));
        Add($"""
            - target: {I("kind: CronJob")}
              patch: |-
                apiVersion: batch/v1
                kind: CronJob
                metadata:
                  name: each
                spec:
                  schedule: "{service.Schedule}"
                  timeZone: {service.TimeZone}
                  jobTemplate:
                    spec:
                      activeDeadlineSeconds: {facts.BuildDeadlineSeconds}
                      template:
                        spec:
                          containers:
                          - name: build
                            resources: {Resources(CapacityPlan.BuildCores, plan.BuildMemoryBytes, plan.DiskBytes)}
                          volumes: {Volumes(facts)}
            """);
        const string job = "/spec/jobTemplate/spec", arguments = $"{job}/template/spec/containers/0/args", build = "build, --config, /etc/cantor/0.yaml, --data, /data";
        if (service.Shards == 1)
        {
            Replace("kind: CronJob, name: cantor-build", ($"{job}/completions", service.Collections.Count));
        }
        else
        {
            Replace("kind: CronJob, name: cantor-build",
                ($"{job}/completions", service.Shards), ($"{job}/parallelism", service.Shards), (arguments, $"[{build}, --shard, $(JOB_COMPLETION_INDEX)/{service.Shards}]"));
            Replace("kind: CronJob, name: cantor-assemble",
                ("/spec/suspend", "false"), ($"{job}/activeDeadlineSeconds", facts.BuildDeadlineSeconds + AssembleSeconds),
                (arguments, $"[{build}, --assemble, \"{service.Shards}\", --wait, \"{facts.BuildDeadlineSeconds}\"]"));
        }
        if (at.Migration is { } migration) Replace("kind: NetworkPolicy, name: gateway", ("/spec/egress/1/ports/0/port", migration.OldUrl.Port));
        if (at.Canary?.Weight is { } weight)
        {
            Replace("kind: HTTPRoute", ("/spec/rules/0/backendRefs/0/weight", 100 - weight), ("/spec/rules/0/backendRefs/1/weight", weight));
            Replace("kind: Deployment, name: cantor-canary", ("/spec/replicas", facts.CanaryReplicas));
        }
        return text.ToString();

        void Replace(string target, params (string Path, object Value)[] values)
        {
            Add($"- target: {I(target)}\n  patch: |-");
            foreach (var (path, value) in values) Add($"    - op: replace\n      path: {path}\n      value: {value}");
        }

        void Add(FormattableString lines) => text.Append(lines.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }

    /// <summary>The secrets of a service: where each is kept, never what it is.</summary>
    internal static string Secrets(FleetService service, ServiceEnvironment at)
    {
        var text = new StringBuilder(FormattableString.Invariant($"""
            apiVersion: external-secrets.io/v1
            kind: SecretStore
            metadata:
              name: cantor
            spec:
              provider:
                gcpsm:
                  projectID: {at.At.Project}
                  auth:
                    workloadIdentity:
                      clusterLocation: {at.At.Region}
                      clusterName: cantor
                      serviceAccountRef:
                        name: cantor
            ---
            apiVersion: external-secrets.io/v1
            kind: ExternalSecret
            metadata:
              name: cantor
            spec:
              refreshInterval: 1h0m0s
              secretStoreRef:
                kind: SecretStore
                name: cantor
              target:
                name: cantor
              data:

            """));
        foreach (var secret in service.Secrets)
            text.Append(CultureInfo.InvariantCulture, $"""
                  - secretKey: {secret.Variable}
                    remoteRef:
                      key: {secret.Secret}

                """);
        return text.ToString();
    }

    // What the next ones patch must be there.
    static IEnumerable<string> Components(FleetService service, ServiceEnvironment at)
    {
        if (at.Migration is not null) yield return "migration";
        if (at.Canary is { } canary) yield return canary.Weight is null ? "version-rollout" : "canary";
        if (service.Secrets.Count > 0) yield return "secrets";
        if (service.ReadsCorpus) yield return "corpus";
    }

    static string Volumes(ServiceFacts facts)
    {
        var data = $"{{name: data, emptyDir: {{sizeLimit: {Mi(facts.Plan.DiskBytes)}}}}}";
        return facts.Service.ReadsCorpus
            ? $"[{data}, {{name: corpus, csi: {{driver: gcsfuse.csi.storage.gke.io, readOnly: true, volumeAttributes: {{bucketName: {facts.CorpusBucket}}}}}}}]"
            : $"[{data}]";
    }

    static string Resources(double cores, long memory, long disk) => string.Create(CultureInfo.InvariantCulture,
        $"{{requests: {{cpu: {Math.Round(cores * 1000):F0}m, memory: {Mi(memory)}, ephemeral-storage: {Mi(disk)}}}, limits: {{memory: {Mi(memory)}, ephemeral-storage: {Mi(disk + LogsAndRest)}}}}}");

    /// <summary>How long putting shards together may take, when all are there.</summary>
    const int AssembleSeconds = 1800;

    /// <summary>What a container may write besides its data: log lines that wait to be collected.</summary>
    const long LogsAndRest = 256L << 20;

    static string Mi(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes >> 20}Mi");

    // Braces of YAML inside interpolated texts.
    static string I(string fields) => $"{{{fields}}}";

    /// <summary>What a label may hold of a text: 63 letters, digits, -, _ and dots.</summary>
    static string Label(string text)
    {
        var label = new string([.. text.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '-')]).Trim('-');
        return label.Length == 0 ? "nobody" : label[..Math.Min(63, label.Length)].TrimEnd('-');
    }
}
