using System.Text;

namespace Cantor.Fleet.Rendering;

/// <summary>Everything that is derived from a fleet, as texts of files. The same fleet gives the same texts.</summary>
public static class FleetRendering
{
    /// <summary>Makes the files of all services.</summary>
    /// <param name="fleet">The fleet.</param>
    /// <param name="kubernetesFrom">The path from a service's environment, OUT/NAME/ENVIRONMENT, to deploy/kubernetes, with / between its parts.</param>
    /// <returns>Texts by path below the folder of output; every path begins with the name of the service that it belongs to.</returns>
    public static SortedDictionary<string, string> Render(Fleet fleet, string kubernetesFrom)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var service in fleet.Services)
        {
            files.Add($"{service.Name}/service.json", ServiceFacts.Json(fleet, service));
            files.Add($"{service.Name}/runbook.md", Runbook.Text(fleet, service));
            foreach (var collection in service.Collections) files.Add($"{service.Name}/collections/{collection.Name}.yaml", Marked(service, collection.Yaml));
            files.Add($"{service.Name}/collections/kustomization.yaml", Marked(service, CollectionsOf(service)));
            foreach (var at in service.Environments)
            {
                files.Add($"{service.Name}/{at.At.Text}/kustomization.yaml", Marked(service, Kustomization.Text(fleet, service, at, kubernetesFrom)));
                if (at.Migration is { } migration) files.Add($"{service.Name}/{at.At.Text}/gateway.yaml", Marked(service, migration.Yaml));
                if (service.Secrets.Count > 0) files.Add($"{service.Name}/{at.At.Text}/secrets.yaml", Marked(service, Kustomization.Secrets(service, at)));
            }
        }
        return files;
    }

    static string Marked(FleetService service, string yaml) => $"# Rendered by cantor fleet render from {service.Name}.yaml of the fleet; what is changed here is lost.\n{yaml}";

    // The index of a build's pod names the file: the first collection is built by pod 0, or, alone, by all of them.
    static string CollectionsOf(FleetService service)
    {
        var text = new StringBuilder("""
            apiVersion: kustomize.config.k8s.io/v1beta1
            kind: Kustomization
            generatorOptions:
              disableNameSuffixHash: true # each build reads them anew
            configMapGenerator:
            - name: cantor-collections
              files:

            """);
        for (var i = 0; i < service.Collections.Count; i++) text.Append(FormattableString.Invariant($"  - {i}.yaml={service.Collections[i].Name}.yaml\n"));
        return text.ToString();
    }
}
