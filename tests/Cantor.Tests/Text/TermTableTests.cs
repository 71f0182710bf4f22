using Cantor.Text;

namespace Cantor.Tests.Text;

public class TermTableTests
{
    [Fact]
    public void It_numbers_terms_as_a_dictionary_would() =>
        Gen.Frequency((3, Gen.Byte[0, 2].Array[0, 3]), (1, Gen.Byte.Array[0, 40])).Array[0, 400].Sample(runs =>
        {
            var table = new TermTable(1);
            var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
            foreach (var run in runs)
            {
                var key = Convert.ToHexString(run);
                if (table.Find(run) != numbers.GetValueOrDefault(key, -1)) return false;
                var expectNew = numbers.TryAdd(key, numbers.Count);
                if (table.Add(run, out var isNew) != numbers[key] || isNew != expectNew) return false;
            }
            return table.Count == numbers.Count && numbers.All(pair => Convert.ToHexString(table[pair.Value]) == pair.Key);
        });

    [Fact]
    public void It_grows_past_any_expectation()
    {
        var table = new TermTable(1);
        for (var i = 0; i < 200_000; i++) Assert.Equal(i, table.Add(BitConverter.GetBytes(i), out _));
        for (var i = 0; i < 200_000; i++) Assert.Equal(i, table.Find(BitConverter.GetBytes(i)));
        Assert.Equal(-1, table.Find(BitConverter.GetBytes(200_000)));
    }

    [Fact]
    public void Runs_that_differ_in_zeros_alone_are_different()
    {
        var table = new TermTable();
        for (var length = 0; length < 40; length++) Assert.Equal(length, table.Add(new byte[length], out _));
    }
}
