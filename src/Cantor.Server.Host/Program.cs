using System.Reflection;
using Cantor.Corpus;
using Cantor.Server;
using Cantor.Server.Host;
using Cantor.Storage;

if (args.AsSpan().ContainsAny(["--help", "-h"]))
{
    Console.Out.Write(Arguments.Help);
    return 0;
}
if (args.AsSpan().Contains("--version"))
{
    Console.Out.WriteLine(typeof(Arguments).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion);
    return 0;
}
if (args is ["build", ..]) return await StoreBuild.RunAsync(args.AsMemory(1));
if (Arguments.Read(args, Environment.GetEnvironmentVariable("CANTOR_DATA"), Environment.GetEnvironmentVariable("CANTOR_STORE"), out var options) is { } fault)
{
    Console.Error.WriteLine($"cantor-server: {fault}");
    return 2;
}
try
{
    await using var server = await CantorServer.CreateAsync(options.With(Environment.GetEnvironmentVariable), CancellationToken.None);
    await server.RunAsync();
    return 0;
}
catch (Exception refused) when (refused is InputFaultException or StoreUnavailableException or IOException or System.Net.Sockets.SocketException)
{
    // An option, the data directory, or a port that is taken.
    Console.Error.WriteLine($"cantor-server: {refused.Message}");
    return 2;
}
