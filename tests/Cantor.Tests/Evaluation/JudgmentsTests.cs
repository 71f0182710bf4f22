using Cantor.Corpus;
using Cantor.Evaluation;

namespace Cantor.Tests.Evaluation;

public class JudgmentsTests
{
    [Fact]
    public async Task The_greatest_grade_of_a_pair_counts_and_queries_without_a_good_item_are_skipped()
    {
        var judgments = await Read("a\tb\t1\na\tb\t3\na\tb\t2\n\nc\td\t0.5\ne\tf\t1\textra\n");
        Assert.Equal(["a", "e"], judgments.Queries.Select(query => query.Query.Value));
        Assert.Equal(3, judgments.Queries.First().Grades[ItemId.Parse("b")]);
        Assert.Equal(2, judgments.Count);
    }

    [Theory]
    [InlineData("a\tb\t1\na\tb\n", "judged.tsv:2: the line has 2 columns separated by tabs; expected query, item and grade")]
    [InlineData("a\tb\tgood\n", "judged.tsv:1: the grade is \"good\"; expected a number from 0 to 10")]
    [InlineData("a\tb\t11\n", "judged.tsv:1: the grade is 11; expected a number from 0 to 10")]
    [InlineData("a\tb\t-1\n", "judged.tsv:1: the grade is -1; expected a number from 0 to 10")]
    [InlineData("a\tb\tNaN\n", "judged.tsv:1: the grade is NaN; expected a number from 0 to 10")]
    [InlineData("\tb\t1\n", "judged.tsv:1: query: the id is empty; expected 1 to 512 bytes of UTF-8")]
    [InlineData("a\t\t1\n", "judged.tsv:1: item: the id is empty; expected 1 to 512 bytes of UTF-8")]
    [InlineData("a\tb\t0\n", "judged.tsv: no query has an item of grade 1 or above, so there is nothing to measure")]
    public async Task A_line_that_is_no_judgment_is_refused_with_its_place_and_reason(string text, string message) =>
        Assert.Equal(message, (await Assert.ThrowsAsync<InputFaultException>(() => Read(text))).Message);

    static Task<Judgments> Read(string text) =>
        Judgments.ReadAsync(new StringReader(text), "judged.tsv", TestContext.Current.CancellationToken);
}
