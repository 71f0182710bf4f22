using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Cantor.Corpus;
using Npgsql;

namespace Cantor.Sources.Sql;

/// <summary>
/// What <c>postgres://user:password@host:port/database?sslmode=require&amp;query=SELECT …</c> means. Every part is URL-decoded; the
/// query comes last and reaches to the end, so that <c>&amp;</c>, <c>?</c> and <c>#</c> in it stand for themselves.
/// </summary>
/// <param name="Name">The source without password and query, for messages.</param>
/// <param name="Query">The SQL.</param>
/// <param name="Connection">How to connect.</param>
sealed record PostgresUrl(string Name, string Query, NpgsqlConnectionStringBuilder Connection)
{
    static readonly string[] Schemes = ["postgres://", "postgresql://"];

    /// <summary>Without the password: this may end up in a message.</summary>
    public override string ToString() => Name;

    internal static bool IsOne(string source) => Array.Exists(Schemes, scheme => source.StartsWith(scheme, StringComparison.Ordinal));

    /// <exception cref="InputFaultException">It has another form. The message never holds the password.</exception>
    internal static PostgresUrl Parse(string source)
    {
        var scheme = Array.Find(Schemes, scheme => source.StartsWith(scheme, StringComparison.Ordinal))!;
        var rest = source[scheme.Length..];
        var mark = rest.IndexOf('?', StringComparison.Ordinal);
        var (place, options) = mark < 0 ? (rest, "") : (rest[..mark], rest[(mark + 1)..]);
        var at = place.LastIndexOf('@');
        var (user, password) = Cut(at < 0 ? "" : place[..at], ':');
        var (server, database) = Cut(place[(at + 1)..], '/');
        var colon = server.LastIndexOf(':') is var last && last > server.LastIndexOf(']') ? last : -1;
        var (host, port) = colon < 0 ? (server, "") : (server[..colon], server[(colon + 1)..]);
        var name = $"{scheme}{(user.Length > 0 ? user + "@" : "")}{server}/{database}";

        var connection = new NpgsqlConnectionStringBuilder
        {
            Host = host.Length > 0 ? Decode(host).Trim('[', ']') : "localhost",
            ApplicationName = "cantor",
            CommandTimeout = 0,
            Pooling = false,
        };
        if (user.Length > 0) connection.Username = Decode(user);
        if (password.Length > 0) connection.Password = Decode(password);
        if (database.Length > 0) connection.Database = Decode(database);
        if (port.Length > 0)
            connection.Port = int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and < 65536
                ? number
                : Throw<int>(name, $"the port is \"{port}\"; expected a number from 1 to 65535");

        while (options.Length > 0 && !options.StartsWith("query=", StringComparison.Ordinal))
        {
            var (option, more) = Cut(options, '&');
            var (key, value) = Cut(option, '=');
            if (Set(connection, key, Decode(value)) is { } fault) Throw<int>(name, fault);
            options = more;
        }
        var query = options.Length > 0 ? Decode(options["query=".Length..]).Trim().TrimEnd(';') : "";
        return query.Length > 0 ? new(name, query, connection) : Throw<PostgresUrl>(name, "no query; expected …?query=SELECT … at the end");
    }

    /// <summary>The message without the password, whoever wrote it.</summary>
    internal string WithoutPassword(string message) =>
        string.IsNullOrEmpty(Connection.Password) ? message : message.Replace(Connection.Password, "***", StringComparison.Ordinal);

    static string? Set(NpgsqlConnectionStringBuilder connection, string key, string value)
    {
        const string modes = "disable, allow, prefer, require, verify-ca or verify-full";
        switch (key)
        {
            case "host": connection.Host = value; return null;
            case "application_name": connection.ApplicationName = value; return null;
            case "sslrootcert": connection.RootCertificate = value; return null;
            case "sslmode":
                if (!Enum.TryParse<SslMode>(value.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var mode) || char.IsDigit(value[0]))
                    return $"sslmode is \"{value}\"; expected {modes}";
                connection.SslMode = mode;
                return null;
            case "connect_timeout":
                if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds > 1024)
                    return $"connect_timeout is \"{value}\"; expected seconds from 0 to 1024";
                connection.Timeout = seconds;
                return null;
            default: return $"there is no option \"{key}\"; expected application_name, connect_timeout, host, sslmode, sslrootcert, and query at the end";
        }
    }

    static (string Before, string After) Cut(string text, char at) =>
        text.IndexOf(at, StringComparison.Ordinal) is var i and >= 0 ? (text[..i], text[(i + 1)..]) : (text, "");

    static string Decode(string text) => Uri.UnescapeDataString(text);

    [DoesNotReturn]
    static T Throw<T>(string name, string fault) => throw new InputFaultException(name, null, fault);
}
