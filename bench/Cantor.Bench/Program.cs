using System.Globalization;
using Cantor.Bench;
using Cantor.Corpus;

const string Usage = """
    Measures Cantor against its peers: time, peak memory and quality, on one machine in one run.

    usage: dotnet run -c Release --project bench/Cantor.Bench -- related --data DIR
               [--corpora rfc,cppdocs-en,debian-ja,debian] [--threads 2] [--runs 1] [--out bench/results]

    --data DIR   holds a folder for each corpus, with contents.jsonl.gz and judgments.tsv.gz
    --corpora    which of them, separated by commas; one that is not there is named and left out
    --threads    how many threads each engine may use
    --runs       how often each engine builds each corpus; the fastest run is reported
    --out        where related.md and related.json are written
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
        // What the command above starts, so that each engine has a process, and so a peak memory, of its own.
        case ["build", var engine, var corpus, var lists, var threads]:
            await EngineRun.BuildAsync(engine, corpus, lists, int.Parse(threads, CultureInfo.InvariantCulture), stop.Token);
            return 0;
        default:
            throw new UsageException(args.Length == 0 ? "" : $"\"{args[0]}\" is not a benchmark; expected: related");
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

static int NumberOf(Dictionary<string, string> options, string name, int otherwise) =>
    !options.TryGetValue(name, out var text) ? otherwise
    : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number
    : throw new UsageException($"{name} is \"{text}\"; expected a whole number above 0");
