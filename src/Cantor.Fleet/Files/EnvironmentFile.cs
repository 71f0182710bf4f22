using System.Text.RegularExpressions;
using Cantor.Sources.Config;

namespace Cantor.Fleet;

/// <summary>Reads environments.yaml. <c>api/environments.schema.json</c> describes it for editors.</summary>
static partial class EnvironmentFile
{
    static readonly string[] Fields = ["project", "region", "domain", "version"];

    internal const string VersionForm = "a version such as 1.4.0";

    internal static (string Images, IReadOnlyList<FleetEnvironment> Environments) Read(string file)
    {
        var root = YamlFields.Load(file, ["images", "environments"]);
        var images = root.Text("images", ImagePlace(), "a place of images without a tag, such as europe-west1-docker.pkg.dev/PROJECT/cantor") ?? throw root.Fault("images", "is missing; expected the place where images are kept");
        var all = root.Fields("environments", Names);
        var environments = Enum.GetValues<EnvironmentName>().Where(name => all.Names.Contains(Text(name))).Select(name => Environment(all, name)).ToArray();
        if (environments.GroupBy(one => one.Project, StringComparer.Ordinal).FirstOrDefault(alike => alike.Count() > 1) is { } alike)
            throw all.Fields(alike.Last().Text, Fields).Fault("project", $"is {alike.Key}, which {alike.First().Text} has; expected a project of its own: clusters, databases and buckets of environments are called alike");
        return environments.Length > 0 ? (images, environments) : throw root.Fault("environments", $"is missing; expected some of {string.Join(", ", Names)}");
    }

    internal static readonly string[] Names = [.. Enum.GetValues<EnvironmentName>().Select(Text)];

    static string Text(EnvironmentName name) => name.ToString().ToLowerInvariant();

    static FleetEnvironment Environment(YamlFields all, EnvironmentName name)
    {
        var fields = all.Fields(Text(name), Fields);
        return new(name,
            Needed("project", ProjectId(), "the id of a Google Cloud project"),
            Needed("region", Region(), "a region such as europe-west1"),
            Needed("domain", Domain(), "a domain such as related.example.com"),
            Needed("version", Version(), VersionForm));

        string Needed(string field, Regex form, string expected) => fields.Text(field, form, expected) ?? throw fields.Fault(field, $"is missing; expected {expected}");
    }

    [GeneratedRegex(@"^[a-z0-9][a-z0-9.-]*(:[0-9]+)?(/[a-z0-9][a-z0-9._-]*)+\z")]
    private static partial Regex ImagePlace();

    [GeneratedRegex(@"^[a-z][a-z0-9-]{4,28}[a-z0-9]\z")]
    private static partial Regex ProjectId();

    [GeneratedRegex(@"^[a-z]+-[a-z]+[0-9]+\z")]
    private static partial Regex Region();

    [GeneratedRegex(@"^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}\z")]
    private static partial Regex Domain();

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}\z")]
    internal static partial Regex Version();
}
