using System.Text.Json;

namespace Cantor.Cli.Tests;

public sealed class DemoTests : IDisposable
{
    readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task The_demo_relates_the_types_of_dotnet_and_judges_itself()
    {
        var (code, output, _) = await _scratch.RunAsync("demo", "--no-serve");
        Assert.Equal(0, code);
        Assert.Matches("^[0-9],[0-9]{3} public types of .NET and ASP.NET Core", output);
        Assert.Matches(@"List<T> → \S+, because: Both mention “", output);
        Assert.Matches(@"nDCG@10 +. 0\.\d+", output);
    }

    [Fact]
    public async Task The_demo_tells_machines_the_same_and_does_not_serve_then()
    {
        var (code, output, error) = await _scratch.RunAsync("demo", "--json");
        Assert.Equal((0, ""), (code, error));
        using var json = JsonDocument.Parse(output);
        Assert.InRange(json.RootElement.GetProperty("quality").GetProperty("ndcgAt10").GetProperty("value").GetDouble(), .1, 1);
        Assert.Equal("live", json.RootElement.GetProperty("build").GetProperty("publishedAs").GetString());
        Assert.Equal(3, json.RootElement.GetProperty("examples")[0].GetProperty("related").GetArrayLength());
    }

    [Fact]
    public async Task Packs_that_cannot_be_restored_are_a_fault_that_says_why()
    {
        HidePacks();
        Directory.CreateDirectory(_scratch.PathOf("home", ".nuget", "NuGet"));
        Directory.CreateDirectory(_scratch.PathOf("nothing"));
        await File.WriteAllTextAsync(_scratch.PathOf("home", ".nuget", "NuGet", "NuGet.Config"), $"""
            <configuration><packageSources><clear/><add key="nothing" value="{_scratch.PathOf("nothing")}"/></packageSources></configuration>
            """, TestContext.Current.CancellationToken);
        _scratch.Environment["HOME"] = _scratch.PathOf("home");
        var (code, _, error) = await _scratch.RunAsync("demo", "--no-serve", "--packs", "nothing");
        Assert.Equal(2, code);
        Assert.Contains("neither beside the SDK nor in", error, StringComparison.Ordinal);
        Assert.Contains("Unable to find package Microsoft.NETCore.App.Ref", error, StringComparison.Ordinal);
    }

    [Fact, Trait("Category", "Slow")] // fetches two packages
    public async Task Packs_that_are_not_beside_the_SDK_are_restored_once()
    {
        HidePacks();
        var (code, output, error) = await _scratch.RunAsync("demo", "--no-serve", "--packs", "nothing");
        Assert.Equal(0, code);
        Assert.Contains("List<T> → ", output, StringComparison.Ordinal);
        Assert.Contains("restoring Microsoft.NETCore.App.Ref and Microsoft.AspNetCore.App.Ref", error, StringComparison.Ordinal);
        Assert.Equal((0, ""), await _scratch.RunAsync("demo", "--no-serve", "--packs", "nothing") is var again ? (again.Code, again.Error) : default);
    }

    void HidePacks() => _scratch.Environment["NUGET_PACKAGES"] = _scratch.PathOf("packages");
}
