using Cantor.Gateway.Config;
using Cantor.Sources.Config;

namespace Cantor.Fleet;

/// <summary>
/// What a service's file says of the gateway that stands before its old API: a <c>gateway.yaml</c> without what follows from the service.
/// The old API's address stands in each environment.
/// </summary>
sealed class GatewaySection
{
    /// <summary>Where servers are for a gateway beside them.</summary>
    const string Servers = "http://stable";

    readonly YamlFields _fields;
    readonly string _service;
    readonly Func<IEnumerable<string>, string?> _notNamed;

    GatewaySection(YamlFields fields, string service, Func<IEnumerable<string>, string?> notNamed) => (_fields, _service, _notNamed) = (fields, service, notNamed);

    /// <param name="root">The service's file.</param>
    /// <param name="service">The service's name.</param>
    /// <param name="notNamed">What is wrong with variables that are used; null when nothing is.</param>
    internal static GatewaySection Read(YamlFields root, string service, Func<IEnumerable<string>, string?> notNamed)
    {
        var fields = root.Fields("gateway", ["new", .. GatewayFile.Fields]);
        var routes = fields.Named("routes");
        foreach (var route in routes.Names)
            foreach (var ids in new[] { "ids", "newIds" })
                if (routes.Named(route).Named(ids).Names.Contains("map")) throw routes.Named(route).Named(ids).Fault("map", "names a file that no pod has; expected strip and prefix to say how ids differ");
        GatewayFile.Read(fields, "/");
        var section = new GatewaySection(fields, service, notNamed);
        section.CheckSide(fields, "new", Servers);
        return section;
    }

    /// <summary>The gateway before the API that an environment names under <c>old</c>.</summary>
    internal Migration Before(YamlFields environment)
    {
        var old = CheckSide(environment, "old", null);
        var yaml = $"name: {_service}\nold:\n{Indented(environment.Fields("old", ["url", "headers"]).ToYaml())}new:\n  url: {Servers}\n{Indented(_fields.Fields("new", ["headers"]).ToYaml())}{_fields.ToYaml(without: "new")}";
        return new(new(old.Url), yaml);
    }

    SideConfig CheckSide(YamlFields fields, string name, string? url)
    {
        var used = new SortedSet<string>(StringComparer.Ordinal);
        var side = GatewayFile.ReadSide(fields, name, variable =>
        {
            used.Add(variable);
            return variable;
        }, url);
        return _notNamed(used) is { } fault ? throw fields.Fault(name, fault) : side;
    }

    static string Indented(string yaml) => string.Concat(yaml.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => $"  {line}\n"));
}
