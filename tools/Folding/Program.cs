using Cantor.Tools.Folding;

if (args is not [var path])
{
    Console.Error.WriteLine("usage: dotnet run --project tools/Folding src/Cantor/Text/FoldingTables.cs");
    return 2;
}
if (Icu.Fault() is { } fault)
{
    Console.Error.WriteLine(fault);
    return 2;
}
var source = TableSource.Write();
File.WriteAllText(path, source);
Console.WriteLine($"{path}: {source.Length} characters");
return 0;
