using System.Text;
using Cantor.Tools.Sbom;

// Writes what a program is made of, for its image: the packages that restore put into it, as CycloneDX 1.6.
if (args is not [var assets, var name, var version, var output])
{
    Console.Error.WriteLine("usage: dotnet run --project tools/Sbom -- artifacts/obj/PROJECT/project.assets.json NAME VERSION OUTPUT");
    return 2;
}
try
{
    File.WriteAllText(output, BillOfMaterials.Of(File.ReadAllText(assets), name, version), new UTF8Encoding(false));
    return 0;
}
catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or System.Text.Json.JsonException)
{
    Console.Error.WriteLine($"sbom: {fault.Message}");
    return 2;
}
