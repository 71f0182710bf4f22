using Cantor.Corpus.Rows;
using Cantor.Corpus;
using Cantor.Sources.Config;

namespace Cantor.Sources.Tests.Config;

public sealed class CollectionConfigTests : IDisposable
{
    readonly Scratch _scratch = new();

    string File => Path.Combine(_scratch.Directory, "cantor.yaml");

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void The_example_is_read_field_by_field()
    {
        var config = CollectionConfig.Load(Path.Combine(AppContext.BaseDirectory, "cantor.yaml"), name => name == "ARTICLES_PASSWORD" ? "s3cret" : null);
        Assert.Equal("articles", config.Collection);
        Assert.Equal(
            ["archive/*.jsonl.gz", "postgres://reader:s3cret@db.example.org/cms?query=SELECT id, headline, text, tags, published_at FROM articles WHERE published"],
            config.Items);
        Assert.Equal(["views.tsv.gz"], config.Events);
        Assert.Equal(("headline", "text", "session"), (config.ItemMap.TheirsOf("title"), config.ItemMap.TheirsOf("body"), config.EventMap.TheirsOf("unit")));
        Assert.Equal((10L, 50, 1UL, "en", .4, PublishTarget.Canary), (config.SkipBad, config.K, config.Seed, config.Lang, config.Weights["tags"], config.Publish));
        Assert.Equal(Path.GetFullPath(AppContext.BaseDirectory).TrimEnd('/'), config.Directory);
    }

    [Theory]
    [InlineData(""), InlineData("# nothing\n"), InlineData("items:\nmap: ~\nsignals: {tags: null}\n")]
    public void What_the_file_does_not_say_is_null(string text)
    {
        var config = Load(text);
        Assert.Equal(new CollectionConfig { Directory = config.Directory }, config with { Items = [], Events = [] });
    }

