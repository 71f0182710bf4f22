namespace Cantor.Fleet.Tests;

/// <summary>Both clouds' modules by tools/terraform-check: format, validation, and their own tests with mocked providers.</summary>
[Trait("Category", "Slow")]
public sealed class TerraformTests
{
    static readonly string Check = Path.Combine(Scratch.Repository, "tools", "terraform-check", "check.sh");

    [Theory, InlineData("google", "gcp", 4), InlineData("aws", "aws", 8)]
    public async Task Modules_are_valid_and_their_tests_pass(string provider, string folder, int tests)
    {
        Need();
        var (code, output, error) = await Scratch.RunAsync(Check, Scratch.Repository, provider, Path.Combine("deploy", "terraform", folder));
        Assert.True(code == 0, output + error);
        Assert.Contains($"{tests} passed, 0 failed", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("google", "gcp", "modules/cluster/main.tf", "enable_autopilot", "enable_autopilots", "enable_autopilot")]
    [InlineData("google", "gcp", "modules/monitoring/main.tf", "combiner              = \"AND\"", "combiner              = \"XOR\"", "XOR")]
    [InlineData("aws", "aws", "modules/service/main.tf", "deregistration_delay", "deregistration_wait", "deregistration_wait")]
    [InlineData("aws", "aws", "modules/builds/main.tf", "schedule_expression_timezone", "schedule_expression_time_zone", "schedule_expression_time_zone")]
    public async Task A_misspelled_attribute_or_value_fails(string provider, string folder, string file, string right, string wrong, string named)
    {
        Need();
        var copy = Directory.CreateTempSubdirectory("cantor-terraform-").FullName;
        try
        {
            Scratch.Copy(Path.Combine(Scratch.Repository, "deploy"), Path.Combine(copy, "deploy"));
            var path = Path.Combine(copy, "deploy", "terraform", folder, file);
            var text = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
            Assert.Contains(right, text, StringComparison.Ordinal);
            await File.WriteAllTextAsync(path, text.Replace(right, wrong, StringComparison.Ordinal), TestContext.Current.CancellationToken);
            await Scratch.RunAsync("terraform", Path.GetDirectoryName(path)!, "fmt", ".");
            var (code, output, error) = await Scratch.RunAsync(Check, copy, provider, Path.Combine("deploy", "terraform", folder));
            Assert.True(code != 0, output);
            Assert.Contains(named, output + error, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    static void Need()
    {
        Scratch.Need("terraform", "no package of this system has it; HashiCorp's own does");
        Scratch.Need("npm", "./test --all installs it", installed: true);
    }
}
