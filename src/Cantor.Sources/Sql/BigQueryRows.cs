using System.Globalization;
using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Cantor.Corpus;
using Cantor.Corpus.Rows;
using Cantor.Sources.Rows;

namespace Cantor.Sources.Sql;

/// <summary>Rows of a BigQuery query, page by page. The service writes each row as JSON, so that every type it has comes over; times are in UTC.</summary>
static class BigQueryRows
{
    internal static async IAsyncEnumerable<RawRow> ReadAsync<T>(
        BigQueryUrl url, RowParser<T> parser, SourceOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var service = new BigQueryRest(url, options.Time, options.FirstWait);
        if (parser.CheckColumns(await service.ColumnsAsync(url.Query, cancellationToken)) is { } fault) throw new InputFaultException(url.Name, null, fault);
        var query = $"SELECT TO_JSON_STRING(cantor_row) FROM (\n{url.Query}\n) AS cantor_row";
        var answer = await service.BeginAsync(query, options.StatementTimeout, RequestId(query, options.Time), cancellationToken);
        var (job, location) = JobOf(answer.RootElement, url);
        var number = 0L;
        var done = false;
        try
        {
            // Each look waits for a while: so many are the time that the query has, and some more.
            var looks = (int)Math.Ceiling(options.StatementTimeout / BigQueryRest.Poll) + 6;
            while (!done)
            {
                string? page = null;
                if (answer.RootElement.TryGetProperty("jobComplete", out var complete) && complete.GetBoolean())
                {
                    if (answer.RootElement.TryGetProperty("rows", out var rows))
                        foreach (var row in rows.EnumerateArray())
                            yield return new(Encoding.UTF8.GetBytes(row.GetProperty("f")[0].GetProperty("v").GetString()!), ++number);
                    page = answer.RootElement.TryGetProperty("pageToken", out var token) ? token.GetString() : null;
                    if (done = page is null) break;
                }
                else if (looks-- == 0)
                {
                    throw new InputFaultException(url.Name, null, string.Create(CultureInfo.InvariantCulture, $"the query ran longer than {options.StatementTimeout.TotalSeconds} s and was stopped"));
                }
                var next = await service.GoOnAsync(job, location, page, cancellationToken);
                answer.Dispose();
                answer = next;
            }
        }
        finally
        {
            answer.Dispose();
            if (!done) await service.CancelAsync(job, location);
        }
    }

    static (string Job, string? Location) JobOf(JsonElement answer, BigQueryUrl url) =>
        answer.TryGetProperty("jobReference", out var reference) && reference.TryGetProperty("jobId", out var job)
            ? (job.GetString()!, reference.TryGetProperty("location", out var location) ? location.GetString() : url.Location)
            : throw new InputFaultException(url.Name, null, "the answer names no job; expected BigQuery's REST");

    static string RequestId(string query, TimeProvider time) => string.Create(CultureInfo.InvariantCulture, $"cantor-{XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(query)):x16}-{Environment.ProcessId}-{time.GetTimestamp()}");
}
