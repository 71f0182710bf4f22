using System.Text;
using Cantor.Corpus;

namespace Cantor.Fleet;

/// <summary>Makes the file of a new service of little: the rest follows from it, or is alike in all services.</summary>
public static class NewService
{
    /// <summary>Makes the text of the file.</summary>
    /// <param name="fleet">The services that there are; what all of them have alike, the new one has too.</param>
    /// <param name="name">The service's name.</param>
    /// <param name="owner">Who answers for it; null when it is as with the others.</param>
    /// <param name="slack">Its Slack channel; null when it is as with the others.</param>
    /// <param name="collections">Its collections; one of the service's name when empty.</param>
    /// <param name="sources">Where the items of the first collection come from; they are pushed to it when empty.</param>
    /// <param name="items">About how many items there are.</param>
    /// <param name="rps">Requests a second at the busiest time.</param>
    /// <exception cref="InputFaultException">Something cannot be derived, or is not as expected.</exception>
    public static string Text(Fleet fleet, string name, string? owner, string? slack, IReadOnlyList<string> collections, IReadOnlyList<string> sources, long items, int rps)
    {
        if (!ServiceFile.ServiceName().IsMatch(name)) throw new InputFaultException("NAME", null, $"expected 2 to 20 of a-z, 0-9 and -, a letter first and no - last, found {name}");
        if (ServiceFile.Reserved.Contains(name)) throw new InputFaultException("NAME", null, ServiceFile.NameIsTaken(name));
        if (fleet.Services.Any(service => service.Name == name)) throw new InputFaultException("NAME", null, $"there is a service {name} already");
        owner ??= Alike("--owner", "who answers for it", service => service.Owner);
        slack ??= Alike("--slack", "the id of a Slack channel such as C0123456789", service => service.Slack);
        if (!ServiceFile.SlackChannel().IsMatch(slack)) throw new InputFaultException("--slack", null, $"expected the id of a Slack channel such as C0123456789, found {slack}");
        if (!ServiceFile.AnyText().IsMatch(owner)) throw new InputFaultException("--owner", null, "expected who answers for it, on one line");
        if (collections.FirstOrDefault(one => !ServiceFile.CollectionName().IsMatch(one)) is { } wrong) throw new InputFaultException("--collections", null, $"expected 1 to 64 of a-z, 0-9, - and _, found {wrong}");
        var text = new StringBuilder(FormattableString.Invariant($"""
            # yaml-language-server: $schema=../api/service.schema.json
            service: {name}
            owner: {Quoted(owner)}
            slack: {slack}
            collections:

            """));
        string[] names = [.. collections.Count > 0 ? collections : [name]];
        for (var i = 0; i < names.Length; i++)
        {
            text.Append(FormattableString.Invariant($"  {names[i]}:\n"));
            if (i > 0 || sources.Count == 0) continue;
            text.Append("    items:\n");
            foreach (var source in sources) text.Append(FormattableString.Invariant($"    - {Quoted(source)}\n"));
        }
        text.Append(FormattableString.Invariant($"size:\n  items: {items}\n  rps: {rps}\nenvironments:\n"));
        foreach (var environment in fleet.Environments) text.Append(FormattableString.Invariant($"  {environment.Text}:\n"));
        return text.ToString();

        string Alike(string option, string expected, Func<FleetService, string> of) =>
            fleet.Services.Select(of).Distinct(StringComparer.Ordinal).ToArray() is [var one] ? one
            : throw new InputFaultException(option, null, fleet.Services.Count == 0 ? $"is missing; expected {expected}" : $"is missing, and the other services do not have it alike; expected {expected}");
    }

    // Single quotes take everything but themselves.
    static string Quoted(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
