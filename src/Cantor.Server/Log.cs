using Cantor.Releases;
using Microsoft.Extensions.Logging;

namespace Cantor.Server;

/// <summary>Everything the server says, with its number. Numbers are never used again for something else.</summary>
static partial class Log
{
    [LoggerMessage(EventId = 1001, Level = LogLevel.Information, Message = "{Collection}: serving release {Release} of {Items} items, opened in {ElapsedMs:0.0} ms")]
    internal static partial void Opened(ILogger logger, string collection, ReleaseVersion release, int items, double elapsedMs);

    [LoggerMessage(EventId = 1002, Level = LogLevel.Error, Message = "{Collection}: release {Release} cannot be served, {Path}: {Fault}; serving {Serving}")]
    internal static partial void NotOpened(ILogger logger, string collection, ReleaseVersion release, string path, string fault, object serving);

    [LoggerMessage(EventId = 1003, Level = LogLevel.Error, Message = "The registry cannot be read: {Fault}; answers go on from the releases that are open")]
    internal static partial void RegistryUnreadable(ILogger logger, string fault);

    [LoggerMessage(EventId = 1004, Level = LogLevel.Information, Message = "The registry can be read again")]
    internal static partial void RegistryBack(ILogger logger);

    [LoggerMessage(EventId = 1005, Level = LogLevel.Information, Message = "Listening on {Url}")]
    internal static partial void Listening(ILogger logger, string url);

    [LoggerMessage(EventId = 1006, Level = LogLevel.Information, Message = "{Signal}: serving for {DrainSeconds} s more, then stopping; a second signal stops at once")]
    internal static partial void Draining(ILogger logger, string signal, double drainSeconds);

    [LoggerMessage(EventId = 1007, Level = LogLevel.Information, Message = "Stopped")]
    internal static partial void Stopped(ILogger logger);

    [LoggerMessage(EventId = 1008, Level = LogLevel.Error, Message = "Request {RequestId} (trace {TraceId}) failed")]
    internal static partial void RequestFailed(ILogger logger, Exception fault, string requestId, string traceId);
}
