using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cantor.Tools.Sbom;

/// <summary>A bill of materials out of what restore wrote down. The same packages give the same text: no time, no random number.</summary>
static class BillOfMaterials
{
    static readonly string[] Parts = ["runtime", "native", "runtimeTargets"];
    static readonly JsonSerializerOptions Readable = new() { WriteIndented = true };

    /// <param name="assets">The text of project.assets.json.</param>
    /// <param name="name">The program.</param>
    /// <param name="version">Its version.</param>
    internal static string Of(string assets, string name, string version)
    {
        var json = JsonNode.Parse(assets)!;
        var libraries = json["libraries"]!.AsObject();
        // With a runtime the target of it is the last: it names what is native, too.
        var target = json["targets"]!.AsObject().OrderBy(one => one.Key.Length).Last().Value!.AsObject();
        var shipped = target.Where(package => (string?)package.Value!["type"] == "package" && IsShipped(package.Value!)).Select(package => package.Key).ToHashSet(StringComparer.Ordinal);
        var components = shipped.Select(key => Component(key.Split('/')[0], key.Split('/')[1], (string?)libraries[key]?["sha512"])).Concat(Runtimes(json)).OrderBy(component => (string?)component["bom-ref"], StringComparer.Ordinal).ToArray();
        var keys = shipped.ToDictionary(key => key.Split('/')[0], key => key, StringComparer.OrdinalIgnoreCase);
        var dependencies = shipped.Order(StringComparer.Ordinal).Select(key => new JsonObject
        {
            ["ref"] = Purl(key.Split('/')[0], key.Split('/')[1]),
            ["dependsOn"] = new JsonArray([.. (target[key]!["dependencies"]?.AsObject() ?? []).Where(one => keys.ContainsKey(one.Key)).Select(one => keys[one.Key].Split('/')).Select(one => (JsonNode?)Purl(one[0], one[1]))]),
        });
        return new JsonObject
        {
            ["bomFormat"] = "CycloneDX",
            ["specVersion"] = "1.6",
            ["version"] = 1,
            ["metadata"] = new JsonObject { ["component"] = new JsonObject { ["type"] = "application", ["bom-ref"] = name, ["name"] = name, ["version"] = version, ["licenses"] = new JsonArray(new JsonObject { ["license"] = new JsonObject { ["id"] = "Apache-2.0" } }) } },
            ["components"] = new JsonArray([.. components]),
            ["dependencies"] = new JsonArray([.. dependencies]),
        }.ToJsonString(Readable) + "\n";
    }

    // Analyzers and the like stand in restore's lists but bring nothing that runs.
    static bool IsShipped(JsonNode package) =>
        Parts.Any(part => package[part] is JsonObject files && files.Any(file => !file.Key.EndsWith("/_._", StringComparison.Ordinal)));

    /// <summary>The runtime itself, where it is compiled into the program.</summary>
    static IEnumerable<JsonObject> Runtimes(JsonNode json) =>
        from framework in json["project"]!["frameworks"]!.AsObject()
        from download in framework.Value!["downloadDependencies"] as JsonArray ?? []
        let name = (string)download!["name"]!
        where name.Contains(".Runtime.", StringComparison.Ordinal) && !name.Contains("ILCompiler", StringComparison.Ordinal)
        select Component(name, ((string)download!["version"]!).Trim('[', ']').Split(',')[0].Trim(), null);

    static JsonObject Component(string name, string version, string? sha512)
    {
        var component = new JsonObject { ["type"] = "library", ["bom-ref"] = Purl(name, version), ["name"] = name, ["version"] = version, ["purl"] = Purl(name, version) };
        if (sha512 is not null) component["hashes"] = new JsonArray(new JsonObject { ["alg"] = "SHA-512", ["content"] = Convert.ToHexStringLower(Convert.FromBase64String(sha512)) });
        return component;
    }

    static string Purl(string name, string version) => $"pkg:nuget/{name}@{version}";
}
