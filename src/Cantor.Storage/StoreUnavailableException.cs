namespace Cantor.Storage;

/// <summary>
/// The store does not answer just now: it cannot be reached, is shutting down, is locked, or its disk is full. Try again later;
/// a write that ended so may have been committed or not.
/// </summary>
public sealed class StoreUnavailableException : IOException
{
    /// <summary>Makes a fault of one store.</summary>
    /// <param name="store">The store's name, without password.</param>
    /// <param name="fault">What is wrong.</param>
    /// <param name="inner">What was thrown underneath.</param>
    public StoreUnavailableException(string store, string fault, Exception inner)
        : base($"{store}: {fault}", inner) => Store = store;

    /// <summary>The store's name, without password.</summary>
    public string Store { get; }
}
