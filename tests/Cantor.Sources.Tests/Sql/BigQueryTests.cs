using System.Text;
using Cantor.Corpus;
using Cantor.Sources.Sql;

namespace Cantor.Sources.Tests.Sql;

public sealed class BigQueryTests : IAsyncLifetime
{
    BigQueryServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await BigQueryServer.StartAsync(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    static readonly SourceOptions Options = new() { FirstWait = TimeSpan.FromMilliseconds(1), StatementTimeout = TimeSpan.FromSeconds(60) };

    async Task<List<Item>> ReadAsync(string? source = null, SourceOptions? options = null)
    {
        var items = new List<Item>();
        await foreach (var item in ItemSource.ReadAsync([source ?? _server.Source()], options ?? Options, new(), TestContext.Current.CancellationToken)) items.Add(item);
        return items;
    }

    async Task<string> FaultAsync(string? source = null, SourceOptions? options = null) => (await Assert.ThrowsAsync<InputFaultException>(() => ReadAsync(source, options))).Message;

    [Fact]
    public async Task Rows_come_page_by_page_with_every_type()
    {
        _server.Columns = ["id", "headline", "tags", "updated_at", "reads"];
        _server.Pages =
        [
            ["""{"id":"007","headline":"A ship","tags":["sea","wind"],"updated_at":"2026-11-23T21:12:00Z","reads":12}"""],
            [],
            ["""{"id":8,"headline":"日本","tags":[],"updated_at":null,"reads":null}""", """{"id":"9","headline":"It's","tags":null,"updated_at":null,"reads":1.5}"""],
        ];
        var items = await ReadAsync(options: Options with { Map = Corpus.Rows.ColumnMap.Parse("title=headline", Corpus.Rows.ItemParser.Columns) });
        Assert.Equal(["007", "8", "9"], items.Select(item => item.Id.Value));
        Assert.Equal(["A ship", "日本", "It's"], items.Select(item => Encoding.UTF8.GetString(item.Title.Span)));
        Assert.Equal(["sea", "wind"], items[0].Tags);
        Assert.Equal(new DateTimeOffset(2026, 11, 23, 21, 12, 0, TimeSpan.Zero), items[0].UpdatedAt);
        Assert.Equal(["POST /jobs", "POST /queries", "GET /queries/job-1?timeoutMs=10000&location=EU&pageToken=1", "GET /queries/job-1?timeoutMs=10000&location=EU&pageToken=2"], _server.Log);
        Assert.Equal(("SELECT TO_JSON_STRING(cantor_row) FROM (\nSELECT id, title FROM cms.articles\n) AS cantor_row", false, "60000"), ((string)_server.LastQuery!["query"]!, (bool)_server.LastQuery["useLegacySql"]!, (string)_server.LastQuery["jobTimeoutMs"]!));
    }

    [Fact]
    public async Task A_query_that_runs_for_a_while_is_waited_for()
    {
        (_server.Running, _server.Pages) = (3, [["""{"id":"1","title":"a"}"""]]);
        Assert.Single(await ReadAsync(_server.Source(options: "&location=EU")));
        Assert.Equal("EU", (string?)_server.LastQuery!["location"]);
        Assert.Equal(3, _server.Log.Count(line => line.StartsWith("GET", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_query_without_end_is_stopped_and_told()
    {
        _server.Running = int.MaxValue;
        Assert.Equal("bigquery://my-project: the query ran longer than 60 s and was stopped", await FaultAsync());
        Assert.Equal("POST /jobs/job-1/cancel?location=EU", _server.Log.Last());
    }

    [Fact]
    public async Task A_reader_that_goes_away_ends_the_query()
    {
        _server.Pages = [["""{"id":"1","title":"a"}"""], ["""{"id":"2","title":"b"}"""]];
        await foreach (var _ in ItemSource.ReadAsync([_server.Source()], Options, new(), TestContext.Current.CancellationToken)) break;
        Assert.Equal("POST /jobs/job-1/cancel?location=EU", _server.Log.Last());
    }

    [Theory]
    [InlineData(429, "rateLimitExceeded"), InlineData(403, "rateLimitExceeded"), InlineData(403, "jobRateLimitExceeded"), InlineData(500, "backendError"), InlineData(503, "backendError"), InlineData(408, "")]
    public async Task What_passes_is_asked_again_and_no_query_is_begun_twice(int status, string reason)
    {
        _server.Pages = [["""{"id":"1","title":"a"}"""], ["""{"id":"2","title":"b"}"""]];
        var count = 0;
        _server.Fault = _ => count++ % 3 < 2 ? (status, reason.Length > 0 ? BigQueryServer.Error(status, reason, "later") : "<html>") : null;
        Assert.Equal(["1", "2"], (await ReadAsync()).Select(item => item.Id.Value));
        Assert.Equal((9, 1), (count, _server.JobsBegun));
    }

    [Theory]
    [InlineData(400, "invalidQuery", "Syntax error: Unexpected keyword FORM at [1:11]"), InlineData(403, "accessDenied", "Access Denied: Table my-project:cms.articles"), InlineData(403, "quotaExceeded", "Quota exceeded"), InlineData(404, "notFound", "Not found: Dataset my-project:cms")]
    public async Task What_does_not_pass_is_told_in_the_services_words(int status, string reason, string message)
    {
        _server.Fault = _ => (status, BigQueryServer.Error(status, reason, message));
        Assert.Equal($"bigquery://my-project: {message} ({reason} {status})", await FaultAsync());
        Assert.Single(_server.Log);
    }

    [Fact]
    public async Task A_fault_between_two_pages_is_told()
    {
        _server.Pages = [["""{"id":"1","title":"a"}"""], []];
        _server.Fault = request => request.Method == "GET" ? (400, BigQueryServer.Error(400, "stopped", "Job execution was cancelled: Job timed out")) : null;
        Assert.Equal("bigquery://my-project: Job execution was cancelled: Job timed out (stopped 400)", await FaultAsync());
    }

    [Fact]
    public async Task A_service_that_fails_again_and_again_is_left_and_named()
    {
        _server.Fault = _ => (503, "");
        Assert.Equal("bigquery://my-project: Service Unavailable (HTTP 503)", await FaultAsync());
        Assert.Equal(6, _server.Log.Count);
        Assert.StartsWith("bigquery://my-project: the service cannot be reached: ", await FaultAsync("bigquery://my-project?endpoint=http://127.0.0.1:1&query=SELECT 1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Columns_are_looked_at_before_anything_is_paid_for()
    {
        _server.Columns = ["ident", "title"];
        Assert.Contains("id", await FaultAsync(), StringComparison.Ordinal);
        Assert.Equal(["POST /jobs"], _server.Log);
    }

    [Fact]
    public async Task A_row_that_is_no_item_is_named_by_its_place()
    {
        _server.Pages = [["""{"id":"1","title":"a"}"""], ["""{"id":"2","title":5}"""]];
        Assert.Equal("bigquery://my-project:2: title: expected text, found the number 5", await FaultAsync());
    }

    [Fact]
    public void Every_part_is_decoded_and_the_query_reaches_to_the_end() =>
        Assert.Equal(
            new BigQueryUrl("bigquery://my-project", "my-project", "europe-west1", null, "SELECT id, 'a&query=?#%' FROM `p.d.t`"),
            BigQueryUrl.Parse("bigquery://my-project?location=europe-west1&query=SELECT id%2C 'a&query=?#%25' FROM `p.d.t`; "));

    [Theory]
    [InlineData("bigquery://my-project", "bigquery://my-project: no query; expected …?query=SELECT … at the end")]
    [InlineData("bigquery://my-project?query= ;", "bigquery://my-project: no query; expected …?query=SELECT … at the end")]
    [InlineData("bigquery://My_Project?query=SELECT 1", "bigquery://My_Project: expected the id of a Google Cloud project behind bigquery://")]
    [InlineData("bigquery://my-project?region=EU&query=SELECT 1", "bigquery://my-project: there is no option \"region\"; expected endpoint, location, and query at the end")]
    [InlineData("bigquery://my-project?location=E U&query=SELECT 1", "bigquery://my-project: location is \"E U\"; expected one such as EU or europe-west1")]
    [InlineData("bigquery://my-project?endpoint=here&query=SELECT 1", "bigquery://my-project: endpoint is \"here\"; expected http://host:port or https://host")]
    public void Another_form_is_refused(string source, string fault) => Assert.Equal(fault, Assert.Throws<InputFaultException>(() => BigQueryUrl.Parse(source)).Message);
}
