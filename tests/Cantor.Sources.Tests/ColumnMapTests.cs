using Cantor.Corpus.Rows;
using Cantor.Corpus;

namespace Cantor.Sources.Tests;

public class ColumnMapTests
{
    [Fact]
    public void A_map_names_the_sources_columns()
    {
        var map = ColumnMap.Parse(" body = text,title=head=line ", ItemParser.Columns);
        Assert.Equal(("text", "head=line", "id"), (map.TheirsOf("body"), map.TheirsOf("title"), map.TheirsOf("id")));
        Assert.Empty(ColumnMap.Parse("", ItemParser.Columns).Renamed);
    }

    [Theory]
    [InlineData("text", "--map: expected ours=theirs such as body=text, found \"text\"")]
    [InlineData("text=body", "--map: there is no column \"text\" to rename; expected one of id, title, body, tags, lang, url, published_at, updated_at, expires_at, vector")]
    [InlineData("body=", "--map: body: the source's name for it is empty")]
    [InlineData("body=a,body=b", "--map: body is renamed twice")]
    [InlineData("body=a,title=a", "--map: \"a\" is given to two columns")]
    public void A_bad_map_is_named(string text, string fault) =>
        Assert.Equal(fault, Assert.Throws<InputFaultException>(() => ColumnMap.Parse(text, ItemParser.Columns)).Message);

    [Fact]
    public async Task A_renamed_field_that_no_line_has_is_named()
    {
        using var scratch = new Scratch();
        scratch.Write("items.jsonl", """{"id":"a","title":"t","Text":"b"}""");
        scratch.Map("body=text", ItemParser.Columns);
        Assert.Equal("items.jsonl: no row has \"text\", which is to be read as body", await scratch.ItemFaultAsync("items.jsonl"));
    }

    [Fact]
    public async Task A_renamed_field_is_called_by_both_names()
    {
        using var scratch = new Scratch();
        scratch.Write("items.jsonl", """{"key":"a","headline":7}""");
        scratch.Map("id=key,title=headline", ItemParser.Columns);
        Assert.Equal("items.jsonl:1: headline (title): expected text, found the number 7", await scratch.ItemFaultAsync("items.jsonl"));
    }
}
