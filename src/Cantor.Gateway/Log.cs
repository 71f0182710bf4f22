using Microsoft.Extensions.Logging;

namespace Cantor.Gateway;

/// <summary>Everything the gateway says, with its number. Numbers are never used again for something else.</summary>
static partial class Log
{
    [LoggerMessage(EventId = 2001, Level = LogLevel.Information, Message = "Listening on {Url}")]
    internal static partial void Listening(ILogger logger, string url);

    [LoggerMessage(EventId = 2002, Level = LogLevel.Warning, Message = "{Route}: the {Side} side failed {Failures} times in a row; it is asked again in {Seconds} s")]
    internal static partial void SideOut(ILogger logger, string route, string side, int failures, double seconds);

    [LoggerMessage(EventId = 2003, Level = LogLevel.Error, Message = "The store cannot be read: {Fault}; routes stay as they are")]
    internal static partial void StoreUnreadable(ILogger logger, string fault);

    [LoggerMessage(EventId = 2004, Level = LogLevel.Information, Message = "The store can be read again")]
    internal static partial void StoreBack(ILogger logger);

    [LoggerMessage(EventId = 2005, Level = LogLevel.Information, Message = "{Route}: {Mode}, {Percent} % of the units get the new side")]
    internal static partial void RouteMoved(ILogger logger, string route, Cantor.Storage.Gateways.RouteMode mode, double percent);

    [LoggerMessage(EventId = 2006, Level = LogLevel.Information, Message = "{File}: read again, {Hash}")]
    internal static partial void Reloaded(ILogger logger, string file, string hash);

    [LoggerMessage(EventId = 2007, Level = LogLevel.Error, Message = "The configuration stays as it was: {Fault}")]
    internal static partial void NotReloaded(ILogger logger, string fault);

    [LoggerMessage(EventId = 2008, Level = LogLevel.Information, Message = "{Route}: rollout {Number} is {State}: {Why}")]
    internal static partial void RolledOut(ILogger logger, string route, long number, Cantor.Storage.Rollouts.RolloutState state, string why);

    [LoggerMessage(EventId = 2009, Level = LogLevel.Error, Message = "What was counted and compared cannot be stored or judged: {Fault}; it is tried again")]
    internal static partial void Stuck(ILogger logger, string fault);

    [LoggerMessage(EventId = 2010, Level = LogLevel.Warning, Message = "{Pairs} comparisons were dropped: the store is away")]
    internal static partial void PairsDropped(ILogger logger, long pairs);
}
