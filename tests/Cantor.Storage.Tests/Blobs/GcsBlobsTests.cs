using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Cantor.Corpus;
using Cantor.Google;
using Cantor.Storage.Blobs;

namespace Cantor.Storage.Tests.Blobs;

public sealed class GcsBlobsTests : BlobsContract, IAsyncLifetime
{
    GcsServer? _server;

    public async ValueTask InitializeAsync() => _server = await GcsServer.StartAsync(Token);

    public async ValueTask DisposeAsync()
    {
        await _server!.DisposeAsync();
        Dispose();
    }

    private protected override IBlobs Open() => OpenWith(null);

    GcsBlobs OpenWith(Func<HttpClient, GoogleTokens>? tokens, TimeSpan? mostSilence = null)
    {
        var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        return new(BucketAddress.Parse($"gs://{_server!.Bucket}/some/prefix?endpoint={_server.Url}", GcsBlobs.Scheme, "endpoint"), http, tokens?.Invoke(http), TimeProvider.System, TimeSpan.FromMilliseconds(1), mostSilence ?? Arrival.MostSilence);
    }

    [Theory]
    [InlineData("PUT", 503), InlineData("PUT", 429), InlineData("PUT", -1), InlineData("GET", 500), InlineData("GET", 408), InlineData("GET", -1), InlineData("GET", -2), InlineData("POST", 502)]
    public async Task A_passing_fault_of_every_third_request_costs_nothing_but_time(string method, int fault)
    {
        using var blobs = OpenWith(null, fault == -2 ? TimeSpan.FromSeconds(3) : null);
        var count = 0;
        _server!.Fault = request => request.Method == method && ++count % 3 == 1 ? fault : null;
        var sent = RandomNumberGenerator.GetBytes(20_000_003);
        Assert.Equal(sent, await ThereAndBackAsync(blobs, sent));
        Assert.True(count > 1, "the fault came up");
    }

    [Fact]
    public async Task A_fault_that_stays_is_told_as_unavailable()
    {
        using var blobs = Open();
        _server!.Fault = _ => 503;
        Assert.Contains("503", (await Assert.ThrowsAsync<StoreUnavailableException>(() => blobs.ListAsync(Token))).Message, StringComparison.Ordinal);
        Assert.Equal(6, _server.Log.Count);
    }

    sealed class Nobody(HttpRequestError error) : HttpMessageHandler
    {
        internal int Asked { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            // Two broken answers first: what was tried before does not make it go on.
            var one = ++Asked <= 2 ? HttpRequestError.ResponseEnded : error;
            throw new HttpRequestException(one, $"fault {one}");
        }
    }

    [Theory]
    [InlineData(HttpRequestError.ConnectionError, 4), InlineData(HttpRequestError.NameResolutionError, 4), InlineData(HttpRequestError.ResponseEnded, 6)]
    public async Task Where_nobody_is_reached_it_is_tried_less_often(HttpRequestError error, int attempts)
    {
        using var nobody = new Nobody(error);
        using var blobs = new GcsBlobs(BucketAddress.Parse("gs://bucket/x", GcsBlobs.Scheme, "endpoint"), new(nobody), null, TimeProvider.System, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(1));
        Assert.Contains($"fault {error}", (await Assert.ThrowsAsync<StoreUnavailableException>(() => blobs.ListAsync(Token))).Message, StringComparison.Ordinal);
        Assert.Equal(attempts, nobody.Asked);
    }

