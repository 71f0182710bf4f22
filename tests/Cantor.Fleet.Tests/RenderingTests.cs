using Cantor.Corpus;
using Cantor.Fleet.Rendering;

namespace Cantor.Fleet.Tests;

public sealed class RenderingTests : IDisposable
{
    readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    string Out => Path.Combine(_scratch.Folder, "out");

    [Fact]
    public void What_is_committed_is_what_the_committed_fleet_renders() =>
        Assert.Empty(RenderedFolder.Compare(Path.Combine(Scratch.Repository, "deploy", "fleet"), FleetRendering.Render(Fleet.Load(Path.Combine(Scratch.Repository, "fleet")), "../../../kubernetes")));

    [Fact]
    public void Rendering_again_touches_nothing()
    {
        WriteTwenty();
        var files = _scratch.Render();
        Assert.Equal(files.Count, RenderedFolder.Write(Out, files).Count);
        var before = Times();
        Assert.Empty(RenderedFolder.Write(Out, _scratch.Render()));
        Assert.Equal(before, Times());
    }

    [Fact]
    public void Adding_a_service_changes_only_its_own_files()
    {
        WriteTwenty();
        RenderedFolder.Write(Out, _scratch.Render());
        _scratch.WriteService("twentyfirst");
        var drifts = RenderedFolder.Write(Out, _scratch.Render());
        Assert.NotEmpty(drifts);
        Assert.All(drifts, drift => Assert.StartsWith("twentyfirst/", drift.Path, StringComparison.Ordinal));
        Assert.All(drifts, drift => Assert.Equal(DriftKind.Missing, drift.Kind));
    }

    [Fact]
    public void A_service_that_is_gone_takes_its_files_along_and_no_others()
    {
        WriteTwenty();
        RenderedFolder.Write(Out, _scratch.Render());
        File.Delete(Path.Combine(_scratch.Folder, "service07.yaml"));
        Assert.All(RenderedFolder.Write(Out, _scratch.Render()), drift => Assert.Equal((DriftKind.Surplus, "service07"), (drift.Kind, drift.Path.Split('/')[0])));
        Assert.False(Directory.Exists(Path.Combine(Out, "service07")));
        Assert.True(Directory.Exists(Path.Combine(Out, "service08")));
    }

    [Fact]
    public void Drift_is_named_with_its_line()
    {
        _scratch.WriteService("articles");
        RenderedFolder.Write(Out, _scratch.Render());
        var changed = Path.Combine(Out, "articles/prod/kustomization.yaml");
        var lines = File.ReadAllLines(changed);
        lines[3] = "namespace: other";
        File.WriteAllLines(changed, lines);
        File.Delete(Path.Combine(Out, "articles/runbook.md"));
        File.WriteAllText(Path.Combine(Out, "articles/prod/extra.yaml"), "kind: Surprise\n");
        Assert.Equal(
            [new(DriftKind.Surplus, "articles/prod/extra.yaml", null), new(DriftKind.Changed, "articles/prod/kustomization.yaml", 4), new(DriftKind.Missing, "articles/runbook.md", null)],
            RenderedFolder.Compare(Out, _scratch.Render()));
    }

    [Fact]
    public void A_folder_of_something_else_is_not_written_into()
    {
        _scratch.WriteService("articles");
        _scratch.Write("out/photos/sea.txt", "");
        Assert.Contains("is no rendered service", Assert.Throws<InputFaultException>(() => RenderedFolder.Write(Out, _scratch.Render())).Message, StringComparison.Ordinal);
        Assert.Equal(["photos"], Directory.GetDirectories(Out).Select(Path.GetFileName));
    }

    [Fact]
    public void A_secret_is_a_reference_wherever_it_stands()
    {
        _scratch.Write("articles.yaml", Scratch.Service("articles").Replace("/corpus/articles/*.parquet", "'postgres://me:${DB}@db/cms?query=SELECT 1'", StringComparison.Ordinal) + "secrets: {DB: cms-reader}\n");
        var files = _scratch.Render();
        Assert.Contains("postgres://me:${DB}@db/cms", files["articles/collections/articles.yaml"], StringComparison.Ordinal);
        Assert.Contains("secretKey: DB\n    remoteRef:\n      key: cms-reader\n", files["articles/prod/secrets.yaml"], StringComparison.Ordinal);
        Assert.DoesNotContain(files.Values, text => text.Contains("kind: Secret\n", StringComparison.Ordinal));
    }

