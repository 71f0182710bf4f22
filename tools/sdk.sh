# Sourced by ./cantor and ./test: finds the .NET SDK, or says what to install.
dotnet=
for candidate in "$(command -v dotnet || true)" "${DOTNET_ROOT:-}/dotnet" "$HOME/.dotnet/dotnet" /usr/share/dotnet/dotnet /usr/lib/dotnet/dotnet /usr/local/share/dotnet/dotnet; do
  if [ -x "$candidate" ] && "$candidate" --list-sdks 2>/dev/null | grep -q '^10\.'; then
    dotnet=$candidate
    break
  fi
done
if [ -z "$dotnet" ]; then
  echo "The .NET 10 SDK was not found on PATH, in DOTNET_ROOT or in the usual places. Install it: https://dotnet.microsoft.com/download/dotnet/10.0" >&2
  exit 2
fi
DOTNET_ROOT=$(dirname "$(readlink -f "$dotnet")")
export DOTNET_ROOT DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
