using System.Globalization;

namespace Cantor.Server.Host;

/// <summary>What was typed, made into what the server takes.</summary>
static class Arguments
{
    internal const string Help = """
        cantor-server: serves the live releases of a data directory over HTTP.

        usage: cantor-server [options]
          --data DIR              the data directory (default: the variable CANTOR_DATA, else ./cantor-data)
          --store STORE           postgres://user:password@host/database, or a data directory (default: the variable CANTOR_STORE, else --data)
          --blobs PLACE           where release files come from: a directory, s3://bucket/prefix or gs://bucket/prefix
          --when-stale serve|refuse  when the store is away for more than 5 s (default serve, with the header Cantor-Stale)
          --open yes|no           serve other machines although there are no keys (default no)
          --overlay-max N         items pushed over a release before it must be built anew (default 10000)
          --urls URL[,URL]        where to listen (default http://127.0.0.1:8080)
          --drain SECONDS         how long to go on serving after SIGTERM, 0 to 600 (default 0)
          --max-connections N     connections held open at once (default 10000)
          --log plain|json        how log lines look (default plain)
          --version               the version and its commit
          --help                  this text

        """;

    /// <summary>Reads the arguments; nothing is checked here that <see cref="ServerOptions.Faults"/> checks.</summary>
    /// <returns>Null, or the first fault in plain words.</returns>
    internal static string? Read(ReadOnlySpan<string> arguments, string? dataVariable, string? storeVariable, out ServerOptions options)
    {
        options = new() { DataDirectory = string.IsNullOrEmpty(dataVariable) ? "./cantor-data" : dataVariable, Store = string.IsNullOrEmpty(storeVariable) ? null : storeVariable };
        for (var i = 0; i < arguments.Length; i += 2)
        {
            var name = arguments[i];
            if (name is not ("--data" or "--urls" or "--drain" or "--max-connections" or "--log" or "--store" or "--open" or "--overlay-max" or "--blobs" or "--when-stale"))
                return $"{(name.StartsWith('-') ? $"the option {name.Split('=')[0]} is not known" : "an argument is no option")}; --help lists those that are"; // what else stands there may be a password
            if (i + 1 == arguments.Length)
                return $"{name} has no value";
            if (Take(name, arguments[i + 1], ref options) is { } expected)
                return $"{name} is {arguments[i + 1]}; expected {expected}";
        }
        return null;
    }

    static string? Take(string name, string value, ref ServerOptions options)
    {
        switch (name)
        {
            case "--data":
                options = options with { DataDirectory = value };
                return null;
            case "--urls":
                options = options with { Urls = value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) };
                return null;
            case "--store":
                options = options with { Store = value };
                return null;
            case "--blobs":
                options = options with { Blobs = value };
                return null;
            case "--when-stale":
                if (value is not ("serve" or "refuse")) return "serve or refuse";
                options = options with { RefuseWhenStale = value is "refuse" };
                return null;
            case "--open":
                if (value is not ("yes" or "no")) return "yes or no";
                options = options with { Open = value is "yes" };
                return null;
            case "--overlay-max":
                if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var most)) return "a whole number from 1 to 1000000";
                options = options with { OverlayMax = most };
                return null;
            case "--drain":
                if (!double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) || !(seconds <= ServerOptions.MaxDrain.TotalSeconds))
                    return "seconds from 0 to 600";
                options = options with { Drain = TimeSpan.FromSeconds(seconds) };
                return null;
            case "--max-connections":
                if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var connections))
                    return "a whole number from 1 to 1000000";
                options = options with { MaxConnections = connections };
                return null;
            default:
                if (value is not ("plain" or "json"))
                    return "plain or json";
                options = options with { Log = value is "json" ? LogFormat.Json : LogFormat.Plain };
                return null;
        }
    }
}
