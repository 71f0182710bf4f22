using Cantor.Corpus;

namespace Cantor.Sources.Tests;

public sealed class JudgmentSourceTests : IDisposable
{
    readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("judgments.tsv"), InlineData("judgments.tsv.gz"), InlineData("judgments.tsv.zst")]
    public async Task Judgments_are_read_plain_and_packed(string file)
    {
        _scratch.Write(file, "a\tb\t2\na\tc\t0\nb\ta\t1\n");
        var judgments = await JudgmentSource.ReadAsync(file, _scratch.Options, TestContext.Current.CancellationToken);
        Assert.Equal(["a: b=2 c=0", "b: a=1"], judgments.Queries.Select(query => $"{query.Query}: {string.Join(' ', query.Grades.Select(grade => $"{grade.Key}={grade.Value}"))}"));
    }

    [Theory]
    [InlineData("a\tb\t2\na\tb\n", "judgments.tsv:2: the line has 2 columns separated by tabs; expected query, item and grade")]
    [InlineData("query\titem\tgrade\n", "judgments.tsv:1: the grade is \"grade\"; expected a number from 0 to 10")]
    public async Task A_bad_line_is_named(string text, string fault)
    {
        _scratch.Write("judgments.tsv", text);
        Assert.Equal(fault, await FaultAsync("judgments.tsv"));
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_named()
    {
        _scratch.Write("latin.tsv", [.. "a\tb"u8, 0xE9, .. "\t1\n"u8]);
        Assert.Equal("latin.tsv: not valid UTF-8", await FaultAsync("latin.tsv"));
        Assert.Equal("none.tsv: there is no such file", await FaultAsync("none.tsv"));
    }

    async Task<string> FaultAsync(string file) =>
        (await Assert.ThrowsAsync<InputFaultException>(() => JudgmentSource.ReadAsync(file, _scratch.Options, TestContext.Current.CancellationToken))).Message;
}
