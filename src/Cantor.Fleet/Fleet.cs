using Cantor.Corpus;
using Cantor.Fleet.Capacity;

namespace Cantor.Fleet;

/// <summary>What an environment is called; its overlay in deploy/kubernetes has the same name.</summary>
public enum EnvironmentName
{
    /// <summary>Where things are tried.</summary>
    Dev,

    /// <summary>Like production, without its users.</summary>
    Staging,

    /// <summary>What users get.</summary>
    Prod,
}

/// <summary>An environment: a project of Google Cloud with a cluster, a database and a bucket that its services share.</summary>
/// <param name="Name">Which.</param>
/// <param name="Project">The project's id.</param>
/// <param name="Region">The region of all of it.</param>
/// <param name="Domain">A service answers as NAME.DOMAIN.</param>
/// <param name="Version">The version of the server where a service does not name another.</param>
public sealed record FleetEnvironment(EnvironmentName Name, string Project, string Region, string Domain, string Version)
{
    /// <summary>The name as people write it.</summary>
    public string Text => Name.ToString().ToLowerInvariant();
}

/// <summary>All services, and where they run.</summary>
/// <param name="Images">Where images are kept: the server's is IMAGES/cantor-server, the command's IMAGES/cantor.</param>
/// <param name="Environments">dev, staging, prod, in this order; those that there are.</param>
/// <param name="Services">By name.</param>
/// <param name="Prices">What things cost there; null when the folder does not say.</param>
public sealed record Fleet(string Images, IReadOnlyList<FleetEnvironment> Environments, IReadOnlyList<FleetService> Services, Prices? Prices)
{
    /// <summary>What all services share stands in this file of the fleet's folder; the others are services.</summary>
    public const string EnvironmentsFile = "environments.yaml";

    /// <summary>Reads a folder.</summary>
    /// <param name="folder">It holds <see cref="EnvironmentsFile"/>, a file NAME.yaml for each service and, maybe, <see cref="Capacity.Prices.File"/>.</param>
    /// <exception cref="FleetFaultException">Files are wrong; every one of them is named with its first fault.</exception>
    public static Fleet Load(string folder)
    {
        if (!Directory.Exists(folder)) throw new FleetFaultException([new InputFaultException(folder, null, "there is no such folder; expected one with environments.yaml and a file for each service")]);
        var faults = new List<InputFaultException>();
        var (images, environments) = Try(() => EnvironmentFile.Read(Path.Combine(folder, EnvironmentsFile)), ("", []));
        var known = faults.Count == 0 ? environments : null;
        var services = Files(folder).Select(file => Try(() => ServiceFile.Read(file, known), null)).OfType<FleetService>().ToArray();
        var prices = Path.Combine(folder, Capacity.Prices.File) is var file && File.Exists(file) ? Try(() => Capacity.Prices.Load(file), null) : null;
        return faults.Count == 0 ? new(images, environments, services, prices) : throw new FleetFaultException(faults);

        T Try<T>(Func<T> read, T otherwise)
        {
            try
            {
                return read();
            }
            catch (InputFaultException fault)
            {
                faults.Add(fault);
                return otherwise;
            }
        }
    }

    /// <summary>The files of services in a folder, by name.</summary>
    internal static IEnumerable<string> Files(string folder) =>
        Directory.EnumerateFiles(folder).Where(file => Path.GetExtension(file) is ".yaml" or ".yml" && Path.GetFileName(file) is not EnvironmentsFile and not Capacity.Prices.File).Order(StringComparer.Ordinal);
}

/// <summary>Files of a fleet are wrong.</summary>
public sealed class FleetFaultException(IReadOnlyList<InputFaultException> faults)
    : Exception(string.Join(Environment.NewLine, faults.Select(fault => fault.Message)))
{
    /// <summary>What is wrong, a file each.</summary>
    public IReadOnlyList<InputFaultException> Faults { get; } = faults;
}
