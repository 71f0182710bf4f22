using System.Text.Json.Nodes;

namespace Cantor.Fleet.Tests;

/// <summary>What a service's servers need to move their route's weights themselves: built by kustomize as docs/deploy.md says.</summary>
public sealed class VersionRolloutTests
{
    [Fact]
    public async Task The_servers_may_change_their_route_and_nothing_else_and_know_their_track()
    {
        var copy = Directory.CreateTempSubdirectory("cantor-kubernetes-").FullName;
        try
        {
            Scratch.Copy(Path.Combine(Scratch.Repository, "deploy"), Path.Combine(copy, "deploy"));
            var folder = Directory.CreateDirectory(Path.Combine(copy, "deploy/versions/articles")).FullName;
            var page = await File.ReadAllTextAsync(Path.Combine(Scratch.Repository, "docs/deploy.md"), TestContext.Current.CancellationToken);
            var kustomization = page.Split("```yaml\n").Select(block => block.Split("```")[0]).Single(block => block.Contains("components/version-rollout", StringComparison.Ordinal));
            await File.WriteAllTextAsync(Path.Combine(folder, "kustomization.yaml"), kustomization, TestContext.Current.CancellationToken);
            var built = await KubernetesTests.CheckAsync(await KubernetesTests.BuildAsync(folder));
            JsonNode One(string kind, string name) => built.Single(one => (string?)one["kind"] == kind && (string?)one["metadata"]!["name"] == name);

            Assert.Equal("""[{"apiGroups":["gateway.networking.k8s.io"],"resourceNames":["cantor"],"resources":["httproutes"],"verbs":["get","patch"]}]""", One("Role", "cantor-route")["rules"]!.ToJsonString());
            Assert.Equal(["Role", "RoleBinding"], built.Select(one => (string)one["kind"]!).Where(kind => kind.Contains("Role", StringComparison.Ordinal)).Order());
            Assert.Equal("""[{"kind":"ServiceAccount","name":"cantor","namespace":"cantor-articles"}]""", One("RoleBinding", "cantor-route")["subjects"]!.ToJsonString());
            Assert.Equal("cantor-articles", (string?)One("Role", "cantor-route")["metadata"]!["namespace"]);
            Assert.Equal("cantor", (string?)One("HTTPRoute", "cantor")["metadata"]!["name"]);
            foreach (var track in new[] { "stable", "canary" })
            {
                var deployment = One("Deployment", $"cantor-{track}")["spec"]!;
                var pod = deployment["template"]!;
                Assert.Equal((true, track, null), ((bool)pod["spec"]!["automountServiceAccountToken"]!, (string?)pod["metadata"]!["labels"]!["cantor/track"], deployment["replicas"]));
                Assert.Equal("""[{"name":"CANTOR_TRACK","valueFrom":{"fieldRef":{"fieldPath":"metadata.labels['cantor/track']"}}},{"name":"CANTOR_HTTPROUTE","value":"cantor"}]""", pod["spec"]!["containers"]![0]!["env"]!.ToJsonString().Replace("\\u0027", "'", StringComparison.Ordinal));
            }
            // Builds still have no token, and the two tracks different images.
            Assert.All(built.Where(one => (string?)one["kind"] is "CronJob"), job => Assert.False((bool)job["spec"]!["jobTemplate"]!["spec"]!["template"]!["spec"]!["automountServiceAccountToken"]!));
            string ImageOf(string track) => (string)One("Deployment", $"cantor-{track}")["spec"]!["template"]!["spec"]!["containers"]![0]!["image"]!;
            Assert.EndsWith(":0.2.0", ImageOf("canary"), StringComparison.Ordinal);
            Assert.NotEqual(ImageOf("stable"), ImageOf("canary"));
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }
}
