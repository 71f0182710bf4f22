using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Cantor.Sources.Files;

namespace Cantor.Sources.Tests.Files;

public sealed class JsonLinesTests : IDisposable
{
    readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Every_field_is_read_and_the_others_are_kept_as_written()
    {
        _scratch.Write("items.jsonl", """
            {"id": "a/b", "title": "T\u00e9 \ud83c\udf63", "body": "one\ntwo", "tags": ["x", "y", null, ""], "lang": "en", "url": "https://example.org/a", "published_at": "2026-11-23T21:12:00+09:00", "price": 1.50, "who": [ {"n": "A\u0042", "k": true}, [ ] ], "gone": null}
            """);
        var item = Assert.Single(await _scratch.ItemsAsync("items.jsonl"));
        Assert.Equal(
            "a/b | Té 🍣 | one\ntwo | x+y | en | https://example.org/a | 2026-11-23 12:12:00Z | price=1.50 | who=[{\"n\":\"A\\u0042\",\"k\":true},[]]",
            Texts.Show(item));
    }

    [Theory]
    [InlineData("""{"id": "007", "title": "t"}""", "007"), InlineData("""{"id": 7, "title": "t"}""", "7")]
    [InlineData("""{"id": -12345678901234567890123, "title": "t"}""", "-12345678901234567890123")]
    public async Task Ids_are_text_and_integers_become_their_decimal_text(string line, string id)
    {
        _scratch.Write("items.jsonl", line);
        Assert.Equal(id, (await _scratch.ItemsAsync("items.jsonl"))[0].Id.Value);
    }

    [Fact]
    public async Task Of_a_field_given_twice_the_later_one_counts_and_null_is_absent()
    {
        _scratch.Write("items.jsonl", """{"id":"a","title":"old","tags":["x"],"title":"new","tags":null,"x":1,"y":2,"x":3,"y":null}""");
        Assert.Equal("a | new |  |  | - | - | - | x=3", Texts.Show((await _scratch.ItemsAsync("items.jsonl"))[0]));
    }

    [Fact]
    public async Task Tags_may_be_one_text_cut_at_its_commas()
    {
        _scratch.Write("items.jsonl", """{"id":"a","title":"t","tags":"x, y z,,w"}""");
        Assert.Equal(["x", "y z", "w"], (await _scratch.ItemsAsync("items.jsonl"))[0].Tags);
    }

    [Theory]
    [InlineData("items.jsonl"), InlineData("items.ndjson"), InlineData("items.jsonl.gz"), InlineData("items.jsonl.zst")]
    public async Task A_file_is_read_plain_and_packed(string file)
    {
        var lines = Enumerable.Range(0, 20_000).Select(i => $$"""{"id":{{i}},"title":"title {{i}}","body":"{{new string('b', i % 97)}}"}""");
        _scratch.Write(file, string.Join('\n', lines));
        var items = await _scratch.ItemsAsync(file);
        Assert.Equal(Enumerable.Range(0, 20_000).Select(i => $"{i} title {i}"), items.Select(item => $"{item.Id} {Texts.Of(item.Title)}"));
        Assert.Equal(20_000, _scratch.Counts.Rows);
    }

    [Fact]
    public async Task A_byte_order_mark_empty_lines_and_carriage_returns_are_passed_over_but_counted()
    {
        _scratch.Write("items.jsonl", "\uFEFF{\"id\":\"a\",\"title\":\"t\"}\r\n\r\n  \n{\"id\":\"b\",\"title\":\"t\"}\n{\"id\":\"c\"}");
        Assert.Equal("items.jsonl:5: an empty text: item \"c\" has neither title nor body", await _scratch.ItemFaultAsync("items.jsonl"));
        Assert.Equal(2, _scratch.Counts.Rows);
    }

    [Fact]
    public async Task A_pattern_gives_its_files_in_the_order_of_their_names()
    {
        _scratch.Write("data/10/b.jsonl", """{"id":"b","title":"t"}""");
        _scratch.Write("data/10/a.jsonl.gz", """{"id":"a","title":"t"}""");
        _scratch.Write("data/09/z.jsonl", """{"id":"z","title":"t"}""");
        _scratch.Write("data/09/z.txt", "not meant");
        Assert.Equal(["z", "a", "b"], (await _scratch.ItemsAsync("data/*/?.jsonl*")).Select(item => item.Id.Value));
    }

