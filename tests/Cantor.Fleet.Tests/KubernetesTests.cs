using System.Text.Json.Nodes;
using k8s;
using NJsonSchema;
using YamlDotNet.Core;

namespace Cantor.Fleet.Tests;

/// <summary>What kustomize builds is checked strictly: Kubernetes' own kinds by its client's models, others by the schemas in deploy/kubernetes/schemas.</summary>
public sealed class KubernetesTests
{
    static readonly string Kubernetes = Path.Combine(Scratch.Repository, "deploy", "kubernetes");

    static readonly string Rendered = Path.Combine(Scratch.Repository, "deploy", "fleet");

    public static TheoryData<string> Folders => [.. Directory.EnumerateFiles(Path.Combine(Scratch.Repository, "deploy"), "kustomization.yaml", SearchOption.AllDirectories)
        .Where(file => !File.ReadAllText(file).Contains("kind: Component", StringComparison.Ordinal))
        .Select(file => Path.GetRelativePath(Scratch.Repository, Path.GetDirectoryName(file)!)).Order(StringComparer.Ordinal)];

    [Theory, MemberData(nameof(Folders))]
    public async Task Every_folder_builds_and_has_no_field_that_there_is_not(string folder) =>
        Assert.NotEmpty(await CheckAsync(await BuildAsync(Path.Combine(Scratch.Repository, folder))));

