using System.Globalization;
using Cantor.Bench;
using Cantor.Corpus;
using Cantor.Neighbors;

const string Usage = """
    Measures Cantor against its peers: time, peak memory and quality, on one machine in one run.

    usage: dotnet run -c Release --project bench/Cantor.Bench -- related --data DIR
               [--corpora rfc,cppdocs-en,debian-ja,debian] [--threads 2] [--runs 1] [--out bench/results]

    --data DIR   holds a folder for each corpus, with contents.jsonl.gz and judgments.tsv.gz
    --corpora    which of them, separated by commas; one that is not there is named and left out
    --threads    how many threads each engine may use
    --runs       how often each engine builds each corpus; the fastest run is reported
    --out        where related.md and related.json are written

           dotnet run -c Release --project bench/Cantor.Bench -- dense [--items 63436] [--dimensions 256]
               [--methods exact,bytes,pruned] [--peers faiss,hnswlib] [--threads 2] [--out bench/results]

           dotnet run -c Release --project bench/Cantor.Bench -- fresh [--items 100000] [--writes 20] [--seconds 60] [--store postgres://…] [--out bench/results]

           dotnet run -c Release --project bench/Cantor.Bench -- restart [--items 100000] [--pushed 0,1000,10000] [--out bench/results]

           dotnet run -c Release --project bench/Cantor.Bench -- unseen [--items 1000000] [--dimensions 256] [--threads 2] [--out bench/results]

           dotnet run -c Release --project bench/Cantor.Bench -- rollback [--rounds 20] [--callers 8] [--store postgres://…] [--out bench/results]

           dotnet run -c Release --project bench/Cantor.Bench -- gateway [--rounds 20] [--out bench/results]

           dotnet run -c Release --project bench/Cantor.Bench -- kernels --data DIR [--corpora rfc,debian] [--runs 5] [--out bench/results]

           dotnet run -c Release --project bench/Cantor.Bench -- scaling --data DIR [--sizes 1000,10000,100000,1000000]
               [--corpora rfc,cppdocs-en,cppdocs-ja,debian-ja,debian] [--threads 2] [--out bench/results]

           dotnet run -c Release --project bench/Cantor.Bench -- capacity --data DIR --server PATH
               [--corpus debian] [--small 6000] [--large 60000] [--seconds 10] [--out bench/results]

    --server               the program cantor-server, compiled ahead of time
    --small, --large       items of the two collections whose difference is what an item costs
    --rounds, --callers    how often a release is taken back (of gateway: how often all are measured), and how many callers ask meanwhile
    --writes, --seconds    how many items are pushed in a second, and for how long
    --pushed               how many items lie over the release, ascending
    --store                an empty PostgreSQL; a data directory for all servers when not given

    --items, --dimensions  how many vectors there are, and how many numbers each has
    --methods              Cantor's ways to find the closest
    --peers                Debian's python3-faiss and python3-hnswlib, where they are installed
    """;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, press) =>
{
    press.Cancel = true;
    stop.Cancel();
};

