using System.Text;

namespace Cantor.Sources.Tests.Sql;

public sealed class JsonFileTests : IDisposable
{
    readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("items.json"), InlineData("items.json.gz"), InlineData("items.json.zst")]
    public async Task A_list_of_objects_keeps_ids_and_numbers_as_written(string file)
    {
        _scratch.Write(file, "  [ {\"id\": \"007\", \"title\": \"caf\\u00e9\",\n \"price\": 1.50},\n {\"id\": 8, \"title\": \"t\", \"tags\": [\"x\"]} ]\n");
        Assert.Equal(["007 | café |  |  | - | - | - | price=1.50", "8 | t |  | x | - | - | -"], (await _scratch.ItemsAsync(file)).Select(Texts.Show));
    }

    [Theory]
    [InlineData("{\"id\": 1, \"title\": \"t\"}\n{\"id\": 2, \"title\": \"t\"}\n"), InlineData("{\n \"id\": 1,\n \"title\": \"t\"\n}\n{\"id\": 2, \"title\": \"t\"}")]
    public async Task Objects_may_follow_one_another(string text)
    {
        _scratch.Write("items.json", text);
        Assert.Equal(["1", "2"], (await _scratch.ItemsAsync("items.json")).Select(item => item.Id.Value));
    }

    [Theory]
    [InlineData("[{\"id\": 1, \"title\": \"t\"},\n{\"id\": }]", "items.json:2: not valid JSON at byte 8 of the line")]
    [InlineData("[{\"id\": 1, \"title\": \"t\"},\n{\"id\": 2, \"title\": \"t\"}\n", "items.json:3: not valid JSON at byte 1 of the line")]
    [InlineData("[{\"id\": 1, \"title\": \"t\"},\n{\"title\": \"t\"}]", "items.json:2: no id; the row has title")]
    [InlineData("[{\"id\": 1, \"title\": \"t\"}, 7]", "items.json:2: expected a JSON object, found the number 7")]
    [InlineData("\"text\"", "items.json:1: expected a list of JSON objects")]
    [InlineData("\uFEFF[]", "items.json:1: begins with a byte order mark; expected [ or {")]
    [InlineData(" \n", "items.json: the file is empty; expected a list of JSON objects")]
    public async Task A_bad_file_or_row_is_named_and_cannot_be_passed_over(string text, string fault)
    {
        _scratch.Write("items.json", text);
        _scratch.Options = _scratch.Options with { SkipBad = 100 };
        Assert.Equal(fault, await _scratch.ItemFaultAsync("items.json"));
    }

    [Fact]
    public async Task Broken_json_far_down_is_named_with_its_line()
    {
        var text = new StringBuilder("[");
        for (var line = 1; line < 50_000; line++) text.Append("{\"id\": 1, \"title\": \"t\"},\n");
        _scratch.Write("items.json", text.Append("{\"id\" 1}]").ToString());
        Assert.Equal("items.json:50000: not valid JSON at byte 7 of the line", await _scratch.ItemFaultAsync("items.json"));
    }

    [Fact]
    public async Task Text_that_is_not_utf8_is_named()
    {
        _scratch.Write("items.json", [.. "[{\"id\": 1, \"title\": \""u8, 0xE9, .. "\"}]"u8]);
        Assert.Equal("items.json: a text in it is not valid UTF-8", await _scratch.ItemFaultAsync("items.json"));
    }
}
