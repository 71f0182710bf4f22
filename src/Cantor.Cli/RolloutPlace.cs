using System.CommandLine;
using Cantor.Corpus;
using Cantor.Storage;
using Cantor.Storage.Rollouts;

namespace Cantor.Cli;

/// <summary>What a command of rollouts is about: one of a collection's releases, a gateway's route, or the server's version; in a store, or at a server.</summary>
/// <param name="Subject">Which of the three.</param>
/// <param name="Name">The collection, GATEWAY/ROUTE, or what the store calls its servers.</param>
/// <param name="Version">Of a version: which one; null for whichever.</param>
/// <param name="Server">The server's address; null for a store.</param>
/// <param name="Store">The store; null for the data directory.</param>
/// <param name="Data">The data directory.</param>
sealed record RolloutPlace(RolloutSubject Subject, string Name, string? Version, string? Server, string? Store, string Data)
{
    /// <summary>What it is called in sentences.</summary>
    internal string Told => Subject is RolloutSubject.Version ? "the server's version" : Name;

    /// <summary>How a command that is about the same ends.</summary>
    internal string Typed => Subject switch { RolloutSubject.Release => Name, RolloutSubject.Route => $"--route {Name}", _ => "--version" };

    /// <summary>Whoever gets a share of it.</summary>
    internal string Share => Subject is RolloutSubject.Version ? "requests" : "units";

    /// <summary>Where it is at a server.</summary>
    internal string Address => Subject is RolloutSubject.Version ? "/v1/rollouts" : $"/v1/collections/{Uri.EscapeDataString(Name)}/rollouts";

    internal Task<Store> OpenAsync(CancellationToken cancellationToken) => Shared.OpenStoreAsync(Store, Data, cancellationToken);

    /// <summary>The options by which people say so.</summary>
    internal sealed class Options
    {
        internal Argument<string?> Collection { get; } = new("COLLECTION") { Description = "The collection, where a release is meant.", Arity = ArgumentArity.ZeroOrOne };

        internal Option<string?> Route { get; } = new("--route") { Description = "Instead of a collection: a route of a gateway, GATEWAY/ROUTE." };

        internal Option<string?> Version { get; } = new("--version") { Description = "Instead of a collection: the version of the server; which one, where one is begun.", Arity = ArgumentArity.ZeroOrOne };

        internal Option<string> Data { get; } = Shared.Data();

        internal Option<string?> Store { get; } = Shared.Store();

        internal Option<string?> Server { get; } = RemoteServer.Option();

        internal Option<bool> Json { get; } = Shared.AsJson();

        /// <summary>Reads them.</summary>
        /// <param name="parsed">What was typed.</param>
        /// <param name="begins">True where a rollout is begun: only there is it said which version.</param>
        internal RolloutPlace Read(ParseResult parsed, bool begins = false)
        {
            var (collection, route, isVersion) = (parsed.GetValue(Collection), parsed.GetValue(Route), parsed.GetResult(Version) is not null);
            if ((collection is not null ? 1 : 0) + (route is not null ? 1 : 0) + (isVersion ? 1 : 0) != 1)
                throw new InputFaultException("COLLECTION", null, "expected one of a collection, --route GATEWAY/ROUTE and --version");
            var (server, store, data) = (parsed.GetValue(Server), parsed.GetValue(Store), parsed.GetValue(Data)!);
            if (isVersion && !begins && parsed.GetValue(Version) is { } value) throw new InputFaultException("--version", null, $"expected nothing behind it, found {value}; --rollout names another rollout than the last one");
            if (isVersion) return new(RolloutSubject.Version, RolloutTable.ServerName, parsed.GetValue(Version), server, store, data);
            if (route is null) return new(RolloutSubject.Release, collection!, null, server, store, data);
            if (route.Split('/') is not [{ Length: > 0 }, { Length: > 0 }]) throw new InputFaultException("--route", null, $"expected GATEWAY/ROUTE, found {route}");
            if (server is not null) throw new InputFaultException("--route", null, "is in the gateway's store; expected --store or --data instead of --server");
            return new(RolloutSubject.Route, route, null, null, store, data);
        }
    }
}
