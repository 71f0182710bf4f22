using System.Runtime.CompilerServices;

namespace Cantor.Testing;

/// <summary>Compares with a committed text in the folder Golden beside the test. CANTOR_UPDATE_GOLDEN=1 writes it anew.</summary>
static class Golden
{
    internal static void Check(string name, string actual, [CallerFilePath] string caller = "")
    {
        var path = Path.Combine(Path.GetDirectoryName(caller)!, "Golden", name);
        if (Environment.GetEnvironmentVariable("CANTOR_UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual);
        }
        Assert.True(File.Exists(path), $"there is no {path}; CANTOR_UPDATE_GOLDEN=1 writes it");
        Assert.Equal(File.ReadAllText(path), actual);
    }

    /// <summary>The repository's root.</summary>
    internal static string Root([CallerFilePath] string caller = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(caller)!, "../.."));
}
