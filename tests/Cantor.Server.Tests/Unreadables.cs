using Microsoft.Extensions.Logging;

namespace Cantor.Server.Tests;

/// <summary>Counts the changes that are told to be unreadable: each is when it is weighed, by the thread that does.</summary>
/// <param name="seen">Is called by that thread with how many there were.</param>
sealed class Unreadables(Action<int> seen) : ILogger
{
    int _seen;

    internal int Seen => Volatile.Read(ref _seen);

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (eventId.Name is "ChangeUnreadable") seen(Interlocked.Increment(ref _seen));
    }
}
