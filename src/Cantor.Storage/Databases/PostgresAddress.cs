using System.Globalization;
using Cantor.Corpus;
using Npgsql;

namespace Cantor.Storage.Databases;

/// <summary>What <c>postgres://user:password@host:port/database?sslmode=require</c> means. Every part is URL-decoded.</summary>
/// <param name="Name">The address without password and options, for messages.</param>
/// <param name="ConnectionString">The same for Npgsql, with what Cantor wants where nothing is said.</param>
sealed record PostgresAddress(string Name, string ConnectionString)
{
    static readonly string[] Schemes = ["postgres://", "postgresql://"];

    // Options of libpq and what Npgsql calls them.
    static readonly Dictionary<string, string> Options = new(StringComparer.Ordinal)
    {
        ["application_name"] = "Application Name",
        ["command_timeout"] = "Command Timeout",
        ["connect_timeout"] = "Timeout",
        ["host"] = "Host",
        ["keepalives_idle"] = "Keepalive",
        ["pool_max"] = "Maximum Pool Size",
        ["pool_min"] = "Minimum Pool Size",
        ["search_path"] = "Search Path",
        ["sslmode"] = "SSL Mode",
        ["sslrootcert"] = "Root Certificate",
    };

    /// <summary>Without the password: this may end up in a message.</summary>
    public override string ToString() => Name;

    internal static bool IsOne(string store) => Array.Exists(Schemes, scheme => store.StartsWith(scheme, StringComparison.Ordinal));

    /// <exception cref="InputFaultException">It has another form. The message never holds the password.</exception>
    internal static PostgresAddress Parse(string store)
    {
        var scheme = Array.Find(Schemes, scheme => store.StartsWith(scheme, StringComparison.Ordinal))!;
        var (place, options) = Cut(store[scheme.Length..], store.IndexOf('?', StringComparison.Ordinal) - scheme.Length);
        // Else a part of the password would be taken for a host or an option, and told.
        if (options.Contains('@', StringComparison.Ordinal))
            throw new InputFaultException(scheme + "…", null, "there is an @ behind the first ?; expected a ? of the user or password as %3F, and an @ of an option as %40");
        var (login, server) = place.LastIndexOf('@') is var at and >= 0 ? (place[..at], place[(at + 1)..]) : ("", place);
        var (user, password) = Cut(login, login.IndexOf(':', StringComparison.Ordinal));
        var (address, database) = Cut(server, server.IndexOf('/', StringComparison.Ordinal));
        var colon = address.LastIndexOf(':');
        var (host, port) = Cut(address, colon > address.LastIndexOf(']') ? colon : -1);
        var name = $"{scheme}{(user.Length > 0 ? user + "@" : "")}{address}/{database}";

        var connection = new NpgsqlConnectionStringBuilder
        {
            ApplicationName = "cantor",
            Host = host.Length > 0 ? Decode(host).Trim('[', ']') : "localhost",
            MinPoolSize = 2,
            MaxPoolSize = 16,
            KeepAlive = 30,
            Timeout = 3,
            CommandTimeout = 5,
        };
        if (user.Length > 0) connection.Username = Decode(user);
        if (password.Length > 0) connection.Password = Decode(password);
        if (database.Length > 0) connection.Database = Decode(database);
        if (port.Length > 0)
            connection.Port = int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and < 65536
                ? number
                : port.All(char.IsAsciiDigit) ? throw new InputFaultException(name, null, $"the port is \"{port}\"; expected a number from 1 to 65535")
                // Who forgot the host wrote the password there.
                : throw new InputFaultException(scheme + "…", null, $"the port is no number; expected {scheme}user:password@host:port/database");
        foreach (var option in options.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (key, value) = Cut(option, option.IndexOf('=', StringComparison.Ordinal));
            if (!Options.TryGetValue(key, out var theirs))
                throw new InputFaultException(name, null, $"there is no option \"{key}\"; expected {string.Join(", ", Options.Keys)}");
            try
            {
                connection[theirs] = key == "sslmode" ? Decode(value).Replace("-", "", StringComparison.Ordinal) : Decode(value);
            }
            catch (Exception fault) when (fault is ArgumentException or FormatException or OverflowException or InvalidCastException)
            {
                throw new InputFaultException(name, null, $"{key} is \"{value}\": {fault.Message}", fault);
            }
        }
        return new(name, connection.ConnectionString);
    }

    static (string Before, string After) Cut(string text, int at) => at >= 0 ? (text[..at], text[(at + 1)..]) : (text, "");

    static string Decode(string text) => Uri.UnescapeDataString(text);
}
