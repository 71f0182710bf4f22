using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Cantor.Corpus;

namespace Cantor.Google;

/// <summary>
/// Access tokens for Google's APIs, from where Google's own tools take them: the file that GOOGLE_APPLICATION_CREDENTIALS names,
/// the one that gcloud wrote, or the machine's or pod's account (workload identity) by the metadata server. Why not Google's
/// library: docs/adr/0002-google-tokens.md.
/// </summary>
/// <param name="scope">What the tokens are for: <see cref="Storage"/> or <see cref="BigQuery"/>.</param>
/// <param name="http">Asks for them; not owned.</param>
/// <param name="time">What their ends are measured by.</param>
/// <param name="credentialsFile">A file of credentials; null to ask the metadata server.</param>
/// <param name="metadataServer">Its address.</param>
public sealed class GoogleTokens(string scope, HttpClient http, TimeProvider time, string? credentialsFile, string metadataServer) : IDisposable
{
    /// <summary>Tokens for the objects of Cloud Storage.</summary>
    public const string Storage = "https://www.googleapis.com/auth/devstorage.read_write";

    /// <summary>Tokens for queries of BigQuery.</summary>
    public const string BigQuery = "https://www.googleapis.com/auth/bigquery";

    // A token is taken anew this long before its end, so that none ends on its way.
    static readonly TimeSpan Margin = TimeSpan.FromMinutes(2);

    readonly SemaphoreSlim _one = new(1);
    string _token = "";
    DateTimeOffset _until;

    /// <summary>Tokens of this process's account.</summary>
    public static GoogleTokens OfThisProcess(string scope, HttpClient http, TimeProvider time)
    {
        var file = Environment.GetEnvironmentVariable("GOOGLE_APPLICATION_CREDENTIALS");
        var config = Environment.GetEnvironmentVariable("CLOUDSDK_CONFIG") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config", "gcloud");
        var ofGcloud = Path.Combine(config, "application_default_credentials.json");
        return new(scope, http, time, !string.IsNullOrEmpty(file) ? file : File.Exists(ofGcloud) ? ofGcloud : null,
            "http://" + (Environment.GetEnvironmentVariable("GCE_METADATA_HOST") ?? "metadata.google.internal"));
    }

    /// <summary>Lets go of what it holds.</summary>
    public void Dispose() => _one.Dispose();

    /// <summary>A token that is valid for a while yet.</summary>
    /// <param name="refused">A token that was just refused: another is wanted. Null for none.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="InputFaultException">The credentials file is none.</exception>
    /// <exception cref="HttpRequestException">Nobody gives one.</exception>
    public async Task<string> GetAsync(string? refused, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            var now = time.GetUtcNow();
            if (_token == refused || _until <= now + Margin) (_token, _until) = await AskAsync(now, cancellationToken);
            return _token;
        }
        finally
        {
            _one.Release();
        }
    }

    async Task<(string Token, DateTimeOffset Until)> AskAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        using var request = credentialsFile is null
            ? new HttpRequestMessage(HttpMethod.Get, $"{metadataServer}/computeMetadata/v1/instance/service-accounts/default/token?scopes={scope}") { Headers = { { "Metadata-Flavor", "Google" } } }
            : OfFile(credentialsFile, scope, now);
        using var answer = await http.SendAsync(request, cancellationToken);
        if (!answer.IsSuccessStatusCode)
            throw new HttpRequestException($"{request.RequestUri!.GetLeftPart(UriPartial.Path)} gives no token: {(int)answer.StatusCode}", null, answer.StatusCode);
        using var json = await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync(cancellationToken), cancellationToken: cancellationToken);
        return (json.RootElement.GetProperty("access_token").GetString()!, now.AddSeconds(json.RootElement.GetProperty("expires_in").GetInt32()));
    }

    static HttpRequestMessage OfFile(string file, string scope, DateTimeOffset now)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(file));
            string Text(string name) => json.RootElement.GetProperty(name).GetString()!;
            var (url, fields) = Text("type") switch
            {
                "service_account" => (Text("token_uri"), new Dictionary<string, string>
                {
                    ["grant_type"] = "urn:ietf:params:oauth:grant-type:jwt-bearer",
                    ["assertion"] = Assertion(Text("client_email"), Text("token_uri"), Text("private_key"), scope, now),
                }),
                "authorized_user" => ("https://oauth2.googleapis.com/token", new()
                {
                    ["grant_type"] = "refresh_token",
                    ["client_id"] = Text("client_id"),
                    ["client_secret"] = Text("client_secret"),
                    ["refresh_token"] = Text("refresh_token"),
                }),
                var other => throw new InputFaultException(file, null, $"is of the type {other}; expected service_account or authorized_user, or no file at all where the machine has an account"),
            };
            return new(HttpMethod.Post, url) { Content = new FormUrlEncodedContent(fields) };
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException or InvalidOperationException or CryptographicException or ArgumentException)
        {
            throw new InputFaultException(file, null, $"is no file of Google credentials: {fault.Message}", fault);
        }
    }

    /// <summary>What a service account shows for a token: who it is and what it wants, signed (RFC 7523).</summary>
    static string Assertion(string account, string audience, string privateKey, string scope, DateTimeOffset now)
    {
        static string Base64(ReadOnlySpan<byte> bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        var issued = now.ToUnixTimeSeconds();
        var claims = string.Create(CultureInfo.InvariantCulture, $$"""{"iss":"{{JsonEncodedText.Encode(account)}}","scope":"{{scope}}","aud":"{{JsonEncodedText.Encode(audience)}}","iat":{{issued}},"exp":{{issued + 3600}}}""");
        var signed = $"{Base64("""{"alg":"RS256","typ":"JWT"}"""u8)}.{Base64(Encoding.UTF8.GetBytes(claims))}";
        using var key = RSA.Create();
        key.ImportFromPem(privateKey);
        return $"{signed}.{Base64(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }
}
