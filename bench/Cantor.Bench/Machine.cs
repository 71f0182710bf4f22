using System.Reflection;
using System.Runtime.InteropServices;

namespace Cantor.Bench;

/// <summary>What a result was measured with: without it a number is worth little.</summary>
static class Machine
{
    /// <summary>The processor, how many of it, the runtime and Cantor's version with its commit.</summary>
    internal static string Describe() =>
        $"{Environment.ProcessorCount} × {Processor()}, {RuntimeInformation.OSArchitecture}, {RuntimeInformation.FrameworkDescription}, Cantor {Version()}";

    static string Processor() =>
        !File.Exists("/proc/cpuinfo") ? "unnamed processor"
        : File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim()
            ?? "unnamed processor";

    static string Version() =>
        typeof(Machine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "of unknown version";
}
