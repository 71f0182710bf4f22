using System.Globalization;
using System.Text.Json.Nodes;
using Cantor.Storage;
using Cantor.Storage.Gateways;

namespace Cantor.Cli.Tests;

/// <summary>cantor gateway set, status and report, on a store.</summary>
public sealed class GatewayTests : IDisposable
{
    readonly Scratch _scratch = new();

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public GatewayTests() => File.WriteAllText(_scratch.PathOf("gateway.yaml"), "name: news\nold: {url: http://127.0.0.1:1}\nnew: {url: http://127.0.0.1:2}\nroutes:\n  related: {path: '/items/{id}', ids: {at: '$[*]'}}\n  search: {path: /search, lists: any}\n");

    public void Dispose() => _scratch.Dispose();

    Task<(int Code, string Out, string Error)> RunAsync(params string[] arguments) => _scratch.RunAsync(["gateway", .. arguments]);

    async Task<JsonNode> StatusAsync() => JsonNode.Parse((await RunAsync("status", "--json")).Out)!;

    [Fact]
    public async Task A_route_is_set_and_everything_is_on_record()
    {
        Assert.Equal((0, "related: the old side answers, and a sample is compared with the new one\n", ""), await RunAsync("set", "related", "shadow", "--why", "look first"));
        Assert.Equal((0, "related: 2.5 % of the units get the new side\n", ""), await RunAsync("set", "related", "canary", "2.5"));
        Assert.Equal((0, "search: the new side answers\n", ""), await RunAsync("set", "search", "cutover"));
        Assert.Equal("related: the old side answers\n", (await RunAsync("set", "related", "back")).Out);
        Assert.Equal("related: rollout 1 is gating, 0 % of the units get the new side\n", (await RunAsync("set", "related", "rollout", "--force", "--why", "go")).Out);
        Assert.Equal(2, (await RunAsync("set", "related", "pause")).Code); // it is at its gate
        var status = await StatusAsync();
        Assert.Equal(["rollout", "cutover"], status["routes"]!.AsArray().Select(route => (string?)route!["mode"]));
        Assert.Equal(["rollout", "old", "cutover", "canary", "shadow"], status["history"]!.AsArray().Select(change => (string?)change!["mode"]));
        Assert.Equal("look first", (string?)status["history"]!.AsArray()[^1]!["why"]);
        Assert.Equal("aborted", (await RunAsync("set", "related", "back")) is (0, _, _) ? (string?)(await StatusAsync())["routes"]!.AsArray()[0]!["rollout"]!["state"] : null);
        var text = (await RunAsync("status")).Out;
        foreach (var part in new[] { "related: the old side answers (", "no gateway has told of itself", "canary 2.5 %", "look first" }) Assert.Contains(part, text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cantor: ROUTE: gateway.yaml has no route relate; did you mean related?", "set", "relate", "shadow")]
    [InlineData("cantor: PERCENT: expected the share of the units behind canary, 0.01 to 100", "set", "related", "canary")]
    [InlineData("cantor: PERCENT: expected nothing behind cutover", "set", "related", "cutover", "5")]
    [InlineData("cantor: PERCENT: expected 0.01 to 100, found 0", "set", "related", "canary", "0")]
    [InlineData("cantor: ROUTE: related has no rollout under way; cantor gateway set related rollout begins one", "set", "related", "resume")]
    [InlineData("cantor: --since: expected ", "report", "--since", "yesterday")]
    [InlineData("cantor: none.yaml: there is no such file", "status", "--config", "none.yaml")]
    [InlineData("cantor: none.yaml: there is no such file", "--config", "none.yaml")]
    public async Task A_fault_says_what_was_expected(string fault, params string[] arguments)
    {
        var (code, _, error) = await RunAsync(arguments);
        Assert.Equal(2, code);
        Assert.StartsWith(fault, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_compared_is_told_as_text_json_and_a_page_with_an_exit_code()
    {
        Assert.Equal((3, "related: not enough data, by 0 pairs since 1970-01-01 00:00:00Z, 0 of them with the old side asked again\n  nothing was compared yet\n", ""), await RunAsync("report", "related"));
        await using (var store = await Store.OpenAsync(_scratch.PathOf("cantor-data"), TimeProvider.System, Token))
            await store.Gateways.AddPairsAsync("news", [.. Enumerable.Range(0, 600).Select(PairOf)], Token);
        var report = await RunAsync("report", "related", "--since", "2026-01-01", "--most", "2", "--html", "report.html");
        Assert.Equal((1, ""), (report.Code, report.Error));
        Golden.Check("gateway-report.txt", report.Out);
        Golden.Check("gateway-report.html", await File.ReadAllTextAsync(_scratch.PathOf("report.html"), Token));
        var json = JsonNode.Parse((await RunAsync("report", "related", "--json")).Out)!.AsArray().Single()!;
        Assert.Equal(("different", 600, "empty"), ((string?)json["result"], (int)json["report"]!["pairs"]!, (string?)json["report"]!["findings"]!.AsArray().Single(finding => (bool)finding!["counts"]!)!["trouble"]));
    }

    // Of fifty lists one is empty at the new side, and one is in another order, as at the old side when it is asked again.
    static StoredPair PairOf(int number)
    {
        string List(params string[] ids) => $"[{string.Join(',', ids.Select(id => $"\"{id}\""))}]";
        var (plain, turned) = (List("<a>", "b", "c"), List("c", "b", "<a>"));
        var (young, distance) = (number % 50) switch { 0 => ("[]", 1.0), 1 => (turned, .14), _ => (plain, 0) };
        var (again, noise) = number % 50 is 2 ? (turned, .14) : (plain, 0);
        var body = string.Create(CultureInfo.InvariantCulture, $$"""
            {"target":"/items/{{number}}","item":"{{number}}","at":"2026-11-25T10:00:00+00:00","old":{"status":200,"ms":{{1 + number % 7}},"list":{{plain}},"twice":0,"self":false},"new":{"status":200,"ms":{{1 + number % 5}},"list":{{young}},"twice":0,"self":false},
            "again":{"status":200,"ms":2,"list":{{again}},"twice":0,"self":false},"distance":{{distance}},"noise":{{noise}},"overlapAt10":{{(distance == 1 ? 0 : 1)}}{{(distance == 1 ? "" : ",\"kendallTauB\":" + (distance > 0 ? "-1" : "1"))}}}
            """);
        return new("related", new DateTimeOffset(2026, 11, 25, 10, 0, 0, TimeSpan.Zero), body);
    }
}
