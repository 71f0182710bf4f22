using System.Text.Json.Nodes;

namespace Cantor.Fleet.Tests;

/// <summary>What a service's servers need to move their route's weights themselves: a canary that its file says is judged.</summary>
public sealed class VersionRolloutTests
{
    [Fact]
    public async Task The_servers_may_change_their_route_and_nothing_else_and_know_their_track()
    {
        var built = await KubernetesTests.CheckAsync(await KubernetesTests.BuildAsync(Path.Combine(Scratch.Repository, "deploy/fleet/questions/staging")));
        JsonNode One(string kind, string name) => built.Single(one => (string?)one["kind"] == kind && (string?)one["metadata"]!["name"] == name);

        Assert.Equal("""[{"apiGroups":["gateway.networking.k8s.io"],"resourceNames":["cantor"],"resources":["httproutes"],"verbs":["get","patch"]}]""", One("Role", "cantor-route")["rules"]!.ToJsonString());
        Assert.Equal(["Role", "RoleBinding"], built.Select(one => (string)one["kind"]!).Where(kind => kind.Contains("Role", StringComparison.Ordinal)).Order());
        Assert.Equal("""[{"kind":"ServiceAccount","name":"cantor","namespace":"cantor-questions"}]""", One("RoleBinding", "cantor-route")["subjects"]!.ToJsonString());
        Assert.Equal("cantor-questions", (string?)One("Role", "cantor-route")["metadata"]!["namespace"]);
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
        Assert.Equal(["cantor-canary 2 6", "cantor-stable 2 6"], built.Where(one => (string?)one["kind"] is "HorizontalPodAutoscaler").Select(one => $"{one["metadata"]!["name"]} {one["spec"]!["minReplicas"]} {one["spec"]!["maxReplicas"]}").Order());
        // Until a rollout is started nobody gets it.
        Assert.Equal("""[{"name":"stable","port":80}]""", One("HTTPRoute", "cantor")["spec"]!["rules"]![0]!["backendRefs"]!.ToJsonString());
        string ImageOf(string track) => (string)One("Deployment", $"cantor-{track}")["spec"]!["template"]!["spec"]!["containers"]![0]!["image"]!;
        Assert.EndsWith(":0.2.0", ImageOf("canary"), StringComparison.Ordinal);
        Assert.NotEqual(ImageOf("stable"), ImageOf("canary"));
    }
}