    [Fact]
    public void Every_other_field_is_read() =>
        Assert.Equal(
            (256L << 20, TimeSpan.FromSeconds(5), ulong.MaxValue, new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero), PublishTarget.None),
            Load("memoryLimitMiB: 256\nstatementTimeoutSeconds: 5\nseed: 18446744073709551615\nasOf: 2026-11-23T21:00:00+09:00\npublish: none\n") is var config
                ? (config.MemoryLimitBytes!.Value, config.StatementTimeout!.Value, config.Seed!.Value, config.AsOf!.Value, config.Publish!.Value)
                : default);

    [Fact]
    public void The_file_wins_over_the_defaults_where_it_says_something()
    {
        var config = Load("map: {events: {unit: session}}\nskipBad: 3\nstatementTimeoutSeconds: 5\n");
        var defaults = new SourceOptions { SkipBad = 1, MemoryLimitBytes = 7, Threads = 2 };
        Assert.Equal(
            defaults with { SkipBad = 3, StatementTimeout = TimeSpan.FromSeconds(5), WorkingDirectory = _scratch.Directory, Map = config.EventMap },
            config.EventOptions(defaults));
        Assert.Equal(ColumnMap.Same, config.ItemOptions(defaults).Map);
    }

    [Fact]
    public void Variables_are_put_in_and_may_be_escaped() =>
        Assert.Equal(["1-v/${A}/v"], Load("items: '1-${A}/$${A}/${A}'", name => name == "A" ? "v" : null).Items);

    [Theory]
    [InlineData("\n\nsignals:\n  tags:\n\n\n    weight: much\n", ":7: signals.tags.weight: expected a number from 0 to 2, found \"much\"")]
    [InlineData("signals: {tags: {weight: 2.5}}", ":1: signals.tags.weight: expected a number from 0 to 2, found \"2.5\"")]
    [InlineData("signals: {tags: {weight: .nan}}", ":1: signals.tags.weight: expected a number from 0 to 2, found \".nan\"")]
    [InlineData("signals: 3", ":1: signals: expected fields (tags, latent, vectors, coviews), found \"3\"")]
    [InlineData("signals:\n  tag: {weight: 1}", ":2: signals.tag: there is no such field; did you mean tags? expected one of tags, latent, vectors, coviews")]
    [InlineData("k: 5\nitmes: x", ":2: itmes: there is no such field; did you mean items? expected one of collection, items, events, map, skipBad, memoryLimitMiB, statementTimeoutSeconds, k, seed, asOf, lang, terms, signals, duplicates, idWords, diversity, age, candidates, minRecall, publish, releases, rollout, gate")]
    [InlineData("port: x", ":1: port: there is no such field; expected one of collection, items, events, map, skipBad, memoryLimitMiB, statementTimeoutSeconds, k, seed, asOf, lang, terms, signals, duplicates, idWords, diversity, age, candidates, minRecall, publish, releases, rollout, gate")]
    [InlineData("age:\n  weight: 0.95", ":2: age.weight: expected a number from 0 to 0.9, found \"0.95\"")]
    [InlineData("age: {halfLifeDays: 0}", ":1: age.halfLifeDays: expected a number from 0.01 to 36500, found \"0\"")]
    [InlineData("k: 0", ":1: k: expected a whole number from 1 to 1000, found \"0\"")]
    [InlineData("k: \"50\"", ":1: k: expected a whole number from 1 to 1000, found \"50\"")]
    [InlineData("k: [50]", ":1: k: expected a whole number from 1 to 1000, found a list")]
    [InlineData("seed: -1", ":1: seed: expected a whole number from 0 to 18446744073709551615, found \"-1\"")]
    [InlineData("skipBad: some", ":1: skipBad: expected a whole number from 0 to 2147483647, found \"some\"")]
    [InlineData("asOf: yesterday", ":1: asOf: expected ISO 8601 such as 2026-11-23 or 2026-11-23T21:12:00Z, found \"yesterday\"")]
    [InlineData("lang: English", ":1: lang: expected a language tag such as en, ja or pt-BR, found \"English\"")]
    [InlineData("publish: now", ":1: publish: expected live, canary or none, found \"now\"")]
    [InlineData("collection: My Articles", ":1: collection: expected 1 to 64 of a-z, 0-9, - and _, a letter or digit first, found \"My Articles\"")]
    [InlineData("items: {a: b}", ":1: items: expected a text or a list of texts, found fields")]
    [InlineData("items:\n  - a\n  -\n", ":3: items: expected a text or a list of texts, found nothing")]
    [InlineData("items:\n  - a\n  - ${NOT_SET}/b\n", ":3: items: the variable NOT_SET is not set")]
    [InlineData("items: ${1x}", ":1: items: expected a name in ${…}; $${ stands for ${ itself")]
    [InlineData("map:\n  items:\n    text: body\n", ":3: map.items.text: there is no such field; expected one of id, title, body, tags, lang, url, published_at, updated_at, expires_at, vector")]
    [InlineData("map: {items: {title: text, body: text}}", ":1: map.items: \"text\" is given to two columns")]
    [InlineData("map: {items: {title: [text]}}", ":1: map.items.title: expected the name of a column, found a list")]
    [InlineData("- a", ":1: expected fields (collection, items, events, map, skipBad, memoryLimitMiB, statementTimeoutSeconds, k, seed, asOf, lang, terms, signals, duplicates, idWords, diversity, age, candidates, minRecall, publish, releases, rollout, gate), found a list")]
    [InlineData("k: 1\n---\nk: 2", ":3: expected one document")]
    public void A_fault_names_line_and_field(string text, string fault) =>
        Assert.Equal(File + fault, Assert.Throws<InputFaultException>(() => Load(text)).Message);

    [Theory]
    [InlineData("k: 1\nk: 2", ":2: not valid YAML: "), InlineData("k: 1\nlang: }\nseed: 2", ":2: not valid YAML: "), InlineData("k: 1\nlang: 'en\nseed: 2", ":2: not valid YAML: ")]
    public void Yaml_that_is_broken_is_named_with_its_line(string text, string fault) =>
        Assert.StartsWith(File + fault, Assert.Throws<InputFaultException>(() => Load(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_file_that_is_not_there_is_named() =>
        Assert.Equal(File + ": there is no such file", Assert.Throws<InputFaultException>(() => CollectionConfig.Load(File, _ => null)).Message);

    CollectionConfig Load(string text, Func<string, string?>? environment = null)
    {
        _scratch.Write("cantor.yaml", text);
        return CollectionConfig.Load(File, environment ?? (_ => null));
    }
}