    [Fact]
    public async Task An_upload_that_never_gets_on_is_given_up()
    {
        using var blobs = Open();
        var count = 0;
        _server!.Fault = request => request.Method == "PUT" && ++count % 2 == 1 ? -1 : null;
        Assert.Contains("does not get beyond byte 0", (await Assert.ThrowsAsync<StoreUnavailableException>(() => ThereAndBackAsync(blobs, new byte[1_000]))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_is_told_at_once_and_not_repeated()
    {
        using var blobs = Open();
        _server!.Fault = _ => 403;
        var fault = await Assert.ThrowsAsync<InputFaultException>(() => blobs.ListAsync(Token));
        Assert.Contains("refused: 403", fault.Message, StringComparison.Ordinal);
        Assert.Single(_server.Log);
    }

    [Fact]
    public async Task The_machine_s_account_is_asked_once_and_again_when_its_token_is_refused()
    {
        using var blobs = OpenWith(http => new(GoogleTokens.Storage, http, TimeProvider.System, null, _server!.Url));
        Assert.Equal([1], await ThereAndBackAsync(blobs, [1]));
        Assert.Equal(1, _server!.TokensGiven);
        _server.Token = "revoked meanwhile";
        Assert.Equal(["x.bin"], await blobs.ListAsync(Token));
        Assert.Equal(2, _server.TokensGiven);
    }

    [Fact]
    public async Task A_token_is_taken_anew_before_it_ends()
    {
        var time = new Clock();
        using var blobs = OpenWith(http => new(GoogleTokens.Storage, http, time, null, _server!.Url));
        await blobs.ListAsync(Token);
        time.Now += TimeSpan.FromMinutes(57);
        await blobs.ListAsync(Token);
        Assert.Equal(1, _server!.TokensGiven);
        time.Now += TimeSpan.FromMinutes(2);
        await blobs.ListAsync(Token);
        Assert.Equal(2, _server.TokensGiven);
    }

    [Fact]
    public async Task A_service_account_shows_a_signed_assertion()
    {
        using var key = RSA.Create(2048);
        var file = Path.Combine(Data.FullName, "account.json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new Dictionary<string, string>
        {
            ["type"] = "service_account",
            ["client_email"] = "ann@example.org",
            ["token_uri"] = _server!.Url + "/token",
            ["private_key"] = key.ExportPkcs8PrivateKeyPem(),
        }), Token);
        using var blobs = OpenWith(http => new(GoogleTokens.Storage, http, new Clock(), file, "http://127.0.0.1:1"));
        Assert.Equal([1], await ThereAndBackAsync(blobs, [1]));
        var parts = _server.LastAssertion!.Split('.');
        Assert.True(key.VerifyData(Encoding.ASCII.GetBytes(parts[0] + "." + parts[1]), Base64(parts[2]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        using var claims = JsonDocument.Parse(Base64(parts[1]));
        Assert.Equal(("ann@example.org", _server.Url + "/token", Clock.Begin.ToUnixTimeSeconds() + 3600),
            (claims.RootElement.GetProperty("iss").GetString(), claims.RootElement.GetProperty("aud").GetString(), claims.RootElement.GetProperty("exp").GetInt64()));
    }

    [Theory]
    [InlineData("{", "is no file of Google credentials"), InlineData("""{"type":"external_account"}""", "expected service_account or authorized_user")]
    [InlineData("""{"type":"service_account","client_email":"a","token_uri":"http://x","private_key":"none"}""", "is no file of Google credentials")]
    public async Task A_credentials_file_that_is_none_is_refused_by_name(string content, string expected)
    {
        var file = Path.Combine(Data.FullName, "account.json");
        await File.WriteAllTextAsync(file, content, Token);
        using var blobs = OpenWith(http => new(GoogleTokens.Storage, http, new Clock(), file, "http://127.0.0.1:1"));
        var fault = await Assert.ThrowsAsync<InputFaultException>(() => blobs.ListAsync(Token));
        Assert.Equal(file, fault.Source);
        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
    }

    async Task<byte[]> ThereAndBackAsync(IBlobs blobs, byte[] bytes)
    {
        var path = Path.Combine(Data.FullName, "x.bin");
        await File.WriteAllBytesAsync(path, bytes, Token);
        await blobs.PutAsync("x.bin", path, Token);
        await using (var file = File.Create(path)) Assert.True(await blobs.GetAsync("x.bin", file, Token));
        return await File.ReadAllBytesAsync(path, Token);
    }

    static byte[] Base64(string text) => Convert.FromBase64String(text.Replace('-', '+').Replace('_', '/').PadRight((text.Length + 3) / 4 * 4, '='));
}
