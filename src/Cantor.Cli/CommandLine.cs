using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;

namespace Cantor.Cli;

/// <summary>What a command line may hold, and what is wrong with one, in the words that people type.</summary>
static partial class CommandLine
{
    /// <summary>Lets the help of a command, and of those below it, name the values of an option as they are typed.</summary>
    internal static void NameChoices(Command command)
    {
        foreach (var option in command.Options)
            if (Choices(option.ValueType) is { } choices) option.HelpName = string.Join('|', choices);
        foreach (var below in command.Subcommands) NameChoices(below);
    }

    /// <summary>What is wrong with the line, a sentence each; nothing when it can be run.</summary>
    /// <param name="parsed">What the parser made of it.</param>
    /// <param name="typed">What was typed.</param>
    internal static IReadOnlyList<string> Faults(ParseResult parsed, IReadOnlyList<string> typed)
    {
        var path = PathOf(parsed.CommandResult);
        if (Misread(parsed.CommandResult, typed, path) is { } misread) return [misread];
        if (parsed.UnmatchedTokens.Count > 0) return [Unknown(parsed.CommandResult.Command, parsed.UnmatchedTokens[0], path)];
        var faults = parsed.Errors.Select(error => Fault(error.SymbolResult, path) ?? $"{path}: {error.Message}");
        return [.. faults.Distinct(StringComparer.Ordinal)];
    }

    // To the parser whatever follows an option is its value, another option too, and a word that it does not know one more value of a list.
    static string? Misread(CommandResult result, IReadOnlyList<string> typed, string path)
    {
        for (var i = 0; i < typed.Count && typed[i] != "--"; i++)
        {
            var name = typed[i].Split('=', ':')[0];
            if (!OptionName().IsMatch(name)) continue;
            if (i > 0 && Named(result, typed[i - 1]) is { Arity.MinimumNumberOfValues: > 0 } option) return $"{option.Name}: nothing is given before {typed[i]}; expected {Expected(option)}";
            if (Named(result, name) is null) return Unknown(result.Command, name, path);
        }
        return null;
    }

    static Option? Named(CommandResult result, string name) =>
        result.Command.Options.FirstOrDefault(option => option.Name == name || option.Aliases.Contains(name))
        ?? (result.Parent is CommandResult above && Named(above, name) is { Recursive: true } inherited ? inherited : null);

    static string Unknown(Command command, string word, string path)
    {
        var known = command.Subcommands.Select(other => other.Name).Concat(command.Options.Select(option => option.Name));
        return $"{path} does not know {Shown(word)}; {Shared.DidYouMean(word, known) ?? $"{path} --help lists what it knows"}";
    }

    // An address may hold a password.
    static string Shown(string word) => word.IndexOf("://", StringComparison.Ordinal) is var scheme and >= 0 ? word[..(scheme + 3)] + "…" : word;

    // No number below zero, and not the - that is standard input.
    [GeneratedRegex(@"^(--[a-z][a-z-]*|-[a-z?])\z")]
    private static partial Regex OptionName();

    static string? Fault(SymbolResult? at, string path) => at switch
    {
        OptionResult { Option: { Required: true } option, IdentifierTokenCount: 0 } => $"{path}: {option.Name} is missing; {path} --help says what it takes",
        OptionResult { Option: var option, Tokens: [] } => $"{option.Name}: nothing is given; expected {Expected(option)}",
        OptionResult { Option: { Arity.MaximumNumberOfValues: 1 } option, Tokens.Count: > 1 and var times } => $"{option.Name}: given {times} times; expected once",
        OptionResult { Option: var option, Tokens: [.., var last] } => $"{option.Name}: expected {Expected(option)}, found {last.Value}",
        ArgumentResult { Tokens: [], Argument: var argument } => $"{path}: {argument.Name} is missing; {path} --help says what it takes",
        // The parser puts a missing argument on the command, not on the argument.
        CommandResult result when Missing(result) is { } name => $"{path}: {name} is missing; {path} --help says what it takes",
        CommandResult { Command: { Action: null, Subcommands.Count: > 0 } group } => $"{path}: no command is given; expected {Or([.. group.Subcommands.Select(below => below.Name)])}",
        _ => null,
    };

    static string? Missing(CommandResult result) =>
        result.Command.Arguments.FirstOrDefault(argument => argument.Arity.MinimumNumberOfValues > 0 && result.GetResult(argument) is null or { Tokens.Count: 0 })?.Name;

    static string Expected(Option option)
    {
        var type = Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType;
        var choices = Choices(type) ?? [.. option.GetCompletions(System.CommandLine.Completions.CompletionContext.Empty).Select(choice => choice.Label)];
        return choices.Length > 0 ? Or(choices)
            : type == typeof(int) || type == typeof(long) ? "a whole number"
            : type == typeof(ulong) ? "a whole number from 0 on"
            : type == typeof(float) || type == typeof(double) ? "a number"
            : type == typeof(bool) ? "true or false"
            : "a value";
    }

    static string Or(string[] words) => string.Join(", ", words[..^1]) + (words.Length > 1 ? " or " : "") + words[^1];

    static string[]? Choices(Type type) =>
        (Nullable.GetUnderlyingType(type) ?? type) is { IsEnum: true } choice ? [.. Enum.GetNames(choice).Select(name => name.ToLowerInvariant())] : null;

    static string PathOf(CommandResult result) => result.Parent is CommandResult above ? $"{PathOf(above)} {result.Command.Name}" : result.Command.Name;
}
