using Cantor.Signals.Text;

namespace Cantor.Tests.Signals.Text;

public sealed class TextRecordsTests(FittedSignals fitted) : IClassFixture<FittedSignals>
{
    [Theory]
    [InlineData(1), InlineData(2), InlineData(7)]
    public void A_record_holds_what_the_columns_hold_of_its_item(int threads)
    {
        var signal = new TextSignal(new(fitted.Sections, FittedSignals.Count, 0, null), 1);
        var records = new TextRecords(signal, threads, TestContext.Current.CancellationToken);
        var (withPairs, spaceless) = (0, 0);
        for (var item = 0; item < FittedSignals.Count; item++)
        {
            records.Expect(item); // of the last one too, behind which there is nothing
            var record = records[item];
            var row = signal.RowOfColumns(item);
            Same(row.Terms, record.Terms);
            Same(row.Pairs, record.Pairs);
            Assert.Equal(row.Numbers, record.Numbers);
            if (row.Pairs.Features.Length > 0) withPairs++;
            if (row.Numbers.Spaceless) spaceless++;
        }
        Assert.InRange(withPairs, 1, FittedSignals.Count);
        Assert.InRange(spaceless, 0, FittedSignals.Count - 1);

        static void Same(CountRow expected, CountRow found)
        {
            Assert.Equal(expected.Features.ToArray(), found.Features.ToArray());
            Assert.Equal(expected.Title.ToArray(), found.Title.ToArray());
            Assert.Equal(expected.Body.ToArray(), found.Body.ToArray());
        }
    }

    [Fact]
    public void Scores_are_the_same_to_the_bit_with_records_and_without()
    {
        var (plain, arranged) = (new TextSignal(new(fitted.Sections, FittedSignals.Count, 0, null), 1), new TextSignal(new(fitted.Sections, FittedSignals.Count, 0, null), 1));
        arranged.Arrange(2, TestContext.Current.CancellationToken);
        Assert.Null(plain.Records);
        Assert.NotNull(arranged.Records);
        var (one, other) = (plain.NewScorer(), arranged.NewScorer());
        var others = Enumerable.Range(0, FittedSignals.Count).ToArray();
        var scores = new float[others.Length];
        for (var item = 0; item < FittedSignals.Count; item += 7)
        {
            one.Aim(item);
            other.Aim(item);
            other.Score(others, scores);
            Assert.Equal(others.Select(one.Score), scores);
        }
    }
}
