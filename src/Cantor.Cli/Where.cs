using System.CommandLine;

namespace Cantor.Cli;

/// <summary>What an act of people is on, and where it is done: in a store, or at a server.</summary>
sealed class Where
{
    internal Argument<string> Collection { get; } = Shared.Collection();

    internal Option<string> Data { get; } = Shared.Data();

    internal Option<string?> Store { get; } = Shared.Store();

    internal Option<string?> Blobs { get; } = Shared.Blobs();

    internal Option<string?> Server { get; } = RemoteServer.Option();

    internal Option<bool> Json { get; } = Shared.AsJson();
}
