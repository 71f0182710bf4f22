using System.Collections.Concurrent;

namespace Cantor.Server.Tests.Versions;

/// <summary>A balancer: sends each request to one of two backends, drawn by the weights that the route in the cluster has just then.</summary>
sealed class WeightedProxy(FakeKubernetes kubernetes, IReadOnlyDictionary<string, Uri> backends) : IDisposable
{
    readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(60) };
    readonly Random _chance = new(1);

    /// <summary>Which backend answered each request, and how.</summary>
    internal ConcurrentQueue<(string Backend, int Status)> Answers { get; } = [];

    public void Dispose() => _client.Dispose();

    internal async Task<(string Backend, int Status)> AskAsync(string target)
    {
        var weights = kubernetes.Backends;
        int drawn;
        lock (_chance) drawn = _chance.Next(weights.Sum(backend => backend.Weight));
        var place = 0;
        while (drawn >= weights[place].Weight) drawn -= weights[place++].Weight;
        using var answer = await _client.GetAsync(new Uri(backends[weights[place].Name], target), TestContext.Current.CancellationToken);
        Answers.Enqueue((weights[place].Name, (int)answer.StatusCode));
        return (weights[place].Name, (int)answer.StatusCode);
    }
}
