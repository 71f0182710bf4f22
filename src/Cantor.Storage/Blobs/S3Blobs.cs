using System.Net;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Cantor.Corpus;

namespace Cantor.Storage.Blobs;

/// <summary>
/// Objects in a bucket of Amazon S3 or of a server that speaks like it. Credentials and region come from where AWS's own tools
/// take them: environment, profile, the machine's or pod's role.
/// </summary>
sealed class S3Blobs : IBlobs
{
    internal const string Scheme = "s3://";

    // The service takes 10,000 parts at the most: releases of up to 156 GiB.
    const long PartBytes = 16 << 20;

    readonly BucketAddress _address;
    readonly AmazonS3Client _client;
    readonly TimeSpan _mostSilence;

    /// <param name="address">s3://bucket/prefix.</param>
    /// <param name="mostSilence">How long a download may bring nothing before it is begun anew where it is.</param>
    internal S3Blobs(string address, TimeSpan mostSilence)
    {
        _mostSilence = mostSilence;
        _address = BucketAddress.Parse(address, Scheme, "endpoint", "region");
        var config = new AmazonS3Config { MaxErrorRetry = 4 };
        if (_address.Options.GetValueOrDefault("region") is { } region) config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        if (_address.Endpoint is { } endpoint)
        {
            // Others than Amazon know neither buckets as host names nor the newer checksums; a release checks itself anyway.
            (config.ServiceURL, config.ForcePathStyle) = (endpoint, true);
            config.AuthenticationRegion = _address.Options.GetValueOrDefault("region") ?? "us-east-1";
            (config.RequestChecksumCalculation, config.ResponseChecksumValidation) = (RequestChecksumCalculation.WHEN_REQUIRED, ResponseChecksumValidation.WHEN_REQUIRED);
        }
        try
        {
            _client = new(config);
        }
        catch (AmazonClientException fault)
        {
            throw new InputFaultException(Name, null, fault.Message, fault);
        }
    }

    public string Name => _address.Name;

    // Not in signed chunks, as the client would have it: servers other than Amazon's keep their frames as content.
    public Task PutAsync(string name, string path, CancellationToken cancellationToken) =>
        AskAsync(async () =>
        {
            var (key, length) = (_address.Prefix + name, new FileInfo(path).Length);
            if (length > PartBytes) return await PutPartsAsync(key, path, length, cancellationToken);
            await _client.PutObjectAsync(new() { BucketName = _address.Bucket, Key = key, FilePath = path, UseChunkEncoding = false }, cancellationToken);
            return true;
        });

    async Task<bool> PutPartsAsync(string key, string path, long length, CancellationToken cancellationToken)
    {
        var upload = (await _client.InitiateMultipartUploadAsync(_address.Bucket, key, cancellationToken)).UploadId;
        try
        {
            var parts = new List<PartETag>();
            for (long at = 0; at < length; at += PartBytes)
            {
                var part = await _client.UploadPartAsync(new()
                {
                    BucketName = _address.Bucket,
                    Key = key,
                    UploadId = upload,
                    PartNumber = parts.Count + 1,
                    FilePath = path,
                    FilePosition = at,
                    PartSize = Math.Min(PartBytes, length - at),
                    UseChunkEncoding = false,
                }, cancellationToken);
                parts.Add(new(parts.Count + 1, part.ETag));
            }
            await _client.CompleteMultipartUploadAsync(new() { BucketName = _address.Bucket, Key = key, UploadId = upload, PartETags = parts }, cancellationToken);
            return true;
        }
        catch
        {
            // Parts without an end cost money for as long as they lie there.
            await _client.AbortMultipartUploadAsync(_address.Bucket, key, upload, CancellationToken.None);
            throw;
        }
    }

    public Task<bool> GetAsync(string name, FileStream to, CancellationToken cancellationToken) =>
        AskAsync(async () =>
        {
            for (var broken = 0; ; broken++)
                try
                {
                    using var answer = await _client.GetObjectAsync(new()
                    {
                        BucketName = _address.Bucket,
                        Key = _address.Prefix + name,
                        ByteRange = to.Position > 0 ? new(FormattableString.Invariant($"bytes={to.Position}-")) : null,
                    }, cancellationToken);
                    if (answer.HttpStatusCode is not HttpStatusCode.PartialContent) to.SetLength(to.Position = 0);
                    await Arrival.CopyAsync(answer.ResponseStream, to, _mostSilence, cancellationToken);
                    return true;
                }
                catch (AmazonS3Exception none) when (none is { StatusCode: HttpStatusCode.NotFound, ErrorCode: not "NoSuchBucket" })
                {
                    return false;
                }
                catch (AmazonS3Exception end) when (end.StatusCode is HttpStatusCode.RequestedRangeNotSatisfiable && to.Position > 0)
                {
                    return true; // it broke behind the last byte
                }
                catch (Exception fault) when (fault is HttpRequestException or IOException && broken < Arrival.MostBreaks)
                {
                    // On from where it is.
                }
        });

    public Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken) =>
        AskAsync<IReadOnlyList<string>>(async () =>
        {
            var names = new List<string>();
            var request = new ListObjectsV2Request { BucketName = _address.Bucket, Prefix = _address.Prefix, Delimiter = "/" };
            do
            {
                var page = await _client.ListObjectsV2Async(request, cancellationToken);
                names.AddRange((page.S3Objects ?? []).Select(one => one.Key[_address.Prefix.Length..]));
                request.ContinuationToken = page.NextContinuationToken;
            }
            while (request.ContinuationToken is not null);
            return names;
        });

    public Task DeleteAsync(string name, CancellationToken cancellationToken) =>
        AskAsync(() => _client.DeleteObjectAsync(_address.Bucket, _address.Prefix + name, cancellationToken));

    public void Dispose() => _client.Dispose();

    async Task<T> AskAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (AmazonServiceException refused) when (refused.StatusCode is >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError and not HttpStatusCode.TooManyRequests)
        {
            throw new InputFaultException(Name, null, $"{refused.Message} ({refused.ErrorCode})", refused);
        }
        catch (Exception fault) when (fault is AmazonClientException or AmazonServiceException or HttpRequestException or IOException or WebException)
        {
            throw new StoreUnavailableException(Name, fault.Message, fault);
        }
    }
}
