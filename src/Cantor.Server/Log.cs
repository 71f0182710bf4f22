using Cantor.Releases;
using Cantor.Storage.Rollouts;
using Microsoft.Extensions.Logging;

namespace Cantor.Server;

/// <summary>Everything the server says, with its number. Numbers are never used again for something else.</summary>
static partial class Log
{
    [LoggerMessage(EventId = 1001, Level = LogLevel.Information, Message = "{Collection}: opened release {Release} of {Items} items in {ElapsedMs:0.0} ms")]
    internal static partial void Opened(ILogger logger, string collection, ReleaseVersion release, int items, double elapsedMs);

    [LoggerMessage(EventId = 1033, Level = LogLevel.Information, Message = "{Collection}: {States} changed items laid over release {Release}, up to change {Number}, in {ElapsedMs:0.0} ms")]
    internal static partial void Laid(ILogger logger, string collection, ReleaseVersion release, int states, long number, double elapsedMs);

    [LoggerMessage(EventId = 1002, Level = LogLevel.Error, Message = "{Collection}: release {Release} cannot be served, {Path}: {Fault}; serving {Serving}")]
    internal static partial void NotOpened(ILogger logger, string collection, ReleaseVersion release, string path, string fault, object serving);

    [LoggerMessage(EventId = 1003, Level = LogLevel.Error, Message = "The store cannot be read: {Fault}; answers go on from what is here")]
    internal static partial void StoreUnreadable(ILogger logger, string fault);

    [LoggerMessage(EventId = 1004, Level = LogLevel.Information, Message = "The store can be read again")]
    internal static partial void StoreBack(ILogger logger);

    [LoggerMessage(EventId = 1005, Level = LogLevel.Information, Message = "Listening on {Url}")]
    internal static partial void Listening(ILogger logger, string url);

    [LoggerMessage(EventId = 1006, Level = LogLevel.Information, Message = "{Signal}: serving for {DrainSeconds} s more, then stopping; a second signal stops at once")]
    internal static partial void Draining(ILogger logger, string signal, double drainSeconds);

    [LoggerMessage(EventId = 1007, Level = LogLevel.Information, Message = "Stopped")]
    internal static partial void Stopped(ILogger logger);

    [LoggerMessage(EventId = 1008, Level = LogLevel.Error, Message = "Request {RequestId} (trace {TraceId}) failed")]
    internal static partial void RequestFailed(ILogger logger, Exception fault, string requestId, string traceId);

    [LoggerMessage(EventId = 1009, Level = LogLevel.Error, Message = "{Collection}: change {Number} of {Id} cannot be read: {Fault}; the release's own item is served")]
    internal static partial void ChangeUnreadable(ILogger logger, string collection, string id, long number, string fault);

    [LoggerMessage(EventId = 1011, Level = LogLevel.Error, Message = "{Store} cannot be reached; serving what this server saw of it last, from its journal")]
    internal static partial void FromJournal(ILogger logger, string store);

    [LoggerMessage(EventId = 1012, Level = LogLevel.Information, Message = "{Collection}: built in {Seconds:0.0} s")]
    internal static partial void Built(ILogger logger, string collection, double seconds);

    [LoggerMessage(EventId = 1013, Level = LogLevel.Error, Message = "{Collection}: the build failed: {Fault}")]
    internal static partial void NotBuilt(ILogger logger, string collection, string fault);

    [LoggerMessage(EventId = 1014, Level = LogLevel.Warning, Message = "Builds that are due were not started: {Fault}")]
    internal static partial void BuildNotStarted(ILogger logger, string fault);

    [LoggerMessage(EventId = 1031, Level = LogLevel.Warning, Message = "What is old was not deleted: {Fault}")]
    internal static partial void NotDeleted(ILogger logger, string fault);

    [LoggerMessage(EventId = 1032, Level = LogLevel.Error, Message = "The journal cannot be written: {Fault}; changes are served all the same; until it can be, a restart needs the store")]
    internal static partial void JournalBehind(ILogger logger, string fault);

    [LoggerMessage(EventId = 1034, Level = LogLevel.Error, Message = "{Store} cannot be reached, and the journal lacks what could not be written to it: something that was taken down might be served, so nothing is until the store answers")]
    internal static partial void JournalLacks(ILogger logger, string store);

    [LoggerMessage(EventId = 1015, Level = LogLevel.Warning, Message = "The store was away so long that the counts of {Requests} requests were dropped; the judge does without them")]
    internal static partial void CountsDropped(ILogger logger, long requests);

    [LoggerMessage(EventId = 1016, Level = LogLevel.Information, Message = "Rollout {Rollout} of {Name}: {State}: {Why}")]
    internal static partial void RolledOut(ILogger logger, long rollout, string name, RolloutState state, string why);

    [LoggerMessage(EventId = 1017, Level = LogLevel.Error, Message = "Rollouts do not go on: {Fault}")]
    internal static partial void RolloutsStuck(ILogger logger, string fault);

    [LoggerMessage(EventId = 1018, Level = LogLevel.Warning, Message = "A message about {Name} was not delivered: {Fault}")]
    internal static partial void NotTold(ILogger logger, string name, string fault);

    [LoggerMessage(EventId = 1019, Level = LogLevel.Warning, Message = "{Collection}: {By} moved live to {Release} on this server while the store is away")]
    internal static partial void MovedLocally(ILogger logger, string collection, string by, string release);

    [LoggerMessage(EventId = 1020, Level = LogLevel.Warning, Message = "{Collection}: what was moved on this server while the store was away: {Outcome}")]
    internal static partial void Reconciled(ILogger logger, string collection, string outcome);

    [LoggerMessage(EventId = 1021, Level = LogLevel.Information, Message = "Server version {Version}, track {Track}")]
    internal static partial void Version(ILogger logger, string version, Track track);

    [LoggerMessage(EventId = 1022, Level = LogLevel.Information, Message = "{Route}: {Percent} % of the requests go to the canary's servers")]
    internal static partial void WeightGiven(ILogger logger, string route, double percent);

    [LoggerMessage(EventId = 1023, Level = LogLevel.Error, Message = "{Route}: the canary's share should be {Percent} %, and cannot be given: {Fault}")]
    internal static partial void WeightNotGiven(ILogger logger, string route, double percent, string fault);

    [LoggerMessage(EventId = 1010, Level = LogLevel.Warning, Message = "{Collection}: a write was refused, the store does not answer: {Fault}")]
    internal static partial void WriteRefused(ILogger logger, string collection, string fault);
}
