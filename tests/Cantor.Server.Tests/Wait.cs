using System.Diagnostics;

namespace Cantor.Server.Tests;

/// <summary>Waits for what comes after a while, and fails where it does not: no test hangs.</summary>
static class Wait
{
    /// <summary>Far longer than anything takes on a busy machine.</summary>
    internal static readonly TimeSpan Most = TimeSpan.FromMinutes(5);

    internal static async Task UntilAsync(Func<Task<bool>> isSo, Func<string>? seen = null)
    {
        for (var began = Stopwatch.GetTimestamp(); !await isSo();)
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < Most, $"waited {Most.TotalSeconds} s in vain; last seen: {seen?.Invoke()}");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    internal static Task UntilAsync(Func<bool> isSo, Func<string>? seen = null) => UntilAsync(() => Task.FromResult(isSo()), seen);
}
