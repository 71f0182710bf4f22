using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml;

namespace Cantor.Cli.Demo;

/// <summary>Reads one XML documentation file beside its reference assembly, which says which types are public and of what kind.</summary>
static class DocFile
{
    internal static IReadOnlyList<DocType> Read(string path)
    {
        var assembly = Path.ChangeExtension(path, ".dll");
        var types = File.Exists(assembly) ? PublicTypes(assembly) : [];
        using var reader = XmlReader.Create(path, new() { IgnoreComments = true, IgnoreWhitespace = false });
        while (reader.ReadToFollowing("member"))
        {
            if (reader.GetAttribute("name") is not { Length: > 2 } name || TypeOf(name) is not { } id || !types.TryGetValue(id, out var type)) continue;
            if (name[0] != 'T') type.Body.Append('\n').Append(MemberName(name)).Append(' ');
            using var member = reader.ReadSubtree();
            ReadMember(member, type);
        }
        return [.. types.Values.Where(type => type.Body.Length > 0)];
    }

    static void ReadMember(XmlReader member, DocType type)
    {
        while (member.Read())
            switch (member.NodeType)
            {
                case XmlNodeType.Element when member.Name is "see" or "seealso":
                    if (member.GetAttribute("cref") is { } cref && TypeOf(cref) is { } target)
                    {
                        type.Links.TryGetValue(target, out var before);
                        type.Links[target] = before || member.Name == "seealso";
                    }
                    if (!member.IsEmptyElement) member.Skip(); // the text of a link would give the answer away
                    break;
                case XmlNodeType.Text or XmlNodeType.CDATA:
                    type.Body.Append(member.Value).Append(' ');
                    break;
            }
    }

    /// <summary>The type that a cref is about: itself, or the one that declares the member. "M:System.String.Trim(System.Char)" gives System.String.</summary>
    static string? TypeOf(string cref)
    {
        if (cref.Length < 3 || cref[1] != ':') return null;
        var name = cref[2..];
        if (cref[0] == 'T') return name;
        if (name.IndexOf('(', StringComparison.Ordinal) is >= 0 and var parameters) name = name[..parameters];
        if (name.IndexOf('~', StringComparison.Ordinal) is >= 0 and var result) name = name[..result];
        return name.LastIndexOf('.') is > 0 and var dot ? name[..dot] : null;
    }

    static string MemberName(string cref)
    {
        var name = cref.IndexOf('(', StringComparison.Ordinal) is >= 0 and var parameters ? cref[..parameters] : cref;
        return name[(name.LastIndexOf('.') + 1)..].Replace("#ctor", "constructor", StringComparison.Ordinal).Split('`')[0];
    }

    static Dictionary<string, DocType> PublicTypes(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        var types = new Dictionary<string, DocType>(StringComparer.Ordinal);
        if (!file.HasMetadata) return types;
        var metadata = file.GetMetadataReader();
        foreach (var handle in metadata.TypeDefinitions)
        {
            var type = metadata.GetTypeDefinition(handle);
            if (!IsPublic(metadata, type)) continue;
            var (space, name) = NameOf(metadata, type);
            if (space.Length == 0) continue;
            var generics = type.GetGenericParameters().Select(parameter => metadata.GetString(metadata.GetGenericParameter(parameter).Name)).ToArray();
            var plain = string.Join('.', name.Split('.').Select(part => part.Split('`')[0]));
            var title = generics.Length > 0 ? $"{plain}<{string.Join(", ", generics)}>" : plain;
            types.TryAdd($"{space}.{name}", new($"{space}.{name}", title, space, KindOf(metadata, type), Path.GetFileNameWithoutExtension(path)));
        }
        return types;
    }

    static bool IsPublic(MetadataReader metadata, TypeDefinition type) => (type.Attributes & TypeAttributes.VisibilityMask) switch
    {
        TypeAttributes.Public => true,
        TypeAttributes.NestedPublic => IsPublic(metadata, metadata.GetTypeDefinition(type.GetDeclaringType())),
        _ => false,
    };

    static (string Namespace, string Name) NameOf(MetadataReader metadata, TypeDefinition type)
    {
        var name = metadata.GetString(type.Name);
        if (type.GetDeclaringType() is not { IsNil: false } declaring) return (metadata.GetString(type.Namespace), name);
        var (space, outer) = NameOf(metadata, metadata.GetTypeDefinition(declaring));
        return (space, $"{outer}.{name}");
    }

    static string KindOf(MetadataReader metadata, TypeDefinition type)
    {
        if ((type.Attributes & TypeAttributes.Interface) != 0) return "interface";
        if (type.BaseType is not { IsNil: false, Kind: HandleKind.TypeReference } parent) return "class";
        return metadata.GetString(metadata.GetTypeReference((TypeReferenceHandle)parent).Name) switch
        {
            "Enum" => "enum",
            "ValueType" => "struct",
            "MulticastDelegate" => "delegate",
            _ => "class",
        };
    }
}