    [Fact]
    public void The_gateway_of_a_service_is_told_what_follows_from_it_and_what_stands_in_its_file()
    {
        _scratch.Write("articles.yaml", Scratch.Service("articles").Replace("{dev: , prod: }", "{dev: , prod: {old: {url: 'http://old:7001/api', headers: {X-Key: '${OLD}'}}}}", StringComparison.Ordinal)
            + "secrets: {OLD: old-key}\ngateway: {timeout: 1s, routes: {related: {path: '/a/{id}'}}}\n");
        var files = _scratch.Render();
        Assert.False(files.ContainsKey("articles/dev/gateway.yaml"));
        _scratch.Write("gateway.yaml", files["articles/prod/gateway.yaml"]);
        var config = Gateway.Config.GatewayFile.Load(Path.Combine(_scratch.Folder, "gateway.yaml"), variable => variable == "OLD" ? "s3cret" : null);
        File.Delete(Path.Combine(_scratch.Folder, "gateway.yaml"));
        Assert.Equal(("articles", "related"), (config.Name, config.Routes[0].Name));
        Assert.Contains("value: 7001", files["articles/prod/kustomization.yaml"], StringComparison.Ordinal);
        Assert.Contains("old:\n  url: 'http://old:7001/api'\n  headers: {X-Key: '${OLD}'}\nnew:\n  url: http://stable\ntimeout: 1s\n", files["articles/prod/gateway.yaml"], StringComparison.Ordinal);
    }

    // The stable servers get the version while the canary's still have all requests.
    [Theory, InlineData("1.0.0"), InlineData("1.1.0")]
    public void A_canary_that_is_judged_is_told_in_one_place_until_it_is_the_version_of_all(string stable)
    {
        _scratch.Write("articles.yaml", Scratch.Service("articles").Replace("prod: }", $"prod: {{version: {stable}, canary: {{version: 1.1.0, judged: true}}}}}}", StringComparison.Ordinal));
        var service = Assert.Single(_scratch.Load().Services);
        Assert.Equal(4, new ServiceFacts(service, service.Environments[1]).Servers);
        var files = _scratch.Render();
        Assert.Contains("components:\n- ../../../kubernetes/components/version-rollout\n", files["articles/prod/kustomization.yaml"], StringComparison.Ordinal);
        Assert.Contains("- name: cantor-server-canary\n  newName: registry.example.com/cantor/cantor-server\n  newTag: \"1.1.0\"\n", files["articles/prod/kustomization.yaml"], StringComparison.Ordinal);
        Assert.DoesNotContain("weight", files["articles/prod/kustomization.yaml"], StringComparison.Ordinal);
        Assert.DoesNotContain("version-rollout", files["articles/dev/kustomization.yaml"], StringComparison.Ordinal);
        Assert.Contains("cantor rollout start --version 1.1.0 --server https://articles.example.com\n", files["articles/runbook.md"], StringComparison.Ordinal);
        Assert.Contains("\"canary\": null", files["articles/service.json"], StringComparison.Ordinal);
    }

    [Fact]
    public void A_size_that_a_file_gives_is_taken()
    {
        _scratch.WriteService("articles", "resources: {cores: 1.5, memoryMiB: 700, buildMemoryMiB: 3000}\n");
        var rendered = _scratch.Render()["articles/prod/kustomization.yaml"];
        Assert.Contains("requests: {cpu: 1500m, memory: 700Mi,", rendered, StringComparison.Ordinal);
        Assert.Contains("requests: {cpu: 2000m, memory: 3000Mi,", rendered, StringComparison.Ordinal);
    }

    [Fact]
    public void A_new_service_has_what_all_others_have_alike()
    {
        _scratch.WriteService("articles");
        _scratch.Write("news.yaml", NewService.Text(_scratch.Load(), "news", null, null, [], ["/corpus/news/it's.jsonl"], 500, 3));
        var news = _scratch.Load().Services[1];
        Assert.Equal(("news", "team", "C0123456789", new ServiceSize(500, 3)), (news.Name, news.Owner, news.Slack, news.Size));
        Assert.Equal(["/corpus/news/it's.jsonl"], Assert.Single(news.Collections).Config.Items);
        Assert.Equal(["dev", "prod"], news.Environments.Select(at => at.At.Text));
    }

    [Theory]
    [InlineData("articles", null, "NAME: there is a service articles already")]
    [InlineData("nodes", null, "NAME: is nodes, after which something else is called already; expected another name than cloudsqladmin, environments, exporter, gateway, nodes, postgres, prices, template0, template1")]
    [InlineData("News", null, "NAME: expected 2 to 20 of a-z, 0-9 and -, a letter first and no - last, found News")]
    [InlineData("news", "general", "--slack: expected the id of a Slack channel such as C0123456789, found general")]
    [InlineData("news", null, "--owner: is missing, and the other services do not have it alike; expected who answers for it", "owner: others")]
    public void What_cannot_be_derived_is_asked_for(string name, string? slack, string fault, string? otherOwner = null)
    {
        _scratch.WriteService("articles");
        if (otherOwner is not null) _scratch.Write("books.yaml", Scratch.Service("books").Replace("owner: team", otherOwner, StringComparison.Ordinal));
        Assert.Equal(fault, Assert.Throws<InputFaultException>(() => NewService.Text(_scratch.Load(), name, null, slack, [], [], 1, 1)).Message);
    }

    void WriteTwenty()
    {
        for (var i = 1; i <= 20; i++) _scratch.WriteService(FormattableString.Invariant($"service{i:00}"), i % 2 == 0 ? "secrets: {CANTOR_WEBHOOK: hook}\n" : "");
    }

    Dictionary<string, DateTime> Times() => Directory.EnumerateFiles(Out, "*", SearchOption.AllDirectories).ToDictionary(file => file, File.GetLastWriteTimeUtc, StringComparer.Ordinal);
}
