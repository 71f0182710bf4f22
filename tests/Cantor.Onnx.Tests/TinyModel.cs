using System.Text;

namespace Cantor.Onnx.Tests;

/// <summary>
/// Writes ONNX models of one or two nodes, byte by byte: each token's row of a table, and, if asked for, the mean of them all,
/// padding included.
/// </summary>
static class TinyModel
{
    const int Float = 1, Int64 = 7;

    internal static byte[] Write(float[][] table, bool pools = false, string[]? inputs = null, string output = "last_hidden_state", int inputType = Int64)
    {
        inputs ??= ["input_ids", "attention_mask"];
        var rows = pools ? "rows" : output;
        List<byte[]> graph = [Message(1, Node("Gather", ["table", inputs[0]], rows, []))];
        if (pools) graph.Add(Message(1, Node("ReduceMean", [rows], output, [Attribute("axes", [1], list: true), Attribute("keepdims", [0], list: false)])));
        graph.Add(Bytes(2, "tiny"));
        graph.Add(Message(5, Join(
            Number(1, table.Length), Number(1, table[0].Length), Number(2, Float), Bytes(8, "table"),
            Message(9, Join(table.SelectMany(row => row).Select(BitConverter.GetBytes).ToArray())))));
        graph.AddRange(inputs.Select(name => Message(11, Value(name, inputType, ["texts", "tokens"]))));
        graph.Add(Message(12, Value(output, Float, pools ? ["texts", "numbers"] : ["texts", "tokens", "numbers"])));
        return Join(Number(1, 8), Message(7, Join([.. graph])), Message(8, Join(Bytes(1, ""), Number(2, 13))));
    }

    static byte[] Node(string type, string[] inputs, string output, byte[][] attributes) => Join(
        [.. inputs.Select(input => Bytes(1, input)), Bytes(2, output), Bytes(4, type), .. attributes.Select(attribute => Message(5, attribute))]);

    static byte[] Attribute(string name, long[] values, bool list) => Join(
        [Bytes(1, name), .. values.Select(value => Number(list ? 8 : 3, value)), Number(20, list ? 7 : 2)]);

    static byte[] Value(string name, int type, string[] dimensions) => Join(
        Bytes(1, name),
        Message(2, Message(1, Join(Number(1, type), Message(2, Join([.. dimensions.Select(dimension => Message(1, Bytes(2, dimension)))]))))));

    static byte[] Bytes(int field, string text) => Message(field, Encoding.UTF8.GetBytes(text));

    static byte[] Message(int field, byte[] content) => Join(Varint((ulong)field << 3 | 2), Varint((ulong)content.Length), content);

    static byte[] Number(int field, long value) => Join(Varint((ulong)field << 3), Varint((ulong)value));

    static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7) bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return [.. bytes];
    }

    static byte[] Join(params byte[][] parts) => [.. parts.SelectMany(part => part)];
}