    [Theory]
    [InlineData("base/server/deployment.yaml", "readinessProbe:", "readynessProbe:", "readynessProbe")]
    [InlineData("base/server/deployment.yaml", "drop:", "dropped:", "dropped")]
    [InlineData("base/autoscaler.yaml", "maxReplicas: 6", "maxReplica: 6", "maxReplica")]
    [InlineData("components/builds/job/cronjob.yaml", "concurrencyPolicy: Forbid", "concurencyPolicy: Forbid", "concurencyPolicy")]
    [InlineData("components/cloud-sql-proxy/kustomization.yaml", "restartPolicy: Always", "restartPolicies: Always", "restartPolicies")]
    [InlineData("components/network-policy/network-policy.yaml", "podSelector:\n    matchLabels", "podSelector:\n    matchLabel", "matchLabel")]
    [InlineData("components/gateway/route.yaml", "backendRefs:", "backendRef:", "backendRef")]
    [InlineData("components/gateway/route.yaml", "type: PathPrefix", "type: Prefix", "type")]
    [InlineData("components/gateway/policies.yaml", "requestPath:", "path:", "path")]
    [InlineData("components/builds/build/kustomization.yaml", "backoffLimitPerIndex: 2", "backoffLimitsPerIndex: 2", "backoffLimitsPerIndex")]
    [InlineData("components/migration/gateway/deployment.yaml", "readOnlyRootFilesystem: true", "readOnlyRootFileSystem: true", "readOnlyRootFileSystem")]
    [InlineData("components/migration/gateway/policies.yaml", "drainingTimeoutSec: 45", "drainTimeoutSec: 45", "drainTimeoutSec")]
    [InlineData("components/migration/kustomization.yaml", "value: /\n        backendRefs:", "value: /\n        backends:", "backends")]
    [InlineData("components/argo-rollouts/rollout.yaml", "setWeight: 1", "setWeigth: 1", "setWeigth")]
    public async Task A_misspelled_field_fails(string file, string right, string wrong, string named)
    {
        var copy = Directory.CreateTempSubdirectory("cantor-kubernetes-").FullName;
        try
        {
            Scratch.Copy(Kubernetes, Path.Combine(copy, "kubernetes"));
            var path = Path.Combine(copy, "kubernetes", file);
            var text = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
            Assert.Contains(right, text, StringComparison.Ordinal);
            string[] with = [await WithAsync(copy, "argo-rollouts"), await WithAsync(copy, "migration")];
            foreach (var folder in with) Assert.NotEmpty(await CheckAsync(await BuildAsync(folder)));
            await File.WriteAllTextAsync(path, text.Replace(right, wrong, StringComparison.Ordinal), TestContext.Current.CancellationToken);
            // The canary of plain weights, and that of Argo Rollouts: no service has both.
            Exception? fault = null;
            foreach (var folder in with.Prepend(Path.Combine(copy, "kubernetes/overlays/prod")))
                fault ??= await Record.ExceptionAsync(async () => await CheckAsync(await BuildAsync(folder)));
            Assert.Contains(named, Assert.IsAssignableFrom<Exception>(fault).ToString(), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    [Fact]
    public void Every_component_is_part_of_something_that_is_built()
    {
        var used = Folders.SelectMany(folder => File.ReadLines(Path.Combine(Scratch.Repository, (string)folder, "kustomization.yaml"))).Select(line => line.Split("components/")[^1]).ToHashSet(StringComparer.Ordinal);
        var components = Directory.GetDirectories(Path.Combine(Kubernetes, "components")).Select(folder => Path.GetFileName(folder)!);
        Assert.Equal(["argo-rollouts"], components.Where(component => !used.Contains(component))); // built by the test above
    }

    // A server that is moved to the other cloud drains, is asked for its health and is killed alike.
    [Fact]
    public void Both_clouds_start_and_end_the_server_alike()
    {
        var server = YamlJson.Parse(File.ReadAllText(Path.Combine(Kubernetes, "base", "server", "deployment.yaml"))).Single()!["spec"]!["template"]!["spec"]!;
        var task = File.ReadAllText(Path.Combine(Scratch.Repository, "deploy/terraform/aws/modules/service/main.tf"));
        var command = System.Text.RegularExpressions.Regex.Match(task, @"command\s+= (\[.*\])").Groups[1].Value;
        string[] Sorted(IEnumerable<string> arguments) => [.. arguments.Chunk(2).Select(pair => string.Join(' ', pair)).Where(pair => !pair.StartsWith("--blobs", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        Assert.Equal(Sorted(server["containers"]![0]!["args"]!.AsArray().Select(one => one!.ToString())), Sorted(JsonNode.Parse(command)!.AsArray().Select(one => one!.ToString())));
        Assert.Matches($@"stopTimeout\s+= {server["terminationGracePeriodSeconds"]}\n", task);
        Assert.Contains($"path                = \"{server["containers"]![0]!["readinessProbe"]!["httpGet"]!["path"]}\"", task, StringComparison.Ordinal);
        Assert.Contains($"user      = \"{server["securityContext"]!["runAsUser"]}\"", task, StringComparison.Ordinal);
    }

    // GKE cuts longer names of backend services, by which promises are counted.
    [Theory, InlineData("stable"), InlineData("canary"), InlineData("gateway")]
    public void The_longest_name_of_a_service_fits_into_the_name_of_its_backend(string service)
    {
        var name = new string('a', 20);
        Assert.Matches(ServiceFile.ServiceName(), name);
        Assert.DoesNotMatch(ServiceFile.ServiceName(), name + 'a');
        Assert.InRange($"gkegw1-abcd-cantor-{name}-{service}-80-abcdefghijkl".Length, 1, 63);
    }

    [Fact]
    public async Task A_canary_has_a_share_of_the_route_and_none_is_not_in_it()
    {
        Assert.Equal(["stable 95", "canary 5"], await BackendsAsync("questions/prod"));
        Assert.Equal(["stable "], await BackendsAsync("articles/prod"));

        static async Task<IEnumerable<string>> BackendsAsync(string service) =>
            Of(await CheckAsync(await BuildAsync(Path.Combine(Rendered, service))), "HTTPRoute").Single()["spec"]!["rules"]![0]!["backendRefs"]!.AsArray().Select(backend => $"{backend!["name"]} {backend["weight"]}");
    }

    [Fact]
    public async Task Shards_of_one_collection_are_ranked_by_a_pod_each_and_put_together_by_another()
    {
        var built = await CheckAsync(await BuildAsync(Path.Combine(Rendered, "papers", "prod")));
        Assert.Equal("4 4 Indexed build --config /etc/cantor/0.yaml --data /data --shard $(JOB_COMPLETION_INDEX)/4 ", Told("cantor-build"));
        Assert.Matches("^   build --config /etc/cantor/0.yaml --data /data --assemble 4 --wait [0-9]+ false$", Told("cantor-assemble"));
        built = await CheckAsync(await BuildAsync(Path.Combine(Rendered, "articles", "prod")));
        Assert.Equal("2 2 Indexed build --config /etc/cantor/$(JOB_COMPLETION_INDEX).yaml --data /data ", Told("cantor-build"));
        Assert.EndsWith(" true", Told("cantor-assemble"), StringComparison.Ordinal); // suspended

        string Told(string name)
        {
            var spec = Of(built, "CronJob").Single(one => (string?)one["metadata"]!["name"] == name)["spec"]!;
            var job = spec["jobTemplate"]!["spec"]!;
            return $"{job["completions"]} {job["parallelism"]} {job["completionMode"]} {string.Join(' ', job["template"]!["spec"]!["containers"]![0]!["args"]!.AsArray())} {spec["suspend"]?.ToString().ToLowerInvariant()}";
        }
    }

    [Fact]
    public async Task A_gateway_stands_where_the_old_API_is_named_and_gets_all_that_is_not_the_servers()
    {
        var built = await CheckAsync(await BuildAsync(Path.Combine(Rendered, "drugs", "prod")));
        var rules = Of(built, "HTTPRoute").Single()["spec"]!["rules"]!.AsArray();
        Assert.Equal(["/v1/ /openapi/ stable", "/ gateway"], rules.Select(rule => $"{string.Join(' ', rule!["matches"]!.AsArray().Select(match => match!["path"]!["value"]))} {rule["backendRefs"]![0]!["name"]}"));
        var pod = Of(built, "Deployment").Single(one => (string?)one["metadata"]!["name"] == "gateway")["spec"]!["template"]!["spec"]!;
        // The file, the store and the secrets of headers; not the servers' size.
        var map = (string?)pod["volumes"]!.AsArray().Single(volume => (string?)volume!["name"] == "config")!["configMap"]!["name"];
        Assert.Contains("url: https://drugs-old.example.com", (string?)Of(built, "ConfigMap").Single(one => (string?)one["metadata"]!["name"] == map)["data"]!["gateway.yaml"], StringComparison.Ordinal);
        Assert.Equal(["cantor-settings", "cantor"], pod["containers"]![0]!["envFrom"]!.AsArray().Select(from => ((string?)(from!["configMapRef"] ?? from["secretRef"])!["name"])!.Split("settings")[0] is "cantor-" ? "cantor-settings" : "cantor"));
        Assert.Equal(["cloud-sql-proxy"], pod["initContainers"]!.AsArray().Select(container => (string?)container!["name"]));
        Assert.Equal("256Mi", (string?)pod["containers"]![0]!["resources"]!["limits"]!["memory"]);
        Assert.DoesNotContain(Of(await CheckAsync(await BuildAsync(Path.Combine(Rendered, "drugs", "dev"))), "Deployment"), one => (string?)one["metadata"]!["name"] == "gateway");
    }

    [Theory, InlineData("articles", 4), InlineData("drugs", 5)]
    public async Task No_pod_may_more_than_it_must(string service, int count)
    {
        var built = await CheckAsync(await BuildAsync(Path.Combine(Rendered, service, "prod")));
        var pods = Of(built, "Deployment").Select(one => one["spec"]!["template"]!["spec"]!).Concat(Of(built, "CronJob").Select(one => one["spec"]!["jobTemplate"]!["spec"]!["template"]!["spec"]!)).ToList();
        Assert.Equal(count, pods.Count);
        Assert.All(pods, pod =>
        {
            Assert.Equal("true RuntimeDefault false", $"{pod["securityContext"]!["runAsNonRoot"]} {pod["securityContext"]!["seccompProfile"]!["type"]} {pod["automountServiceAccountToken"]}");
            Assert.All(pod["containers"]!.AsArray().Concat(pod["initContainers"]!.AsArray()), container => Assert.Equal(
                "true false [\"ALL\"]",
                $"{container!["securityContext"]!["readOnlyRootFilesystem"]} {container["securityContext"]!["allowPrivilegeEscalation"]} {container["securityContext"]!["capabilities"]!["drop"]!.ToJsonString()}"));
        });
    }

    static IEnumerable<JsonNode> Of(IEnumerable<JsonNode> built, string kind) => built.Where(one => (string?)one["kind"] == kind);

    static async Task<string> WithAsync(string copy, string component)
    {
        var folder = Path.Combine(copy, $"with-{component}");
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "kustomization.yaml"), $"""
            apiVersion: kustomize.config.k8s.io/v1beta1
            kind: Kustomization
            resources: [../kubernetes/overlays/prod]
            components: [../kubernetes/components/{component}]
            """, TestContext.Current.CancellationToken);
        return folder;
    }

    internal static async Task<string> BuildAsync(string folder)
    {
        Scratch.Need("kubectl", "./test installs it", installed: true);
        var (code, output, error) = await Scratch.RunAsync("kubectl", folder, "kustomize", ".");
        Assert.True(code == 0, error);
        return output;
    }

    /// <summary>Reads all objects; throws where one has a field that its kind has not.</summary>
    internal static async Task<List<JsonNode>> CheckAsync(string built)
    {
        List<JsonNode> objects = [.. YamlJson.Parse(built).Select(one => one!)];
        var texts = built.Split("\n---\n");
        Assert.Equal(objects.Count, texts.Length);
        for (var i = 0; i < texts.Length; i++)
        {
            var name = $"{objects[i]["apiVersion"]}_{objects[i]["kind"]}".Replace('/', '_');
            var schema = Path.Combine(Kubernetes, "schemas", $"{name}.json");
            if (File.Exists(schema))
            {
                var faults = (await JsonSchema.FromFileAsync(schema, TestContext.Current.CancellationToken)).Validate(objects[i].ToJsonString());
                if (faults.Count > 0) throw new YamlException($"{name}: {string.Join("; ", faults)}");
            }
            else
            {
                Assert.Single(KubernetesYaml.LoadAllFromString(texts[i], strict: true));
            }
        }
        return objects;
    }
}