    [Fact]
    public async Task Standard_input_is_json_lines()
    {
        _scratch.Options = _scratch.Options with { StandardInput = new MemoryStream("""{"id":"a","title":"t"}"""u8.ToArray()) };
        Assert.Equal("a", Assert.Single(await _scratch.ItemsAsync("-")).Id.Value);
        Assert.Equal("standard input: named twice; it can be read once", await _scratch.ItemFaultAsync("-", "-"));
    }

    [Theory]
    [InlineData("""{"title": "t"}""", "no id; the row has title")]
    [InlineData("""{"id": null, "title": "t"}""", "no id; the row has id, title")]
    [InlineData("""{"id": "", "title": "t"}""", "id: the id is empty; expected 1 to 512 bytes of UTF-8")]
    [InlineData("""{"id": "a\tb", "title": "t"}""", "id: the id holds the control character U+0009; ids have none")]
    [InlineData("""{"id": 1.5, "title": "t"}""", "id: expected text or an integer, found the number 1.5")]
    [InlineData("""{"id": 1e3, "title": "t"}""", "id: expected text or an integer, found the number 1e3")]
    [InlineData("""{"id": true, "title": "t"}""", "id: expected text or an integer, found true")]
    [InlineData("""{"id": "a", "title": 3}""", "title: expected text, found the number 3")]
    [InlineData("""{"id": "a", "body": ["b"]}""", "body: expected text, found a list")]
    [InlineData("""{"id": "a", "title": "t", "tags": {"x": 1}}""", "tags: expected a list of texts, found an object")]
    [InlineData("""{"id": "a", "title": "t", "tags": ["x", 7]}""", "tags: expected a list of texts, found the number 7 in place 2")]
    [InlineData("""{"id": "a", "title": "t", "lang": 1}""", "lang: expected text, found the number 1")]
    [InlineData("""{"id": "a", "title": "t", "url": false}""", "url: expected text, found false")]
    [InlineData("""{"id": "a", "title": "t", "published_at": "soon"}""", "published_at: expected ISO 8601 such as 2026-11-23 or 2026-11-23T21:12:00Z, found the text \"soon\"")]
    [InlineData("""{"id": "a", "title": "t", "published_at": 1763900000}""", "published_at: expected ISO 8601 such as 2026-11-23 or 2026-11-23T21:12:00Z, found the number 1763900000")]
    [InlineData("""{"id": "a", "title": " ", "body": "\n"}""", "an empty text: item \"a\" has neither title nor body")]
    [InlineData("""{"id": "a", "title": "\ud83c"}""", "title: holds the escape of half a surrogate pair, which UTF-8 cannot write")]
    [InlineData("""{"id": "a", "title": "t", "other": ["\udf63"]}""", "other: holds the escape of half a surrogate pair, which UTF-8 cannot write")]
    [InlineData("""["a"]""", "expected a JSON object, found a list")]
    [InlineData("\"id\"", "expected a JSON object, found the text \"id\"")]
    public async Task A_bad_row_is_named_with_its_line_and_field(string line, string fault)
    {
        _scratch.Write("items.jsonl", "{\"id\":\"first\",\"title\":\"t\"}\n\n" + line + "\n{\"id\":\"last\",\"title\":\"t\"}");
        Assert.Equal("items.jsonl:3: " + fault, await _scratch.ItemFaultAsync("items.jsonl"));
    }

    [Fact]
    public async Task A_source_that_calls_its_texts_otherwise_is_told_what_it_has()
    {
        _scratch.Write("items.jsonl", """{"id":"a","headline":"t","Body":"b"}""");
        Assert.Equal("items.jsonl:1: an empty text: item \"a\" has neither title nor body; the row has id, headline, Body", await _scratch.ItemFaultAsync("items.jsonl"));
    }

