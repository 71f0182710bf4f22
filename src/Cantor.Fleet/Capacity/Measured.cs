using System.Text.Json;

namespace Cantor.Fleet.Capacity;

/// <summary>
/// What the benchmark <c>capacity</c> measured, in <c>bench/results/capacity.json</c>: the slopes and bases that <see cref="CapacityPlan"/> reckons with.
/// </summary>
/// <param name="Machine">What it was measured on.</param>
/// <param name="Server">What a server takes.</param>
/// <param name="Build">What a build takes.</param>
/// <param name="Sharing">One process for many collections beside a process for each.</param>
public sealed record Measured(string Machine, ServerCost Server, BuildCost Build, SharingCost Sharing)
{
    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, RespectRequiredConstructorParameters = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What is committed.</summary>
    public static Measured Committed { get; } = Read();

    /// <summary>As JSON, for the file.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json) + "\n";

    static Measured Read()
    {
        using var stream = typeof(Measured).Assembly.GetManifestResourceStream("measured.json")!;
        return JsonSerializer.Deserialize<Measured>(stream, Json)!;
    }
}

/// <summary>What a server takes.</summary>
/// <param name="BaseBytes">Memory of its own, serving one collection of few items.</param>
/// <param name="BytesACollection">Memory of its own that a further collection adds.</param>
/// <param name="OwnBytesAnItem">Memory of its own that an item adds.</param>
/// <param name="FileBytesAnItem">Bytes of the release file that an item adds; mapped, they are the system's cache.</param>
/// <param name="ProcessorMicrosARequest">Processor time of a request in microseconds.</param>
/// <param name="StartSeconds">From its start to its first answer.</param>
public sealed record ServerCost(long BaseBytes, long BytesACollection, double OwnBytesAnItem, double FileBytesAnItem, double ProcessorMicrosARequest, double StartSeconds);

/// <summary>What a build takes.</summary>
/// <param name="BaseBytes">Memory of a build of few items.</param>
/// <param name="BytesAnItem">Memory that an item adds.</param>
/// <param name="BaseSeconds">Processor time of a build of few items.</param>
/// <param name="ProcessorMicrosAnItem">Processor time that an item adds, in microseconds.</param>
public sealed record BuildCost(long BaseBytes, double BytesAnItem, double BaseSeconds, double ProcessorMicrosAnItem);

/// <summary>One process that serves all collections beside a process for each.</summary>
/// <param name="Collections">How many collections.</param>
/// <param name="ItemsEach">Items of each.</param>
/// <param name="TogetherBytes">Memory of the one process, its share of what is mapped included.</param>
/// <param name="ApartBytes">Memory of all processes together, counted alike.</param>
public sealed record SharingCost(int Collections, int ItemsEach, long TogetherBytes, long ApartBytes);