try
{
    switch (args)
    {
        case ["related", .. var rest]:
            var options = OptionsOf(rest, ["--data", "--corpora", "--threads", "--runs", "--out"]);
            if (!options.TryGetValue("--data", out var data)) throw new UsageException("--data is missing");
            return await RelatedBenchmark.RunAsync(
                data, options.GetValueOrDefault("--corpora", "rfc,cppdocs-en,debian-ja,debian").Split(','),
                NumberOf(options, "--threads", 2), NumberOf(options, "--runs", 1), options.GetValueOrDefault("--out", "bench/results"), stop.Token);
        case ["dense", .. var rest]:
            var chosen = OptionsOf(rest, ["--items", "--dimensions", "--methods", "--peers", "--threads", "--out"]);
            return await DenseBenchmark.RunAsync(
                NumberOf(chosen, "--items", 63_436), NumberOf(chosen, "--dimensions", 256), [.. chosen.GetValueOrDefault("--methods", "exact,bytes,pruned").Split(',').Select(MethodOf)],
                chosen.GetValueOrDefault("--peers", "").Split(',', StringSplitOptions.RemoveEmptyEntries),
                NumberOf(chosen, "--threads", 2), chosen.GetValueOrDefault("--out", "bench/results"), stop.Token);
        case ["kernels", .. var rest]:
            var kernels = OptionsOf(rest, ["--data", "--corpora", "--runs", "--out"]);
            if (!kernels.TryGetValue("--data", out var texts)) throw new UsageException("--data is missing");
            return await KernelBenchmark.RunAsync(
                texts, kernels.GetValueOrDefault("--corpora", "rfc,debian").Split(','), NumberOf(kernels, "--runs", 5), kernels.GetValueOrDefault("--out", "bench/results"), stop.Token);
        case ["scaling", .. var rest]:
            var scaling = OptionsOf(rest, ["--data", "--sizes", "--corpora", "--threads", "--out"]);
            if (!scaling.TryGetValue("--data", out var pool)) throw new UsageException("--data is missing");
            return await ScalingBenchmark.RunAsync(
                pool, scaling.GetValueOrDefault("--corpora", "rfc,cppdocs-en,cppdocs-ja,debian-ja,debian").Split(','),
                [.. scaling.GetValueOrDefault("--sizes", "1000,10000,100000,1000000").Split(',').Select(size => NumberOf(new() { ["--sizes"] = size }, "--sizes", 0))],
                NumberOf(scaling, "--threads", 2), scaling.GetValueOrDefault("--out", "bench/results"), stop.Token);
        case ["capacity", .. var rest]:
            var sized = OptionsOf(rest, ["--data", "--corpus", "--server", "--small", "--large", "--seconds", "--out"]);
            if (!sized.TryGetValue("--data", out var from)) throw new UsageException("--data is missing");
            if (!sized.TryGetValue("--server", out var program)) throw new UsageException("--server is missing");
            return await CapacityBenchmark.RunAsync(
                from, sized.GetValueOrDefault("--corpus", "debian"), program, NumberOf(sized, "--small", 6_000), NumberOf(sized, "--large", 60_000), NumberOf(sized, "--seconds", 10),
                sized.GetValueOrDefault("--out", "bench/results"), stop.Token);
        case ["fresh", .. var rest]:
            var asked = OptionsOf(rest, ["--items", "--writes", "--seconds", "--store", "--out"]);
            return await FreshBenchmark.RunAsync(NumberOf(asked, "--items", 100_000), NumberOf(asked, "--writes", 20), NumberOf(asked, "--seconds", 60), asked.GetValueOrDefault("--store"),
                asked.GetValueOrDefault("--out", "bench/results"), stop.Token);
        case ["restart", .. var rest]:
            var restarted = OptionsOf(rest, ["--items", "--pushed", "--out"]);
            return await RestartBenchmark.RunAsync(NumberOf(restarted, "--items", 100_000), [.. restarted.GetValueOrDefault("--pushed", "0,1000,10000").Split(',').Select(count => int.Parse(count, CultureInfo.InvariantCulture))],
                restarted.GetValueOrDefault("--out", "bench/results"), stop.Token);
        case ["unseen", .. var rest]:
            var wanted = OptionsOf(rest, ["--items", "--dimensions", "--threads", "--out"]);
            return await UnseenBenchmark.RunAsync(
                NumberOf(wanted, "--items", 1_000_000), NumberOf(wanted, "--dimensions", 256), NumberOf(wanted, "--threads", 2), wanted.GetValueOrDefault("--out", "bench/results"), stop.Token);
        case ["rollback", .. var rest]:
            var told = OptionsOf(rest, ["--rounds", "--callers", "--store", "--out"]);
            return await RollbackBenchmark.RunAsync(NumberOf(told, "--rounds", 20), NumberOf(told, "--callers", 8), told.GetValueOrDefault("--store"), told.GetValueOrDefault("--out", "bench/results"), stop.Token);
        case ["gateway", .. var rest]:
            var stood = OptionsOf(rest, ["--rounds", "--out"]);
            return await GatewayBenchmark.RunAsync(NumberOf(stood, "--rounds", 20), stood.GetValueOrDefault("--out", "bench/results"), stop.Token);
        case ["gateway-side", var port, var every, var lasts]:
            await GatewayProcess.SideAsync(int.Parse(port, CultureInfo.InvariantCulture), double.Parse(every, CultureInfo.InvariantCulture), double.Parse(lasts, CultureInfo.InvariantCulture));
            return 0;
        case ["gateway-yarp", var side]:
            await GatewayProcess.YarpAsync(side);
            return 0;
        case ["gateway-gateway", var config, var place]:
            await GatewayProcess.GatewayAsync(config, place);
            return 0;
        // What the first command starts, so that each engine has a process, and so a peak memory, of its own.
        case ["build", var engine, var corpus, var lists, var threads]:
            await EngineRun.BuildAsync(engine, corpus, lists, int.Parse(threads, CultureInfo.InvariantCulture), stop.Token);
            return 0;
        case ["build-into", var into, var lines, var place]:
            await CapacityBenchmark.BuildIntoAsync(into, lines, place, stop.Token);
            return 0;
        case ["scale", var itemsFile, var workers]:
            await ScalingBenchmark.BuildAsync(itemsFile, int.Parse(workers, CultureInfo.InvariantCulture), stop.Token);
            return 0;
        default:
            throw new UsageException(args.Length == 0 ? "" : $"\"{args[0]}\" is not a benchmark; expected: related, kernels, scaling, dense, fresh, restart, unseen, rollback, capacity or gateway");
    }
}
catch (UsageException fault)
{
    await Console.Error.WriteLineAsync($"{fault.Message}\n\n{Usage}".TrimStart());
    return 2;
}
catch (InputFaultException fault)
{
    await Console.Error.WriteLineAsync(fault.Message);
    return 2;
}
catch (OperationCanceledException)
{
    return 130;
}

static Dictionary<string, string> OptionsOf(string[] args, string[] known)
{
    var options = new Dictionary<string, string>(StringComparer.Ordinal);
    for (var i = 0; i < args.Length; i += 2)
    {
        if (!known.Contains(args[i])) throw new UsageException($"\"{args[i]}\" is not an option");
        if (i + 1 == args.Length) throw new UsageException($"{args[i]} lacks its value");
        options[args[i]] = args[i + 1];
    }
    return options;
}

static PairMethod MethodOf(string text) =>
    Enum.TryParse<PairMethod>(text, ignoreCase: true, out var method) && method != PairMethod.Auto ? method
    : throw new UsageException($"--methods names \"{text}\"; expected exact, bytes or pruned");

static int NumberOf(Dictionary<string, string> options, string name, int otherwise) =>
    !options.TryGetValue(name, out var text) ? otherwise
    : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number
    : throw new UsageException($"{name} is \"{text}\"; expected a whole number above 0");