    [Theory]
    [InlineData("""{"id": "a", "title": "t" """, 26), InlineData("""{"id": "a", "title": "t"} x""", 27), InlineData("id,title", 1)]
    public async Task A_line_that_is_no_json_is_named_with_the_byte(string line, int at)
    {
        _scratch.Write("items.jsonl", "\n" + line);
        Assert.StartsWith($"items.jsonl:2: not valid JSON at byte {at}: ", await _scratch.ItemFaultAsync("items.jsonl"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Invalid_utf8_is_named_with_its_line_and_byte()
    {
        _scratch.Write("items.jsonl", [.. "{\"id\":\"a\",\"title\":\"ok\"}\n{\"id\":\"b\",\"title\":\"é"u8, 0xE9, .. "\"}"u8]);
        Assert.Equal("items.jsonl:2: not valid UTF-8 at byte 22", await _scratch.ItemFaultAsync("items.jsonl"));
    }

    [Fact]
    public async Task As_many_bad_rows_as_allowed_are_passed_over_and_counted_and_the_next_stops()
    {
        _scratch.Write("items.jsonl", "{\"id\":\"a\",\"title\":\"t\"}\n{}\n{\"id\":\n{\"id\":\"b\",\"title\":\"t\"}\n");
        _scratch.Options = _scratch.Options with { SkipBad = 2 };
        Assert.Equal(["a", "b"], (await _scratch.ItemsAsync("items.jsonl")).Select(item => item.Id.Value));
        Assert.Equal((2, 2), (_scratch.Counts.Rows, _scratch.Counts.BadRows));
        Assert.Equal("items.jsonl:2: no id; the row has no field", _scratch.Counts.Faults[0]);
        Assert.Equal(
            "items.jsonl:2: no id; the row has no field (bad row 3; 2 allowed)",
            await _scratch.ItemFaultAsync("items.jsonl"));
    }

    [Fact]
    public async Task A_line_without_an_end_is_refused_before_it_fills_the_memory()
    {
        using var endless = new EndlessStream();
        _scratch.Options = _scratch.Options with { StandardInput = endless };
        Assert.Equal("standard input:1: the line is longer than 64 MiB; expected one JSON object a line", await _scratch.ItemFaultAsync("-"));
    }

    [Theory]
    [InlineData("none.jsonl", "none.jsonl: there is no such file")]
    [InlineData("none/*.jsonl", "none/*.jsonl: no file matches")]
    [InlineData("data", "data: a directory; expected a file or a pattern such as data/*.jsonl")]
    [InlineData("-", "standard input: there is none to read")]
    [InlineData("cut.jsonl.gz", "cut.jsonl.gz:1: the gzip data is damaged or cut off")]
    [InlineData("cut.jsonl.zst", "cut.jsonl.zst:1: the packed data ends too early; the file was cut off")]
    [InlineData("text.jsonl.gz", "text.jsonl.gz:1: the gzip data is damaged or cut off")]
    [InlineData("text.jsonl.zst", "text.jsonl.zst:1: the zstd data is damaged")]
    public async Task What_cannot_be_read_is_named(string source, string fault)
    {
        var random = new Random(1);
        var bytes = Encoding.UTF8.GetBytes($$"""{"id":"a","title":"{{string.Concat(Enumerable.Range(0, 5000).Select(_ => random.Next()))}}"}""");
        _scratch.Write("data/items.jsonl", bytes);
        File.WriteAllBytes(Path.Combine(_scratch.Directory, "cut.jsonl.gz"), Scratch.Gzip(bytes)[..^2000]);
        File.WriteAllBytes(Path.Combine(_scratch.Directory, "cut.jsonl.zst"), Scratch.Zstd(bytes)[..^2000]);
        File.WriteAllBytes(Path.Combine(_scratch.Directory, "text.jsonl.gz"), bytes);
        File.WriteAllBytes(Path.Combine(_scratch.Directory, "text.jsonl.zst"), bytes);
        Assert.Equal(fault, await _scratch.ItemFaultAsync(source));
    }

    [Fact]
    public async Task A_file_that_may_not_be_read_is_named()
    {
        _scratch.Write("items.jsonl", "{}");
        using var held = new FileStream(Path.Combine(_scratch.Directory, "items.jsonl"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        Assert.StartsWith("items.jsonl: cannot be read: ", await _scratch.ItemFaultAsync("items.jsonl"), StringComparison.Ordinal);
        Assert.Equal("the file may not be read: permission denied", TextFile.Fault(new UnauthorizedAccessException()));
    }

    [Fact]
    public async Task A_stop_is_heeded()
    {
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        _scratch.Write("items.jsonl", """{"id":"a","title":"t"}""");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await ItemSource.ReadAsync(["items.jsonl"], _scratch.Options, _scratch.Counts, stop.Token).ToListAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_stop_is_heeded_while_standard_input_has_nothing_to_read()
    {
        await using var silent = new System.IO.Pipes.AnonymousPipeServerStream(System.IO.Pipes.PipeDirection.In);
        using var stop = new CancellationTokenSource();
        var reading = ItemSource.ReadAsync(["-"], _scratch.Options with { StandardInput = silent }, _scratch.Counts, stop.Token).ToListAsync(CancellationToken.None).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
    }

    // Whoever wrote the JSON, with or without escapes, blanks and other fields between, the item is the same.
    [Fact]
    public void What_a_json_writer_writes_is_read_back() =>
        Gen.Select(Gen.String.Where(IsWellFormed), Gen.String.Where(IsWellFormed), Gen.String[1, 9].Where(IsWellFormed).Array, Gen.Bool, Gen.Bool).Sample((title, body, tags, escaped, blanks) =>
        {
            var row = JsonSerializer.Serialize(new { other = tags, title = "x" + title, tags, more = new { body, n = 1.5 }, body, id = "a" }, Writers[(escaped ? 2 : 0) + (blanks ? 1 : 0)]).Replace('\n', ' ');
            var source = new SourceOptions { StandardInput = new MemoryStream(Encoding.UTF8.GetBytes(row)) };
            var item = ItemSource.ReadAsync(["-"], source, new(), CancellationToken.None).ToBlockingEnumerable().Single();
            Assert.Equal(("x" + title, body), (Texts.Of(item.Title), Texts.Of(item.Body)));
            Assert.Equal(tags, item.Tags);
            Assert.Equal(["other", "more"], item.Attributes.Select(attribute => attribute.Name));
            Assert.Equal(tags, JsonSerializer.Deserialize<string[]>(item.Attributes[0].Json.Span));
            Assert.Equal(JsonSerializer.Serialize(new { body, n = 1.5 }, Writers[escaped ? 2 : 0]), Texts.Of(item.Attributes[1].Json));
        });

    static readonly JsonSerializerOptions[] Writers =
    [
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true, NewLine = "\n" },
        new(), new() { WriteIndented = true, NewLine = "\n" },
    ];

    static bool IsWellFormed(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) == text;

    // However the stream hands its bytes over, the lines are the same.
    [Fact]
    public void Lines_do_not_depend_on_how_the_stream_is_cut() =>
        Gen.Select(Gen.Int[0, 900_000].Array[1, 8], Gen.Int[1, 300_000].Array[1, 5]).Sample((lengths, cuts) =>
        {
            var text = string.Join('\n', lengths.Select((length, i) => $$"""{"id":{{i}},"title":"{{new string((char)('a' + i), length)}}x"}"""));
            var options = new SourceOptions { StandardInput = new CutStream(Encoding.UTF8.GetBytes(text), cuts) };
            var read = ItemSource.ReadAsync(["-"], options, new(), CancellationToken.None).ToBlockingEnumerable().Select(item => (item.Id.Value, item.Title.Length));
            Assert.Equal(lengths.Select((length, i) => ($"{i}", length + 1)), read);
        }, iter: 30);

    sealed class EndlessStream : Stream
    {
        long _given;
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override int Read(byte[] buffer, int offset, int count)
        {
            _given += count;
            Assert.True(_given <= 200 << 20, "the reader goes on and on");
            buffer.AsSpan(offset, count).Fill((byte)'x');
            return count;
        }
    }

    sealed class CutStream(byte[] bytes, int[] cuts) : MemoryStream(bytes)
    {
        int _next;
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, cuts[_next++ % cuts.Length])], cancellationToken);
    }
}
