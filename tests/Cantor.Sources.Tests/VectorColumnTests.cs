using Cantor.Corpus.Rows;
using DuckDB.NET.Data;

namespace Cantor.Sources.Tests;

public sealed class VectorColumnTests : IDisposable
{
    readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task A_list_of_numbers_is_the_items_vector_and_no_attribute()
    {
        _scratch.Write("items.jsonl", """
            {"id":"a","title":"t","vector":[1, -0.5, 2.5e-3]}
            {"id":"b","title":"t","vector":null}
            {"id":"c","title":"t"}
            """);
        var items = await _scratch.ItemsAsync("items.jsonl");
        Assert.Equal([1, -.5f, .0025f], items[0].Vector.ToArray());
        Assert.All(items[1..], item => Assert.True(item.Vector.IsEmpty));
        Assert.All(items, item => Assert.Empty(item.Attributes));
    }

    [Theory]
    [InlineData("\"1,2\"", "vector: expected a list of numbers, found the text \"1,2\"")]
    [InlineData("[1,\"NaN\"]", "vector: expected a list of finite numbers, found the text \"NaN\" in place 2")]
    [InlineData("[1,null]", "vector: expected a list of finite numbers, found null in place 2")]
    [InlineData("[1e39,1]", "vector: expected a list of finite numbers, found the number 1e39 in place 1")]
    [InlineData("[[1],2]", "vector: expected a list of finite numbers, found a list in place 1")]
    [InlineData("[1,2,3]", "vector: expected a list of 2 numbers as in rows before, found 3")]
    [InlineData("[]", "vector: expected a list of 2 numbers as in rows before, found 0")]
    public async Task A_value_that_is_no_vector_like_the_others_is_a_fault_with_its_line(string value, string fault)
    {
        _scratch.Write("items.jsonl", "{\"id\":\"a\",\"title\":\"t\",\"vector\":[1,2]}\n{\"id\":\"b\",\"title\":\"t\",\"vector\":" + value + "}");
        Assert.Equal($"items.jsonl:2: {fault}", await _scratch.ItemFaultAsync("items.jsonl"));
    }

    [Theory, InlineData(1), InlineData(4097)]
    public async Task A_first_vector_of_too_few_or_too_many_numbers_is_a_fault(int count)
    {
        _scratch.Write("items.jsonl", "{\"id\":\"a\",\"title\":\"t\",\"vector\":[" + string.Join(',', Enumerable.Repeat("1", count)) + "]}");
        Assert.Equal($"items.jsonl:1: vector: expected a list of 2 to 4096 numbers, found {count}", await _scratch.ItemFaultAsync("items.jsonl"));
    }

    [Theory, InlineData("FLOAT[]"), InlineData("DOUBLE[]"), InlineData("FLOAT[2]")]
    public async Task A_list_column_of_parquet_is_a_vector_and_a_NaN_in_it_a_fault_with_its_row(string type)
    {
        var path = Path.Combine(_scratch.Directory, "items.parquet");
        using (var connection = new DuckDBConnection("DataSource=:memory:"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = $"COPY (SELECT * FROM (VALUES ('a', 't', [0.25, -1.5]::{type}), ('b', 't', NULL), ('c', 't', ['nan'::FLOAT, 1]::{type})) AS v(id, title, embedding)) TO '{path}'";
            command.ExecuteNonQuery();
        }
        _scratch.Map("vector=embedding", ItemParser.Columns);
        Assert.Equal("items.parquet:3: embedding (vector): expected a list of finite numbers, found null in place 1", await _scratch.ItemFaultAsync("items.parquet"));
        var items = await _scratch.ItemsAsync($"duckdb:SELECT * FROM '{path}' WHERE id < 'c'");
        Assert.Equal([.25f, -1.5f], items[0].Vector.ToArray());
        Assert.True(items[1].Vector.IsEmpty);
    }
}
