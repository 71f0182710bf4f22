using Microsoft.Extensions.Logging;

namespace Cantor.Server.Tests;

/// <summary>Holds whoever tells of an event until it is opened: nothing that comes after that happens meanwhile.</summary>
sealed class LogGate(string eventName) : ILoggerProvider, ILogger
{
    readonly ManualResetEventSlim _open = new();
    volatile bool _isReached;

    internal bool IsReached => _isReached;

    internal void Open() => _open.Set();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (eventId.Name != eventName || _open.IsSet) return;
        _isReached = true;
        _open.Wait(CancellationToken.None);
    }

    // A server that is closed closes its loggers last: whoever waits here must be gone by then.
    public void Dispose() => _open.Set();
}
