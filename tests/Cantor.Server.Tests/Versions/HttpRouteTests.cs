using System.Text.Json.Nodes;
using Cantor.Corpus;
using Cantor.Server.Rollouts.Versions;

namespace Cantor.Server.Tests.Versions;

/// <summary>The weights of a route of the Gateway API, and how they get into Kubernetes whatever it answers.</summary>
public sealed class HttpRouteTests
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, """[{"name":"stable","port":80}]""")]
    [InlineData(1, """[{"name":"stable","port":80,"weight":9999},{"name":"canary","port":80,"weight":1}]""")]
    [InlineData(2_500, """[{"name":"stable","port":80,"weight":7500},{"name":"canary","port":80,"weight":2500}]""")]
    [InlineData(10_000, """[{"name":"canary","port":80}]""")]
    public async Task A_side_that_gets_nothing_is_not_named_and_the_other_is_as_it_was(int weight, string backends)
    {
        await using var kubernetes = await FakeKubernetes.StartAsync();
        var before = kubernetes.Route;
        // From any other share.
        foreach (var from in new[] { 0, 4_000, 10_000 })
        {
            Assert.Equal(new(from / 100.0, null), await new HttpRoute(kubernetes.Address).GiveAsync(from, Token));
            Assert.Equal(new(weight / 100.0, null), await new HttpRoute(kubernetes.Address).GiveAsync(weight, Token));
            Assert.Equal(weight, BackendWeights.Of(kubernetes.Route));
            Assert.Equal(backends, kubernetes.Route["spec"]!["rules"]![0]!["backendRefs"]!.ToJsonString());
        }
        var after = kubernetes.Route;
        foreach (var route in new[] { before, after })
        {
            route["metadata"]!.AsObject().Remove("resourceVersion");
            route["spec"]!["rules"]![0]!.AsObject().Remove("backendRefs");
        }
        Assert.Equal(before.ToJsonString(), after.ToJsonString());
    }

    [Fact]
    public async Task A_route_that_has_its_weight_is_read_and_not_written()
    {
        await using var kubernetes = await FakeKubernetes.StartAsync();
        Assert.Equal(new(0, null), await new HttpRoute(kubernetes.Address).GiveAsync(0, Token));
        Assert.Equal(["GET"], kubernetes.Asked);
    }

    [Fact]
    public void Every_rule_with_these_backends_is_given_the_weight_and_others_are_left()
    {
        var route = JsonNode.Parse("""{"spec":{"rules":[{"backendRefs":[{"name":"stable","port":80}]},{"backendRefs":[{"name":"other","port":80}]},{"backendRefs":[{"name":"canary","port":81,"weight":3,"filters":[]},{"name":"stable","port":81,"weight":1}]},{}]}}""")!.AsObject();
        Assert.Null(BackendWeights.Of(route)); // they differ
        var (rules, fault) = BackendWeights.With(route, 500);
        Assert.Null(fault);
        Assert.Equal("""[{"backendRefs":[{"name":"stable","port":80,"weight":9500},{"name":"canary","port":80,"weight":500}]},{"backendRefs":[{"name":"other","port":80}]},{"backendRefs":[{"name":"stable","port":81,"weight":9500},{"name":"canary","port":81,"filters":[],"weight":500}]},{}]""", rules!.ToJsonString());
    }

    [Theory]
    [InlineData("""[{"backendRefs":[{"name":"stable"},{"name":"third"}]}]""", "its rule 1 names the backend third beside stable and canary; expected these alone")]
    [InlineData("""[{"backendRefs":[{"name":"stable","kind":"ServiceImport"}]}]""", "it has no rule with a backend stable or canary")]
    [InlineData("[]", "it has no rule with a backend stable or canary")]
    public void A_route_of_another_shape_is_left_alone_and_told(string rules, string expected) =>
        Assert.Equal((null, expected), BackendWeights.With(new() { ["spec"] = new JsonObject { ["rules"] = JsonNode.Parse(rules) } }, 500));

    [Fact]
    public async Task Whoever_changes_the_route_at_the_same_time_loses_nothing()
    {
        await using var kubernetes = await FakeKubernetes.StartAsync();
        // Between the reading and the patching somebody adds a host name.
        kubernetes.Troubles.Enqueue(_ => Task.FromResult(false));
        kubernetes.Troubles.Enqueue(_ =>
        {
            var route = kubernetes.Route;
            route["spec"]!["hostnames"]!.AsArray().Add("more.example.com");
            kubernetes.Route = route;
            return Task.FromResult(false);
        });
        Assert.Equal(new(5, null), await new HttpRoute(kubernetes.Address).GiveAsync(500, Token));
        Assert.Equal(["GET", "PATCH", "GET", "PATCH"], kubernetes.Asked);
        Assert.Equal("""["news.example.com","more.example.com"]""", kubernetes.Route["spec"]!["hostnames"]!.ToJsonString());
        Assert.Equal([("stable", 9_500), ("canary", 500)], kubernetes.Backends);
    }

    [Theory]
    [InlineData(403, false, "the HTTPRoute cantor: no; the pod's account may not get and patch it, which a Role gives")]
    [InlineData(404, false, "the HTTPRoute cantor: no; there is no such route in this namespace")]
    [InlineData(401, false, "the HTTPRoute cantor: no; the token of the pod's account is not taken")]
    [InlineData(422, false, "the HTTPRoute cantor: no")]
    [InlineData(429, true, "the HTTPRoute cantor: no")]
    [InlineData(500, true, "the HTTPRoute cantor: no")]
    [InlineData(503, true, "the HTTPRoute cantor: no")]
    public async Task What_Kubernetes_refuses_is_told_with_what_to_do_and_whether_it_passes(int status, bool passing, string expected)
    {
        await using var kubernetes = await FakeKubernetes.StartAsync();
        kubernetes.Troubles.Enqueue(FakeKubernetes.Refuse(status, "no"));
        Assert.Equal(new(null, $"Kubernetes answered {status} for {expected}", passing), await new HttpRoute(kubernetes.Address).GiveAsync(500, Token));
        // The same where only the patch is refused: what the route has is known then.
        kubernetes.Troubles.Enqueue(_ => Task.FromResult(false));
        kubernetes.Troubles.Enqueue(FakeKubernetes.Refuse(status, "no"));
        Assert.Equal(new(0, $"Kubernetes answered {status} for {expected}", passing), await new HttpRoute(kubernetes.Address).GiveAsync(500, Token));
        Assert.Equal([("stable", 1)], kubernetes.Backends);
    }

    [Fact]
    public async Task Conflicts_without_end_silence_and_nobody_there_pass_by_themselves()
    {
        var kubernetes = await FakeKubernetes.StartAsync();
        for (var i = 0; i < 4; i++)
        {
            kubernetes.Troubles.Enqueue(_ => Task.FromResult(false));
            kubernetes.Troubles.Enqueue(FakeKubernetes.Refuse(409, "the object has been modified"));
        }
        Assert.Equal(new(0, "Kubernetes answered 409 for the HTTPRoute cantor: the object has been modified", true), await new HttpRoute(kubernetes.Address).GiveAsync(500, Token));
        kubernetes.Troubles.Enqueue(async context =>
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return true;
        });
        Assert.Equal(new(null, "Kubernetes did not answer within 5 s", true), await new HttpRoute(kubernetes.Address).GiveAsync(500, Token));
        await kubernetes.DisposeAsync();
        var nobody = await new HttpRoute(kubernetes.Address).GiveAsync(500, Token);
        Assert.StartsWith("Kubernetes cannot be reached: ", nobody.Fault, StringComparison.Ordinal);
        Assert.True(nobody.Passing);
    }

    [Fact]
    public async Task In_a_pod_the_account_s_token_and_the_cluster_s_certificate_are_read_anew_each_time()
    {
        await using var kubernetes = await FakeKubernetes.StartAsync(tls: true);
        var folder = Directory.CreateTempSubdirectory("cantor-account-").FullName;
        kubernetes.Mount(folder, "first");
        kubernetes.Token = "first";
        var url = new Uri(kubernetes.Url);
        var address = HttpRouteAddress.Parse("cantor", name => name switch
        {
            "KUBERNETES_SERVICE_HOST" => url.Host,
            "KUBERNETES_SERVICE_PORT" => $"{url.Port}",
            "CANTOR_ACCOUNT" => folder,
            _ => null,
        });
        var route = new HttpRoute(address);
        Assert.Equal(new(5, null), await route.GiveAsync(500, Token));
        kubernetes.Token = "second";
        Assert.Equal("Kubernetes answered 401 for the HTTPRoute cantor: Unauthorized; the token of the pod's account is not taken", (await route.GiveAsync(600, Token)).Fault);
        kubernetes.Mount(folder, "second");
        Assert.Equal(new(6, null), await route.GiveAsync(600, Token));
        // Somebody else's certificate is nobody to tell a token to.
        await using var other = await FakeKubernetes.StartAsync(tls: true);
        other.Mount(folder, "second");
        Assert.StartsWith("Kubernetes cannot be reached: ", (await route.GiveAsync(700, Token)).Fault, StringComparison.Ordinal);
        Assert.Equal([("stable", 9_400), ("canary", 600)], kubernetes.Backends);
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("Cantor", "expected the name of an HTTPRoute, a-z, 0-9, - and dots, found Cantor")]
    [InlineData("cantor", "names the route cantor, and this is no pod of Kubernetes")]
    [InlineData("http://127.0.0.1:8001/", "expected the name of an HTTPRoute, or its whole address such as")]
    [InlineData("ftp://127.0.0.1/httproutes/cantor", "expected the name of an HTTPRoute, or its whole address such as")]
    public void A_place_that_is_none_is_refused_by_name(string text, string expected)
    {
        var refused = Assert.Throws<InputFaultException>(() => HttpRouteAddress.Parse(text, _ => null));
        Assert.StartsWith($"CANTOR_HTTPROUTE: {expected}", refused.Message, StringComparison.Ordinal);
    }
}
