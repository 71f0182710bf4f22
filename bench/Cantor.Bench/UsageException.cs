namespace Cantor.Bench;

/// <summary>The command line is not one.</summary>
sealed class UsageException(string message) : Exception(message);
